"""Every page at 50,000 products x 60 months x 10 regions, for each set of rights: part of `make bench`.

The data are made here: a product sells in a few of the ten regions in a month, as in a real catalogue, 3.5 million rows
a month grain and half as many days. A process of its own serves them, so that its memory is that of a worker.
"""

import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
from factories import make_info

from dashboard.access import Permission, Scope, Viewer
from dashboard.accounts import Accounts, Actor
from dashboard.reports import Gate
from dashboard.sales.calendar import first_day, shift
from dashboard.sales.rollup import (
    NO_SNAPSHOT,
    Facts,
    Products,
    Receipts,
    Rollup,
    StockDays,
    StockMonths,
    Supply,
    one_source,
)
from dashboard.sources.store import RollupStore
from dashboard.ui import board, sales_page
from dashboard.ui.caller import Caller
from pages import PAGES

PRODUCTS, MONTHS, REGIONS, STOCK_DAYS = 50_000, 60, 10, 182
ROWS_A_MONTH, ROWS_A_DAY = 60_000, 2_200
LAST = date(2026, 11, 20)
BUDGET_MS, BUDGET_MB = 150, 400
RIGHTS = {
    "units and stock": {Permission.MEASURE_UNITS, Permission.MEASURE_STOCK},
    "units and revenue": {Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE},
}


def write(folder: Path) -> None:
    """Put the large rollup in force under ``folder``."""
    RollupStore(folder).write(_rollup(np.random.default_rng(1)))


def serve(folder: Path) -> None:
    """Print how long each page takes for questions never asked before, and what the process holds in the end."""
    gate = Gate(RollupStore(folder))
    gate.store.current()
    for name, rights in RIGHTS.items():
        viewer = Viewer(1, "bench", "bench", frozenset(rights), Scope(), "1")
        caller = Caller(viewer, Actor(1, "bench"), gate, cast(Accounts, None))
        for label, ask in _asks(caller):
            times = [_timed(ask, month, month) for month in ("2026-10", "2026-08", "2026-06", "2025-12", "2025-10")]
            year = statistics.median(_timed(ask, shift(last, -11), last) for last in ("2026-10", "2026-07", "2026-04"))
            said = f"{statistics.median(times):.0f} ms a month (first {times[0]:.0f}), {year:.0f} ms a year"
            print(f"{name}, {label}: {said} (budget {BUDGET_MS})", flush=True)
    gc.collect()
    own, mapped = (_held(kind) for kind in ("RssAnon", "RssFile"))
    print(f"memory of the process that served them: {own:.0f} MB of its own (budget {BUDGET_MB}), {mapped:.0f} MB of")
    print("    mapped files, which all workers share and the system takes back when it needs the room")


def _held(kind: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(kind)).split()[1]) / 1024


def _timed(ask: Callable[[str, str], Any], first: str, last: str) -> float:
    started = time.perf_counter()
    answer = ask(first, last)
    json.dumps(answer)
    assert "notice" not in answer or not answer["notice"], answer["notice"]
    return (time.perf_counter() - started) * 1000


def _asks(caller: Caller) -> Iterator[tuple[str, Callable[[str, str], Any]]]:
    for page in PAGES:
        if page.PERMISSION is None or page.PERMISSION not in caller.viewer.permissions:
            continue
        if hasattr(page, "BOARD"):
            yield page.NAME, lambda first, last, it=page.BOARD: board.answer(it, caller, {}, _months(it, first, last))
        elif hasattr(page, "PAGE"):
            yield page.NAME, lambda first, last, it=page.PAGE: _sales(it, caller, first, last)


def _months(page: board.Board, first: str, last: str) -> dict[str, str]:
    return {name: month for name, month in (("from", first), ("to", last)) if name in page.filters}


def _sales(page: Any, caller: Caller, first: str, last: str) -> Any:
    reports = caller.reports()
    choice = sales_page.from_parameters({"from": first, "to": last}, reports.options())
    return sales_page.build_view(page, reports, choice)


def _rollup(rng: np.random.Generator) -> Rollup:
    months = tuple(shift("2026-11", step - MONTHS + 1) for step in range(MONTHS))
    first_daily = first_day(shift("2026-11", -25))
    codes = tuple(f"p{i:05}" for i in range(PRODUCTS))
    info = replace(make_info(), first_day=first_day(months[0]), last_day=LAST, complete_to=LAST, has_stock=True)
    return Rollup(
        version="",
        info=info,
        months=months,
        first_daily=first_daily,
        regions=tuple(f"Region {i}" for i in range(REGIONS)),
        categories=tuple(f"Category {i:02}" for i in range(40)),
        channels=("Online", "Store"),
        sources=("Test data",),
        products=Products(
            codes,
            tuple(f"Product {code}" for code in codes),
            rng.integers(0, 40, PRODUCTS).astype(np.int16),
            np.full(PRODUCTS, np.datetime64("2021-01-01")),
            np.full(PRODUCTS, np.datetime64("NaT", "D")),
        ),
        monthly=_facts(rng, MONTHS, ROWS_A_MONTH),
        daily=_facts(rng, (LAST - first_daily).days + 1, ROWS_A_DAY),
        stock=_stock_months(rng),
        stock_days=_stock_days(rng),
        receipts=_receipts(rng),
        supply=_supply(rng),
    )


def _facts(rng: np.random.Generator, periods: int, rows: int) -> Facts:
    # Popular products sell in more regions and more often.
    product = (PRODUCTS * rng.random((periods, rows)) ** 1.5).astype(np.int32)
    product.sort(axis=1)
    size = periods * rows
    units, price = 1 + rng.poisson(6, size), rng.integers(200, 9000, size)
    gross = units * price
    discounts, back = gross // 20, np.where(rng.random(size) < 0.05, price, 0)
    net = gross - discounts - back
    values = {
        "gross_units": units,
        "returned_units": (back > 0).astype(np.int64),
        "gross_sales": gross,
        "discounts": discounts,
        "returned_sales": back,
        "costed_sales": net,
        "cost_of_goods": net // 2,
        "constant_sales": net,
    }
    return Facts(
        np.arange(periods + 1, dtype=np.int64) * rows,
        product.ravel(),
        rng.integers(0, REGIONS, size).astype(np.int16),
        rng.integers(0, 2, size).astype(np.int16),
        {name: column.astype(np.int64) for name, column in values.items()},
        one_source(size),
    )


def _stock_months(rng: np.random.Generator) -> StockMonths:
    size = PRODUCTS * MONTHS
    return StockMonths(
        np.arange(MONTHS + 1, dtype=np.int64) * PRODUCTS,
        np.tile(np.arange(PRODUCTS, dtype=np.int32), MONTHS),
        np.full(size, 30, dtype=np.int16),
        rng.integers(20, 31, size).astype(np.int16),
        rng.integers(0, 400, size),
    )


def _stock_days(rng: np.random.Generator) -> StockDays:
    available = rng.integers(-5, 300, (STOCK_DAYS, PRODUCTS), dtype=np.int32).clip(0)
    available[:, ::97] = NO_SNAPSHOT
    return StockDays(date.fromordinal(LAST.toordinal() - STOCK_DAYS + 1), available)


def _receipts(rng: np.random.Generator) -> Receipts:
    product = np.repeat(np.arange(PRODUCTS, dtype=np.int32), 6)
    day = np.datetime64(LAST) - np.sort(rng.integers(0, 700, (PRODUCTS, 6)), axis=1)[:, ::-1]
    return Receipts(product, day.ravel(), rng.integers(10, 200, len(product)))


def _supply(rng: np.random.Generator) -> Supply:
    lead = rng.integers(5, 60, PRODUCTS).astype(np.float64)
    lead[::50] = np.nan
    none = np.zeros(PRODUCTS, dtype=np.int64)
    return Supply(rng.integers(100, 5000, PRODUCTS), lead, lead / 5, none + 12, none + 6, none, none, none - 1)


def run(prefix: list[str]) -> None:
    """Make the data, and serve them from another process; ``prefix`` is how Python runs this file."""
    import subprocess  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        write(Path(folder) / "rollup")
        rows = ROWS_A_MONTH * MONTHS
        print(f"{PRODUCTS:,} products x {MONTHS} months x {REGIONS} regions, {rows:,} rows: made in "
              f"{time.perf_counter() - started:.0f} s", flush=True)  # fmt: skip
        subprocess.run([*prefix, str(Path(folder) / "rollup")], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(Path(sys.argv[1]))
    else:
        run([sys.executable, __file__])
