"""Five figures of the Changes page, recomputed in SQL from the order lines and days of the demo data."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pytest

from dashboard.access import Viewer, built_in_roles
from dashboard.reports import Gate, Question, Reports, bridging, contributions, moved_products
from dashboard.reports.moved_products import MovedPage
from dashboard.sales.calendar import Against
from dashboard.sales.rollup import Facts, Rollup

SALES: Viewer = next(role.viewer(1, "sam") for role in built_in_roles() if role.key == "sales_manager")
NOV = Question("2026-11", "2026-11")
WINDOWS = """
SELECT product,
    sum(units) FILTER (day < DATE '2026-01-01') AS q0, sum(units) FILTER (day >= DATE '2026-01-01') AS q1,
    sum({0}) FILTER (day < DATE '2026-01-01') AS r0, sum({0}) FILTER (day >= DATE '2026-01-01') AS r1
FROM days
WHERE day BETWEEN DATE '2025-11-01' AND DATE '2025-11-20' OR day BETWEEN DATE '2026-11-01' AND DATE '2026-11-20'
GROUP BY 1
"""
SPLIT = f"""
WITH sums AS (SELECT product, coalesce(q0, 0) q0, coalesce(q1, 0) q1, coalesce(r0, 0) r0, coalesce(r1, 0) r1
    FROM ({WINDOWS.format("constant")})),
pairs AS (SELECT * FROM sums WHERE q0 > 0 AND q1 > 0 AND r0 >= 0 AND r1 >= 0),
whole AS (SELECT sum(q0) v0, sum(q1) v1, sum(r0) / sum(q0) average FROM pairs)
SELECT (v1 - v0) * average AS volume,
    (SELECT sum((q1 - v1 * q0 / v0) * (r0 / q0 - average)) FROM pairs) AS mix,
    (SELECT sum((r1 / q1 - r0 / q0) * q1) FROM pairs) AS price,
    (SELECT sum(r1) FROM sums WHERE q0 <= 0 AND q1 > 0 AND r1 >= 0) AS new,
    -(SELECT sum(r0) FROM sums WHERE q0 > 0 AND q1 <= 0 AND r0 >= 0) AS lost
FROM whole
"""


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def day_frame(rollup: Rollup) -> pd.DataFrame:
    """A row a day, product, region and channel: units and sales from the order lines, constant sales from the days."""
    lines, facts = rollup.lines, rollup.daily
    assert lines is not None
    days = np.arange(np.datetime64(rollup.info.first_day), np.datetime64(rollup.info.last_day) + 1)
    sign = np.where(lines.returned, -1, 1)
    sold = {"units": sign * lines.units, "sales": sign * (lines.gross - lines.discount)}
    sold |= {"day": np.repeat(days, np.diff(lines.offsets)), "product": lines.product, "constant": 0}
    fixed = {"units": 0, "sales": 0, "day": of_days(rollup, facts), "product": facts.product}
    return pd.concat([pd.DataFrame(sold), pd.DataFrame(fixed | {"constant": facts.values["constant_sales"]})])


def of_days(rollup: Rollup, facts: Facts) -> np.ndarray:
    return np.datetime64(rollup.first_daily) + np.repeat(np.arange(len(facts.offsets) - 1), np.diff(facts.offsets))


@pytest.fixture(scope="module")
def sql(demo: Rollup) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.register("days", day_frame(demo))
    return connection


@pytest.fixture(scope="module")
def viewer(demo: Rollup) -> Reports:
    return Gate(Fixed(demo)).open(SALES)


def test_the_bridge(sql: duckdb.DuckDBPyConnection, viewer: Reports) -> None:
    expected = sql.execute(SPLIT).fetchone()
    found = bridging.answer(viewer, NOV, Against.YEAR_BEFORE).bridge
    assert expected is not None
    assert found is not None
    parts = found.parts
    assert all(expected)
    assert (parts.volume, parts.mix, parts.price, parts.new, parts.lost) == pytest.approx(expected, rel=0, abs=1.01)


@pytest.mark.parametrize(("key", "column"), [("net_units", "units"), ("net_sales", "sales")])
def test_changes(sql: duckdb.DuckDBPyConnection, viewer: Reports, demo: Rollup, key: str, column: str) -> None:
    of = WINDOWS.format("units" if column == "units" else "sales")
    moved = f"SELECT product, coalesce(r1, 0) - coalesce(r0, 0) AS moved FROM ({of})"
    rises, falls, most, who = sql.execute(
        f"SELECT sum(moved) FILTER (moved > 0), sum(moved) FILTER (moved < 0), max(abs(moved)), "
        f"arg_max(product, abs(moved)) FROM ({moved})"
    ).fetchone() or (0, 0, 0, 0)
    answer = contributions.overall(viewer, NOV, key, Against.YEAR_BEFORE)
    assert answer.balance is not None
    assert (answer.balance.ups, answer.balance.downs) == (rises, falls)
    first = moved_products.answer(viewer, NOV, key, Against.YEAR_BEFORE, MovedPage(limit=1)).frame.iloc[0]
    assert (first["product"], abs(int(first["change"]))) == (demo.products.code[who], most)
