"""Leases: what only one host may do at a time. A row each, changed by compare-and-set."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from dashboard.accounts.models import leases
from dashboard.accounts.store import Clock, utc_now
from dashboard.sources.refresh.lease import LeaseLost, RefreshRunning

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LOST = "Another host has taken over, or the accounts database did not answer in time: nothing was put in force."

logger = logging.getLogger(__name__)


def this_machine() -> str:
    """What tells this running kernel from every other one; empty where that cannot be said."""
    with suppress(OSError):
        return _BOOT.read_text(encoding="ascii").strip()[:36]
    return ""


class Leases:
    """Leases in the accounts database of ``engine``.

    Args:
        clock: gives aware UTC times; hosts agree within a few seconds.
        machine: which kernel this is: leases that the same one holds belong to dead processes, for whoever asks holds
            the lock of this host. Empty: none is taken over before its time.
    """

    def __init__(self, engine: Engine, *, clock: Clock = utc_now, machine: str | None = None) -> None:
        self._engine, self._clock = engine, clock
        self._machine = this_machine() if machine is None else machine

    @contextmanager
    def hold(self, name: str, seconds: float) -> Iterator["HeldLease"]:
        """See :class:`dashboard.sources.refresh.lease.Lease`.

        Raises:
            RefreshRunning: another host holds the lease.
            SQLAlchemyError: the accounts database cannot be used.
        """
        held = HeldLease(self._engine, self._clock, name, seconds, f"{self._machine}:{secrets.token_hex(8)}")
        self._take(held)
        held.start()
        try:
            yield held
        finally:
            held.give_back()

    def _take(self, held: "HeldLease") -> None:
        with suppress(IntegrityError), self._engine.begin() as connection:
            if connection.execute(select(leases.c.name).where(leases.c.name == held.name)).first() is None:
                connection.execute(insert(leases).values(name=held.name, since=_NEVER, until=_NEVER))
        with self._engine.begin() as connection:
            now = self._clock()
            free = [leases.c.until <= now]
            if self._machine:
                free.append(leases.c.token.startswith(f"{self._machine}:", autoescape=True))
            holder = f"process {os.getpid()} on {socket.gethostname()}"[:200]
            taken = update(leases).where(leases.c.name == held.name, or_(*free))
            values = {"token": held.token, "holder": holder, "since": now, "until": now + held.length}
            if connection.execute(taken.values(**values)).rowcount != 1:
                raise RefreshRunning(_running(connection, held.name))


def _running(connection: Connection, name: str) -> str:
    row = connection.execute(select(leases).where(leases.c.name == name)).one()
    return (
        f"A refresh is running since {row.since:%Y-%m-%d %H:%M} UTC by {row.holder}. Wait for its end; if that host "
        f"died, its claim ends at {row.until:%H:%M:%S} UTC."
    )


class HeldLease:
    """One lease, renewed by a thread every third of its time until it is given back or lost."""

    def __init__(self, engine: Engine, clock: Clock, name: str, seconds: float, token: str) -> None:
        self.name, self.token, self.length = name, token, timedelta(seconds=seconds)
        self._engine, self._clock, self._seconds = engine, clock, seconds
        self._good_until = time.monotonic() + seconds
        self._over, self._lost = threading.Event(), False
        self._thread = threading.Thread(target=self._renew_on, name="lease", daemon=True)

    def start(self) -> None:
        """Begin to renew it."""
        self._thread.start()

    def check(self) -> None:
        """Renew it now.

        Raises:
            LeaseLost: somebody else has it, or the database cannot say.
        """
        try:
            self._renew()
        except SQLAlchemyError:
            raise LeaseLost(_LOST) from None
        if self._lost:
            raise LeaseLost(_LOST)

    def give_back(self) -> None:
        """Let others have it; where the database does not answer it ends by itself."""
        self._over.set()
        self._thread.join()
        with suppress(SQLAlchemyError), self._engine.begin() as connection:
            ours = update(leases).where(leases.c.name == self.name, leases.c.token == self.token)
            connection.execute(ours.values(token=None, until=self._clock()))

    def _renew_on(self) -> None:
        while not self._over.wait(self._seconds / 3) and not self._lost:
            try:
                self._renew()
            except SQLAlchemyError as error:
                logger.warning("the lease was not renewed: %s; it is tried again", type(error).__name__)

    def _renew(self) -> None:
        begun = time.monotonic()
        if begun > self._good_until:
            self._lost = True
        if self._lost:
            return
        with self._engine.begin() as connection:
            ours = update(leases).where(leases.c.name == self.name, leases.c.token == self.token)
            renewed = connection.execute(ours.values(until=self._clock() + self.length)).rowcount == 1
        if renewed:
            self._good_until = begun + self._seconds
        else:
            self._lost = True
