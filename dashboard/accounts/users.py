"""Users: create, find, list. What is read of them never includes the password hash."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, false, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from dashboard.access import ADMIN
from dashboard.accounts import names
from dashboard.accounts.models import passkeys, sessions, users
from dashboard.accounts.password_policy import Owner, objections
from dashboard.accounts.passwords import hash_password
from dashboard.accounts.rights import require_may_manage
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method, NewUser, User
from dashboard.audit import Kind

_LONGEST_PAGE = 500
_LARGEST = 2**31 - 1
_SECRET = frozenset({"password_hash", "totp_secret", "date_of_birth"})


def create(store: Store, new: NewUser, by: Actor, password: str | None) -> User:
    """Create a user, without a password unless one is given. The first Admin is the original one.

    Raises:
        AccountError: a value that is refused, a role that ``by`` may not manage, or a user name that is taken.
    """
    with store.reading() as connection:
        roles = store.roles(connection)
        require_may_manage(store, connection, by, new.role)
    reasons = names.objections(new, roles)
    if password is not None:
        reasons += objections(password, Owner(new.username, new.email, new.role))
    if reasons:
        raise AccountError(*reasons)
    row = _new_row(store, new, hash_password(password) if password is not None else None)
    try:
        with store.writing() as connection:
            row["is_original_admin"] = new.role == ADMIN and not _has_admin(connection)
            connection.execute(insert(users).values(**row))
            user = _one(store, connection, users.c.username_key == row["username_key"])
            store.record(connection, done_by(by, Kind.USER_CREATED, user.username, {"role": user.role}))
    except IntegrityError:
        raise AccountError(f"The user name {row['username']} is taken.") from None
    return user


def get(store: Store, user_id: int) -> User:
    """The user; AccountError where there is none of that number."""
    with store.reading() as connection:
        return read(store, connection, user_id)


def checked_id(user_id: int) -> int:
    """``user_id``, when it can be one; what came from a browser may be any number.

    Raises:
        AccountError: no user can have it.
    """
    if type(user_id) is not int or not 0 < user_id <= _LARGEST:
        raise AccountError("There is no such user.")
    return user_id


def read(store: Store, connection: Connection, user_id: int) -> User:
    """The user as the caller's transaction sees it; AccountError where there is none of that number."""
    return _one(store, connection, users.c.id == user_id)


def find(store: Store, username: str) -> User | None:
    """The user of that name, in any case of letters; None where there is none."""
    with store.reading() as connection:
        row = connection.execute(_select(store).where(users.c.username_key == names.lookup_key(username))).one_or_none()
    return None if row is None else _user(store, row)


def search(store: Store, text: str, role: str, offset: int, limit: int) -> tuple[list[User], int]:
    """One page of the users whose names or e-mail contain ``text`` and who have ``role``, and how many there are."""
    conditions = _conditions(text.strip(), role)
    first, most = min(max(offset, 0), _LARGEST), min(max(limit, 1), _LONGEST_PAGE)
    page = _select(store).where(*conditions).order_by(users.c.username_key, users.c.id)
    page = page.offset(first).limit(most)
    with store.reading() as connection:
        total = connection.execute(select(func.count()).select_from(users).where(*conditions)).scalar_one()
        return [_user(store, row) for row in connection.execute(page)], total


def _new_row(store: Store, new: NewUser, password_hash: str | None) -> dict[str, Any]:
    now = store.clock()
    return {
        "username": names.clean_username(new.username),
        "username_key": names.username_key(new.username),
        "email": new.email,
        "email_key": names.email_key(new.email),
        "verified_at": now,  # whoever creates the user vouches for the address
        "first_name": new.first_name.strip(),
        "last_name": new.last_name.strip(),
        "role": new.role,
        "password_hash": password_hash,
        "active": True,
        "created_at": now,
        "password_changed_at": now if password_hash else None,
        "failed_attempts": 0,
        "lock_count": 0,
        "version": 1,
        "password_is_long": password_hash is not None,
        "totp_step": 0,
        "mail_codes": False,
    }


def _has_admin(connection: Connection) -> bool:
    admins = select(func.count()).select_from(users).where(users.c.role == ADMIN)
    return connection.execute(admins).scalar_one() > 0


def _conditions(text: str, role: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if not (text.isprintable() and role.isprintable()):
        return [false()]
    if role:
        conditions.append(users.c.role == role)
    if text:
        wanted = names.username_key(text)
        places = (users.c.username_key, func.lower(users.c.email), func.lower(users.c.first_name))
        matches = [place.contains(wanted, autoescape=True) for place in (*places, func.lower(users.c.last_name))]
        conditions.append(or_(*matches))
    return conditions


def _select(store: Store) -> Select[Any]:
    now = store.clock()
    in_force = (sessions.c.seen_at > now - store.idle, sessions.c.absolute_expires_at > now)
    keys = select(func.count()).select_from(passkeys).where(passkeys.c.user_id == users.c.id)
    count = select(func.count()).select_from(sessions).where(sessions.c.user_id == users.c.id, *in_force)
    return select(
        *(column for column in users.c if column.name not in _SECRET),
        users.c.password_hash.is_not(None).label("has_password"),
        users.c.totp_secret.is_not(None).label("has_totp"),
        keys.correlate(users).scalar_subquery().label("passkeys"),
        count.correlate(users).scalar_subquery().label("open_sessions"),
    )


def _one(store: Store, connection: Connection, condition: ColumnElement[bool]) -> User:
    row = connection.execute(_select(store).where(condition)).one_or_none()
    if row is None:
        raise AccountError("There is no such user.")
    return _user(store, row)


def _user(store: Store, row: AnyRow) -> User:
    locked = row.locked_until is not None and row.locked_until > store.clock()
    return User(
        id=row.id,
        username=row.username,
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        role=row.role,
        active=row.active,
        has_password=bool(row.has_password),
        created_at=row.created_at,
        last_sign_in_at=row.last_sign_in_at,
        locked_until=row.locked_until if locked else None,
        is_original_admin=row.is_original_admin,
        open_sessions=row.open_sessions,
        verified=row.verified_at is not None,
        factors=_factors(row),
    )


def _factors(row: AnyRow) -> tuple[Method, ...]:
    set_up = {Method.TOTP: row.has_totp, Method.PASSKEY: row.passkeys, Method.MAIL: row.mail_codes}
    return tuple(method for method, there in set_up.items() if there)
