"""Rows of role requests: made, closed, and told to those who decide."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, literal, select, update

from dashboard.access import Permission
from dashboard.accounts import links
from dashboard.accounts.models import role_requests, users
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.wording import greeting
from dashboard.mail import MailKind, Message

OPEN, APPROVED, REFUSED, WITHDRAWN = "open", "approved", "refused", "withdrawn"


def add(connection: Connection, username_key: str, password_hash: str, role: str, at: datetime) -> None:
    """An open request of the user of that name and hash; none where there is no such user."""
    values: dict[str, Any] = {"role": role, "state": OPEN, "requested_at": at}
    given = (literal(value, role_requests.c[name].type) for name, value in values.items())
    whose = (users.c.username_key == username_key, users.c.password_hash == password_hash)
    rows = select(users.c.id, *given).where(*whose)
    connection.execute(insert(role_requests).from_select(["user_id", *values], rows))


def close(connection: Connection, condition: Any, state: str, by: str, at: datetime, reason: str = "") -> int:
    """Close the open requests of ``condition``; how many there were."""
    open_ones = update(role_requests).where(condition, role_requests.c.state == OPEN)
    return connection.execute(open_ones.values(state=state, decided_by=by, decided_at=at, reason=reason)).rowcount


def open_role(connection: Connection, user_id: int) -> str:
    """The key of the role that a user waits for; empty for none."""
    theirs = (role_requests.c.user_id == user_id, role_requests.c.state == OPEN)
    newest = select(role_requests.c.role).where(*theirs).order_by(role_requests.c.id.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none() or ""


def role_name(store: Store, connection: Connection, key: str) -> str:
    """The name of a role; its key where the role is gone."""
    role = store.roles(connection).get(key)
    return role.name if role is not None else key


def tell_administrators(store: Store, connection: Connection, user: AnyRow, role: str) -> None:
    """Mail everybody who may decide that ``user`` (a row of ``users``) asks for ``role``."""
    words = {
        "name": greeting(user),
        "username": user.username,
        "role": role_name(store, connection, role),
        "link": links.page(store, "users"),
    }
    keys = [role.key for role in store.roles(connection) if Permission.USERS_MANAGE in role.permissions]
    deciding = (users.c.role.in_(keys), users.c.active.is_(True), users.c.verified_at.is_not(None))
    for recipient in connection.execute(select(users.c.email).where(*deciding, users.c.id != user.id)).scalars().all():
        store.put_mail(connection, Message(MailKind.ROLE_REQUESTED, recipient, words))
