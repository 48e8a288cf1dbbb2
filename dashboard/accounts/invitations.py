"""Invitations: a one-time link by which a user sets a password that no administrator ever sees."""

from datetime import timedelta

from sqlalchemy import Connection, select, update

from dashboard.accounts import tokens
from dashboard.accounts import users as people
from dashboard.accounts.models import users
from dashboard.accounts.password_policy import Owner, objections
from dashboard.accounts.passwords import hash_password
from dashboard.accounts.rights import require_may_invite
from dashboard.accounts.sessions import drop_all
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Origin, User
from dashboard.accounts.tokens import Purpose
from dashboard.audit import Kind

_DEAD = "This link is no longer valid. Ask an administrator for a new one."


def invite(store: Store, user_id: int, by: Actor) -> str:
    """A one-time token to set a password with; the links that were made before for this user die.

    Raises:
        AccountError: no such user, a disabled one, or one whom ``by`` may not invite.
    """
    with store.writing() as connection:
        target = people.read(store, connection, user_id)
        require_may_invite(store, connection, by, target)
        newer = update(users).where(users.c.id == user_id, users.c.active.is_(True)).values(version=users.c.version + 1)
        if connection.execute(newer).rowcount != 1:
            raise AccountError("This user is disabled. Enable the account first.")
        row = connection.execute(select(users).where(users.c.id == user_id)).one()
        kind = Kind.PASSWORD_RESET_OFFERED if row.password_hash else Kind.USER_INVITED
        store.record(connection, done_by(by, kind, row.username))
    lasts = timedelta(hours=store.settings.sign_in.invitation_hours)
    return tokens.issue(store.secret, Purpose.INVITATION, row, now=store.clock(), lasts=lasts)


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
    reasons = objections(password, Owner(row.username, row.email, row.role))
    if reasons:
        raise AccountError(*reasons)
    password_hash = hash_password(password)
    with store.writing() as connection:
        _set_password(store, connection, row, password_hash)
        drop_all(connection, row.id)
        by = Actor(row.id, row.username, origin)
        store.record(connection, done_by(by, Kind.PASSWORD_SET, row.username, {"by": "invitation"}))
        return people.read(store, connection, row.id)


def _row(store: Store, connection: Connection, token: str) -> AnyRow | None:
    claim = tokens.read(store.secret, Purpose.INVITATION, token, now=store.clock())
    if claim is None:
        return None
    row = connection.execute(select(users).where(users.c.id == claim.user_id)).one_or_none()
    current = row is not None and row.active and tokens.is_current(store.secret, Purpose.INVITATION, claim, row)
    return row if current else None


def _set_password(store: Store, connection: Connection, row: AnyRow, password_hash: str) -> None:
    unchanged = (users.c.id == row.id, users.c.version == row.version, users.c.active.is_(True))
    values = {
        "password_hash": password_hash,
        "password_changed_at": store.clock(),
        "password_is_long": True,
        "failed_attempts": 0,
        "lock_count": 0,
        "locked_until": None,
        "version": users.c.version + 1,
    }
    if connection.execute(update(users).where(*unchanged).values(**values)).rowcount != 1:
        raise AccountError(_DEAD)
