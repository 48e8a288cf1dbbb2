"""How often one address, one account and one user may ask for things."""

import ipaddress
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flow_kit import PERSON, kinds, register, said, send
from hypothesis import given
from hypothesis import strategies as st
from kit import PLENTY
from web_kit import CALLBACK, PASSWORD, Installation, form_token, install, script_token, sign_in

from dashboard.accounts import Actor
from dashboard.settings import Sections, SettingsError, load_settings
from dashboard.web import gate
from dashboard.web.address import UNPARSABLE, network_of, plain_address
from dashboard.web.counters import Own
from dashboard.web.denials import Denials
from dashboard.web.limit_rules import ACCOUNT_FIELDS, RULES, SENDS_MAIL, TRIES_ACCOUNT
from dashboard.web.limits import in_words
from dashboard.web.server import create_server


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Installation]:
    made = install(tmp_path / "var", limits={"per_address": "3 per minute"})
    yield made
    made.accounts.close()


@pytest.fixture(scope="module")
def shared_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {"limits": {"per_address": "1000 per minute"}, "server": {"proxy_hops": 1}}
    made = install(tmp_path_factory.mktemp("proxy") / "var", **settings)
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


def test_other_addresses_are_not_limited(strict: Installation) -> None:
    for n in range(4):
        sign_in(strict.browser(), f"user{n}", "wrong")
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    browser = strict.browser()
    browser.environ_base.update(elsewhere)
    assert sign_in(browser, "sales_manager").status_code == 303


def test_the_addresses_of_one_ipv6_network_are_one_address(strict: Installation) -> None:
    answers = []
    for n in range(4):
        browser = strict.browser()
        browser.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{n}"
        answers.append(sign_in(browser, f"user{n}", "wrong").status_code)
    assert answers == [401, 401, 401, 429]


@pytest.mark.promise("ASVS 15.3.4")
def test_a_forwarded_address_is_not_believed_without_a_proxy(strict: Installation) -> None:
    answers = []
    for n in range(4):
        browser = strict.browser()
        browser.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{n}"
        answers.append(sign_in(browser, f"user{n}", "wrong").status_code)
    assert answers[-1] == 429


@pytest.mark.promise("ASVS 15.3.4")
def test_behind_one_proxy_only_its_own_word_counts(tmp_path: Path) -> None:
    made = install(tmp_path, limits={"per_address": "3 per minute"}, server={"proxy_hops": 1})
    answers = []
    for n in range(4):
        browser = made.browser()
        browser.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{n}, 192.0.2.9"
        answers.append(sign_in(browser, f"user{n}", "wrong").status_code)
    assert answers[-1] == 429
    assert made.events()[-1]["ip"] == "192.0.2.9"
    made.accounts.close()


@pytest.mark.promise("ASVS 15.3.4")
@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.9:4711", "192.0.2.9"),
        ("[2001:DB8::9]:4711", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("2001:db8::9", "2001:db8::9"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("unknown", "unparsable"),
        ("_hidden", "unparsable"),
        ("<b>:2", "unparsable"),
        ("1:2:3", "unparsable"),
        ("[", "unparsable"),
    ],
)
def test_what_a_proxy_names_is_an_address_or_none(shared_proxy: Installation, forwarded: str, address: str) -> None:
    browser = shared_proxy.browser()
    browser.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded
    assert sign_in(browser, "sales_manager", "wrong").status_code == 401
    assert shared_proxy.events()[-1]["ip"] == address
    assert sign_in(browser, "sales_manager").status_code == 303
    assert shared_proxy.events()[-1]["ip"] == address


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = plain_address(text)
    assert found == UNPARSABLE or plain_address(found) == found == str(ipaddress.ip_address(found))
    assert network_of(found)


def test_ports_and_made_up_addresses_win_no_further_guesses(tmp_path: Path) -> None:
    for forwarded in ("192.0.2.9:{}", "made-up-{}", "[2001:db8::{}]:1", "::ffff:192.0.2.9"):
        made = install(tmp_path / forwarded[:3], limits={"per_address": "3 per minute"}, server={"proxy_hops": 1})
        answers = []
        for n in range(4):
            browser = made.browser()
            browser.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded.format(n + 1)
            answers.append(sign_in(browser, f"user{n}", "wrong").status_code)
        assert answers == [401, 401, 401, 429], forwarded
        made.accounts.close()


def test_people_who_come_by_ipv4_in_ipv6_clothes_are_not_one_address() -> None:
    networks = {network_of(plain_address(f"::ffff:192.0.2.{n}")) for n in (1, 2)}
    assert networks == {"192.0.2.1", "192.0.2.2"}


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
        elif "token" in rule.arguments:
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


@given(st.integers(1, 10**6))
def test_a_time_to_wait_is_never_too_short(seconds: int) -> None:
    text = in_words(seconds)
    if text.startswith("a "):
        assert seconds <= 60
        return
    count, unit = text.split()
    size = {"minutes": 60, "hours": 3600}[unit]
    assert int(count) > 1
    assert (int(count) - 1) * size < seconds <= int(count) * size


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 90), st.sampled_from([1, 1, 1, -1])), max_size=40))
def test_a_counter_lives_from_its_first_hit_until_its_time_is_over(steps: list[tuple[str, int, int]]) -> None:
    now = [1000.0]
    own, model = Own(lambda: now[0]), dict[str, tuple[int, float]]()
    for key, wait, amount in steps:
        now[0] += wait
        count, ends = model.get(key, (0, now[0]))
        count, ends = (count, ends) if ends > now[0] else (0, now[0] + 60)
        model[key] = max(0, count + amount), ends
        assert own.incr(key, 60, amount) == model[key][0]
        assert own.get(key) == model[key]
    now[0] += 61
    assert own.get("a") == (0, now[0])


def test_counters_that_are_over_take_no_memory() -> None:
    now = [0.0]
    own = Own(lambda: now[0])
    for number in range(1000):
        now[0] += 1
        own.incr(f"address {number}", 30, 1)
    assert len(own._counts) <= 91
