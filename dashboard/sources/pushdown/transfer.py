"""Bringing an answer of a database here: into a Parquet file, in bounded memory, whole or not at all."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection

from dashboard.settings.binds import Bind
from dashboard.sources.binds.arguments import GRACE_SECONDS
from dashboard.sources.binds.errors import BindError
from dashboard.sources.errors import ImportRefused
from dashboard.sources.memory import without_cycles
from dashboard.sources.pushdown.answer import Statement
from dashboard.sources.pushdown.cancel import Cancel, Cancelled, Stop
from dashboard.sources.pushdown.readers import read
from dashboard.sources.pushdown.sinks import sink_for

_TELL_SECONDS = 0.2


def fetch(
    connection: Connection,
    statements: Sequence[Statement],
    path: Path,
    schema: pa.Schema | None,
    limits: Bind,
    tell: Callable[[int], None],
    cancel: Cancel,
) -> int:
    """Run ``statements``, whose answers have the same columns, and write all rows to ``path``; returns how many.

    The file has exactly ``schema``: year and month columns (``period_year``, ``period_month``) in the place of the
    first column become days, empty text becomes NULL. Without a schema each column has the narrowest type that holds
    all its values: int64, decimal128, float64, string, date32, or timestamp in microseconds, without a zone or in UTC.

    ``tell`` hears of the rows so far, at most every 0.2 s, and of all of them at the end.

    Raises:
        ImportRefused: more rows than ``limits.max_rows``, or values that do not fit; the message names the column.
        BindError: the last row was not here ``limits.statement_seconds`` after its statement began, and a little more.
        Cancelled: on request, within about a second even in the middle of a statement.
        OSError: no space or no permission.
        Exception: of the driver.
    """
    where = _named(connection)
    told = _Told(tell)
    with without_cycles(), sink_for(path, schema, where) as sink:
        for statement in statements:
            with (
                _in_time(limits, where, cancel) as end,
                read(connection, statement, limits, end, plain=schema is not None) as answer,
            ):
                sink.start(answer.names)
                for columns in answer.batches:
                    end.check()
                    told.add(sink.take(columns))
                    if told.rows > limits.max_rows:
                        raise _too_many(where, limits.max_rows)
    tell(told.rows)
    return told.rows


class _Told:
    """Counts rows, and tells of them now and then."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self.rows, self._tell, self._last = 0, tell, time.monotonic()

    def add(self, rows: int) -> None:
        self.rows += rows
        if time.monotonic() - self._last >= _TELL_SECONDS:
            self._tell(self.rows)
            self._last = time.monotonic()


@contextmanager
def _in_time(limits: Bind, where: str, cancel: Cancel) -> Iterator[Cancel]:
    """An end that ``cancel`` asks for, and the deadline: a server may send its rows, or nothing more, for ever."""
    end = Cancel()
    late = threading.Timer(limits.statement_seconds + GRACE_SECONDS, end.request)
    late.daemon = True
    with cancel.stopping(Stop(end.request)):
        late.start()
        try:
            yield end
        except Cancelled:
            cancel.check()
            raise _too_late(where, limits.statement_seconds) from None
        finally:
            late.cancel()


def _too_late(where: str, seconds: float) -> BindError:
    return BindError(
        f"An answer of {where} was not complete after {seconds:g} s. Raise statement_seconds of the bind, or map fewer "
        "regions or channels.",
        "timeout",
    )


def _named(connection: Connection) -> str:
    url = connection.engine.url
    return f"the {connection.dialect.name} database {url.database!r}" if url.database else connection.dialect.name


def _too_many(where: str, most: int) -> ImportRefused:
    return ImportRefused(
        f"An answer of {where} has more than {most:,} rows, the max_rows of the bind. Map fewer regions or channels, "
        "lower sales.daily_months in settings.toml, or raise max_rows."
    )
