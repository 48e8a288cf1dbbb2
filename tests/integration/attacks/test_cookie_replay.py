"""A stolen cookie, after what should have made it worthless."""

import pytest
from attack_kit import (
    HOME,
    OPERATOR,
    ROLES,
    accounts_of,
    is_in,
    send,
    session_cookie,
    sign_in,
    signed_in,
    user_of,
    with_cookie,
)
from flask import Flask


@pytest.mark.promise("ASVS 7.4.1")
@pytest.mark.promise("cookie replay")
def test_after_sign_out(app: Flask) -> None:
    victim = signed_in(app, "sales_manager")
    thief = with_cookie(app, session_cookie(victim))
    assert is_in(thief, "/revenue")
    page = victim.get("/revenue")
    assert page.status_code == 200
    token = victim.get_cookie("_csrf_token")
    assert token
    assert victim.post("/sign-out", headers={"X-CSRFToken": token.value}).status_code == 303
    assert not is_in(thief, "/revenue")
    assert not is_in(victim, "/revenue")


@pytest.mark.promise("ASVS 7.4.2")
@pytest.mark.promise("cookie replay")
def test_after_disabling_and_after_enabling_again(app: Flask) -> None:
    thief = with_cookie(app, session_cookie(signed_in(app, "sales_manager")))
    user = user_of(app, "sales_manager")
    accounts_of(app).disable_user(user.id, OPERATOR)
    assert not is_in(thief, "/revenue")
    accounts_of(app).enable_user(user.id, OPERATOR)
    assert not is_in(thief, "/revenue")


@pytest.mark.promise("ASVS 7.4.2")
@pytest.mark.promise("cookie replay")
def test_after_deleting(app: Flask) -> None:
    thief = with_cookie(app, session_cookie(signed_in(app, "sales_manager")))
    accounts_of(app).administration.delete(user_of(app, "sales_manager").id, "sales_manager", OPERATOR)
    assert not is_in(thief, "/revenue")


@pytest.mark.promise("ASVS 8.3.2")
@pytest.mark.promise("cookie replay")
def test_a_change_of_role_counts_at_the_next_request(app: Flask) -> None:
    browser = signed_in(app, "sales_manager")
    assert browser.get("/revenue").status_code == 200
    assert browser.get("/units").status_code == 200
    accounts_of(app).administration.change_role(user_of(app, "sales_manager").id, "procurement_manager", OPERATOR)
    assert browser.get("/revenue").status_code == 403
    assert browser.get("/units").status_code == 200


@pytest.mark.promise("cookie replay")
def test_after_a_new_sign_in_in_the_same_browser(app: Flask) -> None:
    browser = signed_in(app, "sales_manager")
    old = session_cookie(browser)
    browser.delete_cookie("salesgate_session")
    browser.set_cookie("salesgate_session", old)
    victim = app.test_client()
    victim.set_cookie("salesgate_session", old)
    # The form is not shown to somebody who is signed in; an attacker's page may send it all the same.
    token = victim.get("/revenue").headers.getlist("Set-Cookie")
    assert any("_csrf_token" in one for one in token)
    cookie = victim.get_cookie("_csrf_token")
    assert cookie
    answer = victim.post(
        "/sign-in",
        data={"username": "sales_manager", "password": "violet tram beside lake 4711", "csrf_token": cookie.value},
    )
    assert answer.status_code == 303
    assert session_cookie(victim) != old
    assert not is_in(with_cookie(app, old), "/revenue")


@pytest.mark.promise("session fixation")
@pytest.mark.promise("ASVS 7.2.4")
@pytest.mark.parametrize("planted", ["x", "A" * 43, "../../etc/passwd", "\u00e9", "", "0" * 4000])
def test_a_planted_cookie_never_becomes_a_session(lasting: Flask, planted: str) -> None:
    browser = lasting.test_client()
    browser.set_cookie("salesgate_session", planted)
    assert sign_in(browser, "sales_manager").status_code == 303
    assert session_cookie(browser) != planted
    assert not is_in(with_cookie(lasting, planted), "/revenue")


@pytest.mark.promise("session fixation")
def test_the_session_of_an_attacker_is_not_continued_by_the_victim(lasting: Flask) -> None:
    attacker = signed_in(lasting, "procurement_manager")
    planted = session_cookie(attacker)
    victim = with_cookie(lasting, planted)
    victim.get("/units")
    token = victim.get_cookie("_csrf_token")
    assert token
    data = {"username": "sales_manager", "password": "violet tram beside lake 4711", "csrf_token": token.value}
    assert victim.post("/sign-in", data=data).status_code == 303
    assert session_cookie(victim) != planted
    assert not is_in(attacker, "/units")


@pytest.mark.parametrize("role", ROLES)
def test_the_form_token_of_another_session_is_refused(lasting: Flask, role: str) -> None:
    mine, other = signed_in(lasting, role), signed_in(lasting, role)
    for browser in (mine, other):
        browser.get(HOME[role])
    token = other.get_cookie("_csrf_token")
    assert token
    assert mine.post("/sign-out", headers={"X-CSRFToken": token.value}).status_code == 400
    assert send(lasting.test_client(), "/sign-in", {"username": role, "password": "wrong"}).status_code == 401
