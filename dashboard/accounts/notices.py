"""Mails about what happened to an account, so that its owner notices what they did not do."""

from sqlalchemy import Connection

from dashboard.accounts.agents import device_words
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import Origin
from dashboard.accounts.wording import greeting, moment
from dashboard.mail import MailKind, Message


def factor_changed(store: Store, connection: Connection, user: AnyRow, what: str, origin: Origin) -> None:
    """Something about the second factors; ``what`` is a sentence. ``user`` is a row of ``users``."""
    words = {"what": what, "ip": origin.ip}
    _put(store, connection, MailKind.FACTOR_CHANGED, user, words)


def new_device(store: Store, connection: Connection, user: AnyRow, origin: Origin) -> None:
    """A sign-in from a browser that was not known."""
    _put(store, connection, MailKind.NEW_DEVICE, user, {"agent": device_words(origin.agent), "ip": origin.ip})


def mail_code(store: Store, connection: Connection, user: AnyRow, code: str, minutes: int) -> None:
    """The code of one sign-in."""
    words = {"name": greeting(user), "code": code, "minutes": str(minutes)}
    store.put_mail(connection, Message(MailKind.MAIL_CODE, user.email, words))


def _put(store: Store, connection: Connection, kind: MailKind, user: AnyRow, words: dict[str, str]) -> None:
    always = {"name": greeting(user), "username": user.username, "at": moment(store.clock())}
    store.put_mail(connection, Message(kind, user.email, {**always, **words}))
