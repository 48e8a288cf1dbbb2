"""The own account: names, date of birth, password, and what happened to it."""

from dataclasses import replace
from datetime import date

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user, at_once, events
from factor_kit import Person, mails, person
from mailed_kit import BORN, THERE, WRONG, kinds, refused, row, token

from dashboard.accounts import AccountError, Accounts, Method, NotFreshError, Profile, own_profile
from dashboard.settings import Settings, load_settings

CURRENT = "Your current password is not right"


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock) -> Person:
    return person(accounts, clock)


def test_names_and_date_can_be_changed(accounts: Accounts, petra: Person) -> None:
    assert accounts.profiles.read(petra.user.id) == Profile("", "")
    user = accounts.profiles.change(Profile(" Petra ", "Ro", BORN), petra.actor)
    assert (user.first_name, user.last_name) == ("Petra", "Ro")
    assert accounts.profiles.read(petra.user.id) == Profile("Petra", "Ro", BORN)
    assert "1984" not in row(accounts, petra.user).date_of_birth
    said = [e["detail"] for e in events(accounts) if e["kind"] == "profile_changed"]
    assert said == ['{"changed":"first_name, last_name, date_of_birth"}']
    assert [mail.words["what"] for mail in mails(accounts, "factor_changed")] == ["The date of birth was changed."]


def test_nothing_new_changes_nothing(accounts: Accounts, petra: Person) -> None:
    before = len(events(accounts))
    assert accounts.profiles.change(Profile("", ""), petra.actor) == accounts.user(petra.user.id)
    assert len(events(accounts)) == before


@pytest.mark.promise("ASVS 7.5.1")
def test_date_of_birth_needs_a_fresh_sign_in_and_names_do_not(accounts: Accounts, petra: Person) -> None:
    stale = replace(petra.actor, fresh=False)
    accounts.profiles.change(Profile("Petra", "Ro"), stale)
    with pytest.raises(NotFreshError):
        accounts.profiles.change(Profile("Petra", "Ro", BORN), stale)
    accounts.profiles.change(Profile("Petra", "Ro", BORN), petra.actor)
    accounts.profiles.change(Profile("Petra", "Roe", BORN), stale)
    with pytest.raises(NotFreshError):
        accounts.profiles.change(Profile("Petra", "Roe", WRONG), stale)


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (Profile("x" * 101, ""), "at most 100"),
        (Profile("", "a\nb"), "at most 100"),
        (Profile("\0", ""), "at most 100"),
        (Profile("", "", date(2030, 1, 1)), "in the past"),
        (Profile("", "", date(2020, 1, 1)), "14 to 120"),
    ],
)
def test_what_is_refused(accounts: Accounts, petra: Person, profile: Profile, reason: str) -> None:
    assert reason in refused(accounts.profiles.change, profile, petra.actor)
    assert accounts.profiles.read(petra.user.id) == Profile("", "")


def test_date_that_recovery_asks_for_cannot_be_taken_out(
    accounts: Accounts, petra: Person, settings: Settings, clock: HandClock
) -> None:
    accounts.profiles.change(Profile("", "", BORN), petra.actor)
    assert "Enter your date" in refused(accounts.profiles.change, Profile("", ""), petra.actor)
    free = Accounts(load_settings(var=settings.var, recovery={"date_of_birth": False}), clock=clock)
    free.profiles.change(Profile("", ""), petra.actor)
    assert free.profiles.read(petra.user.id).date_of_birth is None
    free.close()


def test_new_date_is_asked_at_the_next_recovery(accounts: Accounts, petra: Person) -> None:
    accounts.profiles.change(Profile("", "", BORN), petra.actor)
    accounts.recovery.ask("petra", HERE)
    mine = token(accounts, "recovery")
    refused(accounts.recovery.check, mine, WRONG, HERE)
    assert accounts.recovery.check(mine, BORN, HERE).pending


def test_operator_has_no_profile(accounts: Accounts, petra: Person) -> None:
    for call, given in ((accounts.profiles.read, (0,)), (accounts.profiles.change, (Profile("", ""), OPERATOR))):
        assert "no such user" in refused(call, *given)


@pytest.mark.promise("ASVS 6.2.2", "ASVS 7.4.3", "ASVS 6.3.7")
def test_new_password_ends_the_other_sessions_and_is_told(accounts: Accounts, petra: Person) -> None:
    others = [accounts.start_session(petra.user.id, HERE) for _ in range(2)]
    bystander = accounts.start_session(add_user(accounts, "sam", password=GOOD).id, HERE)
    assert accounts.profiles.change_password(GOOD, OTHER, petra.actor) == 2
    assert accounts.load_session(petra.session, touch=True) is not None
    assert [accounts.load_session(session, touch=True) for session in others] == [None, None]
    assert accounts.load_session(bystander, touch=True) is not None
    assert accounts.authenticate("petra", GOOD, HERE) is None
    assert accounts.authenticate("petra", OTHER, HERE) is not None
    (mail,) = mails(accounts)
    assert (mail.kind, mail.recipient, mail.words["ip"]) == ("password_changed", "petra@example.com", HERE.ip)


@pytest.mark.promise("ASVS 6.2.3")
def test_current_password_is_asked_for_and_wrong_ones_count_towards_the_lock(accounts: Accounts, petra: Person) -> None:
    by = petra.actor
    for _ in range(5):
        assert CURRENT in refused(accounts.profiles.change_password, "wrong", OTHER, by)
    assert accounts.user(petra.user.id).locked_until is not None
    assert CURRENT in refused(accounts.profiles.change_password, GOOD, OTHER, by)
    said = [(e["outcome"], e["target"]) for e in events(accounts) if e["kind"] == "password_changed"]
    assert said == [*[("failed", "petra")] * 4, ("locked", "petra"), ("failed", "petra")]
    assert kinds(accounts) == ["locked"]


@pytest.mark.promise("ASVS 7.5.1")
def test_password_needs_a_fresh_sign_in(accounts: Accounts, petra: Person) -> None:
    with pytest.raises(NotFreshError):
        accounts.profiles.change_password(GOOD, OTHER, replace(petra.actor, fresh=False))
    assert accounts.authenticate("petra", GOOD, HERE) is not None


@pytest.mark.parametrize(
    ("new", "reason"),
    [(GOOD, "that you have already"), ("short", "at least 15"), ("petra-petra-petra-1", "made of your")],
)
def test_passwords_that_are_refused(accounts: Accounts, petra: Person, new: str, reason: str) -> None:
    assert reason in refused(accounts.profiles.change_password, GOOD, new, petra.actor)
    assert accounts.authenticate("petra", GOOD, HERE) is not None


@pytest.mark.promise("ASVS 6.2.1")
def test_shorter_one_is_accepted_beside_an_app_but_not_beside_mailed_codes(accounts: Accounts, petra: Person) -> None:
    petra.with_mail()
    assert "at least 15" in refused(accounts.profiles.change_password, GOOD, "zebra-41", petra.actor)
    petra.with_totp()
    accounts.profiles.change_password(GOOD, "zebra-41", petra.actor)
    assert not row(accounts, petra.user).password_is_long
    accounts.profiles.change_password("zebra-41", OTHER, petra.actor)
    assert row(accounts, petra.user).password_is_long


@pytest.mark.promise("ASVS 6.2.1")
def test_shorter_one_is_refused_where_the_app_goes_meanwhile(
    accounts: Accounts, petra: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    petra.with_totp()
    hashing = own_profile.hash_password

    def slow(password: str) -> str:
        accounts.factors.remove_totp(petra.actor)
        return hashing(password)

    monkeypatch.setattr(own_profile, "hash_password", slow)
    assert "changed by somebody else" in refused(accounts.profiles.change_password, GOOD, "zebra-41", petra.actor)
    assert accounts.authenticate("petra", GOOD, HERE) is not None


@pytest.mark.promise("ASVS 6.3.1")
def test_a_new_password_does_not_forget_wrong_codes(accounts: Accounts, petra: Person) -> None:
    petra.with_totp()
    step = petra.begin()
    for _ in range(3):
        with pytest.raises(AccountError, match="not right"):
            accounts.sign_ins.second(step.pending, Method.TOTP, petra.wrong_code, HERE)
    accounts.profiles.change_password(GOOD, OTHER, petra.actor)
    assert row(accounts, petra.user).failed_attempts == 3


@pytest.mark.promise("ASVS 6.2.8", "ASVS 6.2.9")
def test_password_counts_exactly_as_typed(accounts: Accounts, petra: Person) -> None:
    new = "  Ünï cødé 🐴 with Space at both ends and more than sixty-four characters  "
    accounts.profiles.change_password(GOOD, new, petra.actor)
    for other in (new.strip(), new.lower(), new[:64], new + " "):
        assert accounts.authenticate("petra", other, HERE) is None
    assert accounts.authenticate("petra", new, HERE) is not None


def test_links_and_steps_of_the_time_before_die(accounts: Accounts, petra: Person) -> None:
    accounts.recovery.ask("petra", HERE)
    mine = token(accounts, "recovery")
    step = accounts.recovery.check(mine, None, HERE)
    accounts.profiles.change_password(GOOD, OTHER, petra.actor)
    assert accounts.recovery.opened(mine) is None
    assert accounts.recovery.offered(step.pending) is None


def test_of_three_changes_at_once_one_counts(accounts: Accounts, petra: Person) -> None:
    by = petra.actor
    answers = at_once(3, lambda number: accounts.profiles.change_password(GOOD, f"{OTHER} {number}", by))
    won = [number for number, answer in enumerate(answers) if isinstance(answer, int)]
    assert len(won) == 1
    assert sum(isinstance(answer, AccountError) for answer in answers) == 2
    assert accounts.authenticate("petra", f"{OTHER} {won[0]}", HERE) is not None


def test_own_events_are_seen_and_nobody_elses(accounts: Accounts, petra: Person) -> None:
    person(accounts, petra.clock, "sam")
    accounts.authenticate("sam", "wrong", THERE)
    accounts.authenticate("petra", "wrong", THERE)
    accounts.profiles.change(Profile("Petra", "Ro"), petra.actor)
    seen, total = accounts.profiles.events(petra.user.id)
    assert [(event.kind, event.outcome) for event in seen] == [
        ("profile_changed", "ok"),
        ("sign_in", "failed"),
        ("sign_in", "ok"),
        ("user_created", "ok"),
    ]
    assert (total, seen[1].ip) == (4, THERE.ip)


def test_where_an_administrator_was_is_not_told(accounts: Accounts, petra: Person) -> None:
    root = person(accounts, petra.clock, "root", "admin")
    accounts.end_sessions(petra.user.id, root.actor)
    ((event,), total) = accounts.profiles.events(petra.user.id, limit=1)
    assert (event.kind, event.actor, event.ip, event.session, total) == ("session_ended", "root", "", "", 3)


def test_events_come_in_pages(accounts: Accounts, petra: Person) -> None:
    for number in range(4):
        accounts.profiles.change(Profile(f"Petra{number}", ""), petra.actor)
    pages = [accounts.profiles.events(petra.user.id, offset, 4) for offset in (0, 4, 8, -3)]
    assert [(len(page), total) for page, total in pages] == [(4, 6), (2, 6), (0, 6), (4, 6)]
    everything = [event.seq for page, _ in pages[:2] for event in page]
    assert everything == sorted(everything, reverse=True)


def test_events_of_whoever_had_the_name_before_are_not_seen(accounts: Accounts, petra: Person) -> None:
    petra.clock.move(minutes=1)
    accounts.administration.delete(petra.user.id, "petra", OPERATOR)
    petra.clock.move(minutes=1)
    new = add_user(accounts, "petra", password=OTHER)
    assert [event.kind for event in accounts.profiles.events(new.id)[0]] == ["user_created"]
    assert accounts.profiles.events(99) == ([], 0)


@pytest.mark.promise("a stranger cannot lock a person out")
def test_the_password_can_be_changed_from_a_known_browser_while_strangers_hold_the_account_locked(
    accounts: Accounts, petra: Person
) -> None:
    known = petra.begin().device
    for _ in range(5):
        accounts.authenticate("petra", "wrong", THERE)
    assert CURRENT in refused(accounts.profiles.change_password, GOOD, OTHER, petra.actor)
    accounts.profiles.change_password(GOOD, OTHER, replace(petra.actor, device=known))
    assert accounts.sign_ins.begin("petra", OTHER, HERE, device=known) is not None
