"""The Account page: each wish is done to one's own account, and whatever cannot be is answered in words."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyotp
import pytest
from dash.development.base_component import Component
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import update

from dashboard.access import NO_ROLE
from dashboard.accounts import AccountError, Accounts, Actor, NewUser, NotFreshError, Origin, User
from dashboard.accounts.models import users
from dashboard.audit import Kind
from dashboard.reports import open_gate
from dashboard.settings import Settings, load_settings
from dashboard.ui import account_page, account_sessions
from dashboard.ui.account_factors import factors_data, qr_code
from dashboard.ui.account_page import CARDS
from dashboard.ui.account_parts import CONFIRM, NOT_HERE, act
from dashboard.ui.account_password import password_card
from dashboard.ui.account_request import waiting_for
from dashboard.ui.caller import Caller

OPERATOR = Actor(0, "command line")
PASSWORD = "violet tram beside lake 4711"
OTHER = "eleven quiet rivers in june"
FIREFOX = Origin("192.0.2.7", "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
PHONE = Origin("198.51.100.9", "Mozilla/5.0 (iPhone) Version/18.0 Mobile Safari/604.1")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        var=tmp_path_factory.mktemp("account") / "var", server={"public_url": "https://sales.example.com"}
    )


@pytest.fixture(scope="module")
def accounts(settings: Settings) -> Iterator[Accounts]:
    made = Accounts(settings)
    yield made
    made.close()


class Person:
    """A user of their own, signed in."""

    def __init__(self, settings: Settings, accounts: Accounts, role: str, origin: Origin = FIREFOX) -> None:
        self.accounts = accounts
        _, count = accounts.users(limit=1)
        created = accounts.create_user(_new(f"person{count}", "sales_manager"), OPERATOR, PASSWORD)
        with accounts.engine.begin() as connection:
            connection.execute(update(users).where(users.c.id == created.id).values(role=role))
        self.user: User = accounts.user(created.id)
        self.caller = self.signed_in(settings, origin)

    def signed_in(self, settings: Settings, origin: Origin) -> Caller:
        token = self.accounts.start_session(self.user.id, origin)
        signed_in = self.accounts.load_session(token, touch=False)
        assert signed_in
        me, fresh = signed_in.viewer, signed_in.fresh
        actor = Actor(me.user_id, me.username, origin, signed_in.session, me.permissions, me.scope, fresh)
        return Caller(me, actor, open_gate(settings), self.accounts)

    def stale(self) -> Caller:
        return replace(self.caller, actor=replace(self.caller.actor, fresh=False))

    def ask(self, card: str, what: Any, **values: Any) -> dict[str, Any]:
        return ask(self.caller, card, what, **values)


def _new(username: str, role: str) -> NewUser:
    return NewUser(username, f"{username}@example.com", role, "Petra", "Procurement")


def ask(caller: Caller, card: str, what: Any, **values: Any) -> dict[str, Any]:
    actions, fields = CARDS[card]
    named = {name.replace("_", "-"): value for name, value in values.items()}
    typed = {field: named.pop(field, None) for field in fields}
    return act(caller, {"do": what, **named}, actions, typed)


@pytest.fixture
def petra(settings: Settings, accounts: Accounts) -> Person:
    return Person(settings, accounts, "procurement_manager")


def page(caller: Caller) -> str:
    shown: Component = account_page.layout(caller)
    return json.dumps(shown.to_plotly_json(), default=lambda one: one.to_plotly_json())


def test_the_page_shows_the_own_account(petra: Person) -> None:
    shown = page(petra.caller)
    for words in (petra.user.username, petra.user.email, "Procurement Manager", '"Petra"', "Firefox on Windows"):
        assert words in shown
    assert PASSWORD not in shown


def test_a_profile_is_saved_and_a_wrong_date_explained(petra: Person) -> None:
    saved = petra.ask("profile", "save", first_name=" Pia ", last_name="Purchase", born="1980-02-29")
    assert (saved["message"], saved["name"], saved["of"]) == ("Saved.", "Pia Purchase", "save")
    kept = petra.accounts.profiles.read(petra.user.id)
    assert (kept.first_name, kept.last_name, kept.date_of_birth) == ("Pia", "Purchase", date(1980, 2, 29))
    wrong = petra.ask("profile", "save", first_name="Pia", last_name="Purchase", born="1980-02-30")
    assert "no date" in wrong["error"]
    assert petra.accounts.profiles.read(petra.user.id) == kept


def test_a_mail_change_is_only_asked_for(petra: Person) -> None:
    answer = petra.ask("mail", "ask", email="new.petra@example.com")
    assert "new.petra@example.com" in answer["message"]
    assert petra.accounts.user(petra.user.id).email == petra.user.email
    assert petra.ask("mail", "ask", email="nonsense")["error"]


def test_a_role_is_asked_for_refused_with_a_reason_and_withdrawn(settings: Settings, accounts: Accounts) -> None:
    nora, admin = Person(settings, accounts, NO_ROLE), Person(settings, accounts, "admin")
    assert "You have no role yet" in page(nora.caller)
    asked = nora.ask("request", "ask", wanted_role="sales_manager")
    assert (asked["state"], "Sales Manager waits for an Admin" in asked["words"]) == ("open", True)
    assert "Your request for Sales Manager waits for an Admin" in page(nora.caller)
    mine = accounts.requests.mine(nora.user.id)
    assert mine
    accounts.requests.refuse(mine.id, "Ask your team lead first.", admin.caller.actor)
    assert waiting_for(nora.caller) == ""
    assert '"reason": "Ask your team lead first."' in page(nora.caller)
    nora.ask("request", "ask", wanted_role="procurement_manager")
    assert nora.ask("request", "withdraw")["state"] == "withdrawn"
    assert accounts.user(nora.user.id).role == NO_ROLE


def test_only_roles_that_exist_can_be_asked_for(petra: Person) -> None:
    for role in ("emperor", NO_ROLE, "", None, 7):
        assert petra.ask("request", "ask", wanted_role=role)["error"]
    assert petra.accounts.requests.mine(petra.user.id) is None


@pytest.mark.promise("ASVS 7.4.3")
def test_a_new_password_ends_the_other_sessions_and_says_how_many(petra: Person, settings: Settings) -> None:
    for _ in range(2):
        petra.signed_in(settings, PHONE)
    answer = petra.ask("password", "change", current=PASSWORD, new=OTHER, again=OTHER)
    assert answer["message"] == "Your password is changed. 2 other devices were signed out."
    assert [one.session for one in petra.accounts.open_sessions(petra.user.id)] == [petra.caller.actor.session]
    assert petra.accounts.authenticate(petra.user.username, OTHER, FIREFOX)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"current": PASSWORD, "new": OTHER, "again": OTHER + "x"}, "differ"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "characters"),
        ({"current": "not this one at all", "new": OTHER, "again": OTHER}, ""),
        ({"current": None, "new": ["x"], "again": ["x"]}, ""),
    ],
)
def test_a_password_that_is_refused_changes_nothing(petra: Person, typed: dict[str, Any], words: str) -> None:
    answer = petra.ask("password", "change", **typed)
    assert words in answer["error"]
    assert OTHER not in json.dumps(answer)
    assert petra.accounts.authenticate(petra.user.username, PASSWORD, FIREFOX)


def enrolled(person: Person) -> tuple[pyotp.TOTP, list[str]]:
    offer = person.ask("factors", "offer_totp")["offer"]
    app = pyotp.TOTP(offer["secret"])
    answer = person.ask("factors", "confirm_totp", pending=offer["pending"], code=f" {app.now()} ")
    assert answer["totp"], answer
    return app, answer["codes"]


def test_an_authenticator_app_is_set_up_with_recovery_codes_shown_once(petra: Person) -> None:
    before = factors_data(petra.caller)
    assert (before["totp"], before["any"], before["codes_left"]) == (False, False, 0)
    app, codes = enrolled(petra)
    assert len(set(codes)) == 10
    after = factors_data(petra.caller)
    assert (after["totp"], after["any"], after["codes_left"]) == (True, True, 10)
    assert (before["shortest"], after["shortest"]) == (15, 8)
    shown = page(petra.caller)
    assert not [code for code in codes if code in shown]
    assert app.secret not in shown


def test_a_wrong_first_code_sets_nothing_up(petra: Person) -> None:
    offer = petra.ask("factors", "offer_totp")["offer"]
    wrong = "000000" if pyotp.TOTP(offer["secret"]).now() != "000000" else "111111"
    assert petra.ask("factors", "confirm_totp", pending=offer["pending"], code=wrong)["error"]
    assert petra.ask("factors", "confirm_totp", pending="something else", code=wrong)["error"]
    assert factors_data(petra.caller)["totp"] is False


@pytest.mark.promise("ASVS 8.2.2")
def test_what_somebody_else_began_cannot_be_finished(petra: Person, settings: Settings, accounts: Accounts) -> None:
    offer = petra.ask("factors", "offer_totp")["offer"]
    sam = Person(settings, accounts, "sales_manager")
    code = pyotp.TOTP(offer["secret"]).now()
    assert sam.ask("factors", "confirm_totp", pending=offer["pending"], code=code)["error"]
    assert factors_data(sam.caller)["totp"] is False
    assert petra.ask("factors", "confirm_totp", pending=offer["pending"], code=code)["totp"]


def test_codes_by_mail_new_recovery_codes_and_back_to_nothing(petra: Person) -> None:
    first = petra.ask("factors", "mail_on")
    assert (first["mail"], len(first["codes"])) == (True, 10)
    again = petra.ask("factors", "new_codes")
    assert set(again["codes"]).isdisjoint(first["codes"])
    off = petra.ask("factors", "mail_off")
    assert (off["mail"], off["any"], off["codes"]) == (False, False, [])


def test_the_last_factor_stays_where_policy_needs_one(settings: Settings, accounts: Accounts) -> None:
    admin = Person(settings, accounts, "admin")
    enrolled(admin)
    strict = Accounts(load_settings(var=settings.var, second_factor={"grace_until": ""}))
    caller = replace(admin.caller, accounts=strict)
    assert factors_data(caller)["required"]
    assert "last second factor" in ask(caller, "factors", "remove_totp")["error"]
    assert factors_data(caller)["totp"]
    strict.close()


def test_the_qr_code_is_an_image_with_a_white_ground() -> None:
    image = qr_code("otpauth://totp/Salesgate:petra?secret=ABC&issuer=Salesgate")
    assert image.startswith("data:image/svg+xml")
    assert re.search("fill%3D%27%23fff%27", image)


def test_passkeys_begin_with_options_and_need_a_real_answer(petra: Person) -> None:
    offer = petra.ask("passkeys", "offer")
    options = json.loads(offer["options"])
    assert options["rp"]["id"] == "sales.example.com"
    for response in ("", "{}", None, 7, "x" * 30_000):
        kept = petra.ask("passkeys", "keep", pending=offer["pending"], response=response, passkey_name="Mine")
        assert kept["error"], response
    assert petra.ask("passkeys", "remove", id=1)["error"] == "There is no such passkey."


def test_sessions_are_listed_by_device_and_ended(petra: Person, settings: Settings) -> None:
    phone = petra.signed_in(settings, PHONE)
    petra.signed_in(settings, PHONE)
    shown = petra.ask("sessions", "show")["sessions"]
    assert [(one["device"], one["mine"]) for one in shown].count(("Safari on iPhone", False)) == 2
    assert [one["device"] for one in shown if one["mine"]] == ["Firefox on Windows"]
    left = petra.ask("sessions", "end", id=phone.actor.session)["sessions"]
    assert phone.actor.session not in {one["id"] for one in left}
    others = petra.ask("sessions", "end_others")
    assert others["message"] == "One other device is signed out."
    assert [one["mine"] for one in others["sessions"]] == [True]


@pytest.mark.promise("ASVS 8.2.2")
def test_nobody_elses_session_can_be_ended_from_here(petra: Person, settings: Settings, accounts: Accounts) -> None:
    admin = Person(settings, accounts, "admin")
    for person in (petra, admin):
        victim = Person(settings, accounts, "sales_manager")
        person.ask("sessions", "end", id=victim.caller.actor.session)
        person.ask("sessions", "end", id="")
        person.ask("sessions", "end_others")
        assert len(accounts.open_sessions(victim.user.id)) == 1


def test_events_are_ones_own_in_words_and_paged(petra: Person, settings: Settings, accounts: Accounts) -> None:
    stranger = Person(settings, accounts, "sales_manager")
    for _ in range(25):
        petra.ask("profile", "save", first_name="Pia", last_name="Purchase")
        petra.ask("profile", "save", first_name="Petra", last_name="Purchase")
    shown = account_sessions.events_data(petra.caller, None)
    assert (len(shown["events"]), shown["offset"], shown["found"] > 50) == (20, 0, True)
    assert shown["events"][0]["words"].startswith("Profile changed")
    older = account_sessions.events_data(petra.caller, {"offset": 40})
    assert older["offset"] == 40
    assert datetime.fromisoformat(older["events"][0]["at"]) <= datetime.now(UTC)
    assert stranger.user.username not in json.dumps([shown, older])


@pytest.mark.promise("an API key is shown once")
def test_keys_are_made_listed_and_revoked(petra: Person, settings: Settings, accounts: Accounts) -> None:
    stranger = Person(settings, accounts, "procurement_manager")
    wanted = {"key_name": " Shop ", "key_days": 3, "key_networks": "203.0.113.7, 2001:db8::/48\n"}
    for scopes in ([], ["nonsense"], "measure:units", None):
        assert "at least one permission" in petra.ask("keys", "make", key_scopes=scopes, **wanted)["error"]
    assert "users:manage" in petra.ask("keys", "make", key_scopes=["users:manage"], **wanted)["error"]
    made = petra.ask("keys", "make", key_scopes=["measure:units"], **wanted)
    (key,) = made["keys"]
    assert made["secret"].startswith(f"{key['prefix']}_")
    assert (key["name"], key["may"], key["lost"]) == ("Shop", ["see units sold, returned and ranked"], [])
    assert key["networks"] == ["203.0.113.7", "2001:db8::/48"]
    assert made["secret"][13:] not in json.dumps(petra.ask("keys", "show")) + page(petra.caller)
    assert stranger.ask("keys", "revoke", id=key["id"])["error"] == "There is no such key."
    assert petra.ask("keys", "revoke", id=key["id"])["keys"] == []


def test_what_a_key_lost_with_the_role_of_its_owner_is_told_apart(settings: Settings, accounts: Accounts) -> None:
    sam = Person(settings, accounts, "sales_manager")
    scopes = ["measure:units", "measure:revenue"]
    assert sam.ask("keys", "make", key_name="Shop", key_scopes=scopes, key_days=3)["secret"]
    accounts.administration.change_role(sam.user.id, "procurement_manager", OPERATOR)
    sam.caller = sam.signed_in(settings, FIREFOX)
    (key,) = sam.ask("keys", "show")["keys"]
    revenue = "see net sales, discounts, returns and prices"
    assert (key["may"], key["lost"]) == (["see units sold, returned and ranked"], [revenue])


def test_who_may_do_nothing_is_offered_no_key(settings: Settings, accounts: Accounts) -> None:
    shown = page(Person(settings, accounts, NO_ROLE).caller)
    assert "Your role allows nothing that a program could do with a key." in shown


@pytest.mark.promise("ASVS 7.5.1")
@pytest.mark.parametrize(
    ("card", "what", "values"),
    [
        ("password", "change", {"current": PASSWORD, "new": OTHER, "again": OTHER}),
        ("mail", "ask", {"email": "x@example.com"}),
        ("profile", "save", {"first_name": "P", "last_name": "P", "born": "1980-01-01"}),
        *(("factors", what, {}) for what in ("offer_totp", "confirm_totp", "remove_totp", "mail_on", "new_codes")),
        *(("passkeys", what, {}) for what in ("offer", "keep", "remove")),
        ("keys", "make", {"key_name": "shop", "key_scopes": ["measure:units"], "key_days": 3}),
    ],
)
def test_sensitive_changes_need_a_fresh_sign_in(petra: Person, card: str, what: str, values: dict[str, Any]) -> None:
    with pytest.raises(NotFreshError):
        ask(petra.stale(), card, what, **values)


def test_a_stale_sign_in_is_told_ahead(petra: Person) -> None:
    def hints(shown: str) -> list[bool]:
        return [found == "false" for found in re.findall(r'"className": "sg-stale", "hidden": (true|false)', shown)]

    assert len(hints(page(petra.caller))) == 6
    assert not any(hints(page(petra.caller)))
    assert all(hints(page(petra.stale())))
    assert page(petra.stale()).count(f'"href": "{CONFIRM}"') == 6
    assert '"disabled": true' in page(petra.stale())


def test_a_user_without_a_password_is_shown_the_way(petra: Person, accounts: Accounts) -> None:
    user = accounts.create_user(_new(f"{petra.user.username}b", "sales_manager"), OPERATOR)
    assert "You have no password" in str(password_card(petra.caller, user).to_plotly_json())


NOISE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just("\x00"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["do", "id", "pending", "response", "offset"]), inner, max_size=3)
    ),
    max_leaves=4,
)
WISHES = st.dictionaries(st.sampled_from(["id", "pending", "response", "code"]), NOISE, max_size=3)


@pytest.mark.promise("ASVS 15.3.5")
@given(data=st.data(), card=st.sampled_from(sorted(CARDS)), wish=WISHES, noise=NOISE)
@examples(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_is_answered_in_words(
    petra: Person, data: st.DataObject, card: str, wish: dict[str, Any], noise: Any
) -> None:
    actions, fields = CARDS[card]
    wanted = data.draw(st.sampled_from(sorted(actions)) | NOISE)
    answer = act(petra.caller, {**wish, "do": wanted}, actions, dict.fromkeys(fields, noise))
    assert isinstance(answer.get("of"), str)
    json.dumps(answer)
    assert act(petra.caller, noise, actions, dict.fromkeys(fields, noise))["error"] == NOT_HERE
    json.dumps(account_sessions.events_data(petra.caller, noise))


def test_the_domain_says_no_in_words_too(petra: Person) -> None:
    with pytest.raises(AccountError):
        petra.accounts.factors.remove_passkey(10**6, petra.caller.actor)
    assert Kind.SIGN_IN in {event.kind for event in petra.accounts.profiles.events(petra.user.id)[0]}
