"""Disable, enable, unlock, and the guards."""

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from sqlalchemy import select, update

from dashboard.accounts import AccountError, Accounts, Actor
from dashboard.accounts.models import users

BY = Actor(7, "ada", HERE, "0123456789ab")


def version(accounts: Accounts, user_id: int) -> int:
    with accounts.engine.connect() as connection:
        return connection.execute(select(users.c.version).where(users.c.id == user_id)).scalar_one()


def without_original(accounts: Accounts) -> None:
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(is_original_admin=False))


def test_disabled_user_cannot_sign_in_until_enabled(accounts: Accounts) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    assert not accounts.disable_user(user.id, BY).active
    assert accounts.authenticate("petra", GOOD, HERE) is None
    assert accounts.enable_user(user.id, BY).active
    assert accounts.authenticate("petra", GOOD, HERE) is not None


def test_disabling_is_audited_with_who_from_where(accounts: Accounts) -> None:
    user = add_user(accounts, "petra")
    accounts.start_session(user.id, HERE)
    accounts.disable_user(user.id, BY)
    event = events(accounts)[-1]
    assert (event["kind"], event["actor_id"], event["actor"], event["target"]) == ("user_disabled", 7, "ada", "petra")
    assert (event["ip"], event["session_hash"], event["detail"]) == (HERE.ip, "0123456789ab", '{"sessions":1}')


def test_doing_it_twice_changes_nothing(accounts: Accounts) -> None:
    user = add_user(accounts, "petra")
    accounts.disable_user(user.id, BY)
    before = len(events(accounts)), version(accounts, user.id)
    accounts.disable_user(user.id, BY)
    assert (len(events(accounts)), version(accounts, user.id)) == before
    accounts.enable_user(user.id, BY)
    accounts.enable_user(user.id, BY)
    assert [event["kind"] for event in events(accounts)] == ["user_created", "user_disabled", "user_enabled"]


def test_every_change_of_rights_bumps_the_version(accounts: Accounts) -> None:
    user = add_user(accounts, "petra")
    seen = [version(accounts, user.id)]
    for change in (accounts.disable_user, accounts.enable_user, accounts.invite):
        change(user.id, BY)
        seen.append(version(accounts, user.id))
    assert seen == [1, 2, 3, 4]


def test_original_admin_cannot_be_disabled(accounts: Accounts) -> None:
    original = add_user(accounts, "ada", "admin", GOOD)
    add_user(accounts, "adam", "admin", GOOD)
    token = accounts.start_session(original.id, HERE)
    with pytest.raises(AccountError, match="original Admin"):
        accounts.disable_user(original.id, OPERATOR)
    assert accounts.user(original.id).active
    assert accounts.load_session(token, touch=True) is not None


def test_last_admin_who_can_sign_in_cannot_be_disabled(accounts: Accounts) -> None:
    ada = add_user(accounts, "ada", "admin", GOOD)
    adam = add_user(accounts, "adam", "admin", GOOD)
    add_user(accounts, "invited", "admin")
    without_original(accounts)
    accounts.disable_user(adam.id, OPERATOR)
    with pytest.raises(AccountError, match="last Admin"):
        accounts.disable_user(ada.id, OPERATOR)
    accounts.enable_user(adam.id, OPERATOR)
    assert not accounts.disable_user(ada.id, OPERATOR).active


def test_admins_who_disable_each_other_at_once_leave_one(accounts: Accounts) -> None:
    admins = [add_user(accounts, f"admin{number}", "admin", GOOD) for number in range(4)]
    without_original(accounts)
    outcomes = at_once(4, lambda number: accounts.disable_user(admins[number].id, OPERATOR))
    assert sum(isinstance(outcome, AccountError) for outcome in outcomes) == 1
    assert sum(accounts.user(admin.id).active for admin in admins) == 1


def test_unlocking_is_audited_where_there_is_a_lock(accounts: Accounts) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    accounts.unlock_user(user.id, BY)
    assert events(accounts)[-1]["kind"] == "user_created"
    for _ in range(5):
        accounts.authenticate("petra", "wrong", HERE)
    accounts.unlock_user(user.id, BY)
    assert events(accounts)[-1]["kind"] == "user_unlocked"


@pytest.mark.promise("lock by an administrator")
def test_lock_of_an_administrator_outlasts_time_and_is_taken_off_by_hand(accounts: Accounts, clock: HandClock) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    token = accounts.start_session(user.id, HERE)
    locked = accounts.administration.lock(user.id, BY)
    assert locked.locked_by_administrator
    assert accounts.load_session(token, touch=True) is not None
    for days in (1, 365, 365 * 50):
        assert accounts.authenticate("petra", GOOD, HERE) is None
        clock.move(days=days)
    assert accounts.user(user.id).locked_by_administrator
    assert accounts.unlock_user(user.id, BY).locked_until is None
    assert accounts.authenticate("petra", GOOD, HERE) is not None
    told = [event["kind"] for event in events(accounts) if event["actor"] == BY.username]
    assert told == ["user_locked", "user_unlocked"]


def test_lock_of_an_administrator_takes_the_place_of_one_that_runs_out(accounts: Accounts, clock: HandClock) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    for _ in range(5):
        accounts.authenticate("petra", "wrong", HERE)
    assert not accounts.user(user.id).locked_by_administrator
    assert accounts.administration.lock(user.id, BY).locked_by_administrator
    before = len(events(accounts))
    accounts.administration.lock(user.id, BY)
    assert len(events(accounts)) == before


def test_nobody_unlocks_or_disables_themself(accounts: Accounts) -> None:
    add_user(accounts, "original", "admin", GOOD)
    adam = add_user(accounts, "adam", "admin", GOOD)
    himself = Actor(adam.id, "adam", HERE, permissions=accounts.roles["admin"].permissions)
    accounts.administration.lock(adam.id, OPERATOR)
    with pytest.raises(AccountError, match="somebody else has to take the lock off"):
        accounts.unlock_user(adam.id, himself)
    with pytest.raises(AccountError, match="somebody else has to disable it"):
        accounts.disable_user(adam.id, himself)
    assert accounts.user(adam.id).active
    assert accounts.user(adam.id).locked_by_administrator
