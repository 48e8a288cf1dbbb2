"""The rows of a registration. A free name and a taken one run through the same statements."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, literal, not_, or_, select

from dashboard.access import NO_ROLE
from dashboard.accounts import birth_dates, links, names, pending, requesting, slots
from dashboard.accounts.deletion import drop_rows
from dashboard.accounts.models import users
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import Origin, Registering
from dashboard.accounts.users import line_up
from dashboard.audit import Event, Kind
from dashboard.mail import MailKind, Message

# Purpose of the row that remembers which browser registered.
BROWSER = "registration"
_WAITING = (users.c.verified_at.is_(None), users.c.active.is_(True), slots.not_locked_for_good())


def take(store: Store, connection: Connection, new: Registering, password_hash: str, origin: Origin) -> str:
    """Make the account if name and address are free, mail what came of it; the token of the browser that registered."""
    row = _row(store, new, password_hash)
    line_up(connection)
    old = [other.id for other in untouched(connection, _same(row)) if _is_replaceable(store, other, row)]
    kept = [other for other in _namesakes(connection, row) if other.id not in old]
    drop_rows(connection, [] if kept else old)
    _insert(connection, row)
    if new.wanted_role:
        requesting.add(connection, row["username_key"], password_hash, new.wanted_role, store.clock())
    mine = and_(users.c.username_key == row["username_key"], users.c.password_hash == password_hash)
    made = connection.execute(select(users).where(mine)).one_or_none()
    token = _remember_browser(store, connection, made)
    _mail(store, connection, new, row, made, kept)
    store.record(connection, _event(new, made, kept, row, origin))
    return token


def waiting_at(connection: Connection, email_key: str) -> list[AnyRow]:
    """The rows of users of that address who have not verified it, and whom no administrator has closed or locked."""
    return list(connection.execute(select(users).where(users.c.email_key == email_key, *_WAITING).order_by(users.c.id)))


def untouched(connection: Connection, whose: ColumnElement[bool]) -> list[AnyRow]:
    """The rows of those of ``whose`` who wait for their verification, locked; call ``line_up`` before.

    Rows that somebody works on at this moment are left out: who waits for the audit log with such a row in hand, as
    whoever verifies it just now, must not be waited for.
    """
    free = select(users).where(whose, *_WAITING).order_by(users.c.id).with_for_update(skip_locked=True)
    return list(connection.execute(free.with_hint(users, "WITH (UPDLOCK, READPAST)", "mssql")))


def sweep(store: Store) -> int:
    """Drop registrations that nobody verified in time; how many there were.

    Whom an administrator gave a role, or who ever signed in, stays.
    """
    mine = (users.c.role == NO_ROLE, users.c.last_sign_in_at.is_(None), users.c.created_at <= _oldest(store))
    with store.writing() as connection:
        line_up(connection)
        gone = untouched(connection, and_(*mine))
        drop_rows(connection, [row.id for row in gone])
        for row in gone:
            detail = {"reason": "never verified"}
            store.record(connection, Event(Kind.USER_DELETED, None, "", "ok", row.username, detail=detail))
    return len(gone)


def _row(store: Store, new: Registering, password_hash: str) -> dict[str, Any]:
    email = new.email.strip()
    return {
        "username": names.clean_username(new.username),
        "username_key": names.username_key(new.username),
        "email": email,
        "email_key": names.email_key(email),
        "first_name": new.first_name.strip(),
        "last_name": new.last_name.strip(),
        "role": NO_ROLE,
        "password_hash": password_hash,
        "active": True,
        "is_original_admin": False,
        "created_at": store.clock(),
        "password_changed_at": store.clock(),
        "failed_attempts": 0,
        "lock_count": 0,
        "version": 1,
        "date_of_birth": birth_dates.seal(store, new.date_of_birth),
        "password_is_long": True,
        "totp_step": 0,
        "mail_codes": False,
    }


def _namesakes(connection: Connection, row: dict[str, Any]) -> list[AnyRow]:
    """The rows of users who have the name or the address."""
    return list(connection.execute(select(users).where(_same(row)).order_by(users.c.id)))


def _same(row: dict[str, Any]) -> ColumnElement[bool]:
    return or_(users.c.username_key == row["username_key"], users.c.email_key == row["email_key"])


def _is_replaceable(store: Store, other: AnyRow, row: dict[str, Any]) -> bool:
    """Whether a registration that waits for its verification makes room.

    For the same address it does at once, so that the mail that comes last is the one that counts; for the name alone
    when its link is too old, so that nobody keeps a name for nothing.
    """
    return bool(other.created_at <= _oldest(store) or other.email_key == row["email_key"])


def _oldest(store: Store) -> datetime:
    """Whoever registered then or before has a link that is too old."""
    return store.clock() - timedelta(hours=store.settings.registration.verify_hours)


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    # One statement that inserts or does not: a taken name costs what a free one costs.
    values = (literal(value, users.c[name].type) for name, value in row.items())
    free = not_(exists(select(users.c.id).where(_same(row))))
    connection.execute(insert(users).from_select(list(row), select(*values).where(free)))


def _remember_browser(store: Store, connection: Connection, made: AnyRow | None) -> str:
    whose, version = (made.id, made.version) if made is not None else (None, 0)
    lasts = timedelta(hours=store.settings.registration.verify_hours)
    return pending.create(store, connection, BROWSER, user_id=whose, version=version, data={}, lasts=lasts)


def _mail(
    store: Store,
    connection: Connection,
    new: Registering,
    row: dict[str, Any],
    made: AnyRow | None,
    kept: list[AnyRow],
) -> None:
    """Exactly one mail. What is said about an account goes to the address it has, never to one that was typed."""
    if made is not None:
        links.verification(store, connection, made)
        return
    holder = _holder(kept, row)
    if holder is not None:
        links.mail(store, connection, MailKind.ALREADY_REGISTERED, holder, link=links.page(store, "recover"))
        return
    words = {
        "name": f"{new.first_name} {new.last_name}".strip(),
        "username": row["username"],
        "link": links.page(store, "register"),
    }
    store.put_mail(connection, Message(MailKind.USERNAME_TAKEN, row["email"], words))


def _holder(kept: list[AnyRow], row: dict[str, Any]) -> AnyRow | None:
    """Who has the address already."""
    return next((other for other in kept if other.email_key == row["email_key"]), None)


def _event(new: Registering, made: AnyRow | None, kept: list[AnyRow], row: dict[str, Any], origin: Origin) -> Event:
    if made is not None:
        detail = {"role": new.wanted_role}
        return Event(Kind.REGISTERED, made.id, made.username, "ok", made.username, origin.ip, detail=detail)
    taken = _holder(kept, row)
    reason = "user name taken" if taken is None else "address taken"
    target = (taken or kept[0]).username
    return Event(Kind.REGISTERED, None, "", "failed", target, origin.ip, detail={"reason": reason})
