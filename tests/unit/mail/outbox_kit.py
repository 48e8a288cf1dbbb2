"""An outbox with a clock that is set by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dashboard.accounts import Accounts
from dashboard.accounts.store import Store
from dashboard.mail import MailKind, Message
from dashboard.mail.models import outbox
from dashboard.mail.postman import Postman
from dashboard.mail.senders import Sender
from dashboard.settings import load_settings

LINK = "http://localhost:8050/recovery/the-token-of-the-link"


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Office:
    """Accounts, their outbox and postmen."""

    accounts: Accounts
    clock: HandClock

    @property
    def store(self) -> Store:
        return self.accounts._store

    def put(self, recipient: str = "ada@example.com", kind: MailKind = MailKind.RECOVERY, **words: str) -> None:
        words = {"name": "Ada", "username": "ada", "link": LINK, "minutes": "60", **words}
        with self.store.writing() as connection:
            self.store.put_mail(connection, Message(kind, recipient, words))

    def postman(self, by: Sender | None = None, **mail: Any) -> Postman:
        """A postman by these settings of mail, or with the sender ``by``."""
        settings = load_settings(var=self.store.settings.var, mail=mail)
        return Postman(self.accounts.engine, settings, self.accounts.vault.open, self.clock, by)

    def rows(self) -> list[dict[str, Any]]:
        with self.store.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(select(outbox).order_by(outbox.c.id))]


def open_office(var: Path) -> Office:
    clock = HandClock()
    return Office(Accounts(load_settings(var=var), clock=clock), clock)
