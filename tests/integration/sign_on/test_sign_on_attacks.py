"""What somebody who knows the protocol would try: on the way back, with the token, and as the provider itself."""

import base64
import gzip
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from provider_kit import ADA, CLIENT, ENDPOINTS, KEY, SECRET, Provider, Site, form_token, is_signed_in, query_of, send

from dashboard.web.openid import fetching, metadata
from dashboard.web.openid.errors import ProviderDownError

STEP = "salesgate_step"
Claims = dict[str, Any]


def refused(here: Site, path: str, code: int = 400) -> None:
    """Nobody is let in by coming back at ``path``, and no account is made."""
    browser = here.browser()
    assert here.arrive(browser, path).status_code == code
    assert not is_signed_in(browser)
    assert here.accounts.users()[1] == 2


@pytest.mark.promise("ASVS 10.1.2", "ASVS 10.5.1")
def test_an_answer_counts_once_and_in_the_browser_that_began(here: Site, provider: Provider) -> None:
    refused(here, "/sign-on/company/callback?code=x&state=y")
    browser = here.browser()
    path = provider.consent(here.leave(browser))
    refused(here, path)
    other = here.browser()
    here.leave(other)
    assert here.arrive(other, path).status_code == 400
    first = browser.get_cookie(STEP)
    assert first
    assert here.arrive(browser, path.replace("state=", "state=x")).status_code == 400
    assert here.arrive(browser, path).status_code == 303
    again = here.browser()
    again.set_cookie(STEP, first.value)
    assert here.arrive(again, path).status_code == 400
    assert not is_signed_in(again)


@pytest.mark.promise("ASVS 10.2.2")
@pytest.mark.parametrize("issuer", ["https://login.evil.example", "", None])
def test_an_answer_of_another_provider_is_refused(shared: Site, issuer: str | None) -> None:
    browser = shared.browser()
    words = query_of(shared.provider.consent(shared.leave(browser)))
    words = {name: value for name, value in {**words, "iss": issuer}.items() if value is not None}
    assert shared.arrive(browser, f"/sign-on/company/callback?{urlencode(words)}").status_code == 400
    assert shared.provider.asked.count("/token") == 0


@pytest.mark.promise("ASVS 10.2.1")
def test_a_code_of_somebody_elses_sign_in_fails_at_pkce(here: Site, provider: Provider) -> None:
    stolen = query_of(provider.consent(here.leave(here.browser())))["code"]
    browser = here.browser()
    words = {**query_of(provider.consent(here.leave(browser))), "code": stolen}
    assert here.arrive(browser, f"/sign-on/company/callback?{urlencode(words)}").status_code == 400
    assert provider.asked.count("/token") == 1
    assert not is_signed_in(browser)


def now(seconds: int) -> int:
    return int(time.time()) + seconds


@dataclass(frozen=True)
class Later:
    """A time counted from the test: the names of tests must be the same in every process that collects them."""

    seconds: int

    def at(self) -> int:
        return now(self.seconds)


@pytest.mark.promise("ASVS 9.2.1", "ASVS 9.2.3", "ASVS 10.5.3", "ASVS 10.5.4")
@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": None},
        {"nonce": "another"},
        {"nonce": ""},
        {"nonce": ["another"]},
        {"iss": "https://login.evil.example"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": []},
        {"aud": [CLIENT, "another client"]},
        {"aud": [CLIENT, 7]},
        {"aud": None},
        {"azp": "another client"},
        {"exp": Later(-120)},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": Later(10**9)},
        {"iat": Later(3600), "exp": Later(7200)},
        {"iat": None},
        {"nbf": Later(3600)},
        {"at_hash": "x" * 22},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "s" * 256},
        {"sub": "a\u0000b"},
    ],
    ids=str,
)
def test_every_claim_of_the_token_must_be_right(shared: Site, changed: Claims) -> None:
    shared.provider.changed = {
        name: value.at() if isinstance(value, Later) else value for name, value in changed.items()
    }
    browser = shared.browser()
    assert shared.sign_in(browser).status_code == 400
    assert not is_signed_in(browser)
    assert shared.accounts.users()[1] == 2
    reason = shared.events("sign_in")[-1]
    assert (reason["outcome"], "ID token" in reason["detail"]) == ("failed", True)


def test_clocks_may_differ_a_little(here: Site, provider: Provider) -> None:
    provider.changed = {"iat": now(30), "nbf": now(30), "aud": [CLIENT]}
    assert here.sign_in(here.browser()).status_code == 303
    provider.changed = {"iat": now(-300), "exp": now(-30), "azp": CLIENT}
    assert here.sign_in(here.browser()).status_code == 303


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _by_secret(claims: Claims, secret: bytes) -> str:
    signed = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(claims)}"
    mac = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _grafted(claims: Claims) -> str:
    head, _, tail = jwt.encode({"alg": "RS256", "kid": "first"}, claims, KEY).split(".")
    return f"{head}.{part({**claims, 'sub': 'boss'})}.{tail}"


STRANGER = RSAKey.generate_key(2048, {"kid": "first"})
FORGED: dict[str, Callable[[Claims], str]] = {
    "none": lambda claims: f"{part({'alg': 'none', 'kid': 'first'})}.{part(claims)}.",
    "None": lambda claims: f"{part({'alg': 'None'})}.{part(claims)}.",
    "no signature": lambda claims: f"{part({'alg': 'RS256', 'kid': 'first'})}.{part(claims)}.",
    "HS256 with the public key": lambda claims: _by_secret(claims, KEY.as_pem(private=False)),
    "HS256 with the client's secret": lambda claims: _by_secret(claims, SECRET.encode()),
    "another key of that name": lambda claims: jwt.encode({"alg": "RS256", "kid": "first"}, claims, STRANGER),
    "another key that it brings along": lambda claims: jwt.encode(
        {"alg": "RS256", "jwk": STRANGER.as_dict(private=False)}, claims, STRANGER
    ),
    "a key that is not published": lambda claims: jwt.encode({"alg": "RS256", "kid": "second"}, claims, STRANGER),
    "another sort of key": lambda claims: jwt.encode(
        {"alg": "ES256", "kid": "first"}, claims, ECKey.generate_key("P-256")
    ),
    "claims changed after signing": _grafted,
    "a header that nobody understands": lambda claims: jwt.encode(
        {"alg": "RS256", "kid": "first"}, claims, KEY
    ).replace("e", "f", 1),
    "nothing": lambda _: "",
    "one word": lambda _: "token",
    "deep JSON": lambda _: f"{base64.urlsafe_b64encode(b'[' * 50_000).decode()}.e30.e30",
    "letters of no alphabet": lambda _: "ü.ü.ü",
}


@pytest.mark.promise("ASVS 9.1.1", "ASVS 9.1.2", "ASVS 9.1.3", "ASVS 6.8.2")
@pytest.mark.parametrize("how", FORGED)
def test_only_what_the_provider_has_signed_is_believed(shared: Site, how: str) -> None:
    shared.provider.sign = FORGED[how]
    browser = shared.browser()
    assert shared.sign_in(browser).status_code == 400
    assert not is_signed_in(browser)
    assert shared.accounts.users()[1] == 2


@pytest.mark.promise("ASVS 9.1.3")
def test_a_new_key_is_found_by_one_look_and_an_unknown_one_is_not_looked_for_again(
    here: Site, provider: Provider
) -> None:
    assert here.sign_in(here.browser()).status_code == 303
    second = ECKey.generate_key("P-256", {"kid": "second"})
    provider.sign = lambda claims: jwt.encode({"alg": "ES256", "kid": "second"}, claims, second)
    assert here.sign_in(here.browser()).status_code == 400
    assert provider.asked.count("/keys") == 1  # a moment ago
    known = here.server.extensions["salesgate_providers"]["company"]._known
    known._clock = lambda: time.monotonic() + 120
    provider.published.append(second)  # type: ignore[arg-type]
    assert here.sign_in(here.browser()).status_code == 303
    assert provider.asked.count("/keys") == 2
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "third"}, claims, STRANGER)
    for _ in range(3):
        assert here.sign_in(here.browser()).status_code == 400
    assert (provider.asked.count("/keys"), provider.asked.count("/.well-known/openid-configuration")) == (2, 1)


def test_a_provider_that_turns_somebody_down_gets_a_plain_page(here: Site, provider: Provider) -> None:
    browser = here.browser()
    words = query_of(provider.consent(here.leave(browser)))
    words = {"state": words["state"], "error": "access_denied", "error_description": "<script>x</script>"}
    answer = here.arrive(browser, f"/sign-on/company/callback?{urlencode(words)}")
    assert (answer.status_code, "turned this sign-in down" in answer.text) == (403, True)
    assert "script>x" not in answer.text
    assert here.events("sign_in")[-1]["outcome"] == "failed"


@pytest.mark.promise("open redirects")
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\tx", "javascript:x"]
)
def test_the_way_on_stays_on_this_site(shared: Site, target: str) -> None:
    assert shared.sign_in(shared.browser(), target).location == "/"


@pytest.mark.promise("ASVS 14.2.1", "ASVS 16.2.5")
def test_nothing_of_the_providers_tokens_is_kept_or_logged(
    here: Site, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    tokens: list[str] = []
    sign = provider.sign
    provider.sign = lambda claims: tokens.append(sign(claims)) or tokens[-1]
    caplog.set_level("DEBUG")
    codes = []
    for code, changed in ((303, {}), (400, {"nonce": "another"})):
        provider.changed = changed
        browser = here.browser()
        path = provider.consent(here.leave(browser))
        codes.append(query_of(path)["code"])
        assert here.arrive(browser, path).status_code == code
    assert len(tokens) == 2
    with here.accounts.engine.connect() as connection:
        kept = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    for secret in (*tokens, *codes):
        assert secret not in kept
        assert secret not in caplog.text


@pytest.mark.promise("ASVS 13.2.4")
@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("discovery", {"issuer": "https://login.evil.example"}),
        ("discovery", {"token_endpoint": "http://internal.example/token"}),
        ("discovery", {"jwks_uri": "file:///etc/passwd"}),
        ("discovery", {"authorization_endpoint": None}),
        ("discovery", {"userinfo_endpoint": ["x"]}),
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_refused(shared: Site, path: str, document: Claims) -> None:
    setattr(shared.provider, path, document)
    answer = shared.browser().get("/sign-on/company")
    assert (answer.status_code, "Example Corp does not answer" in answer.text) == (503, True)


def _never(_: Any) -> None:
    time.sleep(1.2)


def _slowly(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(12):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def _endless(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    part = b"x" * 65536
    for _ in range(16_384):  # 1 GB, were somebody to read it
        handler.wfile.write(part)


def _compressed(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()


def _elsewhere(handler: Any) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/keys")
    handler.end_headers()


def _nonsense(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"[" * 50_000)


def _hangs_up(handler: Any) -> None:
    handler.wfile.close()


HOSTILE = [_never, _slowly, _endless, _compressed, _elsewhere, _nonsense, _hangs_up]


@pytest.mark.promise("ASVS 2.4.1", "ASVS 16.5.2")
@pytest.mark.parametrize("how", HOSTILE)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys", "/userinfo"])
def test_a_provider_that_misbehaves_is_a_clear_page_in_time(
    shared: Site, path: str, how: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    monkeypatch.setattr(fetching.within_limits, "__defaults__", (0.5,))
    shared.provider.person = {**ADA, "email_verified": None}
    shared.provider.answers[path] = how
    browser, began = shared.browser(), time.monotonic()
    gone = browser.get("/sign-on/company?next=/revenue")
    answer = gone if path.startswith("/.well") else shared.arrive(browser, shared.provider.consent(gone.location))
    assert time.monotonic() - began < 2
    assert answer.status_code == 503
    assert "Example Corp does not answer just now" in answer.text
    assert not is_signed_in(browser)
    assert is_signed_in(shared.by_password("sales_manager"))


GOOD = b'{"keys": []}'


@pytest.mark.promise("ASVS 2.4.1")
@pytest.mark.parametrize(
    ("body", "headers", "why"),
    [
        (GOOD + b" " * (fetching.LARGEST - len(GOOD)), {}, ""),
        (GOOD + b" " * fetching.LARGEST, {}, "too large"),
        (gzip.compress(GOOD), {"Content-Encoding": "gzip"}, "compressed"),
    ],
    ids=["the largest", "larger", "compressed"],
)
def test_an_answer_that_would_be_right_is_read_up_to_a_size_and_as_it_stands(
    shared: Site, body: bytes, headers: dict[str, str], why: str
) -> None:
    shared.provider.answers["/keys"] = lambda handler: send(handler, 200, body, **headers)
    if not why:
        assert metadata._read(f"{shared.provider.url}/keys") == {"keys": []}
        return
    with pytest.raises(ProviderDownError, match=why):
        metadata._read(f"{shared.provider.url}/keys")


@pytest.mark.promise("ASVS 13.2.4")
@pytest.mark.parametrize("address", ["http://login.example.com/keys", "ftp://127.0.0.1/keys", "file:///etc/passwd"])
def test_nothing_is_sent_to_an_address_that_is_not_safe_whoever_asks(address: str) -> None:
    with pytest.raises(ProviderDownError, match="not https"):
        metadata._read(address)


def test_who_connects_while_the_provider_is_down_is_told_so_and_led_back(shared: Site) -> None:
    shared.provider.answers["/.well-known/openid-configuration"] = lambda handler: send(handler, 500, b"")
    browser = shared.by_password("sales_manager")
    form = {"csrf_token": form_token(browser.get("/sign-on/company/connect"))}
    answer = browser.post("/sign-on/company/connect", data=form)
    assert answer.status_code == 503
    assert "does not answer just now. Try again in a minute. Nothing was changed here." in answer.text
    assert '<a class="btn btn-primary w-100" href="/account">Your account</a>' in answer.text
    stranger = shared.browser().get("/sign-on/company?next=/revenue")
    assert (stranger.status_code, "or sign in with a password" in stranger.text) == (503, True)
    assert 'href="/sign-in?next=%2Frevenue">Back to the sign-in page</a>' in stranger.text


def test_a_provider_that_hangs_does_not_take_every_thread(shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(fetching.MOST_AT_ONCE):
        assert fetching._slots.acquire(blocking=False)
    try:
        began = time.monotonic()
        assert shared.browser().get("/sign-on/company").status_code == 503
        assert time.monotonic() - began < 0.5
    finally:
        for _ in range(fetching.MOST_AT_ONCE):
            fetching._slots.release()


@pytest.mark.promise("ASVS 13.2.4")
@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri", "userinfo_endpoint", "authorization_endpoint"])
@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:9090", "http://localhost", "https://127.0.0.2", "https://[::1]:8443"]
)
def test_a_provider_elsewhere_cannot_have_this_machine_asked(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, host: str
) -> None:
    there, told = "https://login.example.com", {"issuer": "https://login.example.com"}
    told |= {name: f"{there}/{path}" for name, path in ENDPOINTS.items()}
    monkeypatch.setattr(metadata, "_read", lambda _: told)
    assert metadata.Known(there, time.monotonic).metadata().token == f"{there}/token"
    told[endpoint] = f"{host}/metrics"
    with pytest.raises(ProviderDownError):
        metadata.Known(there, time.monotonic).metadata()
