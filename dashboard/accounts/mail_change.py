"""Changing one's own mail address: a link to the new one, a notice to the old one."""

from datetime import timedelta

from sqlalchemy import Connection, func, select, update

from dashboard.accounts import links, names, registering, slots
from dashboard.accounts import users as people
from dashboard.accounts.deletion import drop_rows
from dashboard.accounts.models import users
from dashboard.accounts.rights import require_fresh
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Origin, User
from dashboard.accounts.tokens import Purpose
from dashboard.accounts.wording import greeting, masked, moment
from dashboard.audit import Kind
from dashboard.audit.models import audit_events
from dashboard.mail import MailKind, Message

_MOST_AN_HOUR = 5

_DEAD = "This link is no longer valid. Ask for a new one on your account page."


def ask(store: Store, email: str, by: Actor) -> None:
    """See :meth:`dashboard.accounts.profiles.Profiles.ask_mail_change`."""
    require_fresh(by)
    address = email.strip()
    reasons = names.email_objections(address)
    if reasons:
        raise AccountError(*reasons)
    with store.writing() as connection:
        row = connection.execute(select(users).where(users.c.id == by.user_id, users.c.active.is_(True))).one_or_none()
        if row is None:
            raise AccountError("There is no such user.")
        if address == row.email:
            raise AccountError("This is your address already.")
        if _asked_lately(store, connection, by) >= _MOST_AN_HOUR:
            raise AccountError("You have asked for several links already. Wait an hour, then try again.")
        _mail(store, connection, row, address)
        store.record(connection, done_by(by, Kind.MAIL_CHANGE_ASKED, row.username, {"to": masked(address)}))


def changing(store: Store, token: str) -> tuple[User, str] | None:
    """See :meth:`dashboard.accounts.profiles.Profiles.changing_mail`."""
    with store.reading() as connection:
        found = _found(store, connection, token)
        return (people.read(store, connection, found[0].id), found[1]) if found else None


def change(store: Store, token: str, origin: Origin) -> User:
    """See :meth:`dashboard.accounts.profiles.Profiles.change_mail`."""
    with store.writing() as connection:
        found = _found(store, connection, token)
        if found is None:
            raise AccountError(_DEAD)
        row, address = found
        _set(store, connection, row, address)
        people.line_up(connection)
        # Whoever registered with this address and did not get the mail is not its holder.
        squatters = registering.untouched(connection, users.c.email_key == names.email_key(address))
        drop_rows(connection, [other.id for other in squatters])
        people.require_free_address(connection, names.email_key(address), but=row.id)
        words = {"new": masked(address), "at": moment(store.clock())}
        links.mail(store, connection, MailKind.MAIL_CHANGED, row, **words)
        by = Actor(row.id, row.username, origin)
        store.record(connection, done_by(by, Kind.MAIL_CHANGED, row.username, {"to": masked(address)}))
        return people.read(store, connection, row.id)


def _asked_lately(store: Store, connection: Connection, by: Actor) -> int:
    """How often the user asked within the last hour: mails to others' addresses are not for the asking."""
    mine = (audit_events.c.actor_id == by.user_id, audit_events.c.kind == Kind.MAIL_CHANGE_ASKED.value)
    lately = audit_events.c.happened_at > store.clock() - timedelta(hours=1)
    count = select(func.count()).select_from(audit_events).where(*mine, lately)
    return connection.execute(count).scalar_one()


def _mail(store: Store, connection: Connection, row: AnyRow, address: str) -> None:
    """To a free address the link; to one that somebody has a mail that says so, alike for whoever asked."""
    holders = (users.c.email_key == names.email_key(address), users.c.verified_at.is_not(None), users.c.id != row.id)
    holder = connection.execute(select(users).where(*holders).order_by(users.c.id)).first()
    minutes = store.settings.recovery.token_minutes
    extra = store.vault.seal(address).rstrip("=")
    link = links.make(store, Purpose.MAIL_CHANGE, row, timedelta(minutes=minutes), extra)
    if holder is not None:
        links.mail(store, connection, MailKind.ALREADY_REGISTERED, holder, link=links.page(store, "recover"))
        return
    words = {"name": greeting(row), "username": row.username, "link": link, "minutes": links.amount(minutes)}
    store.put_mail(connection, Message(MailKind.MAIL_CHANGE, address, words))


def _found(store: Store, connection: Connection, token: str) -> tuple[AnyRow, str] | None:
    """The row of the user and the new address."""
    found = links.find(store, connection, Purpose.MAIL_CHANGE, token)
    if found is None or slots.is_locked_for_good(found[0]):
        return None
    row, claim = found
    return row, store.vault.open(claim.extra + "=" * (-len(claim.extra) % 4))


def _set(store: Store, connection: Connection, row: AnyRow, address: str) -> None:
    unchanged = (users.c.id == row.id, users.c.version == row.version, users.c.active.is_(True))
    new = {
        "email": address,
        "email_key": names.email_key(address),
        "verified_at": store.clock(),
        "version": users.c.version + 1,
    }
    if connection.execute(update(users).where(*unchanged).values(**new)).rowcount != 1:
        raise AccountError(_DEAD)
