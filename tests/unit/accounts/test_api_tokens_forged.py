"""Access tokens that are not ours, not for us, not now or not what they seem: each is refused."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from accounts_kit import GOOD, HERE, HandClock, add_user
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from token_kit import claims_of, forged, header_of, raw, sign_in, stamp

from dashboard.accounts import Accounts, Tokens, access_tokens
from dashboard.settings import load_settings


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory, clock: HandClock) -> Iterator[Accounts]:
    """One installation for all of them: a forgery changes nothing."""
    made = Accounts(load_settings(var=tmp_path_factory.mktemp("forged") / "var"), clock=clock)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tokens(accounts: Accounts) -> Tokens:
    return sign_in(accounts)


def test_an_honest_token_says_what_it_should(accounts: Accounts, tokens: Tokens, clock: HandClock) -> None:
    said, now = claims_of(tokens.access), stamp(clock.now)
    assert header_of(tokens.access) == {"alg": "HS256", "typ": "at+jwt", "kid": accounts.tokens.keys.current().kid}
    assert {name: said[name] for name in ("iss", "aud", "role", "iat", "nbf", "exp")} == {
        "iss": "http://localhost:8050",
        "aud": "salesgate-api",
        "role": "sales_manager",
        "iat": now,
        "nbf": now,
        "exp": now + 15 * 60,
    }
    assert accounts.tokens.load(tokens.access) is not None
    assert accounts.tokens.load(forged(accounts, tokens.access)) is not None  # so that the forgeries below can fail


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "AT+JWT"},
        {"alg": "HS512"},
        {"alg": "none"},
        {"alg": "RS256"},
        {"alg": None},
        {"kid": None},
        {"kid": "0123456789abcdef"},
        {"kid": "../../secret_key"},
        {"kid": "' OR 1=1 --"},
        {"kid": ["a"]},
        {"kid": 7},
        {"jku": "https://evil.example/keys"},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"x5u": "https://evil.example"},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
)
@pytest.mark.promise("ASVS 9.1.1", "ASVS 9.1.2", "ASVS 9.1.3", "ASVS 9.2.2")
def test_a_header_that_is_not_ours(accounts: Accounts, tokens: Tokens, header: dict[str, Any]) -> None:
    assert accounts.tokens.load(forged(accounts, tokens.access, header)) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"iss": ["http://localhost:8050"]},
        {"aud": "another-api"},
        {"aud": None},
        {"aud": ["salesgate-api", "another-api"]},
        {"exp": None},
        {"exp": "2099-01-01"},
        {"exp": True},
        {"exp": 9e99},
        {"nbf": None},
        {"nbf": "0"},
        {"iat": None},
        {"sub": None},
        {"sub": "2"},
        {"sub": "-1"},
        {"sub": "１"},
        {"sub": 1},
        {"sid": None},
        {"sid": "short"},
        {"sid": 7},
        {"sid": {"$ne": ""}},
        {"sid": "0" * 64},
    ],
)
@pytest.mark.promise("ASVS 9.1.1", "ASVS 9.2.3")
def test_claims_that_are_not_ours(accounts: Accounts, tokens: Tokens, claims: dict[str, Any]) -> None:
    assert accounts.tokens.load(forged(accounts, tokens.access, **claims)) is None


@pytest.mark.promise("ASVS 9.2.1")
def test_a_token_lasts_its_time_by_our_clock(accounts: Accounts, tokens: Tokens, clock: HandClock) -> None:
    clock.move(minutes=14, seconds=59)
    assert accounts.tokens.load(tokens.access) is not None
    clock.move(seconds=1)
    assert accounts.tokens.load(tokens.access) is None
    clock.move(minutes=-15)


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.promise("ASVS 9.2.1")
def test_a_token_of_the_future_is_refused_beyond_what_clocks_differ(
    accounts: Accounts, tokens: Tokens, clock: HandClock, name: str
) -> None:
    soon = stamp(clock.now + timedelta(seconds=59))
    later = stamp(clock.now + timedelta(minutes=5))
    assert accounts.tokens.load(forged(accounts, tokens.access, **{name: soon})) is not None
    assert accounts.tokens.load(forged(accounts, tokens.access, **{name: later})) is None


def _tampered(access: str) -> str:
    head, _, signature = access.split(".")
    claims = json.dumps({**claims_of(access), "role": "admin"}).encode()
    return f"{head}.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.{signature}"


def _other_signature(access: str) -> str:
    head, _, signature = access.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def _unsigned(access: str) -> str:
    return access.rpartition(".")[0] + "."


def _none(access: str) -> str:
    return jwt.encode(claims_of(access), "", "none", headers={"kid": header_of(access)["kid"], "typ": "at+jwt"})


def _by_a_key_of_ones_own(access: str) -> str:
    return raw(header_of(access), claims_of(access), b"k" * 32)


def _by_rsa(access: str) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims_of(access), key, "RS256", headers={"kid": header_of(access)["kid"], "typ": "at+jwt"})


def _by_a_public_key(access: str) -> str:
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return raw(header_of(access), claims_of(access), text)


def _by_an_empty_key(access: str) -> str:
    return raw(header_of(access), claims_of(access), b"")


@pytest.mark.parametrize(
    "change",
    [_tampered, _other_signature, _unsigned, _none, _by_a_key_of_ones_own, _by_rsa, _by_a_public_key, _by_an_empty_key],
)
@pytest.mark.promise("ASVS 9.1.1", "ASVS 9.1.2")
def test_what_our_key_did_not_sign(accounts: Accounts, tokens: Tokens, change: Callable[[str], str]) -> None:
    assert accounts.tokens.load(change(tokens.access)) is None


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "...", "a.b.c", "e30.e30.", "\0", "ä.b.c", "\udc80", "eyJhbGciOiJIUzI1NiJ9..", "W10.W10.W10"],
)
def test_what_is_no_token(accounts: Accounts, text: str) -> None:
    assert accounts.tokens.load(text) is None


def test_what_is_too_long_is_not_even_parsed(
    accounts: Accounts, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def parse(token: str) -> dict[str, Any]:
        parsed.append(token)
        return {}

    assert len(tokens.access) < 1000
    long = forged(accounts, tokens.access, more="x" * 3000)
    monkeypatch.setattr(access_tokens.jwt, "get_unverified_header", parse)
    assert accounts.tokens.load(long) is None
    assert accounts.tokens.load("e" * 10_000_000) is None
    assert parsed == []
    assert accounts.tokens.load("e" * 2048) is None
    assert len(parsed) == 1


def test_deep_nesting_is_refused(accounts: Accounts, tokens: Tokens) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 1200).rstrip(b"=").decode()
    head, _, signature = tokens.access.split(".")
    assert accounts.tokens.load(f"{head}.{deep}.{signature}") is None
    assert accounts.tokens.load(f"{deep}..") is None


@pytest.mark.promise("ASVS 8.3.2")
def test_the_role_of_a_token_is_for_reading_only(accounts: Accounts, tokens: Tokens) -> None:
    signed_in = accounts.tokens.load(forged(accounts, tokens.access, role="admin", permissions=["users:manage"]))
    assert signed_in is not None
    assert signed_in.viewer.role == "sales_manager"
    assert signed_in.viewer.permissions == accounts.roles["sales_manager"].permissions


def test_a_token_of_somebody_elses_session_is_refused(accounts: Accounts, tokens: Tokens) -> None:
    other = sign_in(accounts, "boss", "admin")
    theirs = claims_of(other.access)["sid"]
    assert accounts.tokens.load(forged(accounts, tokens.access, sid=theirs)) is None


@pytest.mark.promise("ASVS 9.1.3")
def test_tokens_of_another_installation(accounts: Accounts, tokens: Tokens, tmp_path: Path, clock: HandClock) -> None:
    other = Accounts(load_settings(var=tmp_path / "other"), clock=clock)
    add_user(other, "petra", password=GOOD)
    theirs = sign_in(other)
    assert other.tokens.load(tokens.access) is None
    assert accounts.tokens.load(theirs.access) is None
    other.close()


@pytest.mark.promise("ASVS 9.2.3")
def test_tokens_of_a_copy_of_this_installation_under_another_name(
    accounts: Accounts, tokens: Tokens, clock: HandClock
) -> None:
    var = accounts._store.settings.var
    copy = Accounts(load_settings(var=var, server={"public_url": "https://test.example.com"}), clock=clock)
    assert copy.tokens.load(tokens.access) is None
    copy.close()


@pytest.mark.promise("ASVS 9.2.2")
def test_session_tokens_are_no_access_tokens_and_the_other_way_round(accounts: Accounts, tokens: Tokens) -> None:
    user = accounts.find("petra")
    assert user is not None
    web = accounts.start_session(user.id, HERE)
    hashed = claims_of(tokens.access)["sid"]
    assert accounts.tokens.load(web) is None
    for text in (tokens.access, tokens.refresh, hashed):
        assert accounts.load_session(text, touch=False) is None
    assert accounts.tokens.load(tokens.refresh) is None
