"""Registering in a browser: the form, the one answer, the link in the mail."""

import re
from pathlib import Path

import pytest
from flow_kit import CHOSEN, PERSON, kinds, link, register, registered, said, send
from kit import PLENTY
from web_kit import OPERATOR, Installation, cookie, install, sign_in

from dashboard.accounts import NewUser


@pytest.mark.promise("registration")
def test_somebody_registers_verifies_and_signs_in(installation: Installation) -> None:
    browser = installation.browser()
    sent = register(browser)
    assert sent.status_code == 200
    assert "Check your mail" in sent.text
    assert "ada.quill@example.com" in sent.text
    assert sign_in(browser, "ada", CHOSEN).status_code == 401
    path = link(installation, "ada.quill@example.com", "verify")
    page = browser.get(path)
    assert "ada.quill@example.com" in page.text
    done = send(browser, path)
    assert done.status_code == 200
    assert "You asked for the role <strong>Sales Manager</strong>" in done.text
    assert sign_in(browser, "ada", CHOSEN).status_code == 303
    user = installation.accounts.find("ada")
    assert user
    assert (user.role, user.verified, user.first_name, user.last_name) == ("no_role", True, "Ada", "Quill")


@pytest.mark.promise("ASVS 8.2.3")
@pytest.mark.promise("a role at registration is only a request")
def test_nothing_that_is_sent_along_grants_anything(installation: Installation) -> None:
    browser = installation.browser()
    more = {"active": "1", "verified": "1", "verified_at": "2026-01-01", "is_original_admin": "1", "permissions": "x"}
    assert register(browser, **more, role="admin", wanted_role="admin").status_code == 200
    user = installation.accounts.find("ada")
    assert user
    assert (user.role, user.verified, user.is_original_admin) == ("no_role", False, False)
    assert sign_in(browser, "ada", CHOSEN).status_code == 401


@pytest.mark.promise("ASVS 6.3.8")
def test_one_answer_whether_name_or_address_are_known(installation: Installation) -> None:
    answers = [
        said(register(installation.browser(), email=email, username=username))
        for email, username in [
            ("somebody.new@example.com", "new.somebody"),
            ("sales_manager@example.com", "new.somebody.else"),
            ("sales_manager@example.org", "sales_manager"),
            ("somebody.new@example.com", "new.somebody"),
        ]
    ]
    unlike = [re.sub(r"[a-z_.]+@example\.(com|org)", "ADDRESS", str(answer[1:])) for answer in answers]
    assert len(set(unlike)) == 1, unlike
    assert {answer[0] for answer in answers} == {200}


@pytest.mark.promise("ASVS 6.3.8")
def test_the_mail_alone_tells_who_is_known(installation: Installation) -> None:
    register(installation.browser(), email="sales_manager@example.com")
    assert kinds(installation, "sales_manager@example.com") == ["already_registered"]
    register(installation.browser(), username="sales_manager")
    assert kinds(installation, "ada.quill@example.com") == ["username_taken"]
    assert installation.accounts.find("ada") is None


@pytest.mark.parametrize(
    ("field", "typed", "text"),
    [
        ("first_name", "", "Enter your first name."),
        ("last_name", " ", "Enter your last name."),
        ("email", "nobody", "This is not an e-mail address."),
        ("email", "", "Enter your e-mail address."),
        ("email", "a@b.example\r\nBcc: c@d.example", "This has characters that cannot be used."),
        ("username", "a b", "A user name is made of letters, digits"),
        ("username", "x", "A user name has 3 to 64 characters."),
        ("day", "31", ""),
        ("month", "13", "This is no date."),
        ("year", "99999", "This is no date."),
        ("year", "", "This is no date."),
        ("year", "2150", "A date of birth is in the past."),
        ("year", "2020", "Check the date of birth"),
        ("year", "1८84", "This is no date."),
        ("day", "-1", "This is no date."),
        ("password", "short", "Use at least 15 characters"),
        ("password", "", "Choose a password."),
        ("password", "ada quill ada quill", "made of your user name"),
        ("role", "no_role", "Choose one of these."),
        ("role", "owner", "Choose one of these."),
    ],
)
def test_what_is_wrong_stands_at_its_field(installation: Installation, field: str, typed: str, text: str) -> None:
    browser = installation.browser()
    page = register(browser, **{field: typed})
    if not text:
        assert page.status_code == 200
        return
    assert page.status_code == 400
    assert text in page.text.replace("&#39;", "'")
    assert 'aria-invalid="true"' in page.text or field == "role"
    assert CHOSEN not in page.text
    assert kinds(installation) == []
    kept = [value for name, value in PERSON.items() if name not in {field, "password", "role"}]
    assert all(f'value="{value}"' in page.text for value in kept), page.text
    if field != "role":
        first = re.search(r"<input[^>]*autofocus[^>]*>", page.text)
        assert first
        wrong = "day" if field in {"day", "month", "year"} else field
        assert f'name="{wrong}"' in first[0]


def test_an_error_is_what_the_field_is_described_by(installation: Installation) -> None:
    page = register(installation.browser(), email="nobody").text
    described = re.search(r'name="email"[^>]*', page.replace("aria-describedby", "@"))
    assert 'id="email-error"' in page
    assert re.search(r'aria-describedby="email-error email-help"', page), described


def test_without_the_recovery_check_the_date_of_birth_is_optional(tmp_path: Path) -> None:
    made = install(tmp_path / "var", limits=PLENTY, recovery={"date_of_birth": False})
    nothing = {"day": "", "month": "", "year": ""}
    assert "(optional)" in made.browser().get("/register").text
    assert register(made.browser(), **nothing).status_code == 200
    made.accounts.close()
    needed = install(tmp_path / "needed", limits=PLENTY)
    page = register(needed.browser(), **nothing)
    assert page.status_code == 400
    assert "Enter your date of birth" in page.text
    needed.accounts.close()


@pytest.mark.parametrize(("mode", "word"), [("off", "made by administrators"), ("invited", "by invitation")])
def test_where_nobody_may_register_the_page_says_so(tmp_path: Path, mode: str, word: str) -> None:
    made = install(tmp_path / "var", limits=PLENTY, registration={"mode": mode})
    browser = made.browser()
    for page in (
        browser.get("/register"),
        send(browser, "/register", "/sign-in", **PERSON),
        send(browser, "/register/again", "/sign-in", email="ada.quill@example.com"),
    ):
        assert page.status_code == 404
        assert "You cannot register here" in page.text
        assert word in page.text
    assert 'href="/register"' not in browser.get("/sign-in").text
    assert made.accounts.find("ada") is None
    assert kinds(made) == []
    made.accounts.close()


def test_the_form_helps_password_managers_and_works_without_scripts(installation: Installation) -> None:
    page = installation.browser().get("/register").text
    for name, words in {
        "first_name": "given-name",
        "last_name": "family-name",
        "email": "email",
        "username": "username",
        "password": "new-password",
        "day": "bday-day",
        "month": "bday-month",
        "year": "bday-year",
    }.items():
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert field, name
        assert f'autocomplete="{words}"' in field[0]
        assert f'for="{name}"' in page
    assert re.search(r'<button[^>]*data-reveal="password"[^>]* hidden>', page)
    assert "<script>" not in page
    assert " onclick" not in page
    assert 'value="no_role"' not in page
    assert "see net sales" in page.lower()


def test_the_mail_is_sent_again(installation: Installation) -> None:
    browser = installation.browser()
    page = register(browser)
    again = browser.post(
        "/register/again",
        data={
            "email": PERSON["email"],
            "csrf_token": re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[0],
        },
    )
    assert again.status_code == 200
    assert "on its way again" in again.text
    assert kinds(installation, PERSON["email"]) == ["verify", "verify"]


@pytest.mark.promise("ASVS 6.3.8")
def test_sending_again_answers_alike_for_everybody(installation: Installation) -> None:
    register(installation.browser())
    answers = {
        str(said(send(installation.browser(), "/register/again", "/sign-in", email=email))[1:]).replace(
            email, "ADDRESS"
        )
        for email in ("ada.quill@example.com", "sales_manager@example.com", "nobody@example.com")
    }
    assert len(answers) == 1


def test_a_link_to_nowhere_asks_for_an_address(installation: Installation) -> None:
    for email in ("", "nobody", "a" * 300 + "@example.com", "a@b\x00.example"):
        assert send(installation.browser(), "/register/again", "/sign-in", email=email).status_code == 400
    assert kinds(installation) == []


@pytest.mark.promise("ASVS 3.3.1")
def test_the_browser_is_remembered_by_a_cookie_that_scripts_cannot_read(tmp_path: Path) -> None:
    made = install(tmp_path / "var", limits=PLENTY, server={"https": True, "public_url": "https://sales.example.com"})
    browser = made.browser()
    page = browser.get("/register", base_url="https://sales.example.com")
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[0]
    sent = browser.post("/register", data={**PERSON, "csrf_token": token}, base_url="https://sales.example.com")
    given = next(cookie for cookie in sent.headers.getlist("Set-Cookie") if "salesgate_registration" in cookie)
    assert given.startswith("__Host-salesgate_registration=")
    for attribute in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=86400"):
        assert attribute in given
    made.accounts.close()


def test_only_the_browser_that_registered_is_signed_in_by_the_link(tmp_path: Path) -> None:
    made = install(tmp_path / "var", limits=PLENTY, registration={"sign_in_after_verification": True})
    browser, other = made.browser(), made.browser()
    register(browser)
    register(made.browser(), username="berta", email="berta@example.com")
    elsewhere = send(other, link(made, "berta@example.com", "verify"), password=CHOSEN)
    assert (elsewhere.status_code, cookie(other, "salesgate_session")) == (200, None)
    here = send(browser, link(made, PERSON["email"], "verify"))
    assert here.status_code == 303
    assert here.location == "/"
    assert cookie(browser, "salesgate_session")
    assert cookie(browser, "salesgate_registration") is None
    assert "page of ada" in browser.get("/account").text
    made.accounts.close()


def test_by_default_nobody_is_signed_in_by_the_link(installation: Installation) -> None:
    browser = registered(installation)
    assert cookie(browser, "salesgate_session") is None
    assert cookie(browser, "salesgate_registration") is None


def test_registering_ends_nobodys_session(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    before = cookie(browser, "salesgate_session")
    assert register(browser).status_code == 200
    assert send(browser, link(installation, PERSON["email"], "verify")).status_code == 200
    assert cookie(browser, "salesgate_session") == before
    assert "page of sales_manager" in browser.get("/account").text


def test_every_grantable_role_is_offered_with_what_it_sees(tmp_path: Path) -> None:
    own = {"north": {"name": "Sales <North>", "permissions": ["measure:units"]}}
    made = install(tmp_path / "var", limits=PLENTY, roles=own)
    made.accounts.create_user(NewUser("x.y.z", "x@example.com", "north"), OPERATOR)
    page = made.browser().get("/register").text
    for role in made.accounts.roles.grantable:
        assert f'value="{role.key}"' in page
    assert "Sales &lt;North&gt;" in page
    assert "See units sold, returned and ranked." in page
    made.accounts.close()
