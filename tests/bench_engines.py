"""The rollup of ten million lines inside each engine, beside the engine's own GROUP BY: part of `make bench`.

Lines are made inside the engines. Times are medians of paired runs that alternate; trust the ratios.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import duckdb
import psycopg
from engines.clickhouse_kit import CLUSTER, run_clickhouse
from postgres_kit import run_postgres
from refresh_kit import toml
from sqlalchemy import Connection, make_url

from dashboard.settings.binds import Bind
from dashboard.sources.binds import OpenBind, open_bind
from dashboard.sources.engine import REFRESH_LIMIT
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.groups import GROUPS
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.rendering import with_binds
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.spans import spans
from dashboard.sources.pushdown.statement import groups_statement
from dashboard.sources.pushdown.transfer import fetch

LINES, ROUNDS, TARGET = 10_000_000, 5, 1.3
FIRST, STOP, SECONDS = date(2021, 1, 1), date(2026, 1, 1), 1826 * 24 * 3600
COLUMNS = {"product": "product", "quantity": "qty", "date": "sold", "region": "region", "channel": "channel"}
MAPPED = {"amounts": {"amount": "amount"}, "prices and discounts": {"price": "price", "discount": "discount"}}
# The most that this process ever held: what a parent held does not count, as it would in rusage.
_PEAK = """
import re
from dashboard.cli import main
code = main(["refresh"])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
raise SystemExit(code)
"""
SUMMED = {"amounts": "SUM(amount)", "prices and discounts": "SUM(price * qty), SUM(discount)"}


@dataclass(frozen=True)
class Engine:
    """A database with the lines in it.

    Attributes:
        month: the month of ``sold``, in its SQL.
        bare: runs a statement on the driver's own connection and fetches its whole answer in one go.
    """

    name: str
    url: str
    month: str
    bare: Callable[[Any, str, dict[str, Any]], Any]


def main(lines: int = LINES) -> None:
    """Print times and ratios for each engine and mapping."""
    for make in (_duckdb, _clickhouse, _postgresql):
        for count in (lines // 10, lines):
            with TemporaryDirectory() as folder, make(Path(folder), count) as engine:
                remember(engine, Path(folder), count)
                if count == lines:
                    measure(engine, Path(folder), count)


def measure(engine: Engine, folder: Path, lines: int, rounds: int = ROUNDS) -> None:
    """Print the times of one engine."""
    with open_bind("bench", Bind(url=engine.url, allow_writes=True)) as opened:
        for mapped in MAPPED:
            runs = _runs(opened, engine, mapped, folder)
            times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
            for turn in range(rounds):
                for name in list(runs)[:: 1 if turn % 2 else -1]:
                    times[name].append(_timed(runs[name]))
            _print(engine, mapped, lines, times)


def remember(engine: Engine, folder: Path, lines: int) -> None:
    """Print what a whole refresh, in a process of its own, held at most."""
    source = {"bind": "bench", "label": "Bench", "currency": "EUR", "time_zone": "UTC", "lines": _lines("amounts")}
    tables = {"binds": {"bench": {"url": engine.url, "allow_writes": True}}, "sources": {"bench": source}}
    path = folder / "settings.toml"
    path.write_text("\n".join(f"{name} = {toml(table)}" for name, table in tables.items()), encoding="utf-8")
    environment = {**os.environ, "SALESGATE_SETTINGS": str(path), "SALESGATE_VAR": str(folder / "var")}
    started = perf_counter()
    done = subprocess.run([sys.executable, "-c", _PEAK], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    peak = int(done.stdout.rsplit(maxsplit=1)[-1]) / 1024
    size = sum(file.stat().st_size for file in (folder / "var" / "rollup").glob("2*/*.arrow")) / 1024**2
    told = f"peak {peak:.0f} MiB (budget 500), rollup {size:.0f} MiB"
    print(f"{engine.name}, {lines:,} lines, whole refresh: {perf_counter() - started:.1f} s, {told}", flush=True)


def _lines(mapped: str) -> dict[str, Any]:
    return {"table": "sales", "columns": COLUMNS | MAPPED[mapped]}


def _runs(opened: OpenBind, engine: Engine, mapped: str, folder: Path) -> dict[str, Callable[[], Any]]:
    source = _source(mapped)
    with opened.connect() as connection:
        shapes = read_shapes(connection, source)
        parts = spans(shapes.dialect, "month", (FIRST, STOP), FIRST, STOP - timedelta(1))
        statements = [groups_statement(source, shapes, "month", *part) for part in parts]
        same, binds = with_binds(connection, groups_statement(source, shapes, "month", FIRST, STOP))
    plain = f"SELECT {engine.month}, product, region, channel, SUM(qty), {SUMMED[mapped]} FROM sales "
    plain += f"GROUP BY {engine.month}, product, region, channel"

    def ours(connection: Connection) -> int:
        return fetch(connection, statements, folder / "groups", GROUPS, opened.settings, lambda _: None, Cancel())

    def on(work: Callable[[Connection], Any]) -> Callable[[], Any]:
        def run() -> Any:
            with opened.connect() as connection:
                return work(connection)

        return run

    return {
        "ours": on(ours),
        "same": on(lambda connection: engine.bare(connection.connection.driver_connection, same, binds)),
        "plain": on(lambda connection: engine.bare(connection.connection.driver_connection, plain, {})),
    }


def _source(mapped: str) -> Source:
    plain = {"name": "bench", "bind": "bench", "label": "Bench", "currency": "EUR", "time_zone": "UTC"}
    return Source.model_validate({**plain, "lines": _lines(mapped)})


def _timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of wall time, and of this process."""
    started, used = perf_counter(), process_time()
    run()
    return perf_counter() - started, process_time() - used


def _print(engine: Engine, mapped: str, lines: int, times: dict[str, list[tuple[float, float]]]) -> None:
    wall = {name: [one[0] for one in found] for name, found in times.items()}
    shown = ", ".join(f"{name} {median(found):.2f} s" for name, found in wall.items())
    ratios = {
        name: median(ours / other for ours, other in zip(wall["ours"], wall[name], strict=True))
        for name in ("same", "plain")
    }
    told = ", ".join(f"{ratio:.2f} times {name}" for name, ratio in ratios.items())
    own = median(one[1] for one in times["ours"])
    print(f"{engine.name}, {lines:,} lines, {mapped}: {shown} ({own:.2f} s of them ours): {told} (target {TARGET})")
    sys.stdout.flush()


# A line a number. Products are sold all the time, each in one region and channel; one line in a hundred is a return.
def _columns(text: Callable[[str, str], str], moment: str, whole: str, decimal: str) -> str:
    product = f"({whole} * 7919 % 12000)"
    return ", ".join(
        (
            text("P", product),
            f"CASE WHEN {whole} % 101 = 37 THEN -1 ELSE 1 + {whole} % 7 END",
            decimal.format(f"(100 + {whole} * 37 % 49999)"),
            decimal.format(f"(100 + {whole} * 41 % 299999)"),
            f"CASE WHEN {whole} % 13 < 4 THEN {decimal.format(f'({whole} % 97)')} END",
            moment,
            text("R", f"{product} % 8"),
            text("C", f"{product} % 3"),
        )
    )


_KINDS = {
    "product": "VARCHAR(20) NOT NULL",
    "qty": "INTEGER NOT NULL",
    "price": "DECIMAL(12, 2) NOT NULL",
    "amount": "DECIMAL(12, 2) NOT NULL",
    "discount": "DECIMAL(12, 2)",
    "sold": "TIMESTAMP NOT NULL",
    "region": "VARCHAR(20) NOT NULL",
    "channel": "VARCHAR(20) NOT NULL",
}
_SALES = ", ".join(f"{name} {kind}" for name, kind in _KINDS.items())
_MONTH = "date_trunc('month', sold)"


@contextmanager
def _duckdb(folder: Path, lines: int) -> Iterator[Engine]:
    path = folder / "bench.duckdb"
    with duckdb.connect(path) as connection:
        listed = _columns(
            lambda letter, value: f"'{letter}' || {value}",
            f"TIMESTAMP '{FIRST}' + to_seconds(i * 2654435761 % {SECONDS})",
            "i",
            "CAST({} / 100 AS DECIMAL(12, 2))",
        )
        connection.execute(f"CREATE TABLE sales ({_SALES})")
        connection.execute(f"INSERT INTO sales SELECT {listed} FROM generate_series(1, {lines}) AS made(i)")
    yield Engine("DuckDB", f"duckdb:///{path}", _MONTH, _by_duckdb)


def _by_duckdb(raw: Any, sql: str, binds: dict[str, Any]) -> Any:
    """With as much memory as it wants: the limit is ours."""
    raw.execute("SET memory_limit = '4GB'")
    try:
        return raw.execute(sql, list(binds.values())).to_arrow_table()
    finally:
        raw.execute(f"SET memory_limit = '{REFRESH_LIMIT}'")


@contextmanager
def _postgresql(_folder: Path, lines: int) -> Iterator[Engine]:
    with contextmanager(run_postgres)() as server:
        url = server.fresh()
        parts = make_url(url).query
        with psycopg.connect(
            host=str(parts["host"]), user="salesgate", dbname="postgres", options=str(parts["options"]), autocommit=True
        ) as connection:
            listed = _columns(
                lambda letter, value: f"'{letter}' || {value}",
                f"TIMESTAMP '{FIRST}' + (i * 2654435761 % {SECONDS}) * INTERVAL '1 second'",
                "i",
                "CAST({} AS numeric) / 100",
            )
            connection.execute(f"CREATE TABLE sales ({_SALES})")
            connection.execute(f"INSERT INTO sales SELECT {listed} FROM generate_series(1::bigint, {lines}) AS made(i)")
            connection.execute("VACUUM ANALYZE sales")
        yield Engine("PostgreSQL", url, _MONTH, _by_psycopg)


def _by_psycopg(raw: Any, sql: str, binds: dict[str, Any]) -> Any:
    with raw.cursor() as cursor:
        return cursor.execute(sql, binds or None).fetchall()


@contextmanager
def _clickhouse(_folder: Path, lines: int) -> Iterator[Engine]:
    """Half of the lines on each of two nodes, under a table that spreads over both."""
    kinds = {"VARCHAR(20)": "String", "INTEGER": "Int32", "DECIMAL": "Decimal", "TIMESTAMP": "DateTime"}
    columns = ", ".join(f"{name} {kind.removesuffix(' NOT NULL')}" for name, kind in _KINDS.items())
    for known, kind in kinds.items():
        columns = columns.replace(known, kind)
    columns = columns.replace("discount Decimal(12, 2)", "discount Nullable(Decimal(12, 2))")
    with contextmanager(run_clickhouse)() as cluster:
        url = cluster.fresh()
        database = make_url(url).database
        listed = _columns(
            lambda letter, value: f"concat('{letter}', toString({value}))",
            f"toDateTime('{FIRST} 00:00:00') + toInt64(i * 2654435761 % {SECONDS})",
            "i",
            "toDecimal64({}, 2) / 100",
        )
        for shard, node in enumerate(cluster.nodes):
            made = f"SELECT toInt64(number) AS i FROM system.numbers LIMIT {lines}"
            node.execute(
                f"CREATE TABLE {database}.here ({columns}) ENGINE = MergeTree PARTITION BY toYear(sold) ORDER BY sold",
                f"INSERT INTO {database}.here SELECT {listed} FROM ({made}) WHERE i % 2 = {shard}",
                f"CREATE TABLE {database}.sales ({columns}) ENGINE = Distributed({CLUSTER}, {database}, here, rand())",
            )
        yield Engine("ClickHouse, two nodes", url, "toStartOfMonth(sold)", _by_clickhouse)


def _by_clickhouse(raw: Any, sql: str, binds: dict[str, Any]) -> Any:
    return raw.transport.execute(sql, binds or None)


if __name__ == "__main__":
    main()
