"""The access review: which accounts and rights are told, and which are not."""

from collections.abc import Callable
from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user
from sqlalchemy import update

from dashboard.access import NO_ROLE, Permission
from dashboard.accounts import AccountError, Accounts, Actor, User
from dashboard.accounts.models import users
from dashboard.accounts.review import KINDS, NOTED
from dashboard.settings import Settings, load_settings


def found(accounts: Accounts, kind: str = "") -> list[tuple[str, str]]:
    findings, total = accounts.administration.review(OPERATOR, kind=kind, limit=500)
    assert total == len(findings)
    return [(finding.username, finding.kind) for finding in findings]


def detail(accounts: Accounts, kind: str) -> str:
    (finding,) = accounts.administration.review(OPERATOR, kind=kind)[0]
    return finding.detail


def change(accounts: Accounts, user: User, **values: Any) -> None:
    with accounts.engine.begin() as connection:
        connection.execute(update(users).where(users.c.id == user.id).values(**values))


def use(accounts: Accounts, user: User, *rights: Permission) -> None:
    accounts.start_session(user.id, HERE)
    for right in rights or tuple(Permission):
        accounts.administration.note_use(user.id, right)


def test_new_account_that_is_used_is_not_told(accounts: Accounts) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    assert found(accounts) == []
    use(accounts, user)
    assert found(accounts) == []


def test_who_did_not_sign_in_for_long(accounts: Accounts, clock: HandClock) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    use(accounts, user)
    clock.move(days=90, seconds=-1)
    assert found(accounts) == []
    clock.move(seconds=1)
    assert found(accounts) == [("petra", "stale")]
    assert detail(accounts, "stale") == "No sign-in since 2026-11-20, which is more than 90 days ago."
    use(accounts, user)
    assert found(accounts) == []


def test_who_never_came(accounts: Accounts, clock: HandClock) -> None:
    add_user(accounts, "petra")
    clock.move(days=89)
    assert found(accounts) == []
    clock.move(days=1)
    assert found(accounts) == [("petra", "never")]
    assert detail(accounts, "never") == "Created on 2026-11-20 and never used."


def test_number_of_days_is_a_setting(settings: Settings, clock: HandClock) -> None:
    accounts = Accounts(
        load_settings(var=settings.var, accounts={**settings.accounts.model_dump(), "stale_days": 1}), clock=clock
    )
    add_user(accounts, "petra")
    clock.move(days=1)
    assert found(accounts) == [("petra", "never")]
    accounts.close()


@pytest.mark.promise("ASVS 6.3.3")
def test_who_manages_without_a_second_factor(settings: Settings, clock: HandClock) -> None:
    roles = {"keeper": {"name": "Keeper", "permissions": ["audit:read"]}}
    policy = {"required_for": ["admin", "sales_manager"]}
    accounts = Accounts(load_settings(var=settings.var, roles=roles, second_factor=policy), clock=clock)
    people = [add_user(accounts, role, role) for role in ("admin", "keeper", "sales_manager", "procurement_manager")]
    assert found(accounts, "no_factor") == [(name, "no_factor") for name in ("admin", "keeper", "sales_manager")]
    change(accounts, people[0], totp_secret="sealed")
    change(accounts, people[1], mail_codes=True)
    assert found(accounts, "no_factor") == [("sales_manager", "no_factor")]
    accounts.close()


def test_who_has_no_verified_address_or_no_role(accounts: Accounts) -> None:
    change(accounts, add_user(accounts, "unverified"), verified_at=None)
    change(accounts, add_user(accounts, "roleless"), role=NO_ROLE)
    change(accounts, add_user(accounts, "gone"), role="gone")
    assert found(accounts) == [("unverified", "unverified"), ("gone", "no_role"), ("roleless", "no_role")]
    findings, _ = accounts.administration.review(OPERATOR, kind="no_role")
    assert [one.detail for one in findings] == [
        "The role gone does not exist any more: the account may do nothing.",
        "Has no role yet, so the account may do nothing.",
    ]


def test_rights_that_nobody_uses(accounts: Accounts, clock: HandClock) -> None:
    user = add_user(accounts, "petra", "sales_manager")
    clock.move(days=91)
    use(accounts, user, Permission.MEASURE_UNITS)
    assert found(accounts) == [("petra", "unused_right")]
    assert detail(accounts, "unused_right") == "Not used for 90 days: see net sales, discounts, returns and prices."
    use(accounts, user, Permission.MEASURE_REVENUE)
    assert found(accounts) == []
    clock.move(days=90)
    accounts.start_session(user.id, HERE)
    assert "see units sold, returned and ranked; see net sales" in detail(accounts, "unused_right")


def test_rights_of_those_who_are_new_or_never_come_are_not_told_apart(accounts: Accounts, clock: HandClock) -> None:
    add_user(accounts, "never", "sales_manager")
    clock.move(days=100)
    accounts.start_session(add_user(accounts, "new", "sales_manager").id, HERE)
    assert found(accounts) == [("never", "never")]


def test_administrative_rights_are_reviewed_too(accounts: Accounts, clock: HandClock) -> None:
    ada = add_user(accounts, "ada", "admin")
    change(accounts, ada, mail_codes=True)
    clock.move(days=100)
    use(accounts, ada, Permission.USERS_MANAGE, Permission.ROLES_MANAGE)
    unused = "read the audit log; see and refresh data sources, enter holidays"
    assert detail(accounts, "unused_right") == f"Not used for 90 days: {unused}."


def test_disabled_accounts_are_settled(accounts: Accounts, clock: HandClock) -> None:
    user = add_user(accounts, "petra")
    change(accounts, user, verified_at=None, role=NO_ROLE)
    clock.move(days=100)
    assert len(found(accounts)) == 3
    accounts.disable_user(user.id, OPERATOR)
    assert found(accounts) == []


@pytest.fixture
def crowd(accounts: Accounts, clock: HandClock) -> Accounts:
    for number in range(12):
        user = add_user(accounts, f"user{number:02}")
        if number % 3 == 0:
            change(accounts, user, verified_at=None)
    clock.move(days=100)
    return accounts


def test_pages_cover_everything_once(crowd: Accounts) -> None:
    everything = found(crowd)
    assert len(everything) == 16
    assert [KINDS.index(kind) for _, kind in everything] == sorted(KINDS.index(kind) for _, kind in everything)
    paged = []
    for offset in range(0, 20, 5):
        page, total = crowd.administration.review(OPERATOR, offset=offset, limit=5)
        assert total == 16
        paged += [(finding.username, finding.kind) for finding in page]
    assert paged == everything


def test_one_kind_at_a_time(crowd: Accounts) -> None:
    assert len(found(crowd, "never")) == 12
    assert found(crowd, "unverified") == [(f"user{number:02}", "unverified") for number in (0, 3, 6, 9)]
    assert found(crowd, "no such kind") == []


@pytest.mark.parametrize(("offset", "limit", "count"), [(-5, 3, 3), (0, 0, 1), (10**30, 5, 0), (0, 10**30, 16)])
def test_senseless_pages_are_harmless(crowd: Accounts, offset: int, limit: int, count: int) -> None:
    assert len(crowd.administration.review(OPERATOR, offset, limit)[0]) == count


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("role", ["sales_manager", "procurement_manager", NO_ROLE])
def test_review_is_for_those_who_manage_users(accounts: Accounts, role: str) -> None:
    by = Actor(1, "sam", HERE, permissions=accounts.roles[role].permissions)
    with pytest.raises(AccountError, match="Your role does not allow this"):
        accounts.administration.review(by)
    assert accounts.administration.review(Actor(1, "ada", permissions=accounts.roles["admin"].permissions)) == ([], 0)


def test_use_of_somebody_who_is_gone_is_no_error(accounts: Accounts) -> None:
    accounts.administration.note_use(4711, Permission.MEASURE_UNITS)


def test_latest_use_counts(accounts: Accounts, clock: HandClock) -> None:
    user = add_user(accounts, "petra", "sales_manager")
    work: Callable[[], None] = lambda: use(accounts, user, *NOTED)  # noqa: E731 - the same twice
    work()
    clock.move(days=100)
    work()
    assert found(accounts) == []
