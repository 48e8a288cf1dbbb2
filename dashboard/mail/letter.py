"""The mail as it travels: headers and two alternatives, plain text and HTML."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from dashboard.mail.outbox import Waiting
from dashboard.mail.rendering import Rendered

_LONGEST_LINE = 900  # of a header; below what SMTP carries, and longer than any address, which must not be broken
_NO_ADDRESS = "The recipient is no address that a mail can be sent to."

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


class NoAddressError(ValueError):
    """A text to which no mail can be sent."""


@dataclass(frozen=True)
class Letter:
    """One mail that is ready to leave. ``at`` is when it was written; ``recipient`` is an ASCII address."""

    id: int
    kind: str
    recipient: str
    at: datetime
    mail: EmailMessage


def write(waiting: Waiting, rendered: Rendered, sender: str) -> Letter:
    """``rendered`` as a letter from ``sender``, which the settings have checked: ``Name <address>``.

    Raises:
        NoAddressError: the recipient is none.
    """
    recipient = travelling(waiting.recipient)
    name, address = parseaddr(sender)
    mail = EmailMessage(policy.SMTP.clone(max_line_length=_LONGEST_LINE))
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(waiting.created_at)
    # The same at every try: a mailbox that gets a mail twice can tell.
    mail["Message-ID"] = f"<{waiting.created_at:%Y%m%d%H%M%S%f}.{waiting.id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return Letter(waiting.id, waiting.kind, recipient, waiting.created_at, mail)


def travelling(address: str) -> str:
    """``address`` as mail servers know it: domain names of other scripts in their ASCII form.

    Raises:
        NoAddressError: it is none, or one with other letters than ASCII before the ``@``.
    """
    local, _, domain = address.rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode('ascii')}"
    except ValueError:
        raise NoAddressError(_NO_ADDRESS) from None
    if not _ADDRESS.fullmatch(plain):
        raise NoAddressError(_NO_ADDRESS)
    return plain
