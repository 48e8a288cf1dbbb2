"""Roles that Admins make: what is accepted, who may, and that it counts at the next request everywhere."""

import json
from collections.abc import Iterator

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, events
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import DIMENSIONS, Permission, Role, Scope, built_in_roles
from dashboard.accounts import AccountError, Accounts, Actor, NotFreshError
from dashboard.accounts.own_roles import columns_of, role_of
from dashboard.settings import Settings, load_settings

P = Permission
NORTH = Role("north", "North", frozenset({P.MEASURE_UNITS}), Scope(region=frozenset({"North"})))


@pytest.fixture
def elsewhere(settings: Settings, clock: HandClock) -> Iterator[Accounts]:
    """Another process on the same database."""
    made = Accounts(settings, clock=clock)
    yield made
    made.close()


def actor(accounts: Accounts, username: str, *, fresh: bool = True) -> Actor:
    user = accounts.find(username)
    assert user
    role = accounts.roles[user.role]
    return Actor(user.id, username, HERE, "0123456789ab", role.permissions, role.scope, fresh)


def test_role_is_made_changed_and_removed(accounts: Accounts) -> None:
    assert accounts.role_book.define(NORTH, OPERATOR) == NORTH
    assert accounts.roles["north"] == NORTH
    wider = Role("north", " The North ", NORTH.permissions | {P.MEASURE_STOCK}, Scope(region=frozenset({"N", "W"})))
    kept = accounts.role_book.define(wider, OPERATOR)
    assert (kept.name, accounts.roles["north"]) == ("The North", kept)
    accounts.role_book.remove("north", OPERATOR)
    assert "north" not in accounts.roles
    told = [(event["kind"], event["target"], json.loads(event["detail"])) for event in events(accounts)]
    assert told == [
        ("role_defined", "north", {"permissions": "measure:units", "rows": "region: North"}),
        ("role_defined", "north", {"permissions": "measure:stock, measure:units", "rows": "region: N, W"}),
        ("role_removed", "north", {}),
    ]


def test_same_definition_again_is_no_event(accounts: Accounts) -> None:
    for _ in range(2):
        accounts.role_book.define(NORTH, OPERATOR)
    assert len(events(accounts)) == 1


@pytest.mark.promise("ASVS 8.3.2")
def test_change_counts_at_the_next_request_in_every_process(accounts: Accounts, elsewhere: Accounts) -> None:
    accounts.role_book.define(NORTH, OPERATOR)
    user = add_user(accounts, "petra", "north", GOOD)
    token = elsewhere.start_session(user.id, HERE)
    before = elsewhere.load_session(token, touch=True)
    assert before is not None
    assert (before.viewer.permissions, before.viewer.scope) == (NORTH.permissions, NORTH.scope)
    accounts.role_book.define(
        Role("north", "North", frozenset({P.MEASURE_REVENUE}), Scope(region=frozenset())), OPERATOR
    )
    after = elsewhere.load_session(token, touch=True)
    assert after is not None
    assert (after.viewer.permissions, after.viewer.scope.region) == ({P.MEASURE_REVENUE}, frozenset())
    assert before.viewer.policy_version != after.viewer.policy_version
    assert elsewhere.roles["north"].permissions == {P.MEASURE_REVENUE}


def test_scope_alone_changes_the_policy_version(accounts: Accounts) -> None:
    first = accounts.role_book.define(NORTH, OPERATOR)
    versions = {first.version}
    for scope in (Scope(), Scope(region=frozenset()), Scope(channel=frozenset({"North"}))):
        versions.add(accounts.role_book.define(Role("north", "North", NORTH.permissions, scope), OPERATOR).version)
        assert accounts.roles["north"].scope == scope
    assert len(versions) == 4


@pytest.mark.parametrize(
    "key", ["", "a", "North", "1st", "_x", "a-b", "a b", "ä1", "a" * 65, "north\n", "a\0b", "no rth"]
)
def test_key_that_is_refused(accounts: Accounts, key: str) -> None:
    with pytest.raises(AccountError, match="The key of a role"):
        accounts.role_book.define(Role(key, "Some name", frozenset()), OPERATOR)
    assert events(accounts) == []


@pytest.mark.parametrize("key", ["ab", "a1", "a" * 64, "region_north_1"])
def test_key_that_is_accepted(accounts: Accounts, key: str) -> None:
    assert accounts.role_book.define(Role(key, "Some name", frozenset()), OPERATOR).key == key


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb", "a\0b", "\u202ename"])
def test_name_that_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountError, match="The name of a role"):
        accounts.role_book.define(Role("north", name, frozenset()), OPERATOR)


@pytest.mark.parametrize("name", ["Admin", "sales manager", "SOUTH"])
def test_name_of_another_role_is_refused(accounts: Accounts, name: str) -> None:
    accounts.role_book.define(Role("south", "South", frozenset()), OPERATOR)
    with pytest.raises(AccountError, match=r"There is a role named .* already\."):
        accounts.role_book.define(Role("north", name, frozenset()), OPERATOR)
    assert accounts.role_book.define(Role("south", "SOUTH", frozenset()), OPERATOR).name == "SOUTH"


BAD_SCOPES = [
    Scope(region=frozenset(map(str, range(201)))),
    Scope(category=frozenset({"x" * 201})),
    Scope(channel=frozenset({""})),
    Scope(region=frozenset({"a\0b"})),
]


@pytest.mark.parametrize("scope", BAD_SCOPES)
def test_scope_that_is_refused(accounts: Accounts, scope: Scope) -> None:
    with pytest.raises(AccountError, match="A row scope names up to 200 values"):
        accounts.role_book.define(Role("north", "North", frozenset(), scope), OPERATOR)


def test_largest_scope_is_kept(accounts: Accounts) -> None:
    scope = Scope(*(frozenset(f"{number:03}".ljust(200, "ü") for number in range(200)) for _ in DIMENSIONS))
    accounts.role_book.define(Role("north", "North", frozenset(Permission), scope), OPERATOR)
    assert accounts.roles["north"].scope == scope


def test_right_that_does_not_exist_is_refused(accounts: Accounts) -> None:
    with pytest.raises(AccountError, match="There is no such right"):
        accounts.role_book.define(Role("north", "North", frozenset({"measure:everything"})), OPERATOR)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [*(role.key for role in built_in_roles()), "of_settings"])
def test_what_admins_did_not_make_cannot_be_changed(settings: Settings, role: str) -> None:
    own = {"of_settings": {"name": "Of the settings", "permissions": []}}
    accounts = Accounts(load_settings(var=settings.var, roles=own))
    before = accounts.roles[role]
    assert not accounts.role_book.is_own(role)
    with pytest.raises(AccountError, match="cannot be changed here"):
        accounts.role_book.define(Role(role, "Mine", frozenset(Permission)), OPERATOR)
    with pytest.raises(AccountError, match="cannot be changed here"):
        accounts.role_book.remove(role, OPERATOR)
    assert accounts.roles[role] == before
    accounts.close()


def test_role_with_holders_stays(accounts: Accounts) -> None:
    accounts.role_book.define(NORTH, OPERATOR)
    assert accounts.role_book.is_own("north")
    people = [add_user(accounts, name, "north") for name in ("petra", "sam")]
    assert accounts.role_book.holders() == {"north": 2}
    with pytest.raises(AccountError, match="2 users have this role: give them another one first"):
        accounts.role_book.remove("north", OPERATOR)
    accounts.administration.change_role(people[0].id, "sales_manager", OPERATOR)
    accounts.disable_user(people[1].id, OPERATOR)
    with pytest.raises(AccountError, match="1 user has this role"):
        accounts.role_book.remove("north", OPERATOR)
    accounts.administration.delete(people[1].id, "sam", OPERATOR)
    accounts.role_book.remove("north", OPERATOR)
    assert accounts.role_book.holders() == {"sales_manager": 1}
    assert not accounts.role_book.is_own("north")


@pytest.mark.parametrize("key", ["", "nothing", "\0", "x" * 10_000])
def test_nothing_to_remove(accounts: Accounts, key: str) -> None:
    with pytest.raises(AccountError, match="There is no such role"):
        accounts.role_book.remove(key, OPERATOR)


@pytest.mark.promise("ASVS 8.2.1")
def test_nobody_makes_a_role_beyond_their_own(accounts: Accounts) -> None:
    maker = frozenset({P.ROLES_MANAGE, P.MEASURE_UNITS})
    accounts.role_book.define(Role("maker", "Maker", maker, Scope(region=frozenset({"North", "West"}))), OPERATOR)
    accounts.role_book.define(Role("east", "East", frozenset({P.MEASURE_UNITS}), Scope()), OPERATOR)
    add_user(accounts, "original", "admin", GOOD)
    add_user(accounts, "maker", "maker", GOOD)
    by = actor(accounts, "maker")
    for refused in (
        Role("north", "North", frozenset({P.MEASURE_REVENUE}), NORTH.scope),
        Role("north", "North", frozenset({P.MEASURE_UNITS})),
        Role("north", "North", frozenset({P.MEASURE_UNITS}), Scope(region=frozenset({"North", "South"}))),
        Role("north", "North", frozenset({P.USERS_MANAGE})),
        Role("east", "East", frozenset()),  # taking from somebody who has more is beyond them, too
    ):
        with pytest.raises(AccountError, match="has rights that yours has not"):
            accounts.role_book.define(refused, by)
    with pytest.raises(AccountError, match="has rights that yours has not"):
        accounts.role_book.remove("east", by)
    assert accounts.role_book.define(NORTH, by) == NORTH
    accounts.role_book.remove("north", by)
    everything = Role("all", "All", frozenset(Permission))
    assert accounts.role_book.define(everything, actor(accounts, "original")) == everything


@pytest.mark.promise("ASVS 8.2.1")
def test_nobody_changes_their_own_role(accounts: Accounts) -> None:
    chief = Role("chief", "Chief", accounts.roles["admin"].permissions)
    accounts.role_book.define(chief, OPERATOR)
    add_user(accounts, "chief", "chief", GOOD)
    by = actor(accounts, "chief")
    with pytest.raises(AccountError, match="This is your own role"):
        accounts.role_book.define(Role("chief", "Chief", frozenset(Permission)), by)
    with pytest.raises(AccountError, match="This is your own role"):
        accounts.role_book.remove("chief", by)
    assert accounts.roles["chief"] == chief


@pytest.mark.parametrize("role", ["sales_manager", "procurement_manager"])
def test_role_needs_the_right_to_make_roles(accounts: Accounts, role: str) -> None:
    accounts.role_book.define(NORTH, OPERATOR)
    add_user(accounts, "sam", role, GOOD)
    for work in (
        lambda: accounts.role_book.define(Role("none", "None", frozenset()), actor(accounts, "sam")),
        lambda: accounts.role_book.remove("north", actor(accounts, "sam")),
    ):
        with pytest.raises(AccountError, match="make, change and remove roles"):
            work()


@pytest.mark.promise("ASVS 7.5.1")
def test_roles_are_made_by_a_fresh_sign_in_only(accounts: Accounts) -> None:
    add_user(accounts, "original", "admin", GOOD)
    accounts.role_book.define(NORTH, OPERATOR)
    by = actor(accounts, "original", fresh=False)
    with pytest.raises(NotFreshError):
        accounts.role_book.define(Role("south", "South", frozenset()), by)
    with pytest.raises(NotFreshError):
        accounts.role_book.remove("north", by)
    assert "south" not in accounts.roles
    assert "north" in accounts.roles


VALUES = st.none() | st.frozensets(st.text(max_size=20), max_size=5)


@given(st.frozensets(st.sampled_from(Permission)), st.builds(Scope, VALUES, VALUES, VALUES))
def test_definition_comes_back_as_it_went_in(permissions: frozenset[Permission], scope: Scope) -> None:
    role = Role("key", "Name", permissions, scope)
    columns = columns_of(role)
    again = role_of(columns["role_key"], columns["name"], columns["permissions"], columns["row_scope"])
    assert (again, again.version) == (role, role.version)


def test_right_that_this_version_does_not_know_grants_nothing() -> None:
    role = role_of("key", "Name", '["measure:units", "of:the-future"]', "{}")
    assert role.permissions == {P.MEASURE_UNITS}
