"""Editing, granting and deleting: what is changed, told, audited, and refused."""

from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, events
from sqlalchemy import func, insert, select

from dashboard.access import NO_ROLE, Permission, Role
from dashboard.accounts import AccountError, Accounts, Actor, NewUser, NotFreshError, Profile, User
from dashboard.accounts.models import (
    api_keys,
    devices,
    identities,
    passkeys,
    pending,
    permission_uses,
    recovery_codes,
    refresh_tokens,
    role_requests,
    saved_views,
    users,
)
from dashboard.audit.columns import metadata
from dashboard.mail import Message
from dashboard.mail.models import outbox

NEW = Profile("Petra", "Muster")


@pytest.fixture
def admin(accounts: Accounts) -> Actor:
    add_user(accounts, "original", "admin", GOOD)
    user = add_user(accounts, "adam", "admin", GOOD)
    return Actor(user.id, user.username, HERE, "0123456789ab", accounts.roles["admin"].permissions)


@pytest.fixture
def petra(accounts: Accounts) -> User:
    return add_user(accounts, "petra", "procurement_manager", GOOD)


def mails(accounts: Accounts) -> list[Message]:
    with accounts.engine.connect() as connection:
        bodies = connection.execute(select(outbox.c.body).order_by(outbox.c.id)).scalars().all()
    return [Message.from_json(accounts.vault.open(body)) for body in bodies]


def kinds(accounts: Accounts) -> list[str]:
    return [event["kind"] for event in events(accounts)]


def stale(by: Actor) -> Actor:
    return Actor(by.user_id, by.username, by.origin, by.session, by.permissions, by.scope, fresh=False)


def test_names_are_changed_without_a_mail(accounts: Accounts, admin: Actor, petra: User) -> None:
    link = accounts.invite(petra.id, OPERATOR)
    before = len(mails(accounts))
    user = accounts.administration.edit(petra.id, NEW, petra.email, admin)
    assert (user.first_name, user.last_name, user.email) == ("Petra", "Muster", "petra@example.com")
    assert len(mails(accounts)) == before
    assert accounts.invited(link) is not None
    event = events(accounts)[-1]
    assert (event["kind"], event["actor"], event["target"]) == ("user_edited", "adam", "petra")
    assert event["detail"] == '{"changed":"first_name, last_name"}'


@pytest.mark.promise("ASVS 6.3.7")
def test_new_address_counts_at_once_and_both_are_told(
    accounts: Accounts, admin: Actor, petra: User, clock: HandClock
) -> None:
    link = accounts.invite(petra.id, OPERATOR)
    before = len(mails(accounts))
    user = accounts.administration.edit(petra.id, NEW, " p.muster@example.org ", admin)
    assert (user.email, user.verified) == ("p.muster@example.org", True)
    told = mails(accounts)[before:]
    assert [(mail.kind, mail.recipient) for mail in told] == [
        ("mail_changed", "petra@example.com"),
        ("mail_changed", "p.muster@example.org"),
    ]
    words = {"name": "petra", "username": "petra", "new": "p•••@example.org", "at": "2026-11-20 12:00 UTC"}
    assert [dict(mail.words) for mail in told] == [words] * 2
    assert accounts.invited(link) is None
    assert "p.muster" not in events(accounts)[-1]["detail"]


def test_nothing_new_changes_nothing(accounts: Accounts, admin: Actor, petra: User) -> None:
    before = kinds(accounts)
    accounts.administration.edit(petra.id, Profile("", ""), petra.email, admin)
    accounts.administration.change_role(petra.id, petra.role, admin)
    assert kinds(accounts) == before


@pytest.mark.parametrize(
    ("profile", "email", "reason"),
    [
        (NEW, "ADAM@example.com", "Another user has this e-mail address."),
        (NEW, "nobody", "This is not an e-mail address."),
        (NEW, "a@b\r\nBcc: x@example.com", "This is not an e-mail address."),
        (NEW, "", "This is not an e-mail address."),
        (Profile("x" * 101, ""), "petra@example.com", "at most 100 characters"),
        (Profile("", "a\0b"), "petra@example.com", "at most 100 characters"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    accounts: Accounts, admin: Actor, petra: User, profile: Profile, email: str, reason: str
) -> None:
    before = kinds(accounts)
    with pytest.raises(AccountError, match=reason):
        accounts.administration.edit(petra.id, profile, email, admin)
    assert (accounts.user(petra.id), kinds(accounts)) == (petra, before)


def test_own_address_in_other_letters_is_no_clash(accounts: Accounts, admin: Actor, petra: User) -> None:
    assert accounts.administration.edit(petra.id, NEW, "Petra@example.com", admin).email == "Petra@example.com"


@pytest.mark.promise("ASVS 8.3.2")
def test_another_role_counts_at_the_next_request(accounts: Accounts, admin: Actor, petra: User) -> None:
    token = accounts.start_session(petra.id, HERE)
    link = accounts.invite(petra.id, OPERATOR)
    before = accounts.load_session(token, touch=True)
    accounts.administration.change_role(petra.id, "sales_manager", admin)
    after = accounts.load_session(token, touch=True)
    assert before is not None
    assert after is not None
    assert (before.viewer.role, after.viewer.role) == ("procurement_manager", "sales_manager")
    assert before.viewer.policy_version != after.viewer.policy_version
    assert accounts.invited(link) is None
    event = events(accounts)[-1]
    assert (event["kind"], event["detail"]) == ("role_changed", '{"from":"procurement_manager","to":"sales_manager"}')
    told = mails(accounts)[-1]
    assert (told.kind, told.recipient, dict(told.words)) == (
        "role_changed",
        "petra@example.com",
        {"name": "petra", "role": "Sales Manager"},
    )


def test_every_right_can_be_taken_away(accounts: Accounts, admin: Actor, petra: User) -> None:
    token = accounts.start_session(petra.id, HERE)
    accounts.administration.change_role(petra.id, NO_ROLE, admin)
    after = accounts.load_session(token, touch=True)
    assert after is not None
    assert after.viewer.permissions == frozenset()


@pytest.mark.parametrize("role", ["", "root", "Admin", "\0", "x" * 10_000])
def test_no_such_role(accounts: Accounts, admin: Actor, petra: User, role: str) -> None:
    with pytest.raises(AccountError, match="There is no such role"):
        accounts.administration.change_role(petra.id, role, admin)
    assert accounts.user(petra.id).role == petra.role


@pytest.mark.parametrize(("given", "state"), [("sales_manager", "approved"), ("admin", "open")])
def test_request_that_is_fulfilled_is_closed(
    accounts: Accounts, admin: Actor, petra: User, given: str, state: str
) -> None:
    with accounts.engine.begin() as connection:
        asked = {"user_id": petra.id, "role": "sales_manager", "state": "open", "requested_at": petra.created_at}
        connection.execute(insert(role_requests).values(**asked))
    accounts.administration.change_role(petra.id, given, admin)
    with accounts.engine.connect() as connection:
        kept = connection.execute(select(role_requests)).one()
    assert (kept.state, kept.decided_by) == (state, "adam" if state == "approved" else "")
    assert (kept.decided_at is not None) == (state == "approved")


def hang_on(accounts: Accounts, user: User) -> None:
    """A row of every kind that can hang on a user."""
    accounts.start_session(user.id, HERE)
    now, of_user = user.created_at, {"user_id": user.id}
    rows: dict[Any, dict[str, Any]] = {
        passkeys: {
            "credential_hash": "h",
            "credential_id": "c",
            "public_key": "k",
            "sign_count": 0,
            "name": "Key",
            "created_at": now,
        },
        recovery_codes: {"code_hash": "h"},
        devices: {"token_hash": "d", "created_at": now, "last_used_at": now, "failed_attempts": 0},
        role_requests: {"role": "admin", "state": "open", "requested_at": now},
        permission_uses: {"permission": "measure:units", "used_at": now},
        pending: {
            "token_hash": "p",
            "purpose": "second",
            "user_version": 1,
            "data": "{}",
            "attempts": 0,
            "created_at": now,
            "expires_at": now,
        },
        saved_views: {"page": "units", "name": "Mine", "address": "", "created_at": now},
        refresh_tokens: {"token_hash": "r", "session_hash": "s", "created_at": now, "expires_at": now},
        api_keys: {
            "name": "Key",
            "prefix": "p",
            "key_hash": "h",
            "scopes": "[]",
            "networks": "[]",
            "created_at": now,
            "expires_at": now,
        },
        identities: {"issuer": "https://login.example.com", "subject": "s", "created_at": now},
    }
    with accounts.engine.begin() as connection:
        for table, values in rows.items():
            connection.execute(insert(table).values(**of_user, **values))


def hanging(accounts: Accounts, user_id: int) -> dict[str, int]:
    """Table -> rows that refer to the user."""
    with accounts.engine.connect() as connection:
        return {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(key.parent == user_id)
            ).scalar_one()
            for table in metadata.sorted_tables
            for key in table.foreign_keys
            if key.column is users.c.id
        }


@pytest.mark.promise("ASVS 7.4.2")
def test_deleted_user_leaves_nothing_but_the_log(accounts: Accounts, admin: Actor, petra: User) -> None:
    other = add_user(accounts, "other")
    accounts.start_session(other.id, HERE)
    token = accounts.start_session(petra.id, HERE)
    link = accounts.invite(petra.id, OPERATOR)
    hang_on(accounts, petra)
    assert all(hanging(accounts, petra.id).values())
    accounts.administration.delete(petra.id, "petra", admin)
    assert not any(hanging(accounts, petra.id).values())
    assert hanging(accounts, other.id)["sessions"] == 1
    assert accounts.find("petra") is None
    assert accounts.load_session(token, touch=True) is None
    assert accounts.authenticate("petra", GOOD, HERE) is None
    assert accounts.invited(link) is None
    event = next(event for event in events(accounts) if event["kind"] == "user_deleted")
    assert (event["actor"], event["target"], event["detail"]) == ("adam", "petra", '{"role":"procurement_manager"}')
    told = mails(accounts)[-1]
    assert (told.kind, told.recipient) == ("account_deleted", "petra@example.com")
    assert accounts.verify_audit().ok


def test_links_of_a_deleted_user_do_not_fit_the_next_one(accounts: Accounts, admin: Actor, clock: HandClock) -> None:
    first = add_user(accounts, "petra")
    link = accounts.invite(first.id, OPERATOR)
    accounts.administration.delete(first.id, "petra", admin)
    clock.move(seconds=1)
    again = add_user(accounts, "petra")
    accounts.invite(again.id, OPERATOR)
    assert accounts.invited(link) is None


@pytest.mark.parametrize("typed", ["", "Petra", "petr", "petra@example.com", "other", "\0"])
def test_wrong_confirmation_deletes_nobody(accounts: Accounts, admin: Actor, petra: User, typed: str) -> None:
    with pytest.raises(AccountError, match="type its user name: petra"):
        accounts.administration.delete(petra.id, typed, admin)
    assert accounts.find("petra") == petra


def test_name_and_address_are_free_again(accounts: Accounts, admin: Actor, petra: User) -> None:
    accounts.administration.delete(petra.id, " petra ", admin)
    assert accounts.create_user(NewUser("Petra", "PETRA@example.com", "sales_manager"), admin).role == "sales_manager"


@pytest.mark.promise("ASVS 7.5.1")
def test_sensitive_changes_need_a_fresh_sign_in(accounts: Accounts, admin: Actor, petra: User) -> None:
    by, before = stale(admin), kinds(accounts)
    administration = accounts.administration
    for work in (
        lambda: administration.edit(petra.id, NEW, petra.email, by),
        lambda: administration.change_role(petra.id, "sales_manager", by),
        lambda: administration.delete(petra.id, "petra", by),
        lambda: accounts.factors.reset(petra.id, by),
        lambda: accounts.create_user(NewUser("evil", "evil@example.com", "admin"), by),
        lambda: accounts.invite(petra.id, by),
        lambda: administration.verify_mail(petra.id, by),
        lambda: accounts.enable_user(petra.id, by),
    ):
        with pytest.raises(NotFreshError):
            work()
    assert kinds(accounts) == before


@pytest.mark.promise("ASVS 6.2.3")
def test_nobody_gets_around_the_current_password_by_a_link_for_themselves(accounts: Accounts, admin: Actor) -> None:
    with pytest.raises(AccountError, match="change it on your account page"):
        accounts.invite(admin.user_id, admin)
    assert accounts.invite(admin.user_id, OPERATOR)


def test_what_is_urgent_needs_none(accounts: Accounts, admin: Actor, petra: User) -> None:
    by = stale(admin)
    accounts.start_session(petra.id, HERE)
    assert accounts.administration.lock(petra.id, by).locked_by_administrator
    assert accounts.unlock_user(petra.id, by).locked_until is None
    assert accounts.end_sessions(petra.id, by) == 1
    assert not accounts.disable_user(petra.id, by).active


def test_last_admin_who_could_sign_in_stays(accounts: Accounts) -> None:
    original = add_user(accounts, "original", "admin")  # was invited and never came
    adam = add_user(accounts, "adam", "admin", GOOD)
    locked = add_user(accounts, "locked", "admin", GOOD)
    accounts.administration.lock(locked.id, OPERATOR)
    for work in (
        lambda: accounts.administration.change_role(adam.id, "sales_manager", OPERATOR),
        lambda: accounts.administration.delete(adam.id, "adam", OPERATOR),
        lambda: accounts.administration.lock(adam.id, OPERATOR),
        lambda: accounts.disable_user(adam.id, OPERATOR),
    ):
        with pytest.raises(AccountError, match="The last Admin cannot be"):
            work()
    with accounts.engine.begin() as connection:
        connection.execute(
            insert(passkeys).values(
                user_id=original.id,
                credential_hash="h",
                credential_id="c",
                public_key="k",
                sign_count=0,
                name="Key",
                created_at=original.created_at,
            )
        )
    assert accounts.administration.change_role(adam.id, "sales_manager", OPERATOR).role == "sales_manager"


def test_nobody_hands_out_more_than_they_have(accounts: Accounts, petra: User) -> None:
    add_user(accounts, "original", "admin", GOOD)
    buying = accounts.roles["procurement_manager"].permissions
    buyer = add_user(accounts, "buyer", "procurement_manager")
    with pytest.raises(AccountError, match="Your role does not allow this"):
        accounts.administration.change_role(petra.id, "sales_manager", Actor(buyer.id, "buyer", HERE, "", buying))
    lead = Role("lead", "Lead", buying | {Permission.USERS_MANAGE})
    accounts.role_book.define(lead, OPERATOR)
    manager = Actor(add_user(accounts, "manager", "lead").id, "manager", HERE, permissions=lead.permissions)
    for role in ("sales_manager", "admin"):
        with pytest.raises(AccountError, match="has rights that yours has not"):
            accounts.administration.change_role(petra.id, role, manager)
    assert accounts.administration.change_role(petra.id, NO_ROLE, manager).role == NO_ROLE
    assert accounts.administration.change_role(petra.id, "procurement_manager", manager).role == "procurement_manager"


def test_vouching_for_an_address(accounts: Accounts, admin: Actor, petra: User) -> None:
    with accounts.engine.begin() as connection:
        connection.execute(users.update().where(users.c.id == petra.id).values(verified_at=None))
    assert not accounts.user(petra.id).verified
    assert accounts.administration.verify_mail(petra.id, admin).verified
    assert kinds(accounts)[-1] == "mail_verified"
    before = kinds(accounts)
    accounts.administration.verify_mail(petra.id, admin)
    assert kinds(accounts) == before
