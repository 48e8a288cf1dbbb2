"""How mails leave: by SMTP, or, without a mail server, into a folder."""

import logging
import os
import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from dashboard.mail.letter import Letter
from dashboard.settings import Settings

OUTBOX = "outbox"
logger = logging.getLogger(__name__)
_SECONDS = 20  # for each answer of the mail server
_UNSAFE = re.compile(r"[^A-Za-z0-9@._+-]")
_PERMANENT = 500

# The first that fits counts; the last word tells whether an answer from 500 on is about this one mail.
_WORDS: tuple[tuple[type[OSError], str, bool], ...] = (
    (smtplib.SMTPRecipientsRefused, "The mail server refused the recipient ({}).", True),
    (smtplib.SMTPDataError, "The mail server refused the mail ({}).", True),
    (smtplib.SMTPAuthenticationError, "The mail server refused the user name or the password ({}).", False),
    (smtplib.SMTPResponseException, "The mail server refused to take mails ({}).", False),
    (smtplib.SMTPNotSupportedError, "The mail server does not offer what mail.security or mail.username needs.", False),
    (ssl.SSLCertVerificationError, "The certificate of the mail server is not valid for its name.", False),
    (OSError, "The mail server cannot be reached, or broke off ({}).", False),
)


class NotSent(Exception):
    """A mail did not leave. The message says why, without anything of the mail itself; ``final``: trying is useless."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class Sender(Protocol):
    """What the postman needs."""

    def send(self, letter: Letter) -> None:
        """Pass ``letter`` on; NotSent where that fails."""

    def prune(self, before: datetime) -> None:
        """Remove what is kept of letters from ``before``."""


def sender_of(settings: Settings) -> Sender:
    """The sender that the settings ask for."""
    if settings.mail.host:
        return SmtpSender(settings)
    # Where programs collect the log, a line of its own kind would be in their way.
    return FolderSender(settings.var / OUTBOX, logger.info if settings.log_format == "json" else None)


class FolderSender:
    """Puts mails into a folder and says so: for the demo, and until there is a mail server.

    Args:
        folder: made when it is needed, readable by its owner only: mails hold links that let somebody in.
        say: gets one line for each mail; prints it unless something else is named.
    """

    def __init__(self, folder: Path, say: Callable[[str], object] | None = None) -> None:
        self._folder, self._say = folder, say or partial(print, flush=True)

    def send(self, letter: Letter) -> None:
        """Write the file ``<time>-<number>-<kind>-<recipient>.eml``; it appears whole."""
        recipient = _UNSAFE.sub("_", letter.recipient)[:100]
        path = self._folder / f"{letter.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{letter.id:08}-{letter.kind}-{recipient}.eml"
        hidden = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(letter.mail.as_bytes())
            hidden.replace(path)
        except OSError as error:
            raise NotSent(f"The folder for mails cannot be written ({type(error).__name__}).") from None
        self._say(f"Mail for {recipient}: {shown(path)}")

    def prune(self, before: datetime) -> None:
        """Remove the files of letters from ``before``."""
        for path in self._folder.glob("*.eml"):
            with suppress(FileNotFoundError):  # another process clears up as well
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()


def shown(path: Path) -> str:
    """``path`` as a person at the console would type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


class SmtpSender:
    """Passes mails to the mail server of the settings. What is to be encrypted is never sent in clear."""

    def __init__(self, settings: Settings) -> None:
        self._mail = settings.mail
        self._password = Path(self._mail.password_file) if self._mail.password_file else settings.var / "smtp_password"
        # How we greet; the name of this machine may take a search in the DNS, and may tell more than it should.
        self._own_name = urlsplit(settings.public_url).hostname or "localhost"

    def send(self, letter: Letter) -> None:
        """Pass ``letter`` on; each step has a limited time."""
        try:
            smtp = self._connect()
            try:
                self._prepare(smtp)
                smtp.send_message(letter.mail, to_addrs=[letter.recipient])
                # It is on its way: a mail server that says goodbye badly must not make us send it again.
                with suppress(OSError):
                    smtp.quit()
            finally:
                smtp.close()
        except OSError as error:  # smtplib's own errors are among them
            raise _in_words(error) from None

    def prune(self, before: datetime) -> None:
        """Nothing is kept here."""

    def _connect(self) -> smtplib.SMTP:
        mail = self._mail
        if mail.security != "tls":
            return smtplib.SMTP(mail.host, mail.port, self._own_name, _SECONDS)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, self._own_name, timeout=_SECONDS, context=context)

    def _prepare(self, smtp: smtplib.SMTP) -> None:
        if self._mail.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if self._mail.username:
            smtp.login(self._mail.username, self._read_password())

    def _read_password(self) -> str:
        try:
            return self._password.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise NotSent("The file with the password of the mail server cannot be read.") from None


def _in_words(error: OSError) -> NotSent:
    """Without the server's own words: they may quote the mail."""
    code = _code(error)
    words, may_be_final = next((words, final) for kind, words, final in _WORDS if isinstance(error, kind))
    what = str(code) if code else type(error).__name__
    return NotSent(words.format(what), final=may_be_final and code >= _PERMANENT)


def _code(error: OSError) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=_PERMANENT)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
