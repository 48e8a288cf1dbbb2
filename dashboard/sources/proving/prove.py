"""The proof of one bind: every kind of statement once, and the months of the rollup beside plain sums."""

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import pyarrow as pa

from dashboard.settings import Settings
from dashboard.sources.binds.opening import OpenBind, open_bind
from dashboard.sources.doctor.examine import examine_bind
from dashboard.sources.doctor.findings import BindLook, SourceLook
from dashboard.sources.doctor.months import newest_full_month, next_month
from dashboard.sources.doctor.trial import rows_of
from dashboard.sources.errors import ImportRefused
from dashboard.sources.proving.compare import compare_days, compare_months
from dashboard.sources.proving.report import MonthCheck, ProofReport, Step
from dashboard.sources.proving.scratch import try_scratch
from dashboard.sources.pushdown.beside import Part
from dashboard.sources.pushdown.groups import GROUPS, LABELS
from dashboard.sources.pushdown.load import load_sources
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import Shapes, read_shapes
from dashboard.sources.pushdown.statement import (
    count_groups_statement,
    groups_statement,
    labels_statement,
    loaded_statement,
    table_statement,
)

_PACKAGES = ("sqlalchemy", "pyarrow", "oracledb", "pyodbc", "arrow-odbc", "psycopg", "pymysql", "mssql-python")
_TABLES: Final[tuple[Part, ...]] = ("master", "stock", "receipts", "rates")


def prove(settings: Settings, bind: str, months: int, scratch: str | None, tell: Callable[[str], None]) -> ProofReport:
    """Try everything that a refresh does on ``bind``, and compare its newest ``months`` finished months.

    With ``scratch``, a table of test cases is made in that schema and dropped again; otherwise nothing is made.

    Raises:
        ImportRefused: no such bind, or sources that cannot be used.
    """
    if bind not in settings.binds:
        raise ImportRefused(
            f"There is no [binds.{bind}] in settings.toml (there: {', '.join(settings.binds) or 'none'})."
        )
    sources = [source for source in load_sources(settings).values() if source.bind == bind]
    look = examine_bind(bind, settings.binds[bind], sources, tell)
    proof = _Proof(tell)
    for finding in look.findings:
        proof.note(f"{finding.where}", "", finding.level != "fault", finding.what)
    with open_bind(bind, settings.binds[bind]) as opened:
        driver = f"{opened.engine.dialect.name}+{opened.engine.dialect.driver}"
        if look.product:
            for source, found in zip(sources, look.sources, strict=True):
                proof.source(opened, source, found, months)
            if scratch is not None:
                with proof.step("scratch table: every rule on made-up lines", "") as done:
                    done.note = try_scratch(opened, scratch)
    return proof.report(look, driver)


@dataclass
class _Done:
    """What a step reports while it runs."""

    rows: int | None = None
    note: str = ""


@dataclass
class _Proof:
    tell: Callable[[str], None]
    steps: list[Step] = field(default_factory=list)
    months: list[MonthCheck] = field(default_factory=list)
    statements: dict[str, str] = field(default_factory=dict)

    def note(self, what: str, source: str, ok: bool, note: str) -> None:
        self.steps.append(Step(what, source, ok, 0.0, None, note))

    @contextmanager
    def step(self, what: str, source: str) -> Iterator[_Done]:
        """A step that fails with a refusal; the others go on."""
        self.tell(f"{source or 'bind'}: {what}")
        began, done = time.monotonic(), _Done()
        ok = True
        try:
            yield done
        except ImportRefused as refused:
            ok, done.note = False, str(refused)
        seconds = round(time.monotonic() - began, 3)
        self.steps.append(Step(what, source, ok, seconds, done.rows, done.note))

    def source(self, opened: OpenBind, source: Source, look: SourceLook, months: int) -> None:
        """All of one source; what the doctor found comes first."""
        for finding in look.findings:
            self.note(finding.where, source.name, finding.level != "fault", finding.what)
        if look.first_day is None or look.last_day is None or any(one.level == "fault" for one in look.findings):
            return
        with self.step("types", source.name), opened.connect() as connection:
            shapes = read_shapes(connection, source)
        newest, stop = newest_full_month(look.first_day, look.last_day)
        start = max(_months_back(newest, months - 1), look.first_day.replace(day=1))
        grouped = self._groups(opened, source, shapes, (start, newest, stop))
        for table in _TABLES:
            self._fetched(opened, source, table, table_statement(source, shapes, table), None)
        self._fetched(opened, source, "labels", labels_statement(source, shapes), LABELS)
        self._fetched(opened, source, "loaded", loaded_statement(source, shapes), None)
        monthly = grouped.get("month")
        if monthly is not None:
            with self.step("plain sums of each month", source.name):
                self.months += compare_months(opened, source, shapes, monthly, list(_months(start, stop)))
        if monthly is not None and "day" in grouped:
            with self.step("days add up to their month", source.name) as done:
                done.note = compare_days(source, grouped["day"], monthly, newest)

    def report(self, look: BindLook, driver: str) -> ProofReport:
        """What it came to."""
        return ProofReport(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            bind=look.name,
            product=look.product,
            driver=driver,
            versions=_versions(),
            read_only=look.read_only,
            evidence=look.evidence,
            steps=tuple(self.steps),
            months=tuple(self.months),
            statements=self.statements,
        )

    def _groups(
        self, opened: OpenBind, source: Source, shapes: Shapes, days: tuple[date, date, date]
    ) -> dict[str, pa.Table]:
        start, newest, stop = days
        count = count_groups_statement(source, shapes, "month", start, stop)
        self._fetched(opened, source, "count of groups", count, None)
        found = {}
        for grain, first in (("month", start), ("day", newest)):
            statement = groups_statement(source, shapes, grain, first, stop)  # type: ignore[arg-type]
            groups = self._fetched(opened, source, f"groups by {grain}", statement, GROUPS)
            if groups is not None:
                found[grain] = groups
        return found

    def _fetched(
        self, opened: OpenBind, source: Source, what: str, statement: Any, schema: pa.Schema | None
    ) -> pa.Table | None:
        """The rows of a statement, brought here as a refresh does it; None where there is no such statement."""
        if statement is None:
            return None
        self.statements[f"{source.name}: {what}"] = str(statement.compile(dialect=opened.engine.dialect))
        with self.step(what, source.name) as done, opened.connect() as connection:
            rows = rows_of(connection, statement, schema, opened.settings)
            done.rows = len(rows)
            return rows
        return None


def _months(start: date, stop: date) -> Iterator[tuple[date, date]]:
    while start < stop:
        yield start, next_month(start)
        start = next_month(start)


def _months_back(month: date, count: int) -> date:
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
