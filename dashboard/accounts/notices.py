"""Mails about what happened to an account, so that its owner notices what they did not do."""

from sqlalchemy import Connection

from dashboard.accounts.agents import device_words, program_words
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import ApiKey, Origin
from dashboard.accounts.wording import greeting, moment
from dashboard.mail import MailKind, Message


def factor_changed(store: Store, connection: Connection, user: AnyRow, what: str, origin: Origin) -> None:
    """Something about the second factors; ``what`` is a sentence. ``user`` is a row of ``users``."""
    words = {"what": what, "ip": origin.ip}
    _put(store, connection, MailKind.FACTOR_CHANGED, user, words)


def key_made(store: Store, connection: Connection, user: AnyRow, key: ApiKey, origin: Origin) -> None:
    """Somebody made an API key in the account of ``user``."""
    may = "; ".join(sorted(scope.meaning for scope in key.scopes))
    words = {"key": key.name, "prefix": key.prefix, "may": may, "until": f"{key.expires_at:%Y-%m-%d}"}
    _put(store, connection, MailKind.API_KEY_MADE, user, {**words, "ip": origin.ip})


def new_device(store: Store, connection: Connection, user: AnyRow, origin: Origin) -> None:
    """A sign-in from a browser that was not known."""
    _put(store, connection, MailKind.NEW_DEVICE, user, {"agent": device_words(origin.agent), "ip": origin.ip})


def new_program(store: Store, connection: Connection, user: AnyRow, origin: Origin) -> None:
    """A sign-in by API from an address that was not known."""
    _put(store, connection, MailKind.NEW_PROGRAM, user, {"agent": program_words(origin.agent), "ip": origin.ip})


def token_reused(store: Store, connection: Connection, user: AnyRow, origin: Origin) -> None:
    """A token of a sign-in by API came twice, which ended that sign-in."""
    _put(store, connection, MailKind.TOKEN_REUSED, user, {"ip": origin.ip})


def mail_code(store: Store, connection: Connection, user: AnyRow, code: str, minutes: int) -> None:
    """The code of one sign-in."""
    words = {"name": greeting(user), "code": code, "minutes": str(minutes)}
    store.put_mail(connection, Message(MailKind.MAIL_CODE, user.email, words))


def _put(store: Store, connection: Connection, kind: MailKind, user: AnyRow, words: dict[str, str]) -> None:
    always = {"name": greeting(user), "username": user.username, "at": moment(store.clock())}
    store.put_mail(connection, Message(kind, user.email, {**always, **words}))
