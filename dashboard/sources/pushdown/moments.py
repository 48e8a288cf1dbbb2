"""When a line was sold: its business day or month, and ranges of them on the bare column, so that an index serves."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Date, DateTime, String, and_, bindparam, case, cast, extract, or_
from sqlalchemy.dialects import mssql
from sqlalchemy.sql.elements import ColumnElement

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown import zones
from dashboard.sources.pushdown.elements import (
    CLICKHOUSE,
    DayOf,
    InstantOf,
    InZone,
    MonthOf,
    PlusMinutes,
    number,
    text,
)
from dashboard.sources.pushdown.groups import Grain
from dashboard.sources.pushdown.kinds import Family, Shape
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.relations import Facts
from dashboard.sources.pushdown.shapes import need

FIRST: Final = date(1970, 1, 1)
STOP: Final = date(2101, 1, 1)
_DATES: frozenset[Family] = frozenset({"date", "timestamp", "instant"})
_INSTANTS = frozenset({"postgresql", "oracle", "mssql", "duckdb", "trino", "snowflake", "bigquery"})
# These give the first day of a month at less cost than a year and a month.
_MONTH_STARTS = frozenset({"postgresql", "duckdb", *CLICKHOUSE})
_DAY = timedelta(days=1)
# The last moment of SQL Server's smalldatetime; systems write it where no date is known.
_LAST_SMALL: Final = datetime(2079, 6, 6, 23, 59)
Value = ColumnElement[Any]


class Moments:
    """The date column of a source, seen as business time.

    Raises:
        ImportRefused: the column holds no dates, or instants in a database whose zones are not known to us.
    """

    def __init__(self, source: Source, facts: Facts) -> None:
        reference, where = source.lines.columns.date, f"sources.{source.name}.lines.columns.date"
        self._source, self._dialect = source, facts.shapes.dialect
        self.column = facts.column(reference)
        self.shape = _checked(facts.shape(reference), self._dialect, where)
        self.zone = self._zone()

    def _zone(self) -> str | None:
        """The zone that must be left for the business zone; None where the clocks agree, or the database converts."""
        if self.shape.family == "date":
            return None
        if self.shape.family == "instant":
            return "UTC" if self._dialect == "mssql" else None
        return self._source.timestamp_zone

    @property
    def is_day(self) -> bool:
        """Whether the column has no time of day."""
        return self.shape.family == "date"

    def within(self, start: date, stop: date) -> ColumnElement[bool]:
        """``start <= business day < stop``, or a little more where clocks are converted: see :meth:`exactly`."""
        first, last = self._edge(start, earliest=True), self._edge(stop, earliest=False)
        return and_(self.column >= first, self.column < last)

    def exactly(self, moment: Value, start: date, stop: date) -> ColumnElement[bool] | None:
        """The same over :meth:`business`; None where :meth:`within` is already exact."""
        if self._dialect == "sqlite":
            day = DayOf(moment)
            return and_(day >= _sqlite(start), day < _sqlite(stop))
        if self.zone is None:
            return None
        return and_(moment >= _at(start), moment < _at(stop))

    def outside(self) -> ColumnElement[bool]:
        """Whether there is no business day from 1970 to 2100."""
        if self._dialect == "sqlite":
            day = DayOf(self.business(FIRST, STOP))
            return or_(day.is_(None), day < _sqlite(FIRST), day >= _sqlite(STOP))
        first, last = self._edge(FIRST, earliest=True), self._edge(STOP, earliest=False)
        return or_(self.column.is_(None), self.column < first, self.column >= last)

    def business(self, start: date, stop: date, column: Value | None = None) -> Value:
        """``column``, or that of the lines, in business time; good for days of ``start <= day < stop``."""
        column = self.column if column is None else column
        if self.shape.family == "instant":
            column = InZone(column, text(self._source.time_zone))
        if self.zone is None:
            return column
        first, last = (datetime.combine(day, time()) for day in (start - _DAY, stop + _DAY))
        pieces = zones.pieces(self.zone, self._source.time_zone, first, last)
        return PlusMinutes(column, _minutes(column, pieces, self._clock))

    def period(self, moment: Value, grain: Grain) -> dict[str, Value]:
        """The keys of the period of a :meth:`business` column: ``period``, or ``period_year`` and ``period_month``."""
        if grain == "day":
            return {"period": moment if self.is_day and self._dialect != "sqlite" else DayOf(moment)}
        if self._dialect in _MONTH_STARTS:
            return {"period": MonthOf(moment)}
        return {"period_year": extract("year", moment), "period_month": extract("month", moment)}

    def _edge(self, day: date, *, earliest: bool) -> Value:
        if self.shape.family == "instant":
            clocks = zones.wall_clock("UTC", self._source.time_zone, datetime.combine(day, time()))
            return InstantOf(_at(clocks[not earliest]))
        if self.zone is None:
            return self._bound(datetime.combine(day, time()))
        clocks = zones.wall_clock(self.zone, self._source.time_zone, datetime.combine(day, time()))
        if self._dialect == "sqlite":
            # Dates and times are texts there, in more than one form: only whole days compare alike.
            return _sqlite(clocks[0].date() - _DAY if earliest else clocks[1].date() + _DAY)
        return self._bound(clocks[not earliest])

    def _clock(self, clock: datetime) -> Value:
        """A change of the clocks, to compare a wall clock with."""
        return _sqlite(clock) if self._dialect == "sqlite" else _at(clock)

    def _bound(self, clock: datetime) -> Value:
        if self._dialect == "sqlite":
            return _sqlite(clock) if clock.time() != time() else _sqlite(clock.date())
        if self.is_day:
            day = bindparam(None, clock.date(), Date())
            return cast(day, self.shape.type) if self._dialect == "mssql" else day
        if self._dialect in {"oracle", "mssql"}:
            # A bind of a wider type would make the column be converted, and no index serve.
            last = _LAST_SMALL if isinstance(self.shape.type, mssql.SMALLDATETIME) else clock
            return cast(_at(min(clock, last)), self.shape.type)
        return _at(clock)


def _checked(shape: Shape, dialect: str, where: str) -> Shape:
    if dialect == "sqlite" and shape.family == "text":
        return shape
    need(shape, _DATES, where, "dates")
    if shape.family == "instant" and dialect not in _INSTANTS:
        raise ImportRefused(
            f"{where}: the column is of type {shape.type}, times with a zone, which Salesgate cannot convert in "
            f"{dialect}. Make a view with a timestamp in UTC, map the view, and set timestamps = 'utc'."
        )
    return shape


def _at(moment: date) -> Value:
    clock = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return bindparam(None, clock, DateTime())


def _sqlite(moment: date) -> Value:
    shown = moment.isoformat(" ") if isinstance(moment, datetime) else moment.isoformat()
    return bindparam(None, shown, String())


def _minutes(column: Value, pieces: Sequence[zones.Piece], bound: Callable[[datetime], Value]) -> Value:
    """The minutes of the piece that ``column`` lies in, found by halving: clocks change twice a year."""
    if len({minutes for _, minutes in pieces}) == 1:
        return number(pieces[0][1])
    middle = len(pieces) // 2
    before, after = (_minutes(column, half, bound) for half in (pieces[:middle], pieces[middle:]))
    return case((column < bound(pieces[middle][0]), before), else_=after)
