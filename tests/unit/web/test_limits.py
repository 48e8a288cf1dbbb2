"""How often one address, one account and one user may ask for things."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flow_kit import PERSON, kinds, register, said, send
from kit import PLENTY
from web_kit import CALLBACK, PASSWORD, Installation, form_token, install, script_token, sign_in

from dashboard.accounts import Actor
from dashboard.settings import Sections, SettingsError, load_settings
from dashboard.web import gate
from dashboard.web.denials import Denials
from dashboard.web.limit_rules import ACCOUNT_FIELDS, ASKS_PROVIDER, RULES, SENDS_MAIL, TRIES_ACCOUNT
from dashboard.web.server import create_server


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Installation]:
    made = install(tmp_path / "var", limits={"per_address": "3 per minute"})
    yield made
    made.accounts.close()


@pytest.mark.promise("ASVS 6.3.1")
def test_guessing_stops_at_the_limit_and_says_for_how_long(strict: Installation) -> None:
    browser = strict.browser()
    assert [sign_in(browser, f"user{n}", "wrong").status_code for n in range(3)] == [401, 401, 401]
    stopped = sign_in(browser, "sales_manager")
    assert stopped.status_code == 429
    assert 1 <= int(stopped.headers["Retry-After"]) <= 61
    assert "Too many attempts" in stopped.text
    assert browser.get("/sign-in").status_code == 200


def test_an_invitation_counts_to_the_same_limit(strict: Installation) -> None:
    browser = strict.browser()
    data = {"csrf_token": form_token(browser.get("/sign-in"))}
    assert [browser.post("/invitation/made-up", data=data).status_code for _ in range(4)] == [410, 410, 410, 429]
    assert sign_in(browser, "sales_manager").status_code == 429


def test_signed_in_work_is_not_limited(strict: Installation) -> None:
    browser = strict.signed_in("sales_manager")
    token = script_token(browser)
    assert {browser.post("/session/extend", headers=token).status_code for _ in range(10)} == {200}


def test_a_limit_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"limits\.per_address"):
        create_server(load_settings(var=tmp_path, limits={"per_address": "often"}))


def limited(folder: Path, **limits: str) -> Installation:
    """An installation where nothing is limited but what is said."""
    return install(folder / "var", limits={**PLENTY, **limits})


def from_anywhere(here: Installation, number: int = 0) -> FlaskClient:
    """A browser at an address of its own."""
    browser = here.browser()
    browser.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
    return browser


def test_every_limit_of_the_settings_is_a_rule() -> None:
    assert {rule.name for rule in RULES} == set(Sections().limits.model_dump()) - {"storage"}


def test_what_the_rules_name_exists(strict: Installation) -> None:
    assert set(ACCOUNT_FIELDS) | SENDS_MAIL | TRIES_ACCOUNT <= set(strict.server.view_functions)


@pytest.mark.promise("ASVS 6.3.1")
@pytest.mark.promise("every way in before sign-in is limited")
def test_every_public_form_and_link_counts_as_an_attempt(tmp_path: Path) -> None:
    made = limited(tmp_path, per_address="1 per minute")
    rules = [rule for rule in made.server.url_map.iter_rules() if rule.endpoint in gate.PUBLIC]
    for number, rule in enumerate(rules):
        browser = from_anywhere(made, number)
        path, methods = rule.rule.replace("<token>", "made-up"), rule.methods or set()
        if "POST" in methods:
            token = form_token(browser.get("/sign-in"))
            answers = [browser.post(path, data={"csrf_token": token}).status_code for _ in range(2)]
            assert (answers[0] != 429, answers[1]) == (True, 429), (rule.rule, answers)
        elif "token" in rule.arguments or rule.endpoint in ASKS_PROVIDER:
            assert [browser.get(path).status_code for _ in range(2)][1] == 429, rule.rule
        else:
            assert [browser.get(path).status_code for _ in range(3)][2] != 429, rule.rule
    made.accounts.close()


def test_reauthentication_counts_as_an_attempt(tmp_path: Path) -> None:
    made = limited(tmp_path, per_address="3 per minute")
    browser = made.signed_in("sales_manager")
    headers = script_token(browser)
    data = {"password": "wrong"}
    assert [browser.post("/confirm", data=data, headers=headers).status_code for _ in range(3)] == [401, 401, 429]
    made.accounts.close()


@pytest.mark.promise("limits per account, per address and per pair")
def test_one_account_is_limited_for_all_strangers_together(tmp_path: Path) -> None:
    made = limited(tmp_path, per_account="3 per 15 minutes")
    answers = [sign_in(from_anywhere(made, n), "Sales_Manager", "wrong").status_code for n in range(4)]
    assert answers == [401, 401, 401, 429]
    assert sign_in(from_anywhere(made, 9), "sales_manager").status_code == 429
    assert sign_in(from_anywhere(made, 9), "admin").status_code == 303
    made.accounts.close()


@pytest.mark.promise("limits per account, per address and per pair")
def test_one_account_is_limited_for_one_address(tmp_path: Path) -> None:
    made = limited(tmp_path, per_pair="2 per minute")
    browser = from_anywhere(made, 1)
    assert [sign_in(browser, "sales_manager", "wrong").status_code for _ in range(3)] == [401, 401, 429]
    assert sign_in(browser, "admin").status_code == 303
    assert sign_in(from_anywhere(made, 2), "sales_manager").status_code == 303
    made.accounts.close()


@pytest.mark.promise("a stranger cannot lock a person out")
def test_a_known_browser_is_not_stopped_by_strangers_on_the_same_address(tmp_path: Path) -> None:
    made = limited(tmp_path, per_pair="2 per minute")
    owner = from_anywhere(made, 1)
    assert sign_in(owner, "sales_manager").status_code == 303
    owner.delete_cookie("salesgate_session")
    stranger = from_anywhere(made, 1)
    assert [sign_in(stranger, "sales_manager", "wrong").status_code for _ in range(3)] == [401, 429, 429]
    assert sign_in(owner, "sales_manager").status_code == 303
    made.accounts.close()


@pytest.mark.promise("ASVS 6.3.8")
def test_nobody_is_limited_like_somebody(tmp_path: Path) -> None:
    made = limited(tmp_path, per_account="2 per 15 minutes")
    answers = []
    for name in ("sales_manager", "nobody.at.all"):
        tries = [said(sign_in(from_anywhere(made, n), name, "wrong")) for n in range(3)]
        answers.append(str([(code, text) for code, _, text in tries]).replace(name, "NAME"))
    assert answers[0] == answers[1]
    assert "Too many attempts for this account. Try again in 15 minutes." in answers[0]
    made.accounts.close()


@pytest.mark.promise("ASVS 6.1.1")
@pytest.mark.promise("strangers cannot keep a known browser out")
def test_a_known_browser_is_not_kept_out_by_strangers(tmp_path: Path) -> None:
    made = limited(tmp_path, per_account="3 per 15 minutes")
    own = from_anywhere(made, 1)
    assert sign_in(own, "sales_manager").status_code == 303
    own.delete_cookie("salesgate_session")
    for number in range(5):
        sign_in(from_anywhere(made, 10 + number), "sales_manager", "wrong")
    assert sign_in(from_anywhere(made, 2), "sales_manager").status_code == 429
    assert sign_in(own, "sales_manager").status_code == 303
    own.delete_cookie("salesgate_session")
    other = from_anywhere(made, 3)
    other.set_cookie("salesgate_device", "made-up-but-well-formed-" + "x" * 20)
    assert sign_in(other, "sales_manager").status_code == 429
    # A browser that is known for one account is a stranger to every other.
    for number in range(5):
        sign_in(from_anywhere(made, 20 + number), "admin", "wrong")
    assert sign_in(own, "admin").status_code == 429
    made.accounts.close()


def test_recovery_counts_to_the_same_account(tmp_path: Path) -> None:
    made = limited(tmp_path, per_account="2 per 15 minutes")
    assert sign_in(from_anywhere(made, 1), "sales_manager", "wrong").status_code == 401
    assert send(from_anywhere(made, 2), "/recover", name="sales_manager").status_code == 200
    assert send(from_anywhere(made, 3), "/recover", name=" SALES_MANAGER").status_code == 429
    made.accounts.close()


@pytest.mark.promise("mails are limited per address and per account")
def test_mails_are_limited_by_whom_they_go_to(tmp_path: Path) -> None:
    made = limited(tmp_path, mails_per_account="2 per hour")
    answers = [send(from_anywhere(made, n), "/recover", name="Sales_Manager@example.com") for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Look into your spam folder" in answers[-1].text
    assert kinds(made, "sales_manager@example.com") == ["recovery", "recovery"]
    assert register(from_anywhere(made, 4), email="sales_manager@example.com").status_code == 429
    assert register(from_anywhere(made, 4)).status_code == 200
    made.accounts.close()


@pytest.mark.promise("mails are limited per address and per account")
def test_mails_are_limited_by_who_asks(tmp_path: Path) -> None:
    made = limited(tmp_path, mails_per_address="2 per hour")
    browser = from_anywhere(made, 1)
    answers = [send(browser, "/recover", name=f"nobody{n}@example.com").status_code for n in range(3)]
    assert answers == [200, 200, 429]
    assert register(browser).status_code == 429
    assert register(from_anywhere(made, 2)).status_code == 200
    made.accounts.close()


def test_a_form_that_was_refused_uses_no_mail_up(tmp_path: Path) -> None:
    made = limited(tmp_path, mails_per_account="1 per hour", mails_per_address="1 per hour")
    browser = from_anywhere(made, 1)
    assert [register(browser, password="short").status_code for _ in range(5)] == [400] * 5
    assert register(browser).status_code == 200
    assert register(browser).status_code == 429
    assert kinds(made, PERSON["email"]) == ["verify"]
    made.accounts.close()


@pytest.mark.promise("ASVS 6.6.3")
def test_mailed_codes_are_limited_by_whom_they_go_to(tmp_path: Path) -> None:
    made = limited(tmp_path, mails_per_account="2 per hour")
    user = made.users["sales_manager"]
    made.accounts.factors.set_mail(True, Actor(user.id, user.username))
    answers = []
    for number in range(3):
        browser = from_anywhere(made, number)
        assert sign_in(browser, "sales_manager").location.startswith("/sign-in/second")
        token = form_token(browser.get("/sign-in/second"))
        answers.append(browser.post("/sign-in/second/mail", data={"csrf_token": token}).status_code)
    assert answers == [303, 303, 429]
    assert kinds(made, "sales_manager@example.com").count("mail_code") == 2
    made.accounts.close()


@pytest.mark.promise("a stranger cannot lock a person out")
def test_recoveries_that_strangers_ask_for_use_up_no_codes(tmp_path: Path) -> None:
    made = limited(tmp_path, mails_per_account="1 per hour")
    user = made.users["sales_manager"]
    made.accounts.factors.set_mail(True, Actor(user.id, user.username))
    assert [send(from_anywhere(made, 1), "/recover", name="sales_manager").status_code for _ in range(2)] == [200, 429]
    browser = from_anywhere(made, 2)
    assert sign_in(browser, "sales_manager").location.startswith("/sign-in/second")
    token = form_token(browser.get("/sign-in/second"))
    assert browser.post("/sign-in/second/mail", data={"csrf_token": token}).status_code == 303
    made.accounts.close()


@pytest.mark.promise("ASVS 2.4.1")
def test_what_a_user_asks_for_is_limited_over_all_sessions(tmp_path: Path) -> None:
    made = limited(tmp_path, requests_per_user="10 per minute")
    one, two, other = made.signed_in("sales_manager"), made.signed_in("sales_manager"), made.signed_in("admin")
    headers = script_token(one)
    answers = [two.get("/account").status_code for _ in range(8)]
    assert answers == [200] * 8
    assert one.post("/_dash-update-component", json=CALLBACK, headers=headers).status_code == 200
    stopped = one.post("/_dash-update-component", json=CALLBACK, headers=headers)
    assert (stopped.status_code, stopped.mimetype) == (429, "application/problem+json")
    assert int(stopped.headers["Retry-After"]) in range(1, 62)
    assert (stopped.json or {})["detail"].startswith("You are asking for more than the server can give at once.")
    assert "<h1" in two.get("/account").text
    assert two.get("/account").status_code == 429
    assert {one.get("/assets/salesgate.css").status_code for _ in range(20)} == {200}
    assert other.get("/account").status_code == 200
    assert from_anywhere(made).get("/sign-in").status_code == 200
    made.accounts.close()


@pytest.mark.promise("ASVS 16.3.3")
def test_a_limit_that_is_reached_is_audited_once_a_minute(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = limited(tmp_path, per_account="1 per 15 minutes")
    now = [0.0]
    made.site.denials = Denials(lambda: now[0])

    def audited() -> list[tuple[str, str, str, str]]:
        return [
            (e["target"], e["actor"] or "", e["ip"], e["detail"]) for e in made.events() if e["kind"] == "limit_reached"
        ]

    with caplog.at_level(logging.INFO):
        for number in range(6):
            sign_in(from_anywhere(made, number), "sales_manager", PASSWORD + "!")
    assert audited() == [("/sign-in", "", "198.51.100.1", '{"limit":"per_account"}')]
    now[0] = 60.0
    sign_in(from_anywhere(made, 7), "sales_manager", "wrong")
    assert audited()[1:] == [("/sign-in", "", "198.51.100.7", '{"left_out":4,"limit":"per_account"}')]
    sign_in(from_anywhere(made, 8), "admin", "wrong")
    sign_in(from_anywhere(made, 8), "admin", "wrong")
    assert len(audited()) == 3
    assert caplog.text.count("per_account reached by") == 6 + 1
    made.accounts.close()


def test_a_limit_reached_by_somebody_signed_in_names_them(tmp_path: Path) -> None:
    made = limited(tmp_path, requests_per_user="1 per minute")
    browser = made.signed_in("admin")
    assert [browser.get("/account").status_code for _ in range(2)] == [200, 429]
    event = made.events()[-1]
    assert (event["kind"], event["actor"], event["actor_id"]) == ("limit_reached", "admin", made.users["admin"].id)
    assert event["session_hash"]
    made.accounts.close()


def test_a_link_in_the_address_is_left_out_of_the_event(tmp_path: Path) -> None:
    made = limited(tmp_path, per_address="1 per minute")
    browser = made.browser()
    assert [browser.get("/verify/a-secret").status_code for _ in range(2)] == [410, 429]
    assert made.events()[-1]["target"] == "/verify/<token>"
    made.accounts.close()


@pytest.mark.promise("ASVS 6.3.1")
def test_of_many_attempts_at_once_as_many_as_may_get_through(tmp_path: Path) -> None:
    made = limited(tmp_path, per_pair="5 per minute")
    browsers = [from_anywhere(made, 1) for _ in range(40)]
    tokens = [form_token(browser.get("/sign-in")) for browser in browsers]

    def guess(number: int) -> int:
        data = {"username": "nobody", "password": "wrong", "csrf_token": tokens[number]}
        return browsers[number].post("/sign-in", data=data).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(40)))
    assert (answers.count(401), answers.count(429)) == (5, 35)
    made.accounts.close()


def test_what_a_form_lacks_or_hides_is_no_way_past(tmp_path: Path) -> None:
    made = limited(tmp_path, per_account="2 per hour", per_pair="2 per hour")
    for name in ("", "\u202esales", "x" * 60_000):
        tries = [sign_in(from_anywhere(made, 1), name, "wrong").status_code for _ in range(3)]
        assert tries in ([400, 400, 429], [401, 401, 429]), name[:9]
    made.accounts.close()
