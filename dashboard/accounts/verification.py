"""The link that makes a registered account usable."""

from sqlalchemy import Connection, select, update

from dashboard.accounts import links, names, pending, registering, requesting, slots, stepping
from dashboard.accounts import users as people
from dashboard.accounts.models import users
from dashboard.accounts.passwords import matches
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method, Origin, Step, User
from dashboard.accounts.tokens import Purpose
from dashboard.audit import Event, Kind
from dashboard.mail import MailKind

_DEAD = "This link is no longer valid. If you used it already, just sign in; otherwise register again to get a new one."
_CLOSED = "Nobody can register here any more. Ask an administrator to open your account."
_WRONG = (
    "This is not the password that was chosen at registration. If you did not register yourself, do nothing, or "
    "register anew with your own password."
)
_LOCKED = "There were too many wrong passwords. Wait a while and open the link again, or register anew."


def send_again(store: Store, email: str) -> None:
    """See :meth:`dashboard.accounts.registration.Registration.send_again`."""
    key = names.address_key(email)
    with store.writing() as connection:
        waiting = registering.waiting_at(connection, key)
        holder = connection.execute(select(users).where(users.c.email_key == key).order_by(users.c.id)).first()
        if waiting:
            links.verification(store, connection, waiting[0])
        elif holder is not None and holder.active and holder.verified_at is not None:
            links.mail(store, connection, MailKind.ALREADY_REGISTERED, holder, link=links.page(store, "recover"))
        else:
            links.mail_nobody(store, connection)


def verifying(store: Store, token: str) -> User | None:
    """See :meth:`dashboard.accounts.registration.Registration.verifying`."""
    with store.reading() as connection:
        row = _row(store, connection, token)
        return None if row is None or not is_open(store) else people.read(store, connection, row.id)


def needs_password(store: Store, token: str, browser: str) -> bool:
    """See :meth:`dashboard.accounts.registration.Registration.needs_password`."""
    with store.reading() as connection:
        row = _row(store, connection, token)
        return row is not None and not _is_same_browser(store, connection, row, browser)


def is_open(store: Store) -> bool:
    """Whether people may register by themselves."""
    return store.settings.registration.mode == "open"


def verify(store: Store, token: str, origin: Origin, browser: str, password: str) -> Step:
    """See :meth:`dashboard.accounts.registration.Registration.verify`."""
    if not is_open(store):
        raise AccountError(_CLOSED)
    with store.reading() as connection:
        row = _row(store, connection, token)
        at_once = row is not None and _is_same_browser(store, connection, row, browser)
    if row is None:
        raise AccountError(_DEAD)
    if not at_once:
        _check_password(store, row, password, origin)
    with store.writing() as connection:
        if not _mark(store, connection, row):
            raise AccountError(_DEAD)
        slots.clear(connection, row.id)
        # The mark of the browser is used up.
        pending.drop_all(connection, row.id)
        by = Actor(row.id, row.username, origin)
        wanted = requesting.open_role(connection, row.id)
        _welcome(store, connection, row, wanted)
        store.record(connection, done_by(by, Kind.MAIL_VERIFIED, row.username))
        if wanted:
            store.record(connection, done_by(by, Kind.ROLE_REQUESTED, row.username, {"role": wanted}))
    if at_once and store.settings.registration.sign_in_after_verification:
        return stepping.proved(store, row.id, origin, (Method.LINK,), version=row.version + 1)
    return Step(username=row.username)


def _row(store: Store, connection: Connection, token: str) -> AnyRow | None:
    found = links.find(store, connection, Purpose.VERIFICATION, token)
    return found[0] if found and found[0].verified_at is None else None


def _check_password(store: Store, row: AnyRow, password: str, origin: Origin) -> None:
    """Whoever holds the mailbox must be the one who registered: else a stranger's password would open the account."""
    with store.writing() as connection:
        slot = slots.take(store, connection, row.id, users.c.version == row.version, users.c.verified_at.is_(None))
    # No database connection is held here: hashing takes time, and connections are few.
    if matches(password, row.password_hash if slot else None):
        return
    if not slot and (slot.row is None or slot.row.version != row.version):
        raise AccountError(_DEAD)
    outcome, reason = "locked" if slot.last else "failed", "wrong password" if slot else "locked"
    event = Event(Kind.MAIL_VERIFIED, None, "", outcome, row.username, origin.ip, detail={"reason": reason})
    with store.writing() as connection:
        store.record(connection, event)
    raise AccountError(_WRONG if slot and not slot.last else _LOCKED)


def _mark(store: Store, connection: Connection, row: AnyRow) -> bool:
    """Of many who use one link a single one gets True."""
    unchanged = (users.c.id == row.id, users.c.version == row.version, users.c.active.is_(True))
    verified = {"verified_at": store.clock(), "version": users.c.version + 1}
    unverified = users.c.verified_at.is_(None)
    return connection.execute(update(users).where(*unchanged, unverified).values(**verified)).rowcount == 1


def _is_same_browser(store: Store, connection: Connection, row: AnyRow, browser: str) -> bool:
    """Whether the account was registered in this browser."""
    mark = pending.read(store, connection, browser, registering.BROWSER)
    return mark is not None and (mark.user_id, mark.user_version) == (row.id, row.version)


def _welcome(store: Store, connection: Connection, row: AnyRow, wanted: str) -> None:
    role = requesting.role_name(store, connection, wanted) if wanted else ""
    links.mail(store, connection, MailKind.WELCOME, row, role=role, link=links.page(store, "sign-in"))
    if wanted:
        requesting.tell_administrators(store, connection, row, wanted)
