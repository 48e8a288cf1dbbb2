"""A small shop in each engine, what can befall it, and what must be true afterwards."""

import gc
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from clickhouse_driver import Client
from engines.clickhouse_kit import ClickHouse
from engines.mariadb_kit import PASSWORD, MariaDB
from postgres_kit import Postgres
from refresh_kit import TODAY, Line, current, lines, mapping, totals
from sqlalchemy import NullPool, create_engine, make_url

from dashboard.access import Permission, Scope, Viewer
from dashboard.reports.source_states import State
from dashboard.reports.source_status import SourceWatch
from dashboard.settings import Settings, load_settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.run import RefreshReport, refresh
from dashboard.sources.refresh.status import read_status

FILES, SERVERS = ("sqlite", "duckdb"), ("postgresql", "mariadb", "clickhouse")
ADMIN = Viewer(1, "a", "a", frozenset({Permission.SOURCES_MANAGE}), Scope())
MANAGER = Viewer(2, "m", "m", frozenset({Permission.MEASURE_UNITS}), Scope())
COLUMNS = "sold_on {date}, code {text}, qty {whole}, amount {money}, region {text}"
_PLAIN = {"date": "DATE", "text": "VARCHAR(60)", "whole": "INTEGER", "money": "NUMERIC(12, 2)", "float": "DOUBLE"}
_CLICKHOUSE = {
    "date": "Nullable(Date)",
    "text": "Nullable(String)",
    "whole": "Nullable(Int32)",
    "money": "Nullable(Decimal(12, 2))",
    "float": "Nullable(Float64)",
}
HISTORY = 4
YESTERDAY = TODAY - timedelta(days=1)
_NUMBERED = {
    "postgresql": "'P' || n, 1, 1.00, 'North' FROM generate_series(1, {}) n",
    "mariadb": "concat('P', seq), 1, 1.00, 'North' FROM seq_1_to_{}",
    "clickhouse": "concat('P', toString(number)), 1, '1.00', 'North' FROM numbers({})",
}
_A_LINE = "'A1' AS code, 1 AS qty, 1.5 AS amount, 'North' AS region FROM"
_ENDLESS = {
    "postgresql": f"current_date AS sold_on, {_A_LINE} generate_series(1, 10000) a, generate_series(1, 10000000) b",
    "mariadb": f"current_date() AS sold_on, {_A_LINE} seq_1_to_1000000 a, seq_1_to_1000000 b",
    "clickhouse": f"today() AS sold_on, {_A_LINE} system.numbers",
}


class Store:
    """A database of ``kind`` with a table ``sales``, and the settings of an installation that reads it as ``shop``."""

    def __init__(self, kind: str, url: str, folder: Path) -> None:
        self.kind, self._url, self.var = kind, url, folder / "var"
        self.source = mapping("shop")
        self.limits: dict[str, Any] = {"connect_seconds": 20, "statement_seconds": 60}
        self.address = make_url(url)._replace(password=None).render_as_string()
        self.create("sales", COLUMNS)
        self.insert("sales", lines(range(HISTORY)))

    @property
    def settings(self) -> Settings:
        bind = {"url": self.address, "allow_writes": True, **self.limits}
        if self.kind == "mariadb":
            bind.setdefault("password", PASSWORD)
        return load_settings(var=self.var, binds={"shop": bind}, sources={"shop": self.source})

    def create(self, table: str, columns: str) -> None:
        """A table; ``columns`` holds the kinds of ``_PLAIN`` in braces."""
        kinds = _CLICKHOUSE if self.kind == "clickhouse" else _PLAIN
        if self.kind == "postgresql":
            kinds = {**kinds, "float": "DOUBLE PRECISION"}
        more = " ENGINE = MergeTree ORDER BY tuple()" if self.kind == "clickhouse" else ""
        self.run(f"CREATE TABLE {table} ({columns.format(**kinds)}){more}")

    def insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        if self.kind == "clickhouse":  # takes no values in a text
            rows = [f"SELECT {', '.join(map(_literal, row))}" for row in rows]
            self.run(f"INSERT INTO {table} {' UNION ALL '.join(rows)}")
            return
        self.run(f"INSERT INTO {table} VALUES " + ", ".join(f"({', '.join(map(_literal, row))})" for row in rows))

    def add(self, rows: Iterable[Line]) -> None:
        self.insert("sales", rows)

    def run(self, *statements: str) -> None:
        if self.kind == "clickhouse":
            known = make_url(self._url)
            with Client(known.host, known.port, database=known.database) as client:
                for statement in statements:
                    client.execute(statement)
            return
        engine = create_engine(self._url, poolclass=NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.replace("%", "%%") if self.kind in SERVERS else statement)
        engine.dispose()

    def rename(self, table: str, other: str) -> None:
        moved = f"RENAME TABLE {table} TO {other}"
        self.run(moved if self.kind == "clickhouse" else f"ALTER TABLE {table} RENAME TO {other}")

    def fill(self, products: int) -> None:
        """One line each of so many more products, yesterday."""
        self.run(f"INSERT INTO sales SELECT '{YESTERDAY}', {_NUMBERED[self.kind].format(products)}")

    def make_endless(self) -> None:
        """Lines without an end instead of those that are there."""
        self.rename("sales", "kept")
        self.run(f"CREATE VIEW sales AS SELECT {_ENDLESS[self.kind]}")

    def make_sound(self) -> None:
        self.run(f"DROP {'TABLE' if self.kind == 'clickhouse' else 'VIEW'} sales")
        self.rename("kept", "sales")

    def refresh(self, **how: Any) -> RefreshReport:
        return refresh(self.settings, **how)

    def units(self) -> int:
        return totals(self.settings)["gross_units"]


def store_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Store:
    if kind in FILES:
        return Store(kind, f"{kind}:///{folder / f'shop.{kind}'}", folder)
    server: Postgres | MariaDB | ClickHouse = request.getfixturevalue(kind.replace("postgresql", "postgres"))
    return Store(kind, server.fresh(), folder)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, (int, float)) else "'" + str(value).replace("'", "''") + "'"


class Before:
    """What was served before a fault; :meth:`stays` says that it still is, and that everybody is told why."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.version, self.units = current(store.settings).version, store.units()
        told = read_status(store.var).source("shop")
        assert told
        self.as_of = told.as_of

    def stays(self, kind: str, *words: str) -> str:
        """The reason; it holds all of ``words``."""
        store = self.store
        assert (current(store.settings).version, store.units()) == (self.version, self.units)
        status = read_status(store.var)
        source = status.source("shop")
        assert status.last
        assert source
        assert (status.running, status.last.ok, status.last.outcome) == (None, False, "failed")
        assert (source.ok, source.kind, source.as_of) == (False, kind, self.as_of), source.reason
        for word in words:
            assert word in source.reason, source.reason
        assert source.reason in status.last.reason
        assert PASSWORD not in status.last.reason
        assert half_written(store.var) == []
        self._is_told(source.reason)
        return source.reason

    def _is_told(self, reason: str) -> None:
        watch = SourceWatch(self.store.settings, lambda: current(self.store.settings))
        seen = watch.overview(ADMIN).sources[0]
        assert (seen.state, seen.reason, seen.as_of is not None) == (State.FAILED, reason, True)
        assert "Figures of Shop shop are as of " in watch.notices(MANAGER)[0].text
        assert reason not in watch.notices(MANAGER)[0].text


def half_written(var: Path) -> list[Path]:
    """Files that a fault has left behind."""
    return [path for path in var.rglob("*") if ".work-" in path.name or path.suffix == ".part" or path.name[0] == "."]


def refused(store: Store, work: Callable[[], object] | None = None) -> str:
    """What a refresh says that fails as a whole."""
    with pytest.raises(ImportRefused) as refusal:
        (work or store.refresh)()
    gc.collect()
    return str(refusal.value)


def heals(store: Store, units: int) -> None:
    """The next refresh puts new figures in force."""
    report = store.refresh()
    assert report.ok
    assert store.units() == units
    status = read_status(store.var)
    assert status.last
    assert status.last.ok
    source = status.source("shop")
    assert source
    assert (source.ok, source.reason, source.kind) == (True, "", "")
    assert half_written(store.var) == []
