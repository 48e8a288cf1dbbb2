"""Links out of mails: what they show, what their button does, and what becomes of them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flow_kit import CHOSEN, PERSON, kinds, link, register, registered, send
from kit import PLENTY
from web_kit import OPERATOR, Installation, cookie, form_token, install, sign_in

from dashboard.accounts import Accounts, Actor, NewUser, Origin, Registering
from dashboard.settings import load_settings

ADA = PERSON["email"]
BORN = date(1984, 12, 9)
HERS = "ada@new.example.com"
PATHS = ("/verify/", "/recover/", "/unlock/", "/mail/", "/invitation/")


def verification(here: Installation) -> str:
    register(here.browser())
    return link(here, ADA, "verify")


def recovery(here: Installation) -> str:
    registered(here)
    send(here.browser(), "/recover", name="ada")
    return link(here, ADA, "recovery")


def unlocking(here: Installation) -> str:
    registered(here)
    for _ in range(5):
        assert sign_in(here.browser(), "ada", "wrong").status_code == 401
    return link(here, ADA, "locked")


def changing(here: Installation) -> str:
    registered(here)
    user = here.accounts.find("ada")
    assert user
    here.accounts.profiles.ask_mail_change(HERS, Actor(user.id, user.username))
    return link(here, HERS, "mail_change")


def invitation(here: Installation) -> str:
    user = here.accounts.create_user(NewUser("ada", ADA, "sales_manager"), OPERATOR)
    return "/invitation/" + here.accounts.invite(user.id, OPERATOR)


MAKERS = (verification, recovery, unlocking, changing, invitation)
ONE_CLICK = (verification, unlocking, changing)
Maker = Callable[[Installation], str]


@pytest.mark.promise("ASVS 3.5.3")
@pytest.mark.promise("mail scanners use no link up")
@pytest.mark.parametrize("make", MAKERS)
def test_reading_a_link_changes_nothing(installation: Installation, make: Maker) -> None:
    path = make(installation)
    before = installation.events(), kinds(installation)
    for method in ("GET", "HEAD", "OPTIONS", "GET", "HEAD"):
        answer = installation.browser().open(path, method=method)
        assert answer.status_code == 200, method
        assert "salesgate_session" not in str(answer.headers.getlist("Set-Cookie"))
        assert answer.headers["Cache-Control"] == "no-store" or method == "OPTIONS"
    assert (installation.events(), kinds(installation)) == before
    assert installation.browser().get(path).status_code == 200


@pytest.mark.promise("ASVS 6.5.1")
@pytest.mark.parametrize("make", ONE_CLICK)
def test_a_link_is_good_once(installation: Installation, make: Maker) -> None:
    path = make(installation)
    other = installation.browser()
    late = form_token(other.get(path))
    assert send(installation.browser(), path, password=CHOSEN).status_code == 200
    for answer in (installation.browser().get(path), other.post(path, data={"csrf_token": late})):
        assert answer.status_code == 410
        assert "This link is not good any more" in answer.text


@pytest.mark.promise("ASVS 3.5.1")
@pytest.mark.parametrize("make", MAKERS)
def test_a_link_needs_the_token_of_its_form(installation: Installation, make: Maker) -> None:
    path = make(installation)
    assert installation.browser().post(path, data={"password": CHOSEN}).status_code == 400
    browser = installation.browser()
    data = {"csrf_token": form_token(browser.get(path))}
    assert browser.post(path, data=data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize("make", MAKERS)
def test_the_methods_of_a_link_are_those_of_a_form(installation: Installation, make: Maker) -> None:
    path = make(installation)
    browser = installation.browser()
    headers = {"X-CSRFToken": form_token(browser.get(path))}
    allowed = browser.options(path).headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    for method in ("PUT", "DELETE", "PATCH"):
        assert browser.open(path, method=method, headers=headers).status_code in {401, 405}
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize("prefix", PATHS)
@pytest.mark.parametrize(
    "token", ["x", "%00", "%ff", "a" * 4000, "a.b.c", "1.2.3-4", "<img src=x onerror=alert(1)>", "%0d%0aSet-Cookie:x=y"]
)
def test_a_made_up_link_is_gone_and_says_what_to_do(installation: Installation, prefix: str, token: str) -> None:
    browser = installation.browser()
    data = {"csrf_token": form_token(browser.get("/sign-in"))}
    for answer in (browser.get(prefix + token), browser.post(prefix + token, data=data), browser.head(prefix + token)):
        assert answer.status_code in {404, 410}
        assert "x=y" not in str(answer.headers)
        assert "<img" not in answer.text
        assert token not in answer.text or len(token) == 1
    if "/" not in token:
        page = browser.get(prefix + token).text
        assert "It was used already" in page or "The lock is gone already" in page
        assert ('href="/recover"' if prefix == "/recover/" else 'href="/sign-in"') in page


@pytest.mark.promise("a token of one purpose works for no other")
def test_no_link_opens_another_door(installation: Installation) -> None:
    path = verification(installation)
    token = path.rpartition("/")[2]
    for prefix in PATHS[1:]:
        assert installation.browser().get(prefix + token).status_code == 410


def test_an_unlocked_account_can_be_signed_in_to(installation: Installation) -> None:
    path = unlocking(installation)
    assert sign_in(installation.browser(), "ada", CHOSEN).status_code == 401
    page = installation.browser().get(path)
    assert '<strong class="gate-typed">ada</strong>' in page.text
    assert send(installation.browser(), path).status_code == 200
    assert sign_in(installation.browser(), "ada", CHOSEN).status_code == 303


def test_an_unlock_link_dies_with_its_lock(installation: Installation) -> None:
    path = unlocking(installation)
    installation.clock.forward(minutes=16)
    gone = installation.browser().get(path)
    assert gone.status_code == 410
    assert "Sign in, or choose a new password" in gone.text


def test_a_new_address_counts_when_it_is_confirmed(installation: Installation) -> None:
    path = changing(installation)
    page = installation.browser().get(path)
    assert HERS in page.text
    before = installation.accounts.find("ada")
    assert before
    assert before.email == ADA
    assert send(installation.browser(), path).status_code == 200
    after = installation.accounts.find("ada")
    assert after
    assert after.email == HERS
    assert kinds(installation, ADA)[-1] == "mail_changed"


@pytest.mark.promise("token flows never read who is signed in")
@pytest.mark.parametrize("make", MAKERS)
def test_the_link_counts_and_not_who_is_signed_in(installation: Installation, make: Maker) -> None:
    path = make(installation)
    browser = installation.signed_in("admin")
    before = cookie(browser, "salesgate_session")
    page = browser.get(path)
    assert "ada" in page.text
    assert "page of admin" not in page.text
    send(browser, path, password=CHOSEN, day="9", month="12", year="1984")
    assert cookie(browser, "salesgate_session") == before
    assert "page of admin" in browser.get("/users").text


def test_names_are_shown_as_text(installation: Installation) -> None:
    register(installation.browser(), first_name="<b>Ada</b>", email="ada+<i>@example.com")
    register(installation.browser(), first_name="<b>Ada</b>", email="ada+{{7*7}}@example.com")
    page = installation.browser().get(link(installation, "ada+{{7*7}}@example.com", "verify"))
    assert "ada+{{7*7}}@example.com" in page.text
    assert "<b>" not in page.text


@pytest.mark.promise("ASVS 14.2.1")
@pytest.mark.promise("ASVS 16.2.5")
def test_no_token_gets_into_a_log(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    secrets = []
    with caplog.at_level("DEBUG"):
        for prefix in PATHS:
            token = f"secret-of-{prefix.strip('/')}.1.2"
            secrets.append(token)
            browser = installation.browser()
            data = {"csrf_token": form_token(browser.get("/sign-in"))}
            for method in ("GET", "PUT", "POST"):
                browser.open(prefix + token, method=method, data=data)
            browser.post(prefix + token, headers={"Sec-Fetch-Site": "cross-site"})
            assert f"{prefix}<token>" in caplog.text
    assert not any(secret in caplog.text for secret in secrets)
    assert not any(secret in str(event) for secret in secrets for event in installation.events())


def test_a_dead_link_offers_no_way_round(installation: Installation) -> None:
    path = verification(installation)
    installation.clock.forward(hours=25)
    page = installation.browser().get(path)
    assert page.status_code == 410
    assert "register again" in page.text
    assert 'method="post"' not in page.text


ASKED = "Password you chose when you registered"


@pytest.mark.promise("a stranger's registration is not opened by whoever holds the mailbox")
def test_another_browser_is_asked_for_the_password_of_the_registration(installation: Installation) -> None:
    mine = installation.browser()
    register(mine)
    path = link(installation, ADA, "verify")
    other = installation.browser()
    assert ASKED not in mine.get(path).text
    assert ASKED in other.get(path).text
    assert send(other, path).status_code == 400
    wrong = send(other, path, password="my own password, not theirs")
    assert (wrong.status_code, ASKED in wrong.text) == (401, True)
    assert "register anew with your own password" in wrong.text
    user = installation.accounts.find("ada")
    assert user
    assert not user.verified
    assert send(other, path, password=CHOSEN).status_code == 200
    assert sign_in(other, "ada", CHOSEN).status_code == 303


def test_a_link_is_no_way_in_when_registration_was_closed(tmp_path: Path) -> None:
    closed = install(tmp_path / "var", limits=PLENTY, registration={"mode": "off"})
    before = Accounts(load_settings(var=tmp_path / "var"), clock=closed.clock)
    before.registration.register(Registering("ada", ADA, CHOSEN, "Ada", "Quill", "", BORN), Origin("", ""))
    before.close()
    path = link(closed, ADA, "verify")
    for answer in (closed.browser().get(path), send(closed.browser(), path, form="/sign-in", password=CHOSEN)):
        assert answer.status_code == 410
        assert "Ask an administrator to open your account" in answer.text
    closed.accounts.close()
