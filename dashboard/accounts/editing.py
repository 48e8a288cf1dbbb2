"""Changing other people's accounts: names, address, role."""

from typing import Any

from sqlalchemy import Connection, update

from dashboard.access import ADMIN, Roles
from dashboard.accounts import names
from dashboard.accounts.guards import Action, require
from dashboard.accounts.models import role_requests, users
from dashboard.accounts.rights import beyond, require_fresh
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, NewUser, Profile, User
from dashboard.accounts.users import line_up, read, require_free_address
from dashboard.accounts.wording import greeting, masked, moment
from dashboard.audit import Kind
from dashboard.mail import MailKind, Message


def edit(store: Store, user_id: int, profile: Profile, email: str, by: Actor) -> User:
    """See :meth:`dashboard.accounts.administration.Administration.edit`."""
    require_fresh(by)
    email = email.strip()
    with store.writing() as connection:
        target = require(store, connection, Action.EDIT, user_id, by)
        _require_shape(store.roles(connection), target, profile, email)
        new = _changes(target, profile, email)
        if not new:
            return read(store, connection, user_id)
        if "email" in new:
            line_up(connection)
            require_free_address(connection, names.email_key(email), but=user_id)
            _tell_both(store, connection, target, email)
            new |= {"email_key": names.email_key(email), "version": users.c.version + 1}
        connection.execute(update(users).where(users.c.id == user_id).values(**new))
        changed = ", ".join(name for name in ("first_name", "last_name", "email") if name in new)
        store.record(connection, done_by(by, Kind.USER_EDITED, target.username, {"changed": changed}))
        return read(store, connection, user_id)


def change_role(store: Store, user_id: int, role: str, by: Actor) -> User:
    """See :meth:`dashboard.accounts.administration.Administration.change_role`."""
    require_fresh(by)
    with store.writing() as connection:
        target = require(store, connection, Action.ROLE, user_id, by)
        line_up(connection)
        name = _require_grantable(store.roles(connection), role, by)
        if role == target.role:
            return read(store, connection, user_id)
        given = {"role": role, "version": users.c.version + 1}
        connection.execute(update(users).where(users.c.id == user_id).values(**given))
        _close_request(store, connection, user_id, role, by)
        words = {"name": greeting(target), "role": name}
        store.put_mail(connection, Message(MailKind.ROLE_CHANGED, target.email, words))
        detail = {"from": target.role, "to": role}
        store.record(connection, done_by(by, Kind.ROLE_CHANGED, target.username, detail))
        return read(store, connection, user_id)


def verify_mail(store: Store, user_id: int, by: Actor) -> User:
    """See :meth:`dashboard.accounts.administration.Administration.verify_mail`."""
    require_fresh(by)
    with store.writing() as connection:
        target = require(store, connection, Action.EDIT, user_id, by)
        if target.verified_at is None:
            vouched = {"verified_at": store.clock(), "version": users.c.version + 1}
            connection.execute(update(users).where(users.c.id == user_id).values(**vouched))
            detail = {"by": "administrator"}
            store.record(connection, done_by(by, Kind.MAIL_VERIFIED, target.username, detail))
        return read(store, connection, user_id)


def _require_shape(roles: Roles, target: AnyRow, profile: Profile, email: str) -> None:
    checked = NewUser(target.username, email, ADMIN, profile.first_name, profile.last_name)
    reasons = names.objections(checked, roles)
    if reasons:
        raise AccountError(*reasons)


def _changes(target: AnyRow, profile: Profile, email: str) -> dict[str, Any]:
    wanted = {"first_name": profile.first_name.strip(), "last_name": profile.last_name.strip(), "email": email}
    return {name: value for name, value in wanted.items() if getattr(target, name) != value}


def _tell_both(store: Store, connection: Connection, target: AnyRow, email: str) -> None:
    words = {
        "name": greeting(target),
        "username": target.username,
        "new": masked(email),
        "at": moment(store.clock()),
    }
    for recipient in (target.email, email):
        store.put_mail(connection, Message(MailKind.MAIL_CHANGED, recipient, words))


def _require_grantable(roles: Roles, key: str, by: Actor) -> str:
    """The name of the role; taking every right away (no role) is allowed too."""
    if key not in roles:
        raise AccountError("There is no such role.")
    refused = beyond(roles, by, roles[key])
    if refused:
        raise AccountError(refused)
    return roles[key].name


def _close_request(store: Store, connection: Connection, user_id: int, role: str, by: Actor) -> None:
    """What was asked for and is given now needs no decision any more."""
    of_user = (role_requests.c.user_id == user_id, role_requests.c.state == "open", role_requests.c.role == role)
    decided = {"state": "approved", "decided_at": store.clock(), "decided_by": by.username}
    connection.execute(update(role_requests).where(*of_user).values(**decided))
