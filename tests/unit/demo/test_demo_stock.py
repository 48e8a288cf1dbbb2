"""Six figures of the Stock page, recomputed in SQL from the order lines, stock days and receipts of the demo data."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from dashboard.reports import Question, Reports
from dashboard.reports.stock import Standing
from dashboard.reports.stock_periods import stock_ages, stock_outs, turnover
from dashboard.sales.rollup import NO_SNAPSHOT, Rollup

NOVEMBER = Question("2026-11", "2026-11")
ON_SALE = "(first_day <= {0} AND (end_day IS NULL OR end_day >= {0}))"


@pytest.fixture(scope="module")
def sql(demo: Rollup) -> duckdb.DuckDBPyConnection:
    """sold (day, product, units), stock (day, product, units), receipts and products."""
    connection = duckdb.connect()
    connection.register("sold", sold_frame(demo))
    rows, products = np.nonzero(demo.stock_days.available != NO_SNAPSHOT)
    days = np.datetime64(demo.stock_days.first_day) + rows
    units = demo.stock_days.available[rows, products].astype(np.int64)
    connection.register("stock", pd.DataFrame({"day": days, "product": products, "units": units}))
    connection.register("receipts", pd.DataFrame(vars(demo.receipts)))
    master = {"first_day": demo.products.first_day, "end_day": demo.products.end_day}
    supply = {"committed": demo.supply.committed, "on_order": demo.supply.on_order}
    connection.register("products", pd.DataFrame({"product": np.arange(len(demo.products)), **master, **supply}))
    connection.execute(
        f"CREATE TABLE now AS SELECT product, units, units - committed AS available, on_order, first_day, end_day "
        f"FROM products JOIN stock USING (product) WHERE day = DATE '2026-11-20' "
        f"AND ({ON_SALE.format('day')} OR units <> 0)"
    )
    return connection


def sold_frame(rollup: Rollup) -> pd.DataFrame:
    lines = rollup.lines
    days = np.arange(np.datetime64(rollup.info.first_day), np.datetime64(rollup.info.last_day) + 1)
    sign = np.where(lines.returned, -1, 1)
    product = np.asarray(lines.product)
    return pd.DataFrame(
        {"day": np.repeat(days, np.diff(lines.offsets)), "product": product, "units": sign * np.asarray(lines.units)}
    )


def one(sql: duckdb.DuckDBPyConnection, query: str) -> tuple:
    row = sql.execute(query).fetchone()
    assert row
    return row


def test_in_stock_and_out_of_stock(sql: duckdb.DuckDBPyConnection, held: Standing) -> None:
    query = """
        SELECT count(*) FILTER (available > 0), count(*) FILTER (available <= 0 AND still),
            count(*) FILTER (available <= 0 AND still AND on_order > 0)
        FROM (SELECT *, end_day IS NULL OR end_day >= DATE '2026-11-20' AS still FROM now)
    """
    assert (held.in_stock, held.out, held.out_on_order) == one(sql, query)
    assert held.out > 0


def test_a_buyer_has_a_week_of_work_not_months_of_neglect(held: Standing) -> None:
    counts = held.counts
    assert 20 <= counts["reorder"] <= 40
    assert 5 <= counts["at_once"] <= counts["reorder"] / 2 + 5
    assert counts["reorder"] < counts["hold"]
    assert min(counts[name] for name in ("dead", "slow", "excess", "no_lead", "none")) >= 8
    assert 0 < held.out_on_order < held.out


def test_days_of_supply(sql: duckdb.DuckDBPyConnection, held: Standing) -> None:
    query = f"""
        WITH days AS (SELECT product, day FROM stock JOIN products USING (product)
            WHERE units > 0 AND day BETWEEN DATE '2026-11-20' - 55 AND DATE '2026-11-20' AND {ON_SALE.format("day")}),
        daily AS (SELECT product, day, sum(units) AS units FROM sold GROUP BY ALL),
        rates AS (SELECT product, sum(coalesce(units, 0)) / count(*) AS rate, count(*) AS days
            FROM days LEFT JOIN daily USING (product, day) GROUP BY product)
        SELECT sum(greatest(available, 0)), sum(rate) FROM now JOIN rates USING (product) WHERE rate > 0 AND days >= 14
    """
    available, rate = one(sql, query)
    assert held.available == available
    assert held.daily_demand == pytest.approx(rate)


def test_dead_stock(sql: duckdb.DuckDBPyConnection, held: Standing) -> None:
    query = """
        WITH sales AS (SELECT product, sum(units) AS net FROM sold
            WHERE day > DATE '2026-11-20' - 180 AND day <= DATE '2026-11-20' GROUP BY product),
        begun AS (SELECT product, min(day) AS day FROM receipts GROUP BY product)
        SELECT count(*), sum(available) FROM now LEFT JOIN sales USING (product) LEFT JOIN begun USING (product)
        WHERE available > 0 AND coalesce(net, 0) <= 0
            AND coalesce(begun.day, first_day) <= DATE '2026-11-20' - 180
    """
    assert (held.counts["dead"], held.units["dead"]) == one(sql, query)
    assert held.counts["dead"] > 0


def test_sell_through_of_november(sql: duckdb.DuckDBPyConnection, asked: Reports) -> None:
    found = turnover(asked, NOVEMBER)
    query = """
        WITH shelf AS (SELECT product, arg_max(units, day) AS opening FROM stock
            WHERE day BETWEEN DATE '2026-10-01' AND DATE '2026-10-31' GROUP BY product),
        came AS (SELECT product, sum(units) AS units FROM receipts
            WHERE day BETWEEN DATE '2026-11-01' AND DATE '2026-11-20' GROUP BY product),
        gone AS (SELECT product, sum(units) AS units FROM sold WHERE day >= DATE '2026-11-01' GROUP BY product)
        SELECT sum(greatest(coalesce(opening, 0), 0)), sum(coalesce(came.units, 0)), sum(coalesce(gone.units, 0))
        FROM products LEFT JOIN shelf USING (product) LEFT JOIN came USING (product) LEFT JOIN gone USING (product)
        WHERE first_day <= DATE '2026-11-30' AND (end_day IS NULL OR end_day >= DATE '2026-11-01')
    """
    assert found.left_out == 0
    opening, received, sold = one(sql, query)
    assert (found.opening, found.received, found.sold) == (opening, received, sold)
    assert found.sell_through == pytest.approx(float(sold) / float(opening + received))


def test_days_out_of_stock_in_november(sql: duckdb.DuckDBPyConnection, asked: Reports) -> None:
    found = stock_outs(asked, NOVEMBER)
    query = f"""
        SELECT count(*), count(DISTINCT product) FROM stock JOIN products USING (product)
        WHERE day BETWEEN DATE '2026-11-01' AND DATE '2026-11-20' AND units <= 0 AND {ON_SALE.format("day")}
    """
    assert (found.days, found.products) == one(sql, query)


def test_age_of_the_stock(sql: duckdb.DuckDBPyConnection, asked: Reports) -> None:
    found = stock_ages(asked, NOVEMBER).frame.set_index("band")["units"]
    query = """
        WITH layers AS (SELECT product, day, units, coalesce(sum(units) OVER (PARTITION BY product ORDER BY day DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer
            FROM receipts WHERE day <= DATE '2026-11-20'),
        shelf AS (SELECT product, units AS held FROM stock WHERE day = DATE '2026-11-20' AND units > 0),
        left_over AS (SELECT day, least(greatest(held - newer, 0), units) AS units
            FROM layers JOIN shelf USING (product))
        SELECT sum(units) FILTER (DATE '2026-11-20' - day <= 30), sum(units) FILTER (DATE '2026-11-20' - day > 365),
            (SELECT sum(held) FROM shelf) FROM left_over
    """
    sums = (found["0–30 days"], found["over 365 days"], found.sum())
    assert sums == one(sql, query.replace("- day", "- CAST(day AS DATE)"))
