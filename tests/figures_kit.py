"""The raw files as tables of DuckDB, and pages asked as their viewers do: what figures are recomputed with.

The SQL is written from the definitions alone and shares nothing with the code that it judges. ``sales`` has a row a
counted line: day, month, code, order_no, region, channel, category, back (a return), units, gross, discount, cost
(NULL if not known) in cents, and signed net_units, net_sales, constant (at fixed rates), costed, margin. ``products``
is the master.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import duckdb

from dashboard.access import Permission, Scope, Viewer, built_in_roles
from dashboard.accounts import Accounts, Actor
from dashboard.reports import Gate
from dashboard.ui import board, sales_page
from dashboard.ui.board import Board
from dashboard.ui.caller import Caller
from dashboard.ui.spec import SalesPage

Sql = duckdb.DuckDBPyConnection
Row = dict[str, Any]

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
SALES, BUYER = ROLES["sales_manager"], ROLES["procurement_manager"]
OWNER = replace(SALES, role="owner", permissions=frozenset(p for p in Permission if p.value.startswith("measure:")))

SIGNED = """
    CREATE TABLE sales AS SELECT *, strftime(day, '%Y-%m') AS month,
        if(back, -units, units) AS net_units, if(back, discount - gross, gross - discount) AS net_sales,
        if(back, -fixed, fixed) AS constant,
        if(cost IS NULL, 0, if(back, discount - gross, gross - discount)) AS costed,
        coalesce(if(back, cost, -cost), 0) + costed AS margin
    FROM counted
"""
RETAIL = """
    CREATE TABLE raw AS SELECT * FROM read_parquet('{file}');
    CREATE TABLE counted AS
        SELECT CAST(InvoiceDate AS DATE) AS day, upper(StockCode) AS code, InvoiceNo AS order_no, Country AS region,
            '(none)' AS channel, '(none)' AS category, InvoiceNo LIKE 'C%' AS back,
            CAST(abs(Quantity) AS BIGINT) AS units,
            CAST(round(abs(CAST(Quantity AS DECIMAL(12, 0))) * CAST(UnitPrice AS DECIMAL(12, 3)), 2) * 100 AS BIGINT)
                AS gross,
            0::BIGINT AS discount, gross AS fixed, NULL::BIGINT AS cost
        FROM raw
        WHERE regexp_full_match(StockCode, '[0-9]{{5}}[A-Za-z]*') AND UnitPrice > 0 AND InvoiceNo NOT LIKE 'A%';
    CREATE TABLE products AS
        SELECT code, min(day) FILTER (NOT back) AS first, NULL::DATE AS ended, '(none)' AS category
        FROM counted GROUP BY code;
"""
DEMO = """
    CREATE TABLE raw AS SELECT * FROM read_parquet('{folder}/lines.parquet');
    CREATE TABLE stock AS SELECT CAST(date AS DATE) AS day, code, available AS units
        FROM read_parquet('{folder}/stock.parquet');
    CREATE TABLE receipts AS SELECT CAST(date AS DATE) AS day, code, units
        FROM read_parquet('{folder}/receipts.parquet');
    CREATE TABLE rates AS SELECT CAST(date AS DATE) AS day, currency, CAST(rate AS DECIMAL(8, 5)) AS rate
        FROM read_parquet('{folder}/rates.parquet');
    CREATE TABLE products AS SELECT * EXCLUDE (launch_date, end_date), CAST(end_date AS DATE) AS ended,
            CAST(coalesce(launch_date, first_receipt) AS DATE) AS first
        FROM read_parquet('{folder}/products.parquet');
    CREATE TABLE counted AS
    WITH kept AS (SELECT DISTINCT * FROM raw WHERE kind <> 'cancelled' AND product <> 'SHIPPING' AND unit_price > 0),
    rated AS (SELECT kept.*, if(kept.currency = 'EUR', 1, rates.rate) AS rate, if(kept.currency = 'EUR', 1, newest)
            AS newest
        FROM kept LEFT JOIN rates ON day = CAST(sold_at AS DATE) AND rates.currency = kept.currency
        LEFT JOIN (SELECT currency, arg_max(rate, day) AS newest FROM rates GROUP BY currency) AS fixed
            ON fixed.currency = kept.currency),
    local AS (SELECT *, CAST(unit_price AS DECIMAL(10, 2)) * CAST(quantity AS DECIMAL(8, 0)) AS worth,
        CAST(discount AS DECIMAL(12, 2)) AS off FROM rated)
    SELECT CAST(sold_at AS DATE) AS day, local.product AS code, "order" AS order_no, region, channel, category,
        kind = 'return' AS back, CAST(quantity AS BIGINT) AS units,
        CAST(coalesce(round(worth * CAST(rate AS DECIMAL(8, 5)), 2), 0) * 100 AS BIGINT) AS gross,
        CAST(coalesce(round(off * CAST(rate AS DECIMAL(8, 5)), 2), 0) * 100 AS BIGINT) AS discount,
        CAST(coalesce(round(worth * CAST(newest AS DECIMAL(8, 5)), 2)
            - round(off * CAST(newest AS DECIMAL(8, 5)), 2), 0) * 100 AS BIGINT) AS fixed,
        if(rate IS NULL, NULL, CAST(quantity * unit_cost * 100 AS BIGINT)) AS cost
    FROM local JOIN products ON products.code = local.product;
"""


def retail_sql(file: Path) -> Sql:
    """Online Retail II, by the rules of its mapping."""
    return _made(RETAIL.format(file=file))


def demo_sql(folder: Path) -> Sql:
    """The demo company's five files, by the rules of their mapping."""
    return _made(DEMO.format(folder=folder))


def _made(statements: str) -> Sql:
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute(statements)
    connection.execute(SIGNED)
    return connection


def rows(sql: Sql, query: str) -> list[Row]:
    """The answer, a dict a row."""
    done = sql.execute(query)
    names = [column[0] for column in done.description or ()]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


def one(sql: Sql, query: str) -> Row:
    """The only row."""
    (row,) = rows(sql, query)
    return row


# ---- pages


@dataclass(frozen=True)
class Shown:
    """What one viewer is shown: a page in process, by the functions that its callbacks call."""

    gate: Gate
    viewer: Viewer

    def board(self, of: Board, month: str, states: Any = None, **values: str) -> dict[str, Any]:
        """The parts of a board for one month."""
        usual = {
            "from": month,
            "to": month,
            "region": "*",
            "category": "*",
            "channel": "*",
            "source": "*",
            "product": "",
        }
        answer = board.answer(of, self._caller, states or {}, usual | values)
        assert not answer["notice"]
        return cast(dict[str, Any], answer["parts"])

    def sales(self, page: SalesPage, month: str, **values: str) -> dict[str, Any]:
        """The view of a sales page for one month."""
        usual = {"from": month, "to": month, "show": "10", "zero": True, "split-by": "region", "lists": "ends"}
        chosen: Mapping[str, Any] = usual | dict.fromkeys(("region", "category", "channel", "source"), "*") | values
        controls = [chosen.get(name, "total") for name in sales_page.CONTROLS]
        answer = sales_page.answer_view(page, self._caller, [*controls, ""])
        assert not answer["notice"]
        return cast(dict[str, Any], answer)

    @property
    def _caller(self) -> Caller:
        return Caller(self.viewer, Actor(1, self.viewer.role), self.gate, cast(Accounts, None))


def scoped(viewer: Viewer, *regions: str) -> Viewer:
    """The same viewer, of some regions only."""
    return replace(viewer, scope=Scope(region=frozenset(regions)))


def by_label(cards: list[Row]) -> dict[str, Row]:
    """Cards by their label."""
    return {card["label"]: card for card in cards}


def table(part: Row) -> list[list[Any]]:
    """The rows of a part's table."""
    return cast(list[list[Any]], part["table"]["rows"])


def number(text: str) -> Decimal:
    """``−€1,234.50`` as -1234.50."""
    found = re.search(r"([−+-]?)\D*?([0-9][0-9,]*(?:\.[0-9]+)?)", text)
    assert found, text
    value = Decimal(found[2].replace(",", ""))
    return -value if found[1] in {"−", "-"} else value


def cents(value: Any) -> Decimal:
    """Minor units as an amount."""
    return Decimal(int(value)) / 100


def near(text: str, exact: float | Decimal | int) -> bool:
    """Whether ``text`` is ``exact`` as far as its digits go."""
    shown = number(text)
    digits = -cast(int, shown.as_tuple().exponent)
    return bool(abs(float(shown) - float(exact)) <= 0.5 * 10**-digits + 1e-9)
