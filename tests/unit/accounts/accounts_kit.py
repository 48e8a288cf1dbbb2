"""What the tests of accounts share: a clock that is set by hand, people, and threads that start together."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from dashboard.accounts import Accounts, Actor, NewUser, Origin, User
from dashboard.audit.models import audit_events

OPERATOR = Actor(0, "command line")
HERE = Origin("192.0.2.7", "Browser/1.0")
GOOD = "purple horse battery staple"
OTHER = "eleven quiet rivers in june"


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def add_user(accounts: Accounts, username: str, role: str = "sales_manager", password: str | None = None) -> User:
    return accounts.create_user(NewUser(username, f"{username}@example.com", role), OPERATOR, password)


def events(accounts: Accounts) -> list[dict[str, Any]]:
    with accounts.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(audit_events).order_by(audit_events.c.seq))]


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Results, or exceptions, of ``work(0) .. work(count - 1)`` in threads that all start at the same moment."""
    barrier = threading.Barrier(count)

    def one(number: int) -> Any:
        barrier.wait()
        try:
            return work(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
