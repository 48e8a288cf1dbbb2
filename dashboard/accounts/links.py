"""Mailed links: a token of the account's state behind an address of this site, and whose it is when it comes back."""

from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select

from dashboard.accounts import tokens
from dashboard.accounts.models import users
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.tokens import Claim, Purpose
from dashboard.accounts.wording import greeting
from dashboard.mail import MailKind, Message
from dashboard.mail.models import outbox

_USUAL_LENGTH = 400  # of a mail with a link

_PATHS = {
    Purpose.INVITATION: "invitation",
    Purpose.VERIFICATION: "verify",
    Purpose.RECOVERY: "recover",
    Purpose.MAIL_CHANGE: "mail",
    Purpose.UNLOCK: "unlock",
}


def page(store: Store, path: str = "") -> str:
    """The address of a page of this site; never out of a header of a request."""
    return f"{store.settings.public_url}/{path}"


def link(store: Store, purpose: Purpose, token: str) -> str:
    """The address to mail."""
    return page(store, f"{_PATHS[purpose]}/{token}")


def make(store: Store, purpose: Purpose, row: AnyRow, lasts: timedelta, extra: str = "") -> str:
    """The address to mail to the user of ``row``, with a new token."""
    token = tokens.issue(store.secret, purpose, row, now=store.clock(), lasts=lasts, extra=extra)
    return link(store, purpose, token)


def find(store: Store, connection: Connection, purpose: Purpose, token: str) -> tuple[AnyRow, Claim] | None:
    """The row of the active user whose ``token`` it is; None where it is forged, used, too old or overtaken."""
    claim = tokens.read(store.secret, purpose, token, now=store.clock())
    if claim is None:
        return None
    row = connection.execute(select(users).where(users.c.id == claim.user_id)).one_or_none()
    current = row is not None and row.active and tokens.is_current(store.secret, purpose, claim, row)
    return (row, claim) if row is not None and current else None


def mail(store: Store, connection: Connection, kind: MailKind, row: AnyRow, **words: str) -> None:
    """Put a mail to the address that the user of ``row`` has, with their names and ``words``."""
    always = {"name": greeting(row), "username": row.username}
    store.put_mail(connection, Message(kind, row.email, {**always, **words}))


def mail_nobody(store: Store, connection: Connection) -> None:
    """The work of a mail, without one: nobody learns by time whether there was somebody to write to."""
    now, body = store.clock(), store.vault.seal("-" * _USUAL_LENGTH)
    row = {"kind": MailKind.VERIFY.value, "recipient": "", "body": body, "state": "waiting", "attempts": 0}
    # A row that is written takes the disk's time at the commit; one that is only looked for does not.
    made = connection.execute(insert(outbox).values(**row, created_at=now, next_at=now)).inserted_primary_key
    connection.execute(delete(outbox).where(outbox.c.id == (made[0] if made else 0)))


def verification(store: Store, connection: Connection, row: AnyRow) -> None:
    """Put the mail with which an address is verified."""
    lasts = timedelta(hours=store.settings.registration.verify_hours)
    address = make(store, Purpose.VERIFICATION, row, lasts)
    mail(store, connection, MailKind.VERIFY, row, link=address, hours=amount(store.settings.registration.verify_hours))


def amount(number: float) -> str:
    """A number of hours or minutes for people: without a fraction where there is none."""
    return f"{number:g}"
