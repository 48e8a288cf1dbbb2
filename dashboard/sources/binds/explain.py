"""Errors of drivers in words for people, without the password."""

import re
from socket import gaierror
from typing import Any, Final

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError, InvalidRequestError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dashboard.settings.binds import Bind
from dashboard.sources.binds.errors import BindError
from dashboard.sources.binds.known_errors import KNOWN, PLACE, SLOW
from dashboard.sources.binds.secret import password_place, redact, shown_url

_MOST = 300
_CODE = re.compile("[0-9]{3,5}|[0-9A-Z]{5}")
# Modules of drivers that raise errors of their own beside those of the SQLAlchemy dialect.
_DRIVERS: Final = frozenset(
    {"arrow_odbc", "clickhouse_connect", "clickhouse_driver", "clickhouse_sqlalchemy", "oracledb", "psycopg", "pyodbc"}
)


def is_of_driver(error: BaseException, dialect: Dialect | type[Dialect]) -> bool:
    """Whether the database or its driver is to blame, not the code that uses it."""
    if isinstance(error, (DBAPIError, StatementError, InvalidRequestError, PoolTimeout)):
        return True
    if (
        isinstance(error, (ConnectionError, EOFError, gaierror, TimeoutError))
        or type(error).__module__.partition(".")[0] in _DRIVERS
    ):
        return True
    own = getattr(dialect.loaded_dbapi, "Error", None)
    return isinstance(own, type) and isinstance(error, own)


def explain(error: BaseException, name: str, bind: Bind) -> BindError:
    """What ``error`` means, where it happened and what to do. It never holds the bind's password."""
    orig = innermost(error)
    said = _said(_words(orig), bind)
    words = f"{_words(orig)} {orig} {orig.__cause__ or ''}"
    if isinstance(error, PoolTimeout):
        return _error(name, bind, "all its connections are in use", "Raise pool_size", "", "timeout")
    for known in KNOWN:
        if known.pattern.search(words):
            todo = known.todo.replace(PLACE, password_place(name, bind))
            return _error(name, bind, known.wrong, todo, said, known.kind)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _error(name, bind, "the connection broke", "Try again", said, "lost")
    if isinstance(error, (ConnectionError, EOFError, TimeoutError)):
        return _error(name, bind, "the connection broke", "Try again", said, "lost")
    return _error(name, bind, "the database refuses", "python -m dashboard doctor checks table by table", said)


def innermost(error: BaseException) -> BaseException:
    """What the driver raised, without what was put around it."""
    while isinstance(getattr(error, "orig", None), BaseException):
        error = error.orig  # type: ignore[attr-defined]
    return error


def no_answer(name: str, bind: Bind) -> BindError:
    """Nothing came before the deadline for connecting."""
    wrong = f"no answer within {bind.connect_seconds:g} s"
    todo = "Check host and port in the url, and that no firewall stands between; connect_seconds is the deadline"
    return _error(name, bind, wrong, todo, "", "unreachable")


def stopped(name: str, bind: Bind) -> BindError:
    """The watchdog has stopped a statement."""
    wrong = f"a statement was stopped, for it took longer than {bind.statement_seconds:g} s"
    return _error(name, bind, wrong, SLOW, "", "timeout")


def unusable(name: str, bind: Bind, error: Exception) -> BindError:
    """The driver cannot even try; what it says may hold all that it was given."""
    wrong = f"its driver cannot use what it was given ({type(error).__name__})"
    return _error(
        name, bind, wrong, "Check the url and the password for characters that do not belong there", "", "settings"
    )


def _error(name: str, bind: Bind, wrong: str, todo: str, said: str, kind: Any = "statement") -> BindError:
    heard = f' It said: "{said}".' if said else ""
    return BindError(f"Bind {name} ({shown_url(bind)}): {wrong}. {todo}.{heard}", kind)


def _words(orig: BaseException) -> str:
    """All that a driver says, codes first: drivers keep them in an attribute, or before their text."""
    codes, parts = [getattr(orig, "sqlstate", None)], [part for part in orig.args if part is not None]
    if len(parts) > 1 and re.fullmatch(_CODE, str(parts[0])):
        codes.append(parts.pop(0))
    text = " ".join(part for part in parts if isinstance(part, str)) or str(orig) or type(orig).__name__
    return " ".join([*(f"code {code}" for code in dict.fromkeys(codes) if code is not None), text])


def _said(words: str, bind: Bind) -> str:
    text = re.sub(r"\s+", " ", redact(words, bind)).strip()
    text = re.split(r"Stack trace:|\[SQL:|\(Background on", text)[0].strip()
    return text if len(text) <= _MOST else f"{text[:_MOST]}..."
