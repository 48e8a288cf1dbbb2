"""Signing in by API: the web's own rules, whoever asks, and tokens that live as long as the sign-in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_kit import Api, Client, bearer, problem_of, small_api
from kit import enrol_totp
from sqlalchemy import delete
from unit.accounts.soft_authenticator import SoftAuthenticator
from unit.web.web_kit import PASSWORD, cookie, sign_in
from werkzeug.test import TestResponse

from dashboard.access import Viewer
from dashboard.accounts import Actor, Method, SessionKind
from dashboard.accounts.models import recovery_codes
from dashboard.ui.account_sessions import sessions_data
from dashboard.ui.caller import Caller
from dashboard.ui.users_panel import panel

WRONG = "wrong violet tram beside lake"


def login(api: Api, role: str = "sales_manager", password: str = "", **more: Any) -> TestResponse:
    name, right = api.people.get(role, (role, PASSWORD))
    return api.nobody.post("/auth/login", {"username": name, "password": password or right}, **more)


def signed_in(api: Api, answer: TestResponse) -> Client:
    assert answer.status_code == 200, answer.text
    assert answer.json
    return Client(api.app, bearer(answer.json["access_token"]))


def refresh(api: Api, token: str) -> TestResponse:
    return api.nobody.post("/auth/refresh", {"refresh_token": token})


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Api]:
    """Where Admins need a second factor today."""
    made = small_api(tmp_path / "strict", second_factor={"grace_until": ""})
    yield made
    made.accounts.close()


def test_a_sign_in_gives_tokens(own_api: Api) -> None:
    answer = login(own_api)
    given = answer.get_json()
    assert set(given) == {"step", "access_token", "refresh_token", "token_type", "expires_in"}
    assert (given["step"], given["token_type"], given["expires_in"]) == ("done", "Bearer", 900)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    me = signed_in(own_api, answer).get("/me")
    assert me.get_json()["role"] == "sales_manager"
    (event,) = own_api.events("sign_in")
    assert json.loads(event["detail"])["kind"] == "api"


@pytest.mark.promise("ASVS 6.3.8")
def test_one_answer_for_every_failure(own_api: Api) -> None:
    own_api.accounts.disable_user(own_api.user("procurement_manager").id, Actor(0, "operator"))
    answers = [login(own_api, "nobody_here"), login(own_api, password=WRONG), login(own_api, "procurement_manager")]
    said = [(problem_of(answer), answer.get_json()["detail"], sorted(answer.headers.keys())) for answer in answers]
    assert said[0][0] == (401, "wrong_credentials")
    assert said[1:] == [said[0]] * 2
    assert answers[0].headers["WWW-Authenticate"] == 'Bearer realm="salesgate"'


@pytest.mark.promise("ASVS 6.3.1", "ASVS 6.3.4")
def test_guesses_by_api_and_on_the_web_count_together(own_api: Api) -> None:
    browser = own_api.app.test_client()
    for _ in range(3):
        assert problem_of(login(own_api, password=WRONG)) == (401, "wrong_credentials")
    for _ in range(2):
        assert sign_in(browser, "sales_manager", WRONG).status_code == 401
    assert problem_of(login(own_api)) == (401, "wrong_credentials")
    assert sign_in(browser, "sales_manager").status_code == 401
    own_api.clock.forward(minutes=16)
    assert login(own_api).status_code == 200


@pytest.mark.promise("ASVS 6.3.3", "ASVS 6.3.4")
def test_a_second_factor_is_asked_for(own_api: Api) -> None:
    app = enrol_totp(own_api.accounts, "sales_manager")
    first = login(own_api).get_json()
    assert set(first) == {"step", "pending", "methods"}
    assert (first["step"], first["methods"]) == ("second_factor", ["totp", "recovery"])
    answer = {"pending": first["pending"], "method": "totp", "answer": app.at(own_api.clock.now)}
    wrong = own_api.nobody.post("/auth/second-factor", {**answer, "answer": "x"})
    assert problem_of(wrong) == (401, "wrong_answer")
    done = own_api.nobody.post("/auth/second-factor", answer)
    assert set(done.get_json()) == {"step", "access_token", "refresh_token", "token_type", "expires_in"}
    assert signed_in(own_api, done).get("/me").status_code == 200
    again = own_api.nobody.post("/auth/second-factor", answer)
    assert problem_of(again) == (401, "begin_anew")


@pytest.mark.promise("ASVS 6.6.3")
def test_guessing_the_second_factor_locks_the_account(own_api: Api) -> None:
    app = enrol_totp(own_api.accounts, "sales_manager")
    begun = {"pending": login(own_api).get_json()["pending"], "method": "totp"}
    codes = [problem_of(own_api.nobody.post("/auth/second-factor", {**begun, "answer": "x"})) for _ in range(5)]
    assert codes == [(401, "wrong_answer")] * 4 + [(401, "begin_anew")]
    right = {**begun, "answer": app.at(own_api.clock.now)}
    assert problem_of(own_api.nobody.post("/auth/second-factor", right)) == (401, "begin_anew")
    assert problem_of(login(own_api)) == (401, "wrong_credentials")


@pytest.mark.promise("ASVS 6.6.2")
def test_a_code_by_mail(own_api: Api) -> None:
    user = own_api.user("sales_manager")
    own_api.accounts.factors.set_mail(True, Actor(user.id, user.username))
    first = login(own_api).get_json()
    assert first["methods"] == ["mail", "recovery"]
    assert own_api.nobody.post("/auth/second-factor/code", {"pending": first["pending"]}).status_code == 204
    code = own_api.mails("mail_code")[-1].words["code"]
    other = login(own_api).get_json()
    assert other["pending"] != first["pending"]
    answer = {"method": "mail", "answer": code}
    elsewhere = own_api.nobody.post("/auth/second-factor", {**answer, "pending": other["pending"]})
    assert problem_of(elsewhere) == (401, "wrong_answer")
    assert own_api.nobody.post("/auth/second-factor", {**answer, "pending": first["pending"]}).status_code == 200
    assert problem_of(own_api.nobody.post("/auth/second-factor/code", {"pending": "no such"})) == (400, "refused")


@pytest.mark.promise("ASVS 6.3.3", "ASVS 6.3.4")
def test_whoever_needs_a_factor_is_sent_to_a_browser(strict: Api) -> None:
    answer = login(strict, "admin")
    assert problem_of(answer) == (403, "enrol_first")
    assert "/sign-in" in answer.get_json()["detail"]
    assert strict.accounts.open_sessions(strict.user("admin").id) == []
    assert problem_of(login(strict, "admin", WRONG)) == (401, "wrong_credentials")
    assert login(strict, "sales_manager").status_code == 200


def test_a_step_of_the_web_does_not_go_on_here_nor_the_other_way_round(own_api: Api) -> None:
    app = enrol_totp(own_api.accounts, "sales_manager")
    browser = own_api.app.test_client()
    sign_in(browser, "sales_manager")
    begun = cookie(browser, "salesgate_step")
    assert begun
    answer = {"pending": begun, "method": "totp", "answer": app.at(own_api.clock.now)}
    assert problem_of(own_api.nobody.post("/auth/second-factor", answer)) == (401, "begin_anew")
    assert own_api.accounts.open_sessions(own_api.user("sales_manager").id) == []


@pytest.mark.promise("ASVS 10.4.5", "refresh-token reuse")
def test_reuse_of_a_refresh_token_ends_everything_at_the_next_request(own_api: Api) -> None:
    first = login(own_api).get_json()
    second = refresh(own_api, first["refresh_token"]).get_json()
    client = Client(own_api.app, bearer(second["access_token"]))
    assert client.get("/me").status_code == 200
    assert problem_of(refresh(own_api, first["refresh_token"])) == (401, "signed_out")
    assert problem_of(client.get("/me")) == (401, "not_signed_in")
    assert problem_of(refresh(own_api, second["refresh_token"])) == (401, "signed_out")
    assert len(own_api.mails("token_reused")) == 1
    (event,) = own_api.events("token_reused")
    assert event["target"] == "sales_manager"


@pytest.mark.promise("ASVS 7.4.1", "ASVS 7.4.2")
def test_signing_out_by_either_token(own_api: Api) -> None:
    for by_access in (False, True):
        given = login(own_api).get_json()
        client = Client(own_api.app, bearer(given["access_token"]))
        body = {} if by_access else {"refresh_token": given["refresh_token"]}
        caller = client if by_access else own_api.nobody
        assert caller.post("/auth/revoke", body).status_code == 204
        assert problem_of(client.get("/me")) == (401, "not_signed_in")
        assert problem_of(refresh(own_api, given["refresh_token"])) == (401, "signed_out")
        assert caller.post("/auth/revoke", body).status_code == 204
    assert own_api.nobody.post("/auth/revoke", {}).status_code == 204
    assert len(own_api.events("sign_out")) == 2


@pytest.mark.promise("ASVS 7.4.2", "disabling kills tokens")
def test_disabling_a_user_ends_the_sign_in_at_the_next_request(own_api: Api) -> None:
    given = login(own_api).get_json()
    client = Client(own_api.app, bearer(given["access_token"]))
    assert client.get("/me").status_code == 200
    own_api.accounts.disable_user(own_api.user("sales_manager").id, Actor(0, "operator"))
    answer = client.get("/me")
    assert problem_of(answer) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="salesgate", error="invalid_token"'
    assert problem_of(refresh(own_api, given["refresh_token"])) == (401, "signed_out")


def test_cookies_do_not_count_here_and_tokens_do_not_count_there(own_api: Api) -> None:
    browser = own_api.app.test_client()
    assert sign_in(browser, "sales_manager").status_code == 303
    assert browser.get("/account").status_code == 200
    assert problem_of(browser.get("/api/v1/me")) == (401, "not_signed_in")
    session = cookie(browser, "salesgate_session")
    assert session
    assert problem_of(Client(own_api.app, bearer(session)).get("/me")) == (401, "not_signed_in")
    given = login(own_api).get_json()
    for token in (given["access_token"], given["refresh_token"]):
        other = own_api.app.test_client()
        other.set_cookie("salesgate_session", token)
        answer = other.get("/account", headers=bearer(token))
        assert answer.location.startswith("/sign-in?")


@pytest.mark.promise("ASVS 2.2.1", "ASVS 15.3.5")
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"x"', b"{", b'{"username":1,"pending":2}', b'{"username":"\\ud800"}', b"\xff", b"[" * 9999],
)
@pytest.mark.promise("ASVS 2.2.1", "ASVS 15.3.5")
def test_wrong_bodies_are_400(api: Api, body: bytes) -> None:
    for path in ("login", "second-factor", "second-factor/code", "refresh", "revoke", "verify", "register"):
        answer = api.nobody.post(f"/auth/{path}", data=body, content_type="application/json")
        assert problem_of(answer) == (400, "invalid"), path
        form = api.nobody.post(f"/auth/{path}", data={"username": "x"})
        assert problem_of(form) == (415, "unsupported_media_type"), path


def test_a_token_is_never_taken_out_of_the_address_or_repeated(own_api: Api) -> None:
    given = login(own_api).get_json()
    answer = own_api.nobody.get(f"/me?access_token={given['access_token']}")
    assert problem_of(answer)[0] == 400
    assert given["access_token"] not in answer.text
    spoilt = own_api.nobody.post("/auth/refresh", {"refresh_token": given["refresh_token"], "more": "x"})
    assert problem_of(spoilt) == (400, "invalid")
    assert given["refresh_token"] not in spoilt.text
    assert refresh(own_api, given["refresh_token"]).status_code == 200  # and was not used up by that


def test_a_sign_in_by_api_is_shown_as_such(own_api: Api) -> None:
    login(own_api, headers={"User-Agent": "curl/8.5 (Linux)"})
    (session,) = own_api.accounts.open_sessions(own_api.user("sales_manager").id)
    assert session.kind is SessionKind.API
    assert session.methods == (Method.PASSWORD,)
    page = Caller(*_known(own_api, "sales_manager"), None, own_api.accounts, ())
    (shown,) = sessions_data(page)["sessions"]
    assert shown["device"] == "API sign-in (curl on Linux)"
    admin = Caller(*_known(own_api, "admin"), None, own_api.accounts, ())
    (line,) = panel(admin, own_api.user("sales_manager"))["sessions"]
    assert line["device"] == "API sign-in (curl on Linux)"


def _known(api: Api, role: str) -> tuple[Viewer, Actor]:
    """Viewer and actor of a page of that user."""
    user = api.user(role)
    viewer = api.accounts.roles[role].viewer(user.id, user.username)
    return viewer, Actor(user.id, user.username, permissions=viewer.permissions)


def test_a_passkey_cannot_be_used_by_a_program(tmp_path: Path) -> None:
    made = small_api(tmp_path / "var", server={"public_url": "https://sales.example.com"})
    key, user = SoftAuthenticator("https://sales.example.com"), made.user("sales_manager")
    actor = Actor(user.id, user.username)
    pending, options = made.accounts.factors.offer_passkey(actor)
    codes = made.accounts.factors.confirm_passkey(pending, key.create(options), "Key", actor)
    first = login(made).get_json()
    assert first["methods"] == ["recovery"]
    by_code = {"pending": first["pending"], "method": "recovery"}
    assert problem_of(made.nobody.post("/auth/second-factor", {**by_code, "method": "passkey", "answer": "{}"})) == (
        400,
        "invalid",
    )
    assert made.nobody.post("/auth/second-factor", {**by_code, "answer": codes[0]}).status_code == 200
    with made.accounts.engine.begin() as connection:
        connection.execute(delete(recovery_codes))
    answer = login(made)
    assert problem_of(answer) == (403, "enrol_first")
    assert "passkey" in answer.get_json()["detail"]
    made.accounts.close()
