"""Saved views: addresses of pages that people keep under a name. A view grants nothing; it is an address, no more."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from dashboard.accounts import slots
from dashboard.accounts.models import saved_views
from dashboard.accounts.store import Store, done_by
from dashboard.accounts.terms import AccountError, Actor
from dashboard.accounts.users import LARGEST_ID, checked_id
from dashboard.audit import Kind

MOST = 50
LONGEST_NAME, LONGEST_ADDRESS = 80, 1000
_PAGE = re.compile(r"/[a-z-]{0,38}")
_GONE = "There is no such view any more. Open the list again."


@dataclass(frozen=True)
class SavedView:
    """One view of one person.

    Attributes:
        page: path of the page, such as ``/units``.
        address: the query string without its question mark; may be empty.
    """

    number: int
    page: str
    name: str
    address: str

    @property
    def href(self) -> str:
        """Where it leads."""
        return f"{self.page}?{self.address}" if self.address else self.page


class SavedViews:
    """The views of whoever asks; nobody reaches those of somebody else."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mine(self, user_id: int) -> list[SavedView]:
        """The views of a user, by page and name."""
        whose = saved_views.select().where(saved_views.c.user_id == checked_id(user_id))
        with self._store.reading() as connection:
            rows = connection.execute(whose).all()
        views = [SavedView(row.id, row.page, row.name, row.address or "") for row in rows]
        return sorted(views, key=lambda view: (view.page, view.name.casefold(), view.number))

    def save(self, page: str, name: str, address: str, by: Actor) -> None:
        """Keep an address; one of the same page and name is replaced.

        Raises:
            AccountError: the name or the address is refused, or there are as many views as may be.
        """
        called = _clean_name(name)
        _require_address(page, address)
        with self._store.writing() as connection:
            same = (_own(connection, by), saved_views.c.page == page, saved_views.c.name == called)
            values = {"address": address, "created_at": self._store.clock()}
            if not connection.execute(update(saved_views).where(*same).values(**values)).rowcount:
                _require_room(connection, by)
                new = {"user_id": by.user_id, "page": page, "name": called, **values}
                connection.execute(insert(saved_views).values(**new))
            self._record(connection, by, "saved", page)

    def rename(self, number: int, name: str, by: Actor) -> None:
        """Give a view of one's own another name.

        Raises:
            AccountError: there is no such view, or the name is refused or taken on that page.
        """
        called = _clean_name(name)
        with self._store.writing() as connection:
            own = _own(connection, by)
            page = _page_of(connection, number, by)
            others = (own, saved_views.c.page == page, saved_views.c.name == called, saved_views.c.id != number)
            if connection.execute(select(func.count()).select_from(saved_views).where(*others)).scalar_one():
                raise AccountError("Another view of this page has that name.")
            connection.execute(update(saved_views).where(own, saved_views.c.id == number).values(name=called))
            self._record(connection, by, "renamed", page)

    def remove(self, number: int, by: Actor) -> None:
        """Remove a view of one's own; AccountError where there is no such view."""
        with self._store.writing() as connection:
            own = _own(connection, by)
            page = _page_of(connection, number, by)
            connection.execute(delete(saved_views).where(own, saved_views.c.id == number))
            self._record(connection, by, "removed", page)

    def _record(self, connection: Connection, by: Actor, change: str, page: str) -> None:
        detail = {"change": change, "page": page}
        self._store.record(connection, done_by(by, Kind.VIEW_CHANGED, by.username, detail))


def _own(connection: Connection, by: Actor) -> ColumnElement[bool]:
    """The condition of one's own rows, with the user held: two requests at once do not exceed a limit."""
    if slots.hold(connection, by.user_id) is None:
        raise AccountError("There is no such user.")
    return saved_views.c.user_id == by.user_id


def _page_of(connection: Connection, number: int, by: Actor) -> str:
    is_one = type(number) is int and 0 < number <= LARGEST_ID  # it came from a browser
    one = select(saved_views.c.page).where(saved_views.c.id == number, saved_views.c.user_id == by.user_id)
    page = connection.execute(one).scalar_one_or_none() if is_one else None
    if page is None:
        raise AccountError(_GONE)
    return str(page)


def _require_room(connection: Connection, by: Actor) -> None:
    count = select(func.count()).select_from(saved_views).where(saved_views.c.user_id == by.user_id)
    if connection.execute(count).scalar_one() >= MOST:
        raise AccountError(f"You have {MOST} saved views already. Remove one that you do not need any more.")


def _clean_name(typed: str) -> str:
    name = " ".join(typed.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise AccountError(f"Give the view a name of 1 to {LONGEST_NAME} visible characters.")
    return name


def _require_address(page: str, address: str) -> None:
    if not _PAGE.fullmatch(page) or len(address) > LONGEST_ADDRESS or not (address.isascii() and address.isprintable()):
        raise AccountError("This address cannot be saved.")
