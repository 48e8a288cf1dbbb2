"""Where a guess is counted: on the browser, where it is a known one of that user, else on the account."""

from sqlalchemy import ColumnElement, Connection, select

from dashboard.accounts import devices, slots
from dashboard.accounts.models import users
from dashboard.accounts.slots import Slot
from dashboard.accounts.store import Store
from dashboard.accounts.terms import Origin


def take(
    store: Store, connection: Connection, whose: ColumnElement[bool], device: str, *also: ColumnElement[bool]
) -> Slot:
    """An attempt slot, as :func:`dashboard.accounts.slots.take`.

    ``device`` is the hash of the browser's cookie, or empty: a known browser gets a slot although strangers have
    locked the account, but not past an administrator's lock.
    """
    if device:
        free = select(users.c.id).where(whose, *also, slots.not_locked_for_good()).scalar_subquery()
        if devices.take(store, connection, device, free):
            row = connection.execute(select(users).where(whose)).one_or_none()
            return Slot(row, taken=True, last=False, device=device)
    return slots.take(store, connection, whose, *also)


def wrong(store: Store, connection: Connection, slot: Slot, origin: Origin) -> None:
    """The answer was wrong: forget a browser whose slots are spent, or mail to whose account is locked now."""
    if slot.device:
        devices.wrong(store, connection, slot.device)
    else:
        slots.wrong(store, connection, slot, origin)


def give_back(connection: Connection, slot: Slot) -> None:
    """The answer was right; what was guessed before still counts until everything is proved."""
    if slot.device:
        devices.give_back(connection, slot.device)
    else:
        slots.give_back(connection, slot)
