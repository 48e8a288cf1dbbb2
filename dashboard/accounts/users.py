"""Users: create, find, read. What is read of them never includes the password hash."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from dashboard.access import ADMIN, Permission, Roles
from dashboard.accounts import names
from dashboard.accounts.guards import require_standing
from dashboard.accounts.models import passkeys, sessions, users
from dashboard.accounts.password_policy import Owner, objections
from dashboard.accounts.passwords import hash_password
from dashboard.accounts.rights import require_fresh, require_may_manage, require_right
from dashboard.accounts.session_rules import in_force
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method, NewUser, NotFoundError, User
from dashboard.audit import Kind
from dashboard.audit.models import audit_head

LARGEST_ID = 2**31 - 1
_SECRET = frozenset({"password_hash", "totp_secret", "date_of_birth"})


def create(store: Store, new: NewUser, by: Actor, password: str | None) -> User:
    """Create a user, without a password unless one is given. The first Admin is the original one.

    Raises:
        AccountError: a value that is refused, a role that ``by`` may not manage, or a user name or an address that is
            taken.
        NotFreshError: the sign-in of ``by`` is not fresh.
    """
    require_fresh(by)
    with store.reading() as connection:
        roles = store.roles(connection)
        require_right(by, Permission.USERS_MANAGE)
        require_may_manage(store, connection, by, new.role)
    reasons = names.objections(new, roles)
    if password is not None:
        reasons += objections(password, Owner(new.username, new.email, new.role, new.first_name, new.last_name))
    if reasons:
        raise AccountError(*reasons)
    row = new_row(store, new, hash_password(password) if password is not None else None)
    try:
        with store.writing() as connection:
            require_standing(store, connection, by)
            line_up(connection)
            require_free_address(connection, row["email_key"])
            require_role(store.roles(connection), new.role)
            row["is_original_admin"] = new.role == ADMIN and not _has_admin(connection)
            connection.execute(insert(users).values(**row))
            user = _one(store, connection, users.c.username_key == row["username_key"])
            store.record(connection, done_by(by, Kind.USER_CREATED, user.username, {"role": user.role}))
    except IntegrityError:
        raise AccountError(f"The user name {row['username']} is taken.") from None
    return user


def line_up(connection: Connection) -> None:
    """Let one transaction after the other create users, change addresses and define roles.

    What is checked after this holds until the commit. Rows of ``users`` that have to be locked too come first. What is
    locked here is the head of the audit log, which each of these transactions needs in the end.
    """
    connection.execute(update(audit_head).where(audit_head.c.id == 1).values(seq=audit_head.c.seq))


def require_free_address(connection: Connection, email_key: str, but: int = 0) -> None:
    """Raise AccountError where a user other than ``but`` has the address; call :func:`line_up` before."""
    taken = select(func.count()).select_from(users).where(users.c.email_key == email_key, users.c.id != but)
    if connection.execute(taken).scalar_one():
        raise AccountError("Another user has this e-mail address.")


def require_role(roles: Roles, key: str) -> None:
    """Raise AccountError where there is no role of that key (any more)."""
    if key not in roles:
        raise AccountError("There is no such role.")


def get(store: Store, user_id: int) -> User:
    """The user; NotFoundError where there is none of that number."""
    with store.reading() as connection:
        return read(store, connection, user_id)


def checked_id(user_id: int) -> int:
    """``user_id``, when it can be one; what came from a browser may be any number.

    Raises:
        NotFoundError: no user can have it.
    """
    if type(user_id) is not int or not 0 < user_id <= LARGEST_ID:
        raise NotFoundError("There is no such user.")
    return user_id


def read(store: Store, connection: Connection, user_id: int) -> User:
    """The user as the caller's transaction sees it; NotFoundError where there is none of that number."""
    return _one(store, connection, users.c.id == user_id)


def find(store: Store, username: str) -> User | None:
    """The user of that name, in any case of letters; None where there is none."""
    with store.reading() as connection:
        row = connection.execute(
            selected(store).where(users.c.username_key == names.lookup_key(username))
        ).one_or_none()
    return None if row is None else user_of(store, row)


def new_row(store: Store, new: NewUser, password_hash: str | None) -> dict[str, Any]:
    """Columns of a user whose address is known to be theirs; without ``is_original_admin``."""
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


def selected(store: Store) -> Select[Any]:
    """What :func:`user_of` reads: no secret among it."""
    keys = select(func.count()).select_from(passkeys).where(passkeys.c.user_id == users.c.id)
    count = select(func.count()).select_from(sessions).where(sessions.c.user_id == users.c.id, in_force(store))
    return select(
        *(column for column in users.c if column.name not in _SECRET),
        users.c.password_hash.is_not(None).label("has_password"),
        users.c.totp_secret.is_not(None).label("has_totp"),
        keys.correlate(users).scalar_subquery().label("passkeys"),
        count.correlate(users).scalar_subquery().label("open_sessions"),
    )


def _one(store: Store, connection: Connection, condition: ColumnElement[bool]) -> User:
    row = connection.execute(selected(store).where(condition)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such user.")
    return user_of(store, row)


def user_of(store: Store, row: AnyRow) -> User:
    """The user of a row of :func:`selected`."""
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
