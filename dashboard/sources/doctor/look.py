"""One source, step by step: what is there, what it looks like, and one month of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.sources.binds.errors import BindError
from dashboard.sources.binds.opening import OpenBind
from dashboard.sources.doctor.catalogue import Catalogue, missing_column, type_text
from dashboard.sources.doctor.columns import Place, mapped_columns, place, relations, shown
from dashboard.sources.doctor.findings import ColumnLook, Finding, SourceLook, Trial
from dashboard.sources.doctor.judge import judge_columns
from dashboard.sources.doctor.months import newest_full_month
from dashboard.sources.doctor.sample import look_at_columns, value_text
from dashboard.sources.doctor.trial import try_month
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.conditions import exact
from dashboard.sources.pushdown.mapping import Master, Source
from dashboard.sources.pushdown.relations import relation_table
from dashboard.sources.pushdown.shapes import Shapes, read_shapes
from dashboard.sources.pushdown.statement import bounds_statement, duplicates_statement

_KEYS_SHOWN = 5
# After these, no further step would come to anything else.
_GONE = frozenset({"unreachable", "refused", "driver", "lost", "settings"})


def look_at_source(opened: OpenBind, source: Source, tell: Callable[[str], None]) -> SourceLook:
    """Look at ``source``; what is found goes into its findings, and what depends on a fault is left out."""
    look = _Look(opened, source, tell)
    look.run()
    return SourceLook(
        name=source.name,
        label=source.label,
        columns=tuple(look.columns),
        first_day=look.days[0] if look.days else None,
        last_day=look.days[1] if look.days else None,
        outside_lines=look.outside_lines,
        trial=look.trial,
        findings=tuple(look.findings),
    )


@dataclass
class _Look:
    opened: OpenBind
    source: Source
    tell: Callable[[str], None]
    types: dict[Place, dict[str, Any]] = field(default_factory=dict)
    columns: list[ColumnLook] = field(default_factory=list)
    days: tuple[date, date] | None = None
    outside_lines: int = 0
    trial: Trial | None = None
    findings: list[Finding] = field(default_factory=list)

    def run(self) -> None:
        self._tables()
        if self.findings:
            self._columns_without_samples()
            return
        shapes = self._shapes()
        if shapes is None:
            self._columns_without_samples()
            return
        self._joins(shapes)
        self._master(shapes)
        self._bounds(shapes)
        self._samples(shapes)
        if not any(finding.level == "fault" for finding in self.findings):
            self._trial(shapes)

    @contextmanager
    def _step(self, where: str, told: str) -> Iterator[Connection]:
        """A connection of its own: what fails in one step must not spoil the next."""
        self.tell(f"{self.source.name}: {told}")
        try:
            with self.opened.connect() as connection:
                yield connection
        except ImportRefused as refused:
            if isinstance(refused, BindError) and refused.kind in _GONE:
                raise
            text, prefix = str(refused), f"sources.{self.source.name}."
            if text.startswith(prefix):
                # It names the key of the mapping itself, which tells more than the step does.
                where, _colon, text = text.removeprefix(prefix).partition(": ")
            self._fault(where, text)

    def _fault(self, where: str, what: str) -> None:
        self.findings.append(Finding("fault", where, what))

    def _tables(self) -> None:
        with self._step("tables", "looking at tables") as connection:
            catalogue = Catalogue(connection)
            for key, relation in relations(self.source).items():
                try:
                    self.types[place(relation)] = catalogue.types(relation)
                except ImportRefused as refused:
                    self._fault(key, str(refused))
        for mapped in mapped_columns(self.source):
            there = self.types.get(place(mapped.relation))
            if there is not None and mapped.column not in there:
                self.findings.append(missing_column(mapped, there))

    def _columns_without_samples(self) -> None:
        for mapped in mapped_columns(self.source):
            kind = self.types.get(place(mapped.relation), {}).get(mapped.column)
            kind_text = None if kind is None else type_text(kind)
            self.columns.append(ColumnLook(mapped.key, shown(mapped.relation), mapped.column, kind_text))

    def _shapes(self) -> Shapes | None:
        with self._step("types", "looking at types") as connection:
            return read_shapes(connection, self.source)
        return None

    def _joins(self, shapes: Shapes) -> None:
        for join in self.source.lines.joins:
            where = f"lines.joins.{join.name}"
            with self._step(where, f"looking for duplicates in {shown(join)}") as connection:
                statement = duplicates_statement(self.source, shapes, join)
                rows = connection.execute(statement).fetchmany(_KEYS_SHOWN)
                if rows:
                    keys = "; ".join(", ".join(value_text(value) for value in row[:-1]) for row in rows)
                    self._fault(
                        where,
                        f"{shown(join)} has several rows for one {', '.join(join.on.values())}: {keys}. Lines would "
                        "count twice: join a view with one row for each, or join by more columns.",
                    )

    def _master(self, shapes: Shapes) -> None:
        master = self.source.master
        if master is None:
            return
        with self._step("master", "looking for duplicates in the table of products") as connection:
            rows = connection.execute(_twice(master, shapes)).fetchmany(_KEYS_SHOWN)
            if rows:
                codes = ", ".join(value_text(row[0]) for row in rows)
                self._fault(
                    "master.columns.product",
                    f"{shown(master)} has several rows for one product: {codes}. Use a view with one row for each.",
                )

    def _bounds(self, shapes: Shapes) -> None:
        with self._step("lines.columns.date", "looking for the first and the last day") as connection:
            first, last, outside, _units = connection.execute(bounds_statement(self.source, shapes)).one()
            self.outside_lines = int(outside or 0)
            if first is None or last is None:
                self.findings.append(Finding("warning", "lines", "There are no lines with a date yet."))
            else:
                self.days = _day(first), _day(last)
        if self.outside_lines:
            self.findings.append(
                Finding(
                    "warning",
                    "lines.columns.date",
                    f"Lines without a date, or with one outside 1970-2100: {self.outside_lines:,}. They are counted as "
                    "set aside.",
                )
            )

    def _samples(self, shapes: Shapes) -> None:
        with self._step("sample", "looking at a sample") as connection:
            newest = self.days[1] if self.days else None
            self.columns = look_at_columns(connection, self.source, shapes, self.types, newest)
            self.findings += judge_columns(self.source, self.columns)
        if not self.columns:
            self._columns_without_samples()

    def _trial(self, shapes: Shapes) -> None:
        if self.days is None:
            return
        start, stop = newest_full_month(*self.days)
        with self._step("rollup", f"adding up {start:%Y-%m}") as connection:
            self.trial, found = try_month(connection, self.source, shapes, start, stop, self.opened.settings)
            self.findings += found


def _twice(master: Master, shapes: Shapes) -> Any:
    name = master.columns.product
    code: Any = relation_table(master, [name]).c[name]
    if shapes.parts["master"][name].family == "text":
        # What differs in case only is another product, whatever the database's collation says.
        code = exact(code, shapes.parts["master"][name])
    return select(code).where(code.is_not(None)).group_by(code).having(func.count() > 1).limit(_KEYS_SHOWN)


def _day(value: Any) -> date:
    """SQLite gives a date as text, others as a date or a time."""
    return date.fromisoformat(str(value)[:10])
