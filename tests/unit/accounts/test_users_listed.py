"""The list of users: states, orders and pages, decided by the database."""

from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any

import pytest
from accounts_kit import HERE, OPERATOR, HandClock, add_user
from sqlalchemy import insert, update

from dashboard.access import NO_ROLE
from dashboard.accounts import Accounts, NewUser, User
from dashboard.accounts.directory import SORTS, STATES
from dashboard.accounts.models import passkeys, users


@pytest.fixture
def crowd(accounts: Accounts, clock: HandClock) -> Accounts:
    """Users in every state; each is named after it."""

    def put(name: str, first: str, last: str, given: str, **values: Any) -> User:
        new = NewUser(name, f"{name}@example.com", given, first, last)
        user = accounts.create_user(new, OPERATOR)
        with accounts.engine.begin() as connection:
            has_one = {"password_hash": "of some password"}
            connection.execute(update(users).where(users.c.id == user.id).values(**{**has_one, **values}))
        return user

    busy = put("active", "Zoe", "Abel", "sales_manager")
    put("invited", "", "", "sales_manager", password_hash=None)
    put("disabled", "anna", "Zorn", "admin", active=False, verified_at=None)
    put("locked", "Bert", "Zuse", "procurement_manager", locked_until=clock.now.replace(year=2100))
    put("unverified", "Bert", "Abel", "procurement_manager", verified_at=None)
    put("was_locked", "Änne", "Ö", "sales_manager", locked_until=clock.now)
    put("roleless", "Carl", "", "sales_manager", role=NO_ROLE)
    only_key = put("only_key", "Carl", "", "sales_manager", password_hash=None)
    with accounts.engine.begin() as connection:
        key = {"credential_hash": "h", "credential_id": "c", "public_key": "k", "sign_count": 0, "name": "Key"}
        connection.execute(insert(passkeys).values(user_id=only_key.id, created_at=clock.now, **key))
    for user in (busy, busy, only_key):
        clock.move(seconds=1)
        accounts.start_session(user.id, HERE)
    return accounts


def names(accounts: Accounts, **wanted: Any) -> list[str]:
    page, total = accounts.users(**wanted)
    assert total == len(page)
    return [user.username for user in page]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("active", ["active", "only_key", "roleless", "was_locked"]),
        ("invited", ["invited"]),
        ("disabled", ["disabled"]),
        ("locked", ["locked"]),
        ("unverified", ["unverified"]),
        ("no_role", ["roleless"]),
        ("no such state", []),
        ("' OR 1=1 --", []),
    ],
)
def test_users_of_a_state(crowd: Accounts, state: str, expected: list[str]) -> None:
    assert names(crowd, state=state) == expected


def test_everybody_is_in_one_state(crowd: Accounts) -> None:
    of_states = [names(crowd, state=state) for state in STATES if state != "no_role"]
    assert sorted(chain.from_iterable(of_states)) == sorted(names(crowd))


def test_state_role_and_search_go_together(crowd: Accounts) -> None:
    assert names(crowd, state="active", role="sales_manager", search="carl") == ["only_key"]
    assert names(crowd, state="locked", search="carl") == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("username", ["active", "disabled", "invited", "locked", "only_key", "roleless", "unverified", "was_locked"]),
        ("role", ["disabled", "roleless", "locked", "unverified", "active", "invited", "only_key", "was_locked"]),
        ("state", ["active", "only_key", "roleless", "was_locked", "invited", "unverified", "locked", "disabled"]),
        (
            "open_sessions",
            ["disabled", "invited", "locked", "roleless", "unverified", "was_locked", "only_key", "active"],
        ),
        (
            "last_sign_in",
            ["disabled", "invited", "locked", "roleless", "unverified", "was_locked", "active", "only_key"],
        ),
    ],
)
def test_orders(crowd: Accounts, sort: str, expected: list[str]) -> None:
    assert names(crowd, sort=sort) == expected


def test_order_by_name_is_by_first_then_last_name_in_any_case(crowd: Accounts) -> None:
    ordered = [name for name in names(crowd, sort="name") if name != "was_locked"]
    assert ordered == ["invited", "disabled", "unverified", "locked", "only_key", "roleless", "active"]


@pytest.mark.parametrize("sort", SORTS)
def test_the_other_way_round_ties_still_go_by_user_name(crowd: Accounts, sort: str) -> None:
    key = KEYS[sort]
    up, down = crowd.users(sort=sort)[0], crowd.users(sort=sort, descending=True)[0]
    assert [key(user) for user in down] == [key(user) for user in reversed(up)]
    for people in (up, down):
        ties = [pair for pair in pairwise(people) if key(pair[0]) == key(pair[1])]
        assert all(first.username < second.username for first, second in ties)


KEYS: dict[str, Callable[[User], Any]] = {
    "username": lambda user: user.username,
    "name": lambda user: (user.first_name.lower(), user.last_name.lower()),
    "role": lambda user: user.role,
    "state": lambda user: (
        user.active,
        user.verified,
        user.locked_until is None,
        user.has_password or bool(user.factors),
    ),
    "last_sign_in": lambda user: user.last_sign_in_at,
    "open_sessions": lambda user: user.open_sessions,
}


@pytest.mark.parametrize("sort", ["", "password_hash", "id; DROP TABLE users", "\0", "USERNAME"])
def test_unknown_order_is_by_user_name(crowd: Accounts, sort: str) -> None:
    assert names(crowd, sort=sort) == names(crowd)
    assert names(crowd, sort=sort, descending=True) == names(crowd)[::-1]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_cover_everybody_once(crowd: Accounts, sort: str, descending: bool) -> None:
    whole = [user.id for user in crowd.users(sort=sort, descending=descending)[0]]
    pages = [crowd.users(sort=sort, descending=descending, offset=offset, limit=3) for offset in (0, 3, 6)]
    assert [user.id for page, _ in pages for user in page] == whole
    assert {total for _, total in pages} == {8}


def test_own_roles_are_ordered_by_their_names(accounts: Accounts) -> None:
    for name, role in (("a", "sales_manager"), ("b", "admin"), ("c", "procurement_manager")):
        add_user(accounts, f"{name}{name}{name}", role)
    assert names(accounts, sort="role") == ["bbb", "ccc", "aaa"]
