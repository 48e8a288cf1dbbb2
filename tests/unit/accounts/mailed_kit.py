"""What the tests of mailed links share: people who register, the links they get, and what a call did."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from accounts_kit import GOOD, HERE, OPERATOR
from factor_kit import mails
from sqlalchemy import event, select, update

from dashboard.accounts import AccountError, Accounts, NewUser, Origin, Registering, User
from dashboard.accounts.models import users

BORN = date(1984, 3, 27)
WRONG = date(1984, 3, 28)
THERE = Origin("203.0.113.50", "Stranger/3.0")
SITE = "http://localhost:8050"


def filled(username: str = "ann", email: str = "", role: str = "", **more: Any) -> Registering:
    """A form that is filled in well."""
    typed = {"password": GOOD, "first_name": "Ann", "last_name": "Lee", "date_of_birth": BORN, **more}
    return Registering(username, email or f"{username}@example.com", wanted_role=role, **typed)


def register(accounts: Accounts, username: str = "ann", email: str = "", role: str = "", **more: Any) -> str:
    return accounts.registration.register(filled(username, email, role, **more), HERE)


def verified(accounts: Accounts, username: str = "ann", role: str = "", **more: Any) -> User:
    """Somebody who registered and used the link."""
    register(accounts, username, role=role, **more)
    accounts.registration.verify(token(accounts, "verify"), HERE, password=more.get("password", GOOD))
    return found(accounts, username)


def member(accounts: Accounts, username: str = "petra", role: str = "sales_manager", born: date | None = BORN) -> User:
    """Somebody with a password, a role and (where one is given) a date of birth."""
    user = accounts.create_user(NewUser(username, f"{username}@example.com", role, "Petra", "Ro"), OPERATOR, GOOD)
    sealed = accounts.vault.seal(born.isoformat()) if born else None
    change(accounts, user, date_of_birth=sealed)
    return user


def found(accounts: Accounts, username: str) -> User:
    user = accounts.find(username)
    assert user is not None
    return user


def change(accounts: Accounts, user: User, **values: Any) -> None:
    """Set columns past every rule."""
    with accounts.engine.begin() as connection:
        connection.execute(update(users).where(users.c.id == user.id).values(**values))


def row(accounts: Accounts, user: User) -> Any:
    with accounts.engine.connect() as connection:
        return connection.execute(select(users).where(users.c.id == user.id)).one()


def token(accounts: Accounts, kind: str) -> str:
    """The token in the latest mail of that kind."""
    link = mails(accounts, kind)[-1].words["link"]
    assert link.startswith(f"{SITE}/")
    return link.rpartition("/")[2]


def kinds(accounts: Accounts) -> list[str]:
    return [mail.kind.value for mail in mails(accounts)]


def refused(call: Any, *given: Any) -> str:
    """What a call that must be refused says."""
    try:
        answer = call(*given)
    except AccountError as error:
        return str(error)
    raise AssertionError(f"was not refused: {answer}")


@contextmanager
def statements(accounts: Accounts) -> Iterator[list[str]]:
    """The beginnings of the statements that run meanwhile."""
    ran: list[str] = []

    def note(*given: Any) -> None:
        ran.append(given[2][:40])

    event.listen(accounts.engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(accounts.engine, "before_cursor_execute", note)
