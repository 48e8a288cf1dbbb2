"""Who may manage whom: nobody gets an account that can do more than they can."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, add_user, events

from dashboard.access import Permission, Role
from dashboard.accounts import AccountError, Accounts, Actor, NewUser
from dashboard.settings import load_settings

OWN_ROLES = {
    "help_desk": {"name": "Help desk", "permissions": ["users:manage", "sessions:manage"]},
    "lead": {"name": "Lead", "permissions": ["users:manage", "measure:units"], "scope": {"region": ["North", "West"]}},
    "north": {"name": "North", "permissions": ["measure:units"], "scope": {"region": ["North"]}},
    "south": {"name": "South", "permissions": ["measure:units"], "scope": {"region": ["North", "South"]}},
    "everywhere": {"name": "Everywhere", "permissions": ["measure:units"]},
    "keeper": {"name": "Keeper", "permissions": ["sessions:manage"]},
    "root": {"name": "Root", "permissions": [p.value for p in Permission]},
}
ROLES = ("procurement_manager", "sales_manager", "admin", *OWN_ROLES)
MAY = {
    "help_desk": {"help_desk", "keeper"},
    "lead": {"lead", "north"},
    "admin": set(ROLES),
    "root": set(ROLES),
    "sales_manager": set(),
}


@pytest.fixture(scope="module")
def roled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    made = Accounts(load_settings(var=tmp_path_factory.mktemp("roled") / "var", roles=OWN_ROLES))
    add_user(made, "original", "admin", GOOD)
    for role in ROLES:
        add_user(made, role, role, GOOD)
    yield made
    made.close()


def actor(accounts: Accounts, username: str) -> Actor:
    user = accounts.find(username)
    assert user
    role: Role = accounts.roles[user.role]
    return Actor(user.id, user.username, HERE, "0123456789ab", role.permissions, role.scope)


def reasons(work: Callable[[], object]) -> str:
    """Why ``work`` is refused; empty when it is done."""
    try:
        work()
    except AccountError as error:
        return str(error)
    return ""


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("who", MAY)
def test_a_role_makes_users_who_can_do_no_more(roled: Accounts, who: str) -> None:
    by, made = actor(roled, who), set()
    for role in ROLES:
        before = events(roled)
        new = NewUser(f"new.{role}", f"{who}.{role}@example.com", role)
        refused = reasons(lambda: roled.create_user(new, by))  # noqa: B023 - called at once
        if refused:
            assert "Your role does not allow this" in refused
            assert events(roled) == before
            continue
        made.add(role)
        roled.administration.delete(user_id(roled, new.username), new.username, OPERATOR)
    assert made == MAY[who]


def user_id(accounts: Accounts, username: str) -> int:
    found = accounts.find(username)
    assert found
    return found.id


@pytest.mark.promise("ASVS 8.2.1")
def test_nobody_else_makes_a_link_for_the_original_admin(roled: Accounts) -> None:
    original = roled.find("original")
    assert original
    assert original.is_original_admin
    for who in ("admin", "root"):
        with pytest.raises(AccountError, match="original Admin"):
            roled.invite(original.id, actor(roled, who))
    with pytest.raises(AccountError, match="Admin has rights"):
        roled.invite(original.id, actor(roled, "help_desk"))
    with pytest.raises(AccountError, match="your own account"):
        roled.invite(original.id, actor(roled, "original"))
    assert roled.invite(original.id, OPERATOR)


@pytest.mark.promise("ASVS 8.3.2")
def test_who_was_disabled_meanwhile_finishes_nothing(roled: Accounts) -> None:
    add_user(roled, "leaving", "admin")
    by = actor(roled, "leaving")
    roled.disable_user(by.user_id, OPERATOR)
    before = events(roled)
    own = Role("late", "Late", frozenset({Permission.MEASURE_UNITS}))
    for act in (
        lambda: roled.create_user(NewUser("late", "late@example.com", "sales_manager"), by),
        lambda: roled.role_book.define(own, by),
        lambda: roled.role_book.remove("late", by),
    ):
        assert "no longer allows this" in reasons(act)
    assert events(roled) == before


def test_the_help_desk_of_the_report_gains_nothing(roled: Accounts) -> None:
    by = actor(roled, "help_desk")
    for role in ("admin", "sales_manager", "root"):
        with pytest.raises(AccountError):
            roled.create_user(NewUser(f"second.{role}", "x@example.com", role), by)
        assert roled.find(f"second.{role}") is None


def test_a_user_whose_role_is_gone_can_still_be_disabled(tmp_path: Path) -> None:
    own = Accounts(load_settings(var=tmp_path / "var", roles=OWN_ROLES))
    user = add_user(own, "north", "north")
    add_user(own, "help_desk", "help_desk")
    own.close()
    kept = {key: role for key, role in OWN_ROLES.items() if key == "help_desk"}
    later = Accounts(load_settings(var=tmp_path / "var", roles=kept))
    assert not later.disable_user(user.id, actor(later, "help_desk")).active
    later.close()


def test_a_link_for_somebody_who_has_a_password_is_an_event_of_its_own(accounts: Accounts) -> None:
    newcomer, known = add_user(accounts, "petra"), add_user(accounts, "sam", password=GOOD)
    for user in (newcomer, known):
        accounts.invite(user.id, OPERATOR)
    assert [(e["kind"], e["target"]) for e in events(accounts)[2:]] == [
        ("user_invited", "petra"),
        ("password_reset_offered", "sam"),
    ]
