"""The first half of a recovery: who gets a link by mail, and the date of birth that is asked behind it."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, or_, select, update

from dashboard.accounts import birth_dates, federation_rows, links, names, recovering, slots
from dashboard.accounts.models import users
from dashboard.accounts.slots import Slot
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Origin, RecoveryLink, Step
from dashboard.accounts.tokens import Purpose
from dashboard.audit import Event, Kind
from dashboard.mail import MailKind, Message

_MOST = 5  # accounts of one address that get a mail

DEAD = "This link is no longer valid. Ask for a new one."
_WRONG = "This is not the date of birth that we know. Check day, month and year, and try again."
_LOCKED = (
    "This account is locked for a while after too many wrong answers. Wait, or use the link in the mail about it; then "
    "ask for a new link to choose a password."
)


def ask(store: Store, name_or_email: str, origin: Origin) -> None:
    """See :meth:`dashboard.accounts.recovery.Recovery.ask`."""
    address = names.address_key(name_or_email)
    either = or_(users.c.username_key == names.lookup_key(name_or_email), users.c.email_key == address)
    with store.writing() as connection:
        rows = connection.execute(select(users).where(either).order_by(users.c.id).limit(_MOST)).all()
        for row in rows:
            _answer(store, connection, row, federation_rows.labels(store, connection, row.id))
            outcome = "ok" if _is_usable(row) else "failed"
            store.record(connection, Event(Kind.RECOVERY_ASKED, None, "", outcome, row.username, origin.ip))
        if not rows:
            federation_rows.labels(store, connection, 0)  # the same work
            _answer_nobody(store, connection, name_or_email.strip() if address else "")
            # What was typed stays out of the log: it is sometimes a password.
            store.record(connection, Event(Kind.RECOVERY_ASKED, None, "", "failed", "", origin.ip))


def opened(store: Store, token: str) -> RecoveryLink | None:
    """See :meth:`dashboard.accounts.recovery.Recovery.opened`."""
    with store.reading() as connection:
        row = _row(store, connection, token)
    if row is None:
        return None
    born = _known_date(store, row)
    return RecoveryLink(row.username, birth_dates.masked(born) if born else "")


def check(store: Store, token: str, given: date | None, origin: Origin) -> Step:
    """See :meth:`dashboard.accounts.recovery.Recovery.check`."""
    with store.reading() as connection:
        row = _row(store, connection, token)
    if row is None:
        raise AccountError(DEAD)
    born = _known_date(store, row)
    if born is not None and given is None:
        raise AccountError("Enter your date of birth.")
    with store.writing() as connection:
        problem = _problem(store, connection, row, born, given, origin)
        step = Step() if problem else recovering.begin(store, connection, row)
        if not problem:
            by = Actor(row.id, row.username, origin)
            store.record(connection, done_by(by, Kind.RECOVERY_CHECKED, row.username))
    # Only now, so that the attempt is kept.
    if problem:
        raise AccountError(problem)
    return step


def _is_usable(row: AnyRow) -> bool:
    return bool(row.active) and not slots.is_locked_for_good(row)


def _answer(store: Store, connection: Connection, row: AnyRow, by: str) -> None:
    """Exactly one mail, or the work of one; ``by`` is how somebody signs in who has no password here."""
    if not _is_usable(row):
        links.mail_nobody(store, connection)
    elif row.verified_at is None:
        links.verification(store, connection, row)
    elif by:
        links.mail(store, connection, MailKind.SIGNS_IN_BY, row, by=by, link=links.page(store, "sign-in"))
    else:
        minutes = store.settings.recovery.token_minutes
        address = links.make(store, Purpose.RECOVERY, row, timedelta(minutes=minutes))
        links.mail(store, connection, MailKind.RECOVERY, row, link=address, minutes=links.amount(minutes))


def _answer_nobody(store: Store, connection: Connection, email: str) -> None:
    """The holder of an address that no account has would wait in vain; nobody can be told about a user name."""
    if email:
        store.put_mail(connection, Message(MailKind.RECOVERY_UNKNOWN, email))
    else:
        links.mail_nobody(store, connection)


def _row(store: Store, connection: Connection, token: str) -> AnyRow | None:
    found = links.find(store, connection, Purpose.RECOVERY, token)
    return found[0] if found and found[0].verified_at is not None and _is_usable(found[0]) else None


def _known_date(store: Store, row: AnyRow) -> date | None:
    """The date that is asked for; None where the setting is off, or where nobody knows one."""
    return birth_dates.unseal(store, row.date_of_birth) if store.settings.recovery.date_of_birth else None


def _problem(
    store: Store, connection: Connection, row: AnyRow, born: date | None, given: date | None, origin: Origin
) -> str:
    """Why it does not go on; empty where it does. Must be committed whatever comes of it: the attempt counts."""
    unchanged = (users.c.version == row.version, users.c.active.is_(True), users.c.verified_at.is_not(None))
    if born is None or given is None:
        user = slots.hold(connection, row.id)
        return "" if user is not None and user.version == row.version and _is_usable(user) else DEAD
    slot = slots.take(store, connection, row.id, *unchanged)
    if not slot:
        _record_failure(store, connection, row, "locked", slot, origin)
        return _LOCKED
    if birth_dates.are_equal(born, given):
        slots.give_back(connection, slot)
        return ""
    if slot.last:
        slot = _kill_links(connection, slot)
    slots.wrong(store, connection, slot, origin)
    _record_failure(store, connection, row, "wrong date of birth", slot, origin)
    return _LOCKED if slot.last else _WRONG


def _kill_links(connection: Connection, slot: Slot) -> Slot:
    """Whoever reads the mails of the user could take the lock off and guess on: they need a new link as well."""
    whose = users.c.id == (slot.row.id if slot.row is not None else 0)
    connection.execute(update(users).where(whose).values(version=users.c.version + 1))
    return replace(slot, row=connection.execute(select(users).where(whose)).one())


def _record_failure(store: Store, connection: Connection, row: AnyRow, reason: str, slot: Slot, origin: Origin) -> None:
    outcome = "locked" if slot.last else "failed"
    event = Event(Kind.RECOVERY_CHECKED, None, "", outcome, row.username, origin.ip, detail={"reason": reason})
    store.record(connection, event)
