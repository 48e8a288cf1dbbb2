"""What an attacker tries at the API that belongs to no single operation: bombs, cookies, detours around the gate."""

import time

import pytest
from api_kit import Api, Client, bearer, problem_of
from kit import enrol_totp
from unit.web.web_kit import PASSWORD, cookie, prove, sign_in

from dashboard.access import Permission
from dashboard.api.reading import MOST_ERRORS
from dashboard.observing import logs
from dashboard.web.request_id import SECRET

LONG = 60_000  # characters
SECONDS = 0.5  # a pattern that goes back and forth takes four on a quick machine, these a thousandth
WRONG = 5  # guesses lock an account
ASKED = (
    "measures", "options", "monthly", "headline", "breakdown?dimension=region", "best", "worst", "products", "stock",
    "stock/worklist", "findings?page=units", "findings?page=stock", "data-status", "monthly?measure=net_sales",
)  # fmt: skip


@pytest.mark.promise("ASVS 2.4.1", "ASVS 15.3.5")
def test_an_answer_is_not_many_times_as_large_as_the_request(own_api: Api) -> None:
    fields = ",".join(f'"{number:x}":0' for number in range(7000))
    answer = own_api.nobody.post("/auth/login", data=f"{{{fields}}}", content_type="application/json")
    assert problem_of(answer) == (400, "invalid")
    said = answer.get_json()
    assert len(said["errors"]) == MOST_ERRORS + 1
    assert said["errors"][-1]["message"] == f"and {7002 - MOST_ERRORS} more"
    assert len(answer.data) < 10_000
    name = own_api.nobody.post("/auth/login", {"x" * 50_000: 0})
    assert len(name.data) < 10_000


@pytest.mark.promise("ASVS 1.3.12")
@pytest.mark.parametrize("piece", ["eyJ", "sgk", "sgk_", "a-", "0f", "eyJaaaaaaaaaaaa/", "eyJaaaaaaaaaaaa.", "/"])
@pytest.mark.parametrize("pattern", [SECRET, logs._SECRET], ids=["address", "log"])
def test_looking_for_secrets_takes_no_time_whatever_is_sent(pattern: object, piece: str) -> None:
    text, began = piece * (LONG // len(piece)), time.perf_counter()
    pattern.sub("", text)  # type: ignore[attr-defined]
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize("before", ["", "x=", "/", "Bearer ", "a.", "token", "f" * 64 + "."])
def test_a_secret_is_found_wherever_it_stands(own_api: Api, before: str) -> None:
    secrets = own_api.sign_in("sales_manager").tokens
    assert secrets
    for pattern in (SECRET, logs._SECRET):
        assert secrets.access.partition(".")[2] not in pattern.sub("", before + secrets.access)
    assert secrets.refresh not in logs._SECRET.sub("", before + secrets.refresh)
    assert logs._SECRET.sub("", "f" * 64) == "f" * 64, "digests may be logged"


@pytest.mark.promise("ASVS 6.3.1", "ASVS 3.5.1")
def test_a_browser_that_is_known_has_no_guesses_of_its_own_here(own_api: Api) -> None:
    browser = own_api.app.test_client()
    sign_in(browser, "sales_manager")
    device = cookie(browser, "salesgate_device")
    assert device
    thief = own_api.sign_in("sales_manager")
    for _ in range(WRONG):
        body = {"current": f"not {PASSWORD}", "new": f"new {PASSWORD}"}
        assert thief.post("/me/password", body, headers={"Cookie": f"salesgate_device={device}"}).status_code == 400
    user = own_api.user("sales_manager")
    assert user.locked_until is not None


@pytest.mark.promise("ASVS 8.2.1")
def test_no_header_and_no_method_leads_around_the_gate(api: Api) -> None:
    clerk = api.sign_in("procurement_manager")
    detours = {
        "X-HTTP-Method-Override": "DELETE",
        "X-Method-Override": "DELETE",
        "X-HTTP-Method": "DELETE",
        "X-Original-URL": "/api/v1/users",
        "X-Rewrite-URL": "/api/v1/users",
        "X-Forwarded-Prefix": "/api/v1/users",
        "X-Forwarded-User": "ada.admin",
        "X-Remote-User": "ada.admin",
        "X-Role": "admin",
    }
    for name, value in detours.items():
        plain = clerk.get("/me", headers={name: value})
        assert (plain.status_code, plain.get_json()["role"]) == (200, "procurement_manager"), name
        assert clerk.get("/users", headers={name: value}).status_code == 403, name
    for path in (
        "/users/",
        "//users",
        "/./users",
        "/users;a=b",
        "/users%2f",
        "/USERS",
        "/%2e%2e/v1/users",
        "/users%00",
    ):
        assert clerk.get(path).status_code in {403, 404}, path
    for method in ("OPTIONS", "HEAD", "TRACE", "PROPFIND", "FOO"):
        answer = api.nobody.call(method, "/users")
        assert answer.status_code in {401, 405}, method
        forged = api.nobody.call(method, "/users", headers={"Access-Control-Request-Method": "GET"})
        assert not forged.data or forged.status_code in {401, 405}, method


@pytest.mark.parametrize(
    "header", ["Bearer", "bearer  {}", "Bearer {},{}", "Token {}", "Bearer {} x", "{}", "Basic {}"]
)
def test_a_token_counts_in_its_one_form(api: Api, header: str) -> None:
    tokens = api.sign_in("sales_manager").tokens
    assert tokens
    assert api.nobody.get("/me", headers=bearer(tokens.access)).status_code == 200
    sent = {"Authorization": header.format(tokens.access, tokens.access)}
    assert problem_of(api.nobody.get("/me", headers=sent))[0] == 401


@pytest.mark.promise("ASVS 6.1.3", "ASVS 6.6.3")
def test_guesses_of_a_second_factor_count_together_wherever_they_are_made(own_api: Api) -> None:
    app, name = enrol_totp(own_api.accounts, "sales_manager"), own_api.people["sales_manager"]
    credentials = {"username": name[0], "password": name[1]}
    browser = own_api.app.test_client()
    sign_in(browser, "sales_manager")
    begun = [own_api.nobody.post("/auth/login", credentials).get_json()["pending"] for _ in range(2)]
    for pending in begun:
        wrong = {"pending": pending, "method": "totp", "answer": "000000"}
        assert problem_of(own_api.nobody.post("/auth/second-factor", wrong)) == (401, "wrong_answer")
    for _ in range(WRONG - len(begun)):
        prove(browser, "000000")
    assert own_api.user("sales_manager").locked_until
    for pending in begun:
        right = {"pending": pending, "method": "totp", "answer": app.at(own_api.clock.now)}  # type: ignore[union-attr]
        assert problem_of(own_api.nobody.post("/auth/second-factor", right)) == (401, "begin_anew")
    assert problem_of(own_api.nobody.post("/auth/login", credentials)) == (401, "wrong_credentials")


@pytest.mark.promise("ASVS 8.3.2")
def test_no_answer_that_is_kept_reaches_other_rights(api: Api) -> None:
    """The same questions by turns of callers with more, fewer and other rights: each gets what it gets alone."""
    callers = {
        "manager": api.sign_in("sales_manager"),
        "clerk": api.sign_in("procurement_manager"),
        "narrow": api.with_key("sales_manager", Permission.MEASURE_UNITS),
        "stock": api.with_key("procurement_manager", Permission.MEASURE_STOCK),
        "nothing": api.sign_in("no_role"),
    }
    gate = api.app.extensions["salesgate"].gate
    alone: dict[tuple[str, str], tuple[int, bytes]] = {}
    for name, caller in callers.items():
        gate.cache._answers.clear()
        alone |= {(name, path): _said(caller, path) for path in ASKED}
    assert len({alone[name, path] for name in callers for path in ASKED}) > len(ASKED)
    for order in (list(callers), list(reversed(callers))):
        gate.cache._answers.clear()
        for path in ASKED:
            for name in (*order, *order):
                assert _said(callers[name], path) == alone[name, path], (name, path)


def _said(caller: Client, path: str) -> tuple[int, bytes]:
    answer = caller.get(f"/analytics/{path}")
    return answer.status_code, answer.data if answer.status_code == 200 else b""
