"""The postman: takes mails out of the outbox, and sends each once."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from dashboard.mail import letter, outbox
from dashboard.mail.message import Message
from dashboard.mail.rendering import ForeignLinkError, render
from dashboard.mail.senders import NotSent, Sender, sender_of
from dashboard.settings import Settings

_AT_ONCE = 50

logger = logging.getLogger(__name__)


class Postman:
    """Any number of them, in any number of processes, may work on one outbox.

    Args:
        engine: of the accounts database.
        unseal: opens what :func:`dashboard.mail.outbox.put` sealed.
        clock: gives aware UTC times.
        sender: how mails leave; as the settings say unless it is named.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        unseal: Callable[[str], str],
        clock: Callable[[], datetime],
        sender: Sender | None = None,
    ) -> None:
        self._engine, self._settings, self._unseal, self._clock = engine, settings, unseal, clock
        self._sender = sender or sender_of(settings)

    def deliver_due(self) -> int:
        """Try every mail whose time has come; how many left. No connection is held while a mail is sent."""
        left = 0
        for number in outbox.due(self._engine, self._clock(), _AT_ONCE):
            taken = outbox.take(self._engine, number, self._clock())
            if taken is not None:
                left += self._deliver(taken)
        return left

    def prune(self) -> None:
        """Remove traces of mails from more than 30 days ago."""
        now = self._clock()
        outbox.prune(self._engine, now)
        self._sender.prune(now - outbox.KEPT)

    def _deliver(self, taken: outbox.Waiting) -> bool:
        try:
            self._send(self._written(taken))
        except NotSent as error:
            again = outbox.not_sent(self._engine, taken, self._clock(), str(error), final=error.final)
            then = f"Next try at {again:%H:%M} UTC." if again else "It was given up."
            logger.warning("mail %d (%s) was not sent: %s %s", taken.id, taken.kind, error, then)
            return False
        outbox.sent(self._engine, taken, self._clock())
        return True

    def _send(self, written: letter.Letter) -> None:
        try:
            self._sender.send(written)
        except NotSent:
            raise
        except Exception as error:
            # A library's surprise, such as a password that is no ASCII, must not keep the other mails waiting.
            raise NotSent(f"The mail cannot be handed over ({type(error).__name__}).") from None

    def _written(self, taken: outbox.Waiting) -> letter.Letter:
        try:
            message = Message.from_json(self._unseal(taken.body))
            rendered = render(message, self._settings.title, self._settings.public_url)
            return letter.write(taken, rendered, self._settings.mail.sender)
        except (letter.NoAddressError, ForeignLinkError) as error:
            raise NotSent(str(error), final=True) from None
        except Exception as error:
            # Whatever is wrong with this mail will be wrong the next time, and must not keep the others waiting.
            raise NotSent(f"The mail cannot be written ({type(error).__name__}).", final=True) from None
