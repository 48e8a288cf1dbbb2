"""The outbox: a mail is written in the transaction of what it reports, and sent by the postman afterwards."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, insert

from dashboard.mail.message import Message
from dashboard.mail.models import outbox


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
