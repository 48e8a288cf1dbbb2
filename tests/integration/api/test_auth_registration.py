"""Registering by API: a request and nothing more, one answer for everybody, and no session before a sign-in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_kit import Api, problem_of, small_api
from unit.web.web_kit import PASSWORD
from werkzeug.test import TestResponse

from dashboard.accounts import Actor


def wanted(**more: Any) -> dict[str, Any]:
    """What a newcomer sends."""
    person = {"username": "newcomer", "email": "newcomer@example.com", "password": PASSWORD}
    names = {"first_name": "New", "last_name": "Comer", "date_of_birth": "1984-03-27"}
    return {**person, **names, "wanted_role": "admin", **more}


def register(api: Api, **more: Any) -> TestResponse:
    return api.nobody.post("/auth/register", wanted(**more))


def login(api: Api) -> TestResponse:
    return api.nobody.post("/auth/login", {"username": "newcomer", "password": PASSWORD})


def verify(api: Api, password: str = PASSWORD, token: str = "") -> TestResponse:
    token = token or api.mails("verify")[-1].words["link"].rpartition("/")[2]
    return api.nobody.post("/auth/verify", {"token": token, "password": password})


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One installation for those who are refused."""
    made = small_api(tmp_path_factory.mktemp("lasting") / "var")
    yield made
    made.accounts.close()


@pytest.mark.promise("role chosen at registration is a request", "ASVS 8.2.3")
def test_from_registration_to_the_first_call(own_api: Api) -> None:
    answer = register(own_api)
    assert answer.status_code == 202
    assert "Set-Cookie" not in answer.headers
    assert problem_of(login(own_api)) == (401, "wrong_credentials")  # not verified yet
    assert problem_of(verify(own_api, "another password of mine")) == (400, "refused")
    done = verify(own_api)
    assert done.get_json() == {"username": "newcomer"}
    assert "Set-Cookie" not in done.headers
    assert problem_of(verify(own_api)) == (400, "refused")
    given = login(own_api).get_json()
    me = own_api.nobody.get("/me", headers={"Authorization": f"Bearer {given['access_token']}"}).get_json()
    assert (me["role"], me["permissions"]) == ("no_role", [])
    user = own_api.accounts.find("newcomer")
    assert user
    request = own_api.accounts.requests.mine(user.id)
    assert request
    assert (request.role, request.state) == ("admin", "open")


@pytest.mark.promise("ASVS 6.3.8")
def test_one_answer_whether_or_not_somebody_is_there(own_api: Api) -> None:
    taken = own_api.user("sales_manager")
    answers = [
        register(own_api),
        register(own_api, username=taken.username, email="other@example.com"),
        register(own_api, username="another", email=taken.email),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    assert len(own_api.mails()) == 3
    again = [
        own_api.nobody.post("/auth/register/again", {"email": email})
        for email in ("newcomer@example.com", taken.email, "nobody@example.com")
    ]
    assert {(answer.status_code, answer.text) for answer in again} == {(202, again[0].text)}
    assert len(own_api.mails("verify")) == 2


@pytest.mark.parametrize(
    "more",
    [{"role": "admin"}, {"active": True}, {"verified": True}, {"is_original_admin": True}, {"id": 1}],
)
@pytest.mark.promise("ASVS 15.3.3")
def test_no_field_sets_what_is_not_ones_own(lasting: Api, more: dict[str, Any]) -> None:
    answer = register(lasting, **more)
    assert problem_of(answer) == (400, "invalid")
    assert lasting.accounts.find("newcomer") is None


@pytest.mark.parametrize(
    "more",
    [
        {"password": "short7261"},
        {"password": "sales_manager"},
        {"password": "x" * 1025},
        {"username": "a\nb"},
        {"username": "\0\0\0"},
        {"username": 5},
        {"email": "no address"},
        {"wanted_role": "no such role"},
        {"date_of_birth": "2999-01-01"},
        {"date_of_birth": "27.3.1984"},
        {"first_name": ""},
    ],
)
def test_what_is_wrong_is_said_and_never_repeats_the_password(lasting: Api, more: dict[str, Any]) -> None:
    answer = register(lasting, **more)
    assert problem_of(answer) in {(400, "invalid"), (400, "refused")}
    assert wanted(**more)["password"] not in answer.text
    assert lasting.accounts.find("newcomer") is None
    assert lasting.mails() == []


@pytest.fixture(params=["invited", "off"])
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Api]:
    made = small_api(tmp_path / "closed", registration={"mode": request.param})
    yield made
    made.accounts.close()


def test_where_nobody_can_register(closed: Api) -> None:
    assert problem_of(register(closed)) == (404, "not_found")
    assert problem_of(closed.nobody.post("/auth/register/again", {"email": "x@example.com"})) == (404, "not_found")
    assert problem_of(verify(closed, token="x")) == (400, "refused")
    assert closed.mails() == []


def test_the_browser_that_registered_means_nothing_here(own_api: Api) -> None:
    """No cookie stands for the password, and verifying starts no session, whatever the settings say of browsers."""
    register(own_api)
    assert problem_of(verify(own_api, "x" * 20)) == (400, "refused")
    assert verify(own_api).status_code == 200
    user = own_api.accounts.find("newcomer")
    assert user
    assert own_api.accounts.open_sessions(user.id) == []
    own_api.accounts.disable_user(user.id, Actor(0, "operator"))
    assert problem_of(login(own_api)) == (401, "wrong_credentials")
