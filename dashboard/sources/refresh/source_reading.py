"""Reading one source over its bind: what it is, how far it goes, its groups and its small tables."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Select

from dashboard.settings.binds import Bind
from dashboard.sources.binds import OpenBind, open_bind, prove_read_only, require_read_only
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.groups import GROUPS
from dashboard.sources.pushdown.groups import LABELS as LABELS_SHAPE
from dashboard.sources.pushdown.interrupt import running_cursor, stops
from dashboard.sources.pushdown.mapping import Join, Relation, Source
from dashboard.sources.pushdown.shapes import Shapes, read_shapes
from dashboard.sources.pushdown.spans import spans
from dashboard.sources.pushdown.statement import (
    bounds_statement,
    duplicates_statement,
    groups_statement,
    labels_statement,
    loaded_statement,
    table_statement,
)
from dashboard.sources.pushdown.transfer import fetch
from dashboard.sources.refresh.extract import MASTER, RATES, RECEIPTS, STOCK
from dashboard.sources.refresh.plan import Fetch
from dashboard.sources.refresh.reporter import Progress, Reporter

_SMALL_TABLES: Final = (MASTER, STOCK, RECEIPTS, RATES)
_FEW = 3
_TIMED = frozenset({"timestamp", "instant"})


@dataclass(frozen=True)
class Bounds:
    """First and last day with lines, None without any; and the lines that have no day or one outside 1970-2100."""

    first: date | None
    last: date | None
    outside_lines: int
    outside_units: int


@dataclass(frozen=True)
class Look:
    """What is known of a source before its groups are read.

    Attributes:
        product: of which make its database is.
        read_only, evidence: whether the account can write, and how that is known.
        timed: whether the dates of the lines have a time of day.
        bounds: how far its lines go.
    """

    product: str
    read_only: str
    evidence: str
    shapes: Shapes
    timed: bool
    bounds: Bounds


@dataclass(frozen=True)
class Wanted:
    """What to bring, each with the file that it goes into: groups, and names by the days that they are counted of."""

    groups: Sequence[tuple[Fetch, Path]]
    labels: Sequence[tuple[tuple[date, date], Path]] = ()


@dataclass(frozen=True)
class Brought:
    """What came beside the groups.

    Attributes:
        tables: files of the small tables that the source has, by name of the table.
        loaded: how far the load of the source says that it got; None where it does not say.
    """

    tables: Mapping[str, str]
    loaded: object


class SourceReader:
    """Reads ``source`` over its bind.

    Every method raises BindError or another ImportRefused where the database or the mapping is in the way, and
    Cancelled.
    """

    def __init__(self, source: Source, bind: Bind, reporter: Reporter, cancel: Cancel) -> None:
        self._source, self._bind, self._reporter, self._cancel = source, bind, reporter, cancel

    def look(self) -> Look:
        """Types, rights and how far the lines go."""
        source = self._source
        with self._connected() as (opened, connection):
            # The catalogue too may wait: for somebody who changes the table.
            with self._cancel.stopping(*stops(connection)):
                proof = prove_read_only(connection, _relations(source))
                require_read_only(proof, source.bind, self._bind)
                shapes = read_shapes(connection, source)
            for join in source.lines.joins:
                self._check_unique(connection, shapes, join)
            bounds = self._bounds(connection, shapes)
            timed = shapes.line(source.lines.columns.date).family in _TIMED
            return Look(opened.product, proof.state, proof.evidence, shapes, timed, bounds)

    def bring(self, look: Look, wanted: Wanted, folder: Path, tell: Progress) -> Brought:
        """Bring the groups and names that are wanted into their files, and the small tables into ``folder``."""
        with self._connected() as (_, connection):
            for number, (one, path) in enumerate(wanted.groups):
                tell(f"Adding up by {one.grain}", number / len(wanted.groups))
                self._fetch(connection, self._groups(look, one), path, GROUPS)
            tell("Reading products and stock", 1)
            for (start, stop), path in wanted.labels:
                names = labels_statement(self._source, look.shapes, start, stop)
                if names is not None:
                    self._fetch(connection, [names], path, LABELS_SHAPE)
            tables = self._tables(connection, look.shapes, folder)
            return Brought(tables, self._loaded(connection, look.shapes))

    def months(self, look: Look, wanted: Sequence[tuple[Fetch, Path]], tell: Progress) -> None:
        """Bring the groups of each of the ``wanted`` into its file, and nothing else."""
        with self._connected() as (_, connection):
            for number, (month, path) in enumerate(wanted):
                tell(f"Adding up {month.start:%B %Y}", number / len(wanted))
                self._fetch(connection, self._groups(look, month), path, GROUPS)

    def _groups(self, look: Look, wanted: Fetch) -> list[Select[Any]]:
        known, days = look.bounds, (wanted.start, wanted.stop)
        parts = spans(look.shapes.dialect, wanted.grain, days, known.first, known.last)
        return [groups_statement(self._source, look.shapes, wanted.grain, *part) for part in parts]

    @contextmanager
    def _connected(self) -> Iterator[tuple[OpenBind, Connection]]:
        """Whoever waits for a host that says nothing is not to be kept waiting with the wish to stop."""
        cancel = self._cancel
        with open_bind(self._source.bind, self._bind) as opened, ExitStack() as stack:
            with cancel.stopping():
                connection = stack.enter_context(opened.connect(lambda: cancel.requested))
            yield opened, connection

    def _tables(self, connection: Connection, shapes: Shapes, folder: Path) -> dict[str, str]:
        files: dict[str, str] = {}
        for name in _SMALL_TABLES:
            statement = table_statement(self._source, shapes, name)
            if statement is not None:
                files[name] = f"{name}.parquet"
                self._fetch(connection, [statement], folder / files[name], None)
        return files

    def _loaded(self, connection: Connection, shapes: Shapes) -> object:
        statement = loaded_statement(self._source, shapes)
        rows = [] if statement is None else self._rows(connection, statement)
        return rows[0][0] if rows else None

    def _fetch(self, connection: Connection, statements: Sequence[Select[Any]], path: Path, schema: Any) -> int:
        return fetch(connection, statements, path, schema, self._bind, self._reporter.rows, self._cancel)

    def _bounds(self, connection: Connection, shapes: Shapes) -> Bounds:
        first, last, lines, units = self._rows(connection, bounds_statement(self._source, shapes))[0]
        return Bounds(_day(first), _day(last), int(lines or 0), int(units or 0))

    def _check_unique(self, connection: Connection, shapes: Shapes, join: Join) -> None:
        found = self._rows(connection, duplicates_statement(self._source, shapes, join))
        if found:
            names = list(join.on.values())
            shown = "; ".join(_key(names, row) for row in found[:_FEW])
            more = " and more" if len(found) > _FEW else ""
            raise ImportRefused(
                f"sources.{self._source.name}.lines.joins: {join.table} has several rows for {shown}{more}. A line may "
                f"find one row at most: join on columns that name one, or on a view that has one row for each."
            )

    def _rows(self, connection: Connection, statement: Select[Any]) -> list[Any]:
        with running_cursor(connection) as cursor, self._cancel.stopping(*stops(connection, cursor)):
            return list(connection.execute(statement).fetchmany(_FEW + 1))


def _relations(source: Source) -> list[tuple[str | None, str]]:
    parts: list[Relation | None] = [source.lines, *source.lines.joins, source.master, source.stock, source.receipts]
    parts += [source.rates, source.loaded]
    return list(dict.fromkeys((part.namespace, part.table) for part in parts if part is not None))


def _key(names: Sequence[str], row: Sequence[object]) -> str:
    return ", ".join(f"{name} = {value!s:.40}" for name, value in zip(names, row, strict=False))


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value[:10])
        return None
    return value if isinstance(value, date) else None
