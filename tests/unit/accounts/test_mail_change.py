"""Changing one's own mail address."""

from dataclasses import replace

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import Person, count, mails, person
from mailed_kit import SITE, kinds, refused, register, row, statements, token

from dashboard.accounts import AccountError, Accounts, NotFreshError, User
from dashboard.accounts.models import users

DEAD = "no longer valid"
NEW = "new@example.org"


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock) -> Person:
    return person(accounts, clock)


def asked(accounts: Accounts, petra: Person, email: str = NEW) -> str:
    accounts.profiles.ask_mail_change(email, petra.actor)
    return token(accounts, "mail_change")


@pytest.mark.promise("ASVS 6.3.7")
def test_new_address_counts_when_it_is_confirmed_and_the_old_one_is_told(accounts: Accounts, petra: Person) -> None:
    mine = asked(accounts, petra, f" {NEW} ")
    (mail,) = mails(accounts)
    assert (mail.recipient, mail.words["minutes"]) == (NEW, "60")
    assert mail.words["link"].startswith(f"{SITE}/mail/")
    assert accounts.user(petra.user.id).email == "petra@example.com"
    assert accounts.profiles.changing_mail(mine) == (accounts.user(petra.user.id), NEW)
    changed = accounts.profiles.change_mail(mine, HERE)
    assert (changed.email, changed.verified, row(accounts, changed).email_key) == (NEW, True, NEW)
    notice = mails(accounts)[-1]
    assert (notice.kind, notice.recipient, notice.words["new"]) == (
        "mail_changed",
        "petra@example.com",
        "n•••@example.org",
    )
    assert accounts.load_session(petra.session, touch=True) is not None


def test_address_does_not_stand_in_the_link(accounts: Accounts, petra: Person) -> None:
    mine = asked(accounts, petra)
    assert "new" not in mine.lower().split(".")
    assert "@" not in mine
    assert NEW not in repr(events(accounts))


@pytest.mark.promise("ASVS 7.5.1")
def test_it_needs_a_fresh_sign_in(accounts: Accounts, petra: Person) -> None:
    with pytest.raises(NotFreshError):
        accounts.profiles.ask_mail_change(NEW, replace(petra.actor, fresh=False))
    assert mails(accounts) == []


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "a\0@b.org", "a\n@b.org", "x" * 250 + "@b.org", "a,b@c.org"])
def test_what_is_no_address_is_refused(accounts: Accounts, petra: Person, email: str) -> None:
    assert "not an e-mail address" in refused(accounts.profiles.ask_mail_change, email, petra.actor)


def test_own_address_is_no_change_but_its_letters_may_change(accounts: Accounts, petra: Person) -> None:
    assert "already" in refused(accounts.profiles.ask_mail_change, "petra@example.com", petra.actor)
    accounts.profiles.change_mail(asked(accounts, petra, "Petra@example.com"), HERE)
    assert accounts.user(petra.user.id).email == "Petra@example.com"


@pytest.mark.promise("ASVS 6.3.8")
def test_taken_address_answers_alike(accounts: Accounts, petra: Person) -> None:
    add_user(accounts, "sam", password=GOOD)
    by, ran = petra.actor, []
    for email in (NEW, "SAM@example.com"):
        with statements(accounts) as done:
            assert accounts.profiles.ask_mail_change(email, by) is None  # type: ignore[func-returns-value]
        ran.append(done)
    assert ran[0] == ran[1]
    assert [(mail.kind, mail.recipient) for mail in mails(accounts)] == [
        ("mail_change", NEW),
        ("already_registered", "sam@example.com"),
    ]


def test_address_that_is_taken_meanwhile_is_refused(accounts: Accounts, petra: Person) -> None:
    mine = asked(accounts, petra, "sam@example.com")
    add_user(accounts, "sam", password=GOOD)
    assert "Another user" in refused(accounts.profiles.change_mail, mine, HERE)
    assert accounts.user(petra.user.id).email == "petra@example.com"


def test_whoever_registered_with_it_and_never_verified_makes_room(accounts: Accounts, petra: Person) -> None:
    register(accounts, "squatter", NEW)
    accounts.profiles.change_mail(asked(accounts, petra), HERE)
    assert accounts.find("squatter") is None
    assert count(accounts, users) == 1


@pytest.mark.promise("ASVS 6.5.1", "token race")
def test_of_fifty_parallel_uses_one_succeeds(accounts: Accounts, petra: Person) -> None:
    mine = asked(accounts, petra)
    answers = at_once(50, lambda number: accounts.profiles.change_mail(mine, HERE))
    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert sum(isinstance(answer, AccountError) and DEAD in str(answer) for answer in answers) == 49
    assert kinds(accounts).count("mail_changed") == 1


def test_two_people_cannot_get_one_address(accounts: Accounts, petra: Person, clock: HandClock) -> None:
    people = [petra, *(person(accounts, clock, f"user{number}") for number in range(4))]
    links = [asked(accounts, one) for one in people]
    answers = at_once(5, lambda number: accounts.profiles.change_mail(links[number], HERE))
    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert count(accounts, users, users.c.email_key == NEW) == 1


def test_link_works_once_and_dies_with_every_change(accounts: Accounts, petra: Person, clock: HandClock) -> None:
    first, second = asked(accounts, petra), asked(accounts, petra, "other@example.org")
    accounts.profiles.change_mail(first, HERE)
    for link in (first, second):
        assert accounts.profiles.changing_mail(link) is None
        assert DEAD in refused(accounts.profiles.change_mail, link, HERE)
    third = asked(accounts, petra, "third@example.org")
    accounts.disable_user(petra.user.id, OPERATOR)
    assert accounts.profiles.changing_mail(third) is None
    accounts.enable_user(petra.user.id, OPERATOR)
    assert accounts.profiles.changing_mail(third) is None


def test_link_lasts_as_long_as_the_setting_says(accounts: Accounts, petra: Person, clock: HandClock) -> None:
    mine = asked(accounts, petra)
    clock.move(minutes=60)
    assert accounts.profiles.changing_mail(mine) is None


@pytest.mark.parametrize("nonsense", ["", "x", "1.2.3.4", "1.2.3.4.5", "\0", "é", "y" * 100_000])
def test_nonsense_is_no_link(accounts: Accounts, petra: Person, nonsense: str) -> None:
    asked(accounts, petra)
    assert accounts.profiles.changing_mail(nonsense) is None
    assert DEAD in refused(accounts.profiles.change_mail, nonsense, HERE)


def test_longest_address_fits(accounts: Accounts, petra: Person) -> None:
    longest = "x" * 242 + "@example.org"
    assert accounts.profiles.change_mail(asked(accounts, petra, longest), HERE).email == longest


def test_next_recovery_goes_to_the_new_address(accounts: Accounts, petra: Person) -> None:
    accounts.profiles.change_mail(asked(accounts, petra), HERE)
    accounts.recovery.ask("petra@example.com", HERE)
    accounts.recovery.ask(NEW, HERE)
    assert [(mail.kind, mail.recipient) for mail in mails(accounts)][-2:] == [
        ("recovery_unknown", "petra@example.com"),
        ("recovery", NEW),
    ]


@pytest.mark.promise("ASVS 2.4.1")
def test_nobody_sends_many_mails_to_others(accounts: Accounts, petra: Person, clock: HandClock) -> None:
    me = petra.actor
    for number in range(5):
        accounts.profiles.ask_mail_change(f"victim{number}@example.com", me)
    with pytest.raises(AccountError, match="Wait an hour"):
        accounts.profiles.ask_mail_change("victim@example.com", me)
    clock.move(minutes=61)
    accounts.profiles.ask_mail_change("victim@example.com", me)
