"""The outbox: a mail is written in the transaction of what it reports, and sent by the postman afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from dashboard.mail.message import Message
from dashboard.mail.models import outbox

MOST_TRIES = 8
LEASE = timedelta(minutes=10)  # longer than any sending takes; a mail whose sender died is taken again after it
KEPT = timedelta(days=30)
_LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True)
class Waiting:
    """A mail that was taken, ours to send until the lease is over; ``body`` is sealed, ``tries`` counts this one."""

    id: int
    kind: str
    recipient: str
    body: str
    tries: int
    created_at: datetime


def put(connection: Connection, message: Message, seal: Callable[[str], str], at: datetime) -> None:
    """Append ``message``, sealed, in the caller's transaction."""
    connection.execute(
        insert(outbox).values(
            kind=message.kind.value,
            recipient=message.recipient,
            body=seal(message.as_json()),
            state="waiting",
            attempts=0,
            created_at=at,
            next_at=at,
        )
    )


def due(engine: Engine, now: datetime, most: int) -> list[int]:
    """Numbers of the mails that may be tried, the oldest first. Takes no lock."""
    found = (
        select(outbox.c.id)
        .where(outbox.c.state == "waiting", outbox.c.next_at <= now, outbox.c.attempts < MOST_TRIES)
        .order_by(outbox.c.next_at, outbox.c.id)
        .limit(most)
    )
    with engine.execution_options(reading=True).connect() as connection:
        return list(connection.execute(found).scalars())


def take(engine: Engine, number: int, now: datetime) -> Waiting | None:
    """The mail of that number for the caller alone, by one atomic statement; None where another took it first."""
    mine = (outbox.c.id == number, outbox.c.state == "waiting", outbox.c.next_at <= now)
    claim = update(outbox).where(*mine, outbox.c.attempts < MOST_TRIES)
    claim = claim.values(attempts=outbox.c.attempts + 1, next_at=now + LEASE)
    with engine.begin() as connection:
        if connection.execute(claim).rowcount != 1:
            return None
        row = connection.execute(select(outbox).where(outbox.c.id == number)).one()
    return Waiting(row.id, row.kind, row.recipient, row.body or "", row.attempts, row.created_at)


def sent(engine: Engine, mail: Waiting, now: datetime) -> None:
    """Note that ``mail`` left; its words are forgotten."""
    _settle(engine, mail, {"state": "sent", "body": None, "sent_at": now, "error": ""})


def not_sent(engine: Engine, mail: Waiting, now: datetime, reason: str, *, final: bool) -> datetime | None:
    """Note why ``mail`` did not leave; when it is tried next, or None where it is given up and its words forgotten."""
    if final or mail.tries >= MOST_TRIES:
        _settle(engine, mail, {"state": "failed", "body": None, "error": reason[:255]})
        return None
    again = now + pause(mail.tries)
    _settle(engine, mail, {"next_at": again, "error": reason[:255]})
    return again


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: a minute, doubled each time, six hours at most."""
    return min(timedelta(minutes=2 ** min(tries - 1, 9)), _LONGEST_PAUSE)


def prune(engine: Engine, now: datetime) -> None:
    """Give up mails whose last sender died, and remove what was settled long ago."""
    lost = (outbox.c.state == "waiting", outbox.c.next_at <= now, outbox.c.attempts >= MOST_TRIES)
    gone = (outbox.c.state != "waiting", outbox.c.created_at < now - KEPT)
    with engine.begin() as connection:
        given_up = {"state": "failed", "body": None, "error": "The last try was interrupted."}
        connection.execute(update(outbox).where(*lost).values(**given_up))
        connection.execute(delete(outbox).where(*gone))


def _settle(engine: Engine, mail: Waiting, values: Mapping[str, Any]) -> None:
    # After the lease somebody else may have taken it: then it is theirs to settle.
    mine = (outbox.c.id == mail.id, outbox.c.state == "waiting", outbox.c.attempts == mail.tries)
    with engine.begin() as connection:
        connection.execute(update(outbox).where(*mine).values(**values))
