"""The rollup of ten million lines inside each engine, beside the engine's own GROUP BY: part of `make bench`.

Lines are made inside the engines. Times are medians of paired runs that alternate; trust the ratios.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Connection

from dashboard.settings.binds import Bind
from dashboard.sources.binds import OpenBind, open_bind
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.groups import GROUPS
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.rendering import with_binds
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.statement import groups_statement
from dashboard.sources.pushdown.transfer import fetch

LINES, ROUNDS, TARGET = 10_000_000, 5, 1.3
FIRST, STOP, SECONDS = date(2021, 1, 1), date(2026, 1, 1), 1826 * 24 * 3600
COLUMNS = {"product": "product", "quantity": "qty", "date": "sold", "region": "region", "channel": "channel"}
MAPPED = {"amounts": {"amount": "amount"}, "prices and discounts": {"price": "price", "discount": "discount"}}
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
    with TemporaryDirectory() as folder:
        for make in (_duckdb, _postgresql, _clickhouse):
            with make(Path(folder), lines) as engine:
                measure(engine, Path(folder), lines)


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


def _runs(opened: OpenBind, engine: Engine, mapped: str, folder: Path) -> dict[str, Callable[[], Any]]:
    source = _source(mapped)
    with opened.connect() as connection:
        statement = groups_statement(source, read_shapes(connection, source), "month", FIRST, STOP)
        same, binds = with_binds(connection, statement)
    plain = f"SELECT {engine.month}, product, region, channel, SUM(qty), {SUMMED[mapped]} FROM sales "
    plain += f"GROUP BY {engine.month}, product, region, channel"

    def ours(connection: Connection) -> int:
        return fetch(connection, statement, folder / "groups", GROUPS, opened.settings, lambda _: None, Cancel())

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
    lines = {"table": "sales", "columns": COLUMNS | MAPPED[mapped]}
    return Source(name="bench", bind="bench", label="Bench", currency="EUR", time_zone="UTC", lines=lines)  # type: ignore[arg-type]


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
            f"CASE WHEN {whole} % 100 = 37 THEN -1 ELSE 1 + {whole} % 5 END",
            decimal.format(f"(100 + {whole} * 37 % 49999)"),
            decimal.format(f"(100 + {whole} * 41 % 299999)"),
            f"CASE WHEN {whole} % 3 = 0 AND {whole} % 100 <> 37 THEN {decimal.format(f'({whole} % 99)')} END",
            moment,
            text("R", f"{product} % 8"),
            text("C", f"{product} % 3"),
        )
    )


@contextmanager
def _duckdb(folder: Path, lines: int) -> Iterator[Engine]:
    import duckdb

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
    yield Engine(
        "DuckDB",
        f"duckdb:///{path}",
        "date_trunc('month', sold)",
        lambda raw, sql, binds: _duckdb_bare(raw, sql, binds),
    )


def _duckdb_bare(raw: Any, sql: str, binds: dict[str, Any]) -> Any:
    for number, value in enumerate(binds.values(), 1):
        sql = sql.replace(f"%({list(binds)[number - 1]})s", f"'{value}'")
    return raw.execute(sql).arrow()


_SALES = (
    "product VARCHAR(20) NOT NULL, qty INTEGER NOT NULL, price DECIMAL(12, 2) NOT NULL, amount DECIMAL(12, 2) NOT NULL, "
    "discount DECIMAL(12, 2), sold TIMESTAMP NOT NULL, region VARCHAR(20) NOT NULL, channel VARCHAR(20) NOT NULL"
)


@contextmanager
def _postgresql(folder: Path, lines: int) -> Iterator[Engine]:
    yield from ()


@contextmanager
def _clickhouse(folder: Path, lines: int) -> Iterator[Engine]:
    yield from ()


if __name__ == "__main__":
    main()
