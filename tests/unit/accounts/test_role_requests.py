"""Role requests: asked by one, decided by another."""

from dataclasses import replace

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import Person, count, mails, person
from mailed_kit import SITE, change, refused, register, token, verified

from dashboard.access import ADMIN, NO_ROLE, Permission
from dashboard.accounts import AccountError, Accounts, Actor, NotFreshError, RoleRequest, User
from dashboard.accounts.models import role_requests
from dashboard.settings import Settings, load_settings

OPEN = "is not open any more"


@pytest.fixture
def root(accounts: Accounts, clock: HandClock) -> Person:
    """The original Admin."""
    return person(accounts, clock, "root", ADMIN)


@pytest.fixture
def ann(accounts: Accounts, root: Person) -> User:
    """Somebody without a role."""
    return verified(accounts)


def acting(accounts: Accounts, user: User) -> Actor:
    return Actor(user.id, user.username, HERE, "s" * 12, accounts.roles[user.role].permissions)


def asked(accounts: Accounts, user: User, role: str = "sales_manager") -> RoleRequest:
    return accounts.requests.ask(role, acting(accounts, user))


def role_of(accounts: Accounts, user: User) -> str:
    return accounts.user(user.id).role


def test_request_is_seen_by_who_asked_and_by_those_who_decide(accounts: Accounts, ann: User) -> None:
    request = asked(accounts, ann)
    assert (request.state, request.role, request.name, request.reason) == ("open", "sales_manager", "Ann Lee", "")
    assert accounts.requests.mine(ann.id) == request
    assert accounts.requests.open() == ([request], 1)
    (mail,) = mails(accounts, "role_requested")
    assert (mail.recipient, mail.words["role"]) == ("root@example.com", "Sales Manager")


@pytest.mark.promise("ASVS 8.3.2", "role by approval only")
def test_approval_grants_the_role_at_once_and_is_mailed(accounts: Accounts, root: Person, ann: User) -> None:
    session = accounts.start_session(ann.id, HERE)
    request = asked(accounts, ann)
    assert role_of(accounts, ann) == NO_ROLE
    done = accounts.requests.approve(request.id, root.actor)
    assert (done.state, done.decided_by, done.decided_at is not None) == ("approved", "root", True)
    signed_in = accounts.load_session(session, touch=True)
    assert signed_in is not None
    assert Permission.MEASURE_REVENUE in signed_in.viewer.permissions
    (mail,) = mails(accounts, "role_approved")
    assert (mail.recipient, mail.words["role"], mail.words["link"]) == (ann.email, "Sales Manager", f"{SITE}/")
    assert accounts.requests.open() == ([], 0)
    said = [(e["kind"], e["actor"], e["target"], e["detail"]) for e in events(accounts)][-2:]
    assert said == [
        ("role_request_decided", "root", "ann", '{"decision":"approved","role":"sales_manager"}'),
        ("role_changed", "root", "ann", '{"from":"no_role","to":"sales_manager"}'),
    ]


def test_refusal_keeps_the_role_and_mails_the_reason(accounts: Accounts, root: Person, ann: User) -> None:
    done = accounts.requests.refuse(asked(accounts, ann).id, " Ask your\nmanager  first. ", root.actor)
    assert (done.state, done.reason) == ("refused", "Ask your manager first.")
    assert role_of(accounts, ann) == NO_ROLE
    (mail,) = mails(accounts, "role_refused")
    assert (mail.words["role"], mail.words["reason"]) == ("Sales Manager", "Ask your manager first.")
    assert accounts.requests.mine(ann.id) == done


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 501, "a\0b", "\u202eevil"])
def test_refusal_needs_a_reason(accounts: Accounts, root: Person, ann: User, reason: str) -> None:
    request = asked(accounts, ann)
    assert "1 to 500" in refused(accounts.requests.refuse, request.id, reason, root.actor)
    assert accounts.requests.open() == ([request], 1)


@pytest.mark.promise("nobody approves their own request")
def test_nobody_decides_about_themselves(accounts: Accounts, root: Person) -> None:
    other = add_user(accounts, "otto", ADMIN, GOOD)
    request = asked(accounts, other)
    mine = acting(accounts, other)
    assert "own account" in refused(accounts.requests.approve, request.id, mine)
    assert "own account" in refused(accounts.requests.refuse, request.id, "No.", mine)
    assert role_of(accounts, other) == ADMIN


def test_original_admin_keeps_the_role_whatever_they_asked_for(accounts: Accounts, root: Person) -> None:
    other = add_user(accounts, "otto", ADMIN, GOOD)
    request = asked(accounts, root.user)
    assert "original Admin" in refused(accounts.requests.approve, request.id, acting(accounts, other))


@pytest.mark.promise("ASVS 8.2.1")
def test_only_those_who_manage_users_decide(accounts: Accounts, ann: User) -> None:
    sam = add_user(accounts, "sam", "sales_manager", GOOD)
    request = asked(accounts, ann)
    assert "Your role does not allow this" in refused(accounts.requests.approve, request.id, acting(accounts, sam))
    assert "Your role does not allow this" in refused(
        accounts.requests.refuse, request.id, "No.", acting(accounts, sam)
    )


def test_nobody_hands_out_more_than_they_have(settings: Settings, clock: HandClock) -> None:
    clerk = {"name": "Clerk", "permissions": ["users:manage", "measure:units", "measure:stock"]}
    accounts = Accounts(load_settings(var=settings.var, roles={"clerk": clerk}), clock=clock)
    add_user(accounts, "root", ADMIN, GOOD)
    by = acting(accounts, add_user(accounts, "carl", "clerk", GOOD))
    for username, role, ok in (("ann", "sales_manager", False), ("bob", "procurement_manager", True)):
        request = asked(accounts, verified(accounts, username), role)
        if ok:
            assert accounts.requests.approve(request.id, by).state == "approved"
        else:
            assert "rights that yours has not" in refused(accounts.requests.approve, request.id, by)
    accounts.close()


@pytest.mark.promise("ASVS 7.5.1")
def test_decisions_need_a_fresh_sign_in(accounts: Accounts, root: Person, ann: User) -> None:
    request, stale = asked(accounts, ann), replace(root.actor, fresh=False)
    with pytest.raises(NotFreshError):
        accounts.requests.approve(request.id, stale)
    with pytest.raises(NotFreshError):
        accounts.requests.refuse(request.id, "No.", stale)
    assert accounts.requests.open() == ([request], 1)


def test_of_two_who_decide_at_once_one_does(accounts: Accounts, root: Person, ann: User) -> None:
    add_user(accounts, "otto", ADMIN, GOOD)
    request, by = asked(accounts, ann), root.actor

    def decide(number: int) -> RoleRequest:
        if number % 2:
            return accounts.requests.approve(request.id, by)
        return accounts.requests.refuse(request.id, "No.", by)

    answers = at_once(10, decide)
    assert sum(isinstance(answer, RoleRequest) for answer in answers) == 1
    assert sum(isinstance(answer, AccountError) and OPEN in str(answer) for answer in answers) == 9
    assert [event["kind"] for event in events(accounts)].count("role_request_decided") == 1
    assert len(mails(accounts, "role_approved") + mails(accounts, "role_refused")) == 1


def test_decided_request_is_decided(accounts: Accounts, root: Person, ann: User) -> None:
    request = asked(accounts, ann)
    accounts.requests.refuse(request.id, "No.", root.actor)
    assert OPEN in refused(accounts.requests.approve, request.id, root.actor)
    assert role_of(accounts, ann) == NO_ROLE


@pytest.mark.parametrize("number", [0, -1, 10**20, 99, True, "1"])
def test_numbers_that_are_no_request(accounts: Accounts, root: Person, ann: User, number: int) -> None:
    asked(accounts, ann)
    assert OPEN in refused(accounts.requests.approve, number, root.actor)


def test_unverified_and_disabled_people_get_no_role(accounts: Accounts, root: Person, ann: User) -> None:
    register(accounts, "bob", role="sales_manager")
    hidden = accounts.requests.mine(accounts.find("bob").id)  # type: ignore[union-attr]
    assert hidden is not None
    assert "not confirmed" in refused(accounts.requests.approve, hidden.id, root.actor)
    request = asked(accounts, ann)
    accounts.disable_user(ann.id, OPERATOR)
    assert accounts.requests.open() == ([], 0)
    assert "is disabled" in refused(accounts.requests.approve, request.id, root.actor)


def test_newer_request_replaces_the_older(accounts: Accounts, ann: User) -> None:
    older, newer = asked(accounts, ann), asked(accounts, ann, "procurement_manager")
    assert newer.id != older.id
    assert accounts.requests.open() == ([newer], 1)
    assert accounts.requests.mine(ann.id) == newer


def test_asking_twice_for_the_same_is_one_request_and_one_mail(accounts: Accounts, ann: User) -> None:
    assert asked(accounts, ann) == asked(accounts, ann)
    assert len(mails(accounts, "role_requested")) == 1


def test_administrators_are_not_flooded(accounts: Accounts, ann: User, clock: HandClock) -> None:
    for role in ("sales_manager", "procurement_manager", "admin", "sales_manager"):
        asked(accounts, ann, role)
    assert len(mails(accounts, "role_requested")) == 1
    clock.move(hours=1)
    asked(accounts, ann, "procurement_manager")
    assert len(mails(accounts, "role_requested")) == 2


def test_parallel_requests_leave_one_open(accounts: Accounts, ann: User) -> None:
    roles = ("sales_manager", "procurement_manager")
    at_once(10, lambda number: asked(accounts, ann, roles[number % 2]))
    assert accounts.requests.open()[1] == 1


@pytest.mark.parametrize("role", ["", "root", NO_ROLE, "Sales Manager"])
def test_roles_that_nobody_can_ask_for(accounts: Accounts, ann: User, role: str) -> None:
    assert "no such role" in refused(accounts.requests.ask, role, acting(accounts, ann))


def test_nobody_asks_for_what_they_have(accounts: Accounts) -> None:
    sam = add_user(accounts, "sam")
    assert "already" in refused(accounts.requests.ask, "sales_manager", acting(accounts, sam))


def test_operator_asks_for_nothing(accounts: Accounts) -> None:
    assert "no such role" in refused(accounts.requests.ask, "sales_manager", OPERATOR)


def test_request_can_be_taken_back(accounts: Accounts, ann: User) -> None:
    asked(accounts, ann)
    for _ in range(2):
        accounts.requests.withdraw(acting(accounts, ann))
    request = accounts.requests.mine(ann.id)
    assert request is not None
    assert (request.state, accounts.requests.open()) == ("withdrawn", ([], 0))
    assert sum('"withdrawn"' in event["detail"] for event in events(accounts)) == 1


def test_nothing_asked_for_is_nothing(accounts: Accounts, ann: User) -> None:
    assert accounts.requests.mine(ann.id) is None
    accounts.requests.withdraw(acting(accounts, ann))
    assert count(accounts, role_requests) == 0


def test_open_requests_come_in_pages_oldest_first(accounts: Accounts, root: Person, clock: HandClock) -> None:
    for name in ("cid", "bob", "ann"):
        asked(accounts, verified(accounts, name))
        clock.move(minutes=1)
    pages = [accounts.requests.open(offset, 2) for offset in (0, 2, 4, -5)]
    assert [[one.username for one in page] for page, _ in pages] == [["cid", "bob"], ["ann"], [], ["cid", "bob"]]
    assert {total for _, total in pages} == {3}


def test_role_that_is_gone_cannot_be_approved(accounts: Accounts, root: Person, ann: User) -> None:
    request = asked(accounts, ann)
    with accounts.engine.begin() as connection:
        connection.execute(role_requests.update().values(role="gone"))
    assert "does not exist any more" in refused(accounts.requests.approve, request.id, root.actor)
    assert accounts.requests.refuse(request.id, "It is gone.", root.actor).state == "refused"


def test_approval_kills_links_of_the_time_before(accounts: Accounts, root: Person, ann: User) -> None:
    accounts.recovery.ask("ann", HERE)
    link = token(accounts, "recovery")
    accounts.requests.approve(asked(accounts, ann).id, root.actor)
    assert accounts.recovery.opened(link) is None


def test_the_last_admin_stays_one(settings: Settings, clock: HandClock) -> None:
    """Somebody with all rights, who is no Admin, may not approve that the last Admin becomes something else."""
    every = {"name": "All", "permissions": [permission.value for permission in Permission]}
    accounts = Accounts(load_settings(var=settings.var, roles={"all": every}), clock=clock)
    root, other = add_user(accounts, "root", ADMIN, GOOD), add_user(accounts, "otto", ADMIN, GOOD)
    change(accounts, root, locked_until=None, password_hash=None)
    by = acting(accounts, add_user(accounts, "alma", "all", GOOD))
    assert "last Admin" in refused(accounts.requests.approve, asked(accounts, other).id, by)
    accounts.close()
