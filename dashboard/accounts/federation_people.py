"""Who signs in by a provider: somebody who is known by issuer and subject, or somebody new."""

from sqlalchemy import Connection, func, insert, select

from dashboard.access import NO_ROLE
from dashboard.accounts import federation_roles, federation_rows, names, registering, slots, stepping
from dashboard.accounts.deletion import drop_rows
from dashboard.accounts.federation_terms import Assertion
from dashboard.accounts.models import users
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError, NewUser, Origin
from dashboard.accounts.users import line_up, new_row
from dashboard.audit import Event, Kind

_LONGEST_NAME, _LONGEST_USERNAME, _SHORTEST_USERNAME = 100, 64, 3
_MOST_NAMESAKES = 1000


def enter(store: Store, connection: Connection, name: str, told: Assertion, origin: Origin) -> AnyRow:
    """The row of whoever the provider ``name`` speaks of, locked, with the role of this moment; a stranger's is new.

    Raises:
        AccountError: the account cannot be used, or none is made, with the reason for people.
    """
    known = federation_rows.find(connection, store.settings.oidc[name].issuer, told.subject)
    if known is None:
        return _create(store, connection, name, told, origin)
    row = connection.execute(select(users).where(users.c.id == known.user_id)).one_or_none()
    if row is None or not stepping.is_usable(row):
        raise AccountError(stepping.CLOSED)
    federation_roles.give(store, connection, name, row, told, origin)
    user = slots.hold(connection, row.id)
    if user is None or not stepping.is_usable(user):
        raise AccountError(stepping.CLOSED)
    federation_rows.used(store, connection, known.id)
    return user


def _create(store: Store, connection: Connection, name: str, told: Assertion, origin: Origin) -> AnyRow:
    by, provider = federation_rows.label(store, name), store.settings.oidc[name]
    if not provider.create_users:
        raise AccountError(f"Nobody here has this account of {by}. Sign in with your password, and connect it there.")
    if names.email_objections(told.email) or not told.email_verified:
        raise AccountError(
            f"{by} does not tell a mail address of yours that it has verified. Ask who runs it for that."
        )
    line_up(connection)
    if federation_rows.find(connection, provider.issuer, told.subject) is not None:
        raise AccountError("Your account was made at this very moment. Sign in once more.")
    _make_room(store, connection, told.email, by)
    role = federation_roles.mapped(provider, told, NO_ROLE, store.roles(connection))
    new = NewUser(
        free_username(connection, told), told.email, role, _visible(told.first_name), _visible(told.last_name)
    )
    row = {**new_row(store, new, None), "is_original_admin": False, "password_is_long": True}
    connection.execute(insert(users).values(**row))
    made = connection.execute(select(users).where(users.c.username_key == row["username_key"])).one()
    federation_rows.add(store, connection, made.id, provider.issuer, told.subject)
    detail = {"role": role, "by": by}
    store.record(connection, Event(Kind.USER_CREATED, None, "", "ok", made.username, origin.ip, detail=detail))
    return made


def _make_room(store: Store, connection: Connection, email: str, by: str) -> None:
    """Refuse an address that somebody has. A registration that nobody verified gives way: the provider has verified."""
    same = users.c.email_key == names.email_key(email)
    waiting = registering.untouched(connection, same)
    drop_rows(connection, [row.id for row in waiting])
    for row in waiting:
        detail = {"reason": "never verified"}
        store.record(connection, Event(Kind.USER_DELETED, None, "", "ok", row.username, detail=detail))
    if connection.execute(select(func.count()).select_from(users).where(same)).scalar_one():
        raise AccountError(
            f"There is an account with your mail address already. Sign in with your password, and connect {by} on your "
            "account page."
        )


def free_username(connection: Connection, told: Assertion) -> str:
    """A user name that nobody has, as near as can be to what the provider calls them."""
    wished = told.username.partition("@")[0] or told.email.partition("@")[0]
    allowed = (char if char.isalnum() or char in "._-" else "." for char in names.clean_username(wished))
    base = "".join(allowed).strip("._-")[: _LONGEST_USERNAME - 4]
    base = base if len(base) >= _SHORTEST_USERNAME else f"{base}.user".lstrip(".")
    for number in range(1, _MOST_NAMESAKES):
        username = base if number == 1 else f"{base}{number}"
        same = select(func.count()).select_from(users).where(users.c.username_key == names.username_key(username))
        if not connection.execute(same).scalar_one():
            return username
    raise AccountError("No user name could be found for you. Ask an administrator to make an account for you.")


def _visible(text: str) -> str:
    return "".join(char for char in text.strip() if char.isprintable())[:_LONGEST_NAME]
