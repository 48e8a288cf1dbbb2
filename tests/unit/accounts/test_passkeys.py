"""Passkeys: as the only sign-in and as a second factor; and every way in which an answer can be wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import ELSEWHERE, Person, count, mails, methods_of, person
from soft_authenticator import SoftAuthenticator
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from dashboard.accounts import AccountError, Accounts, Method, Step
from dashboard.accounts.models import passkeys, sessions, users
from dashboard.accounts.passkeys import MOST
from dashboard.settings import Settings, load_settings


@pytest.fixture
def key() -> SoftAuthenticator:
    return SoftAuthenticator()


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock, key: SoftAuthenticator) -> Person:
    return person(accounts, clock).with_passkey(key)


def alone(petra: Person, key: SoftAuthenticator, **told: Any) -> Step | None:
    """Sign in by passkey alone."""
    token, options = petra.accounts.sign_ins.passkey_begin(HERE)
    return petra.accounts.sign_ins.passkey_finish(token, key.get(options), HERE, **told)


def second(petra: Person, key: SoftAuthenticator) -> Step:
    """Sign in by password and passkey."""
    step = petra.begin()
    answer = key.get(petra.accounts.sign_ins.passkey_options(step.pending))
    return petra.accounts.sign_ins.second(step.pending, Method.PASSKEY, answer, HERE)


def reason(accounts: Accounts) -> str:
    return str(json.loads(events(accounts)[-1]["detail"])["reason"])


@pytest.mark.promise("ASVS 6.3.3", "passkey as the only sign-in")
def test_a_passkey_alone_signs_in_and_is_two_factors(petra: Person, key: SoftAuthenticator) -> None:
    old = petra.accounts.start_session(petra.user.id, HERE)
    step = alone(petra, key, replacing=old, remember=True)
    assert step is not None
    assert (step.username, step.remembered, len(step.device)) == ("petra", True, 43)
    signed_in = petra.accounts.load_session(step.session, touch=True)
    assert signed_in is not None
    assert signed_in.viewer.user_id == petra.user.id
    assert petra.accounts.load_session(old, touch=True) is None
    assert methods_of(petra.accounts, step.session) == ("passkey",)
    again = alone(petra, key, device=step.device)
    assert again is not None
    assert again.device == ""


def test_a_passkey_satisfies_the_policy(settings: Settings, clock: HandClock, key: SoftAuthenticator) -> None:
    before = Accounts(settings, clock=clock)
    ada = person(before, clock, "ada", "admin").with_passkey(key)
    before.close()
    ada.accounts = Accounts(load_settings(var=settings.var, second_factor={"grace_until": ""}), clock=clock)
    step = alone(ada, key)
    assert step is not None
    assert ada.accounts.load_session(step.session, touch=True) is not None
    ada.accounts.close()


def test_a_passkey_is_a_second_factor(petra: Person, key: SoftAuthenticator) -> None:
    assert petra.begin().methods == (Method.PASSKEY, Method.RECOVERY_CODE)
    assert methods_of(petra.accounts, second(petra, key).session) == ("pwd", "passkey")


def test_what_is_asked_of_the_browser(petra: Person, key: SoftAuthenticator) -> None:
    _, options = petra.accounts.factors.offer_passkey(petra.actor)
    made = json.loads(options)
    number = bytes_to_base64url(key.keys[0].number)
    assert made["rp"] == {"name": "Salesgate", "id": "localhost"}
    assert made["user"]["name"] == "petra"
    assert "petra" not in base64url_to_bytes(made["user"]["id"]).decode("latin-1")
    assert made["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert [one["id"] for one in made["excludeCredentials"]] == [number]
    assert made["attestation"] == "none"
    step = petra.begin()
    asked = json.loads(petra.accounts.sign_ins.passkey_options(step.pending))
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    assert asked["allowCredentials"] == [{"id": number, "type": "public-key", "transports": ["internal"]}]
    anybody = json.loads(petra.accounts.sign_ins.passkey_begin(HERE)[1])
    assert (anybody["allowCredentials"], anybody["userVerification"]) == ([], "required")
    assert len({asked["challenge"], anybody["challenge"], made["challenge"]}) == 3
    assert len(base64url_to_bytes(asked["challenge"])) == 32


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another origin": ({"origin": "http://localhost.example.com:8050"}, "wrong answer of a passkey"),
    "another port": ({"origin": "http://localhost:8051"}, "wrong answer of a passkey"),
    "https": ({"origin": "https://localhost:8050"}, "wrong answer of a passkey"),
    "another host": ({"rp_id": "example.com"}, "wrong answer of a passkey"),
    "person not verified": ({"verifies": False}, "wrong answer of a passkey"),
    "cloned": ({"counts": 0}, "cloned passkey"),
}


@pytest.mark.promise("passkey answers that are wrong")
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_opens_nothing(petra: Person, key: SoftAuthenticator, name: str) -> None:
    assert alone(petra, key) is not None
    changed, why = WRONG[name]
    before = count(petra.accounts, sessions)
    for attribute, value in changed.items():
        setattr(key, attribute, value)
    assert alone(petra, key) is None
    last = events(petra.accounts)[-1]
    assert (last["kind"], last["outcome"], last["target"]) == ("sign_in", "failed", "petra")
    assert reason(petra.accounts).startswith(why)
    with pytest.raises(AccountError, match="not right"):
        second(petra, key)
    assert reason(petra.accounts).startswith(why)
    assert count(petra.accounts, sessions) == before


@pytest.mark.parametrize("name", [name for name in WRONG if name != "cloned"])
def test_nor_is_such_a_passkey_kept(accounts: Accounts, clock: HandClock, name: str) -> None:
    petra, key = person(accounts, clock), SoftAuthenticator(**WRONG[name][0])
    with pytest.raises(AccountError, match="not right"):
        petra.with_passkey(key)
    assert count(accounts, passkeys) == 0


@pytest.mark.promise("passkey answers that are wrong")
def test_a_counter_that_went_back_is_a_clone(petra: Person, key: SoftAuthenticator) -> None:
    key.keys[0].count = 41
    assert alone(petra, key) is not None
    key.keys[0].count = 7
    assert alone(petra, key) is None
    assert reason(petra.accounts) == "cloned passkey: its counter did not go up"
    key.keys[0].count = 42
    assert alone(petra, key) is not None


def test_a_passkey_that_never_counts_is_welcome(accounts: Accounts, clock: HandClock) -> None:
    key = SoftAuthenticator(counts=0)
    petra = person(accounts, clock).with_passkey(key)
    assert alone(petra, key) is not None
    assert alone(petra, key) is not None


@pytest.mark.promise("ASVS 6.5.1", "pending sign-in replayed")
def test_an_answer_works_once(petra: Person, key: SoftAuthenticator) -> None:
    sign_ins = petra.accounts.sign_ins
    token, options = sign_ins.passkey_begin(HERE)
    answer = key.get(options)
    assert sign_ins.passkey_finish(token, answer, HERE) is not None
    assert sign_ins.passkey_finish(token, answer, HERE) is None
    other, _ = sign_ins.passkey_begin(HERE)
    assert sign_ins.passkey_finish(other, answer, HERE) is None
    step = petra.begin()
    sign_ins.passkey_options(step.pending)
    with pytest.raises(AccountError, match="not right"):
        sign_ins.second(step.pending, Method.PASSKEY, answer, HERE)


@pytest.mark.promise("ASVS 6.5.1")
def test_a_challenge_is_used_up_by_a_wrong_answer_too(petra: Person, key: SoftAuthenticator) -> None:
    sign_ins, step = petra.accounts.sign_ins, petra.begin()
    options = sign_ins.passkey_options(step.pending)
    with pytest.raises(AccountError, match="not right"):
        sign_ins.second(step.pending, Method.PASSKEY, "{}", HERE)
    with pytest.raises(AccountError, match="not right"):
        sign_ins.second(step.pending, Method.PASSKEY, key.get(options), HERE)
    assert reason(petra.accounts) == "no challenge"
    answer = key.get(sign_ins.passkey_options(step.pending))
    assert sign_ins.second(step.pending, Method.PASSKEY, answer, HERE).session


def test_of_twenty_threads_with_one_answer_one_gets_in(petra: Person, key: SoftAuthenticator) -> None:
    token, options = petra.accounts.sign_ins.passkey_begin(HERE)
    answer = key.get(options)
    done = at_once(20, lambda _: petra.accounts.sign_ins.passkey_finish(token, answer, HERE))
    assert sum(isinstance(one, Step) for one in done) == 1
    assert done.count(None) == 19


@pytest.mark.promise("ASVS 6.5.5")
def test_a_challenge_lives_ten_minutes(petra: Person, key: SoftAuthenticator) -> None:
    token, options = petra.accounts.sign_ins.passkey_begin(HERE)
    petra.clock.move(minutes=10)
    assert petra.accounts.sign_ins.passkey_finish(token, key.get(options), HERE) is None


@pytest.mark.promise("ASVS 8.2.2", "passkey answers that are wrong")
def test_the_passkey_of_somebody_else_is_no_second_factor(petra: Person, key: SoftAuthenticator) -> None:
    foreign = SoftAuthenticator()
    person(petra.accounts, petra.clock, "sam").with_passkey(foreign)
    with pytest.raises(AccountError, match="not right"):
        second(petra, foreign)
    assert reason(petra.accounts) == "passkey of somebody else"
    foreign.keys[0].handle = key.keys[0].handle
    with pytest.raises(AccountError, match="not right"):
        second(petra, foreign)
    assert alone(petra, foreign) is None
    assert reason(petra.accounts) == "passkey does not name its user"


def test_a_passkey_that_names_nobody_is_good_as_second_factor_only(petra: Person, key: SoftAuthenticator) -> None:
    key.names_user = False
    assert alone(petra, key) is None
    assert reason(petra.accounts) == "passkey does not name its user"
    assert second(petra, key).session


def test_an_unknown_passkey_is_nobodys(petra: Person, key: SoftAuthenticator) -> None:
    petra.accounts.factors.remove_passkey(petra.accounts.factors.of(petra.user.id).passkeys[0].id, petra.actor)
    assert alone(petra, key) is None
    assert (reason(petra.accounts), events(petra.accounts)[-1]["target"]) == ("unknown passkey", "")


@pytest.mark.promise("a stranger locks nobody out")
def test_a_lock_by_strangers_does_not_keep_a_passkey_out(petra: Person, key: SoftAuthenticator) -> None:
    step = petra.begin()
    for _ in range(5):
        assert petra.accounts.sign_ins.begin("petra", "wrong", HERE) is None
    done = alone(petra, key)
    assert done is not None
    assert petra.accounts.user(petra.user.id).locked_until is not None, "the lock stays for strangers"
    offered = petra.accounts.sign_ins.offered(step.pending)
    assert offered is not None
    assert offered.methods == (Method.PASSKEY,)
    answer = key.get(petra.accounts.sign_ins.passkey_options(step.pending))
    assert petra.accounts.sign_ins.second(step.pending, Method.PASSKEY, answer, HERE).session


@pytest.mark.promise("ASVS 6.3.4", "lock by an administrator")
@pytest.mark.parametrize("state", ["locked", "disabled", "unverified"])
def test_a_closed_account_is_closed_to_passkeys_too(petra: Person, key: SoftAuthenticator, state: str) -> None:
    if state == "locked":
        petra.accounts.administration.lock(petra.user.id, OPERATOR)
    elif state == "disabled":
        petra.accounts.disable_user(petra.user.id, OPERATOR)
    else:
        with petra.accounts.engine.begin() as connection:
            connection.execute(users.update().values(verified_at=None))
    assert alone(petra, key) is None
    assert reason(petra.accounts) == "disabled, locked or not verified"


def test_passkeys_that_were_switched_off_open_nothing(settings: Settings, clock: HandClock) -> None:
    key, before = SoftAuthenticator(), Accounts(settings, clock=clock)
    both = person(before, clock).with_totp().with_passkey(key)
    before.close()
    both.accounts = Accounts(load_settings(var=settings.var, second_factor={"methods": ["totp"]}), clock=clock)
    assert alone(both, key) is None
    assert reason(both.accounts) == "passkeys are switched off"
    with pytest.raises(AccountError, match="not offered here"):
        both.accounts.factors.offer_passkey(both.actor)
    both.accounts.close()


@pytest.mark.parametrize("url", ["http://192.0.2.1:8050", "http://[2001:db8::1]:8050", "https://10.0.0.7"])
def test_without_a_name_there_are_no_passkeys(settings: Settings, clock: HandClock, url: str) -> None:
    accounts = Accounts(load_settings(var=settings.var, server={"public_url": url}), clock=clock)
    petra = person(accounts, clock)
    works: list[Callable[[], object]] = [
        lambda: accounts.factors.offer_passkey(petra.actor),
        lambda: accounts.sign_ins.passkey_begin(HERE),
    ]
    for work in works:
        with pytest.raises(AccountError, match="Passkeys need a name instead of an address"):
            work()
    assert Method.PASSKEY not in accounts.factors.methods
    accounts.close()


def test_a_public_name_is_what_counts(settings: Settings, clock: HandClock) -> None:
    url = "https://sales.example.com"
    accounts = Accounts(load_settings(var=settings.var, server={"public_url": url}), clock=clock)
    key = SoftAuthenticator(origin=url)
    petra = person(accounts, clock).with_passkey(key)
    assert alone(petra, key) is not None
    accounts.close()


def test_passkeys_are_listed_with_name_and_last_use(petra: Person, key: SoftAuthenticator) -> None:
    petra.with_passkey(key, "  Telephone  ").with_passkey(key, "")
    with pytest.raises(AccountError, match="all of them visible"):
        petra.with_passkey(SoftAuthenticator(), "x" * 101)
    with pytest.raises(AccountError, match="all of them visible"):
        petra.with_passkey(SoftAuthenticator(), "tele\nphone")
    petra.clock.move(minutes=3)
    token, options = petra.accounts.sign_ins.passkey_begin(HERE)
    assert petra.accounts.sign_ins.passkey_finish(token, key.get(options, key.keys[1]), ELSEWHERE) is not None
    keys = petra.accounts.factors.of(petra.user.id).passkeys
    assert [one.name for one in keys] == ["Key", "Telephone", "Passkey"]
    assert [one.last_used_at for one in keys] == [None, petra.clock.now, None]


def test_a_passkey_is_set_up_once(petra: Person, key: SoftAuthenticator) -> None:
    for one in (petra, person(petra.accounts, petra.clock, "sam")):
        with pytest.raises(AccountError, match="set up already"):
            one.with_passkey(SoftAuthenticator(number=key.keys[0].number))
    assert alone(petra, key) is not None


def test_twenty_passkeys_are_enough(petra: Person, key: SoftAuthenticator) -> None:
    for _ in range(MOST - 2):
        petra.with_passkey(key)
    first, second_ = [petra.accounts.factors.offer_passkey(petra.actor) for _ in range(2)]
    petra.accounts.factors.confirm_passkey(first[0], key.create(first[1]), "", petra.actor)
    with pytest.raises(AccountError, match="Begin anew"):
        petra.accounts.factors.confirm_passkey(second_[0], key.create(second_[1]), "", petra.actor)
    with pytest.raises(AccountError, match="20 passkeys already"):
        petra.accounts.factors.offer_passkey(petra.actor)
    assert count(petra.accounts, passkeys) == MOST


def test_transports_are_kept_as_far_as_they_are_known(petra: Person) -> None:
    with petra.accounts.engine.connect() as connection:
        assert connection.execute(select(passkeys.c.transports)).scalars().all() == ["internal"]


def test_a_user_without_a_password_signs_in_and_confirms_by_passkey(petra: Person, key: SoftAuthenticator) -> None:
    with petra.accounts.engine.begin() as connection:
        connection.execute(users.update().values(password_hash=None, password_is_long=False))
    assert petra.accounts.sign_ins.begin("petra", GOOD, HERE) is None
    step = alone(petra, key)
    assert step is not None
    asked = petra.accounts.sign_ins.reauthenticate_begin(step.session, "", HERE)
    assert asked.methods == (Method.PASSKEY,)
    with pytest.raises(AccountError, match="too short"):
        petra.accounts.factors.remove_passkey(1, _actor(petra, step.session))


def _actor(petra: Person, session: str) -> Any:
    petra.session = session
    return petra.actor


def test_new_passkeys_are_told_to_their_owner(petra: Person) -> None:
    assert [mail.words["what"] for mail in mails(petra.accounts, "factor_changed")] == ["A passkey was added."]
    assert add_user(petra.accounts, "sam").factors == ()
    assert petra.accounts.user(petra.user.id).factors == (Method.PASSKEY,)
