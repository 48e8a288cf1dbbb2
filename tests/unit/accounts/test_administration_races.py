"""Administrators who do things to each other, or the same thing, at once."""

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, add_user, at_once, events
from sqlalchemy import update

from dashboard.access import Permission, Role
from dashboard.accounts import AccountError, Accounts, Actor, NewUser, Profile, User
from dashboard.accounts.models import users


@pytest.fixture
def admins(accounts: Accounts) -> list[User]:
    """Four Admins, none of them the original one."""
    made = [add_user(accounts, f"admin{number}", "admin", GOOD) for number in range(4)]
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(is_original_admin=False))
    return made


def acting(accounts: Accounts, user: User) -> Actor:
    return Actor(user.id, user.username, HERE, "0123456789ab", accounts.roles["admin"].permissions)


def still_admins(accounts: Accounts) -> int:
    found, _ = accounts.users(role="admin", state="active")
    return len(found)


@pytest.mark.promise("ASVS 8.3.2")
@pytest.mark.parametrize("way", ["at once", "afterwards"])
def test_of_two_admins_who_disable_each_other_one_wins(accounts: Accounts, admins: list[User], way: str) -> None:
    """The other one's request waited for the rows, and its rights are gone by then."""
    pair = [acting(accounts, one) for one in admins[:2]]

    def disable_other(number: int) -> User:
        return accounts.disable_user(pair[1 - number].user_id, pair[number])

    if way == "at once":
        outcomes = at_once(2, disable_other)
    else:
        outcomes = [disable_other(0)]
        with pytest.raises(AccountError) as late:
            disable_other(1)
        outcomes.append(late.value)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AccountError", "User"]
    assert "Your own account was changed" in str(next(one for one in outcomes if isinstance(one, AccountError)))
    assert still_admins(accounts) == 3


@pytest.mark.promise("ASVS 8.3.2")
@pytest.mark.parametrize("role", ["sales_manager", "gone"])
def test_who_lost_the_right_meanwhile_does_nothing(accounts: Accounts, admins: list[User], role: str) -> None:
    by = acting(accounts, admins[0])
    with accounts.engine.begin() as connection:
        connection.execute(update(users).where(users.c.id == by.user_id).values(role=role))
    with pytest.raises(AccountError, match="Your own account was changed"):
        accounts.administration.lock(admins[1].id, by)
    assert not accounts.user(admins[1].id).locked_by_administrator


@pytest.mark.promise("the last Admin stays, in a race too")
def test_admins_who_demote_each_other_leave_some(accounts: Accounts, admins: list[User]) -> None:
    def demote_next(number: int) -> User:
        target = admins[(number + 1) % 4]
        return accounts.administration.change_role(target.id, "sales_manager", acting(accounts, admins[number]))

    outcomes = at_once(4, demote_next)
    demoted = sum(isinstance(outcome, User) for outcome in outcomes)
    assert 2 <= demoted <= 3, "who was demoted before it is their turn demotes nobody"
    assert still_admins(accounts) == 4 - demoted
    assert sum(isinstance(outcome, AccountError) for outcome in outcomes) == 4 - demoted


def test_two_admins_who_demote_each_other_leave_one(accounts: Accounts, admins: list[User]) -> None:
    for spare in admins[2:]:
        accounts.administration.delete(spare.id, spare.username, OPERATOR)
    pair = admins[:2]

    def demote_other(number: int) -> User:
        return accounts.administration.change_role(pair[1 - number].id, "sales_manager", acting(accounts, pair[number]))

    outcomes = at_once(2, demote_other)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AccountError", "User"]
    assert still_admins(accounts) == 1


def test_admins_who_are_removed_in_different_ways_leave_one(accounts: Accounts, admins: list[User]) -> None:
    ways = [
        lambda user: accounts.administration.delete(user.id, user.username, OPERATOR),
        lambda user: accounts.disable_user(user.id, OPERATOR),
        lambda user: accounts.administration.lock(user.id, OPERATOR),
        lambda user: accounts.administration.change_role(user.id, "sales_manager", OPERATOR),
    ]
    outcomes = at_once(4, lambda number: ways[number](admins[number]))
    assert sum(isinstance(outcome, AccountError) for outcome in outcomes) == 1
    assert still_admins(accounts) == 1
    assert accounts.verify_audit().ok


def test_of_parallel_deletions_one_is_done(accounts: Accounts) -> None:
    user = add_user(accounts, "petra")
    for _ in range(5):
        accounts.start_session(user.id, HERE)
    outcomes = at_once(8, lambda _: accounts.administration.delete(user.id, "petra", OPERATOR))
    assert outcomes.count(None) == 1
    assert [str(outcome) for outcome in outcomes if outcome] == ["There is no such user."] * 7
    assert [event["kind"] for event in events(accounts)].count("user_deleted") == 1


def test_sign_ins_while_the_user_is_deleted_leave_no_session(accounts: Accounts) -> None:
    user = add_user(accounts, "petra", password=GOOD)

    def work(number: int) -> object:
        if number == 5:
            return accounts.administration.delete(user.id, "petra", OPERATOR)
        return accounts.start_session(user.id, HERE)

    outcomes = at_once(12, work)
    tokens = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert all(isinstance(outcome, (str, AccountError)) or outcome is None for outcome in outcomes), outcomes
    assert all(accounts.load_session(token, touch=True) is None for token in tokens)


def test_of_parallel_changes_to_one_address_a_single_one_succeeds(accounts: Accounts) -> None:
    people = [add_user(accounts, f"user{number}") for number in range(6)]

    def take(number: int) -> User:
        if number % 2:
            return accounts.create_user(NewUser(f"new{number}", "one@example.com", "sales_manager"), OPERATOR)
        return accounts.administration.edit(people[number].id, Profile("", ""), "ONE@example.com", OPERATOR)

    outcomes = at_once(6, take)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AccountError) for outcome in outcomes) == 5


def test_role_is_not_removed_while_it_is_given(accounts: Accounts) -> None:
    role = Role("north", "North", frozenset({Permission.MEASURE_UNITS}))
    people = [add_user(accounts, f"user{number}") for number in range(4)]
    for _ in range(3):
        accounts.role_book.define(role, OPERATOR)

        def work(number: int) -> object:
            if number == 4:
                return accounts.role_book.remove("north", OPERATOR)
            return accounts.administration.change_role(people[number].id, "north", OPERATOR)

        outcomes = at_once(5, work)
        assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, AccountError)]
        given = sum(isinstance(outcome, User) for outcome in outcomes)
        assert ("north" in accounts.roles) == (given > 0)
        assert given in {0, 4}
        for user in people:
            accounts.administration.change_role(user.id, "sales_manager", OPERATOR)


def test_the_use_of_a_right_is_noted_by_many_at_once(accounts: Accounts) -> None:
    user = add_user(accounts, "petra")
    outcomes = at_once(12, lambda _: accounts.administration.note_use(user.id, Permission.MEASURE_UNITS))
    assert outcomes == [None] * 12
