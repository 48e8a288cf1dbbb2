"""Deleting an account, with every row that hangs on it."""

from collections.abc import Collection

from sqlalchemy import Connection, delete

from dashboard.accounts.guards import Action, require
from dashboard.accounts.models import users
from dashboard.accounts.names import clean_username
from dashboard.accounts.rights import require_fresh
from dashboard.accounts.store import Store, done_by
from dashboard.accounts.terms import AccountError, Actor
from dashboard.accounts.wording import greeting
from dashboard.audit import Kind
from dashboard.audit.columns import metadata
from dashboard.mail import MailKind, Message


def delete_user(store: Store, user_id: int, confirmation: str, by: Actor) -> None:
    """Delete the user for good; see :meth:`dashboard.accounts.administration.Administration.delete`."""
    require_fresh(by)
    with store.writing() as connection:
        target = require(store, connection, Action.DELETE, user_id, by)
        if clean_username(confirmation) != target.username:
            raise AccountError(f"To delete this account, type its user name: {target.username}")
        drop_rows(connection, [user_id])
        words = {"name": greeting(target), "username": target.username}
        store.put_mail(connection, Message(MailKind.ACCOUNT_DELETED, target.email, words))
        store.record(connection, done_by(by, Kind.USER_DELETED, target.username, {"role": target.role}))


def drop_rows(connection: Connection, user_ids: Collection[int]) -> None:
    """Drop these users with every row that hangs on them, in the caller's transaction."""
    # Every table that refers to users, also those that come later.
    for table in reversed(metadata.sorted_tables):
        for column in (key.parent for key in table.foreign_keys if key.column is users.c.id):
            connection.execute(delete(table).where(column.in_(user_ids)))
    connection.execute(delete(users).where(users.c.id.in_(user_ids)))
