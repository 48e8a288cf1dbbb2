"""Mails that tests wait for: the postman run once, and what lies in the folder ``var/outbox``."""

import re
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from dashboard.accounts import Accounts
from dashboard.mail.postman import Postman
from dashboard.mail.senders import FolderSender

_LINK = re.compile(r"^https?://\S+$", re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """One mail that was sent.

    Attributes:
        link: the address of its button; empty where it has none.
        path: the file.
    """

    kind: str
    recipient: str
    subject: str
    text: str
    html: str
    link: str
    path: Path
    message: EmailMessage

    @property
    def code(self) -> str:
        """The code of a mail that holds one."""
        found = re.search(r"^    (\S+)$", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]


def mails(var: Path, recipient: str = "", kind: str = "") -> list[Mail]:
    """Every mail in the folder, the oldest first, of that recipient and kind where they are named."""
    found = [_read(path) for path in sorted((var / "outbox").glob("*.eml"))]
    return [mail for mail in found if recipient in {"", mail.recipient} and kind in {"", mail.kind}]


def latest(var: Path, recipient: str, kind: str, seconds: float = 20) -> Mail:
    """The newest such mail; a served site has some seconds to send it."""
    deadline = time.monotonic() + seconds
    while not (found := mails(var, recipient, kind)):
        there = [(mail.kind, mail.recipient) for mail in mails(var)]
        assert time.monotonic() < deadline, f"no mail {kind} for {recipient}; there are {there}"
        time.sleep(0.05)
    return found[-1]


def deliver(here: Any) -> int:
    """Run the postman of these accounts (or of this Flask server) once; how many mails left."""
    accounts: Accounts = here if isinstance(here, Accounts) else here.extensions["salesgate"].accounts
    store = accounts._store
    sender = FolderSender(store.settings.var / "outbox", say=lambda _line: None)
    return Postman(accounts.engine, store.settings, store.vault.open, store.clock, sender).deliver_due()


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    text, html = (message.get_body((part,)).get_content().replace("\r\n", "\n") for part in ("plain", "html"))  # type: ignore[union-attr]
    link = _LINK.search(text)
    kind = path.name.split("-", 3)[2]
    return Mail(kind, str(message["To"]), str(message["Subject"]), text, html, link[0] if link else "", path, message)
