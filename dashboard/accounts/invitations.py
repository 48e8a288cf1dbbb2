"""Invitations: a one-time link by which a user sets a password that no administrator ever sees."""

from datetime import timedelta

from sqlalchemy import Connection, case, null, select, update

from dashboard.accounts import devices, federation_rows, links, pending, recovering, slots, tokens
from dashboard.accounts import users as people
from dashboard.accounts.guards import Action, require
from dashboard.accounts.models import users
from dashboard.accounts.password_policy import Owner, objections
from dashboard.accounts.passwords import hash_password
from dashboard.accounts.rights import require_fresh
from dashboard.accounts.sessions import drop_all
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Origin, User
from dashboard.accounts.tokens import Purpose
from dashboard.audit import Kind
from dashboard.mail import MailKind

_DEAD = "This link is no longer valid. Ask an administrator for a new one."


def invite(store: Store, user_id: int, by: Actor) -> str:
    """A one-time token to set a password with, which is mailed as well; the links made before for this user die.

    Raises:
        AccountError: no such user, a disabled one, or one whom ``by`` may not invite.
        NotFreshError: the sign-in of ``by`` is not fresh.
    """
    require_fresh(by)
    with store.writing() as connection:
        require(store, connection, Action.INVITE, user_id, by)
        federation_rows.require_local(store, connection, user_id)
        connection.execute(update(users).where(users.c.id == user_id).values(version=users.c.version + 1))
        row = connection.execute(select(users).where(users.c.id == user_id)).one()
        lasts = timedelta(hours=store.settings.sign_in.invitation_hours)
        token = tokens.issue(store.secret, Purpose.INVITATION, row, now=store.clock(), lasts=lasts)
        _mail(store, connection, row, token, by)
        kind = Kind.PASSWORD_RESET_OFFERED if row.password_hash else Kind.USER_INVITED
        store.record(connection, done_by(by, kind, row.username))
    return token


def invited(store: Store, token: str) -> User | None:
    """Whose invitation ``token`` is; None where it is forged, used, too old or overtaken."""
    with store.reading() as connection:
        row = _row(store, connection, token)
        return None if row is None else people.read(store, connection, row.id)


def redeem(store: Store, token: str, password: str, origin: Origin) -> User:
    """Set the password, once: of many attempts with one token a single one succeeds. The user's sessions end.

    Raises:
        AccountError: the token is not valid any more, or the password is refused.
    """
    with store.reading() as connection:
        row = _row(store, connection, token)
    if row is None:
        raise AccountError(_DEAD)
    reasons = objections(password, Owner(row.username, row.email, row.role, row.first_name, row.last_name))
    if reasons:
        raise AccountError(*reasons)
    password_hash = hash_password(password)
    with store.writing() as connection:
        _set_password(store, connection, row, password_hash)
        pending.drop_all(connection, row.id)
        devices.forget_all(connection, row.id)
        drop_all(connection, row.id)
        if row.password_hash:
            recovering.tell(store, connection, row, "by a link from an administrator", origin)
        by = Actor(row.id, row.username, origin)
        store.record(connection, done_by(by, Kind.PASSWORD_SET, row.username, {"by": "invitation"}))
        return people.read(store, connection, row.id)


def _mail(store: Store, connection: Connection, row: AnyRow, token: str, by: Actor) -> None:
    hours, link = store.settings.sign_in.invitation_hours, links.link(store, Purpose.INVITATION, token)
    if row.password_hash:
        links.mail(store, connection, MailKind.RECOVERY, row, link=link, minutes=links.amount(hours * 60))
        return
    inviting = by.username if by.user_id else "An administrator"
    links.mail(store, connection, MailKind.INVITATION, row, link=link, hours=links.amount(hours), by=inviting)


def _row(store: Store, connection: Connection, token: str) -> AnyRow | None:
    found = links.find(store, connection, Purpose.INVITATION, token)
    return found[0] if found else None


def _set_password(store: Store, connection: Connection, row: AnyRow, password_hash: str) -> None:
    unchanged = (users.c.id == row.id, users.c.version == row.version, users.c.active.is_(True))
    values = {
        "password_hash": password_hash,
        "password_changed_at": store.clock(),
        "password_is_long": True,
        "failed_attempts": 0,
        "lock_count": 0,
        # An administrator's lock stays.
        "locked_until": case((slots.not_locked_for_good(), null()), else_=users.c.locked_until),
        "version": users.c.version + 1,
    }
    if connection.execute(update(users).where(*unchanged).values(**values)).rowcount != 1:
        raise AccountError(_DEAD)
