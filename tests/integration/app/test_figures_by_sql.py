"""Every page's figures, recomputed in SQL from the raw files of Online Retail II and of the demo company.

Not repeated here, because they are recomputed in SQL elsewhere: months and rankings of Online Retail II
(test_report_command), its totals and checks against its README (test_online_retail), the demo's bridge against the
year before (test_demo_changes), its stock-outs, days of supply, dead stock, sell-through and ages (test_demo_stock).
Those of the demo start from the imported figures; here everything starts from the files.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from figures_kit import (
    BUYER,
    OWNER,
    SALES,
    Row,
    Shown,
    Sql,
    by_label,
    cents,
    demo_sql,
    near,
    number,
    one,
    retail_sql,
    rows,
    scoped,
    table,
)
from kit import Installation

from dashboard.access import Viewer
from dashboard.reports import Gate, open_gate
from pages import changes, classes, data, overview, product, revenue, stock, units


@dataclass(frozen=True)
class World:
    """The raw files in SQL, and the door to the same data imported."""

    sql: Sql
    gate: Gate

    def shown(self, viewer: Viewer) -> Shown:
        return Shown(self.gate, viewer)


@dataclass(frozen=True)
class Case:
    """A viewer of a month of one of the two, and the same as conditions of SQL; by what it is split."""

    world: str
    viewer: Viewer
    month: str
    where: str = "true"
    split: str = "region"


@pytest.fixture(scope="session")
def worlds(demo: Installation, retail: Installation, online_retail: Path, raw_demo: Path) -> dict[str, World]:
    return {
        "demo": World(demo_sql(raw_demo), open_gate(demo.settings)),
        "retail": World(retail_sql(online_retail), open_gate(retail.settings)),
    }


NORTH, ABROAD = scoped(OWNER, "North"), scoped(SALES, "France", "Germany")
IN_NORTH, IS_ABROAD = "region = 'North'", "region IN ('France', 'Germany')"
CASES = {
    "demo sales": Case("demo", SALES, "2026-11"),
    "demo buyer": Case("demo", BUYER, "2026-11"),
    "demo margin": Case("demo", OWNER, "2026-11"),
    "demo north": Case("demo", NORTH, "2026-11", IN_NORTH, "category"),
    "retail sales": Case("retail", SALES, "2011-11"),
    "retail buyer": Case("retail", BUYER, "2011-11"),
    "retail abroad": Case("retail", ABROAD, "2011-11", IS_ABROAD),
    "retail unfinished": Case("retail", SALES, "2011-12"),
}
# What is shown (all), what of it is compared (now), and with what: like days of the month and of the year before.
PERIODS = {
    "2026-11": {
        "all": ("2026-11-01", "2026-11-30"),
        "now": ("2026-11-01", "2026-11-20"),
        "before": ("2026-10-01", "2026-10-20"),
        "year": ("2025-11-01", "2025-11-20"),
    },
    "2011-11": {
        "all": ("2011-11-01", "2011-11-30"),
        "now": ("2011-11-01", "2011-11-30"),
        "before": ("2011-10-01", "2011-10-31"),
        "year": ("2010-11-01", "2010-11-30"),
    },
    "2011-12": {
        "all": ("2011-12-01", "2011-12-31"),
        "now": ("2011-12-01", "2011-12-08"),
        "before": ("2011-11-01", "2011-11-08"),
        "year": ("2010-12-01", "2010-12-08"),
    },
}
PERIODS["2026-09 to 2026-11"] = {
    "all": ("2026-09-01", "2026-11-30"),
    "now": ("2026-09-01", "2026-11-20"),
    "year": ("2025-09-01", "2025-11-20"),
}
SUMS = """
    SELECT period, sum(net_sales) AS net_sales, sum(if(back, 0, gross)) AS gross_sales,
        sum(if(back, 0, discount)) AS discounts, sum(if(back, gross - discount, 0)) AS returned_sales,
        sum(net_units) AS net_units, sum(if(back, 0, units)) AS gross_units,
        sum(if(back, units, 0)) AS returned_units, sum(margin) AS margin, sum(costed) AS costed
    FROM sales JOIN (VALUES {periods}) AS periods(period, first, last) ON day BETWEEN first AND last
    WHERE {where} GROUP BY period
"""
MONEY = {"Net sales": "net_sales", "Gross sales": "gross_sales", "Returns value": "returned_sales", "Margin": "margin"}
UNITS = {"Net units": "net_units", "Gross units": "gross_units", "Returned units": "returned_units"}
SHARES = {
    "Discount rate": ("discounts", "gross_sales"),
    "Return rate": ("returned_units", "gross_units"),
    "Margin rate": ("margin", "costed"),
}
PRICE = "Average price"


def sums_of(sql: Sql, month: str, where: str) -> dict[str, Row]:
    """Period -> sums of every measure."""
    periods = ", ".join(f"('{name}', DATE '{first}', DATE '{last}')" for name, (first, last) in PERIODS[month].items())
    return {row["period"]: row for row in rows(sql, SUMS.format(periods=periods, where=where))}


def check_cards(cards: list[Row], sums: dict[str, Row], against: tuple[str, ...] = ("before", "year")) -> set[str]:
    """Compare the cards of measures and ratios with ``sums``; returns the labels of what was compared."""
    found = {label: card for label, card in by_label(cards).items() if label in {*MONEY, *UNITS, *SHARES, PRICE}}
    for label, card in found.items():
        check_value(label, card["value"], sums["all"])
        for line, base in zip(card["changes"], against, strict=True):
            check_change(label, line["figure"], sums["now"], sums[base])
    return set(found)


def check_value(label: str, text: str, row: Row) -> None:
    if label in MONEY:
        assert number(text) == cents(row[MONEY[label]])
    elif label in UNITS:
        assert number(text) == row[UNITS[label]]
    elif label == PRICE:
        assert near(text, cents(row["net_sales"]) / row["net_units"])
    else:
        top, bottom = SHARES[label]
        assert near(text, 100 * row[top] / row[bottom])


def check_change(label: str, text: str, now: Row, base: Row) -> None:
    if label in SHARES:
        top, bottom = SHARES[label]
        exact = 100 * (now[top] / now[bottom] - base[top] / base[bottom])
    elif label == PRICE:
        exact = 100 * (now["net_sales"] / now["net_units"] / (base["net_sales"] / base["net_units"]) - 1)
    else:
        key = (MONEY | UNITS)[label]
        exact = 100 * (now[key] / base[key] - 1)
    assert near("0.0" if text == "no change" else text, exact), (label, text, exact)


def check_months(part: Row, sql: Sql, column: str, where: str) -> None:
    """Compare a table by month with the sums of ``column``."""
    expected = rows(sql, f"SELECT month, sum({column}) AS value FROM sales WHERE {where} GROUP BY 1 ORDER BY 1")
    shown = {row[0][0]: row[1] for row in table(part)}
    exact = {row["month"]: row["value"] for row in expected}
    money = column != "net_units"
    assert all(number(text) == (cents(value) if money else value) for value, text in shown.values())
    assert {month: value for month, (value, _) in shown.items() if value} == {m: v for m, v in exact.items() if v}


# ---- Overview, Revenue, Units


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_overview(worlds: dict[str, World], case: Case) -> None:
    """Cards, each with two changes, and 25 or 36 months."""
    world = worlds[case.world]
    parts = world.shown(case.viewer).board(overview.BOARD, case.month)
    labels = check_cards(parts["cards"], sums_of(world.sql, case.month, case.where))
    buyer = case.viewer is BUYER
    assert labels == {"Net units", "Returned units"} | (set() if buyer else {"Net sales"})
    check_months(parts["monthly"], world.sql, "net_units" if buyer else "net_sales", case.where)


STATES = """
    WITH sold AS (SELECT code, sum({value}) AS value, sum({ties}) FILTER (NOT back) AS ties FROM sales
        WHERE month = '2026-11' AND {where} GROUP BY code),
    kept AS (SELECT code, count(*) FILTER (units > 0) AS held FROM stock
        WHERE day BETWEEN DATE '2026-11-01' AND DATE '2026-11-20' GROUP BY code),
    known AS (SELECT code, CAST(date_trunc('month', min(day)) AS DATE) AS since FROM sales
        WHERE {where} AND NOT back GROUP BY code),
    master AS (SELECT code, ended, if({everything}, first, since) AS first FROM products LEFT JOIN known USING (code)),
    lives AS (SELECT code, first, ended, coalesce(held, 0) AS held,
            least(coalesce(ended, DATE '2026-11-20'), DATE '2026-11-20') - greatest(first, DATE '2026-11-01') + 1
            AS days
        FROM master LEFT JOIN kept USING (code)),
    ranked AS (SELECT code, coalesce(value, 0) AS value, coalesce(ties, 0) AS ties,
            CASE WHEN ended < DATE '2026-11-20' THEN 'discontinued'
            WHEN DATE '2026-11-20' - first < 56 OR days < 10 THEN 'new'
            WHEN {stock} AND held < 0.7 * days THEN 'stock_out' ELSE 'ranked' END AS state
        FROM lives LEFT JOIN sold USING (code) WHERE first IS NOT NULL AND days > 0)
"""
ENDS = {"best": ("value > 0", "DESC"), "worst": ("state = 'ranked'", "ASC")}


@pytest.mark.parametrize("name", ["demo sales", "demo buyer", "demo margin", "demo north"])
def test_overview_best_and_worst(worlds: dict[str, World], name: str) -> None:
    """Five products at each end with their values, and what is not shown together."""
    case, world = CASES[name], worlds["demo"]
    parts = world.shown(case.viewer).board(overview.BOARD, case.month)
    buyer = case.viewer is BUYER
    value, ties = ("net_units", "units") if buyer else ("net_sales", "gross")
    # A Sales Manager may not see stock. Whoever sees one region has products since the month of their first sale there.
    everything = case.where == "true"
    uses = everything and case.viewer is not SALES  # stock has no region: who sees one is told nothing of it
    states = STATES.format(value=value, ties=ties, where=case.where, stock=uses, everything=everything)
    for part, (which, order) in ENDS.items():
        query = f"{states} SELECT * FROM ranked WHERE {which} ORDER BY value {order}, ties {order}, code LIMIT 5"
        expected = rows(world.sql, query)
        shown = [(row[2], row[3][0]) for row in table(parts[part])]
        assert shown == [(row["code"], row["value"]) for row in expected]
        # The count is of the universe; the amount is what the headline has beside the five, the late returns of
        # products that ended before the month included.
        whole = one(world.sql, f"{states} SELECT (SELECT count(*) FROM ranked) AS n, sum(value) AS value FROM sold")
        said = re.search(r"Not shown: ([\d,]+) products, together (\S+?)(?:, of which .+)?\.$", parts[part]["note"])
        assert said
        rest = whole["value"] - sum(row["value"] for row in expected)
        assert number(said[1]) == whole["n"] - 5
        assert number(said[2]) == (rest if buyer else cents(rest))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.viewer is not BUYER])
def test_revenue(worlds: dict[str, World], name: str) -> None:
    """Cards and their changes, months, and the split by region."""
    case = CASES[name]
    world = worlds[case.world]
    view = world.shown(case.viewer).sales(revenue.PAGE, case.month, **{"split-by": case.split})
    labels = check_cards(view["cards"], sums_of(world.sql, case.month, case.where))
    margin = {"Margin", "Margin rate"} if case.viewer in {OWNER, NORTH} else set()
    assert labels == {"Net sales", "Gross sales", "Returns value", PRICE, "Discount rate"} | margin
    check_months(view["charts"]["monthly"], world.sql, "net_sales", case.where)
    check_split(view["charts"]["split"], world.sql, case, "net_sales")


def test_revenue_of_several_months(worlds: dict[str, World]) -> None:
    """Three months of which the last is unfinished are compared with the same days of the year before alone."""
    world = worlds["demo"]
    view = world.shown(OWNER).sales(revenue.PAGE, "2026-11", **{"from": "2026-09"})
    sums = sums_of(world.sql, "2026-09 to 2026-11", "true")
    assert {"Net sales", PRICE, "Discount rate", "Margin rate"} < check_cards(view["cards"], sums, ("year",))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_units(worlds: dict[str, World], case: Case) -> None:
    """The same of units."""
    world = worlds[case.world]
    view = world.shown(case.viewer).sales(units.PAGE, case.month, **{"split-by": case.split})
    labels = check_cards(view["cards"], sums_of(world.sql, case.month, case.where))
    assert labels == {*UNITS, "Return rate"}
    check_months(view["charts"]["monthly"], world.sql, "net_units", case.where)
    check_split(view["charts"]["split"], world.sql, case, "net_units")
    sold = "SELECT code FROM sales WHERE month = '{0}' AND {1} GROUP BY code HAVING sum(net_units) > 0"
    count = one(world.sql, f"SELECT count(*) AS n FROM ({sold.format(case.month, case.where)})")["n"]
    assert number(by_label(view["cards"])["Products with net sales"]["value"]) == count


def check_split(part: Row, sql: Sql, case: Case, column: str) -> None:
    query = f"""
        SELECT {case.split} AS key, sum({column}) AS value, sum({column}) / sum(sum({column})) OVER () AS share
        FROM sales WHERE month = '{case.month}' AND {case.where} GROUP BY 1
    """
    expected = {row["key"]: row for row in rows(sql, query)}
    shown = {row[0][0]: row[1:] for row in table(part) if row[1][0]}
    assert set(shown) == {name for name, row in expected.items() if row["value"]}
    for name, ((value, text), (_, share)) in shown.items():
        assert value == expected[name]["value"]
        assert number(text) == (value if column == "net_units" else cents(value))
        assert not share or near(share, 100 * expected[name]["share"])


# ---- Changes

WINDOWS = """
    WITH sums AS (SELECT {by} AS key,
        coalesce(sum({value}) FILTER (day BETWEEN {before}), 0) AS x0,
        coalesce(sum({value}) FILTER (day BETWEEN {now}), 0) AS x1
        FROM sales WHERE {where} AND (day BETWEEN {before} OR day BETWEEN {now}) GROUP BY 1)
"""
BRIDGE = """
    WITH sums AS (SELECT code,
        coalesce(sum(net_units) FILTER (day BETWEEN {before}), 0)::DOUBLE AS q0,
        coalesce(sum(net_units) FILTER (day BETWEEN {now}), 0)::DOUBLE AS q1,
        coalesce(sum(constant) FILTER (day BETWEEN {before}), 0)::DOUBLE AS r0,
        coalesce(sum(constant) FILTER (day BETWEEN {now}), 0)::DOUBLE AS r1,
        coalesce(sum(net_sales) FILTER (day BETWEEN {before}), 0)::DOUBLE AS s0,
        coalesce(sum(net_sales) FILTER (day BETWEEN {now}), 0)::DOUBLE AS s1
        FROM sales WHERE {where} GROUP BY code),
    pairs AS (SELECT * FROM sums WHERE q0 > 0 AND q1 > 0 AND r0 >= 0 AND r1 >= 0),
    whole AS (SELECT sum(q0) AS v0, sum(q1) AS v1, sum(r0) / sum(q0) AS average FROM pairs),
    parts AS (SELECT (v1 - v0) * average AS "Volume",
        (SELECT sum((q1 - v1 * q0 / v0) * (r0 / q0 - average)) FROM pairs) AS "Mix",
        (SELECT sum((r1 / q1 - r0 / q0) * q1) FROM pairs) AS "Price",
        coalesce((SELECT sum(r1) FROM sums WHERE q0 <= 0 AND q1 > 0 AND r1 >= 0), 0) AS "New",
        -coalesce((SELECT sum(r0) FROM sums WHERE q0 > 0 AND q1 <= 0 AND r0 >= 0), 0) AS "Lost",
        (SELECT sum(s1 - s0 - (r1 - r0)) FROM sums) AS "Exchange rates",
        (SELECT sum(s1 - s0) FROM sums) AS "In total"
        FROM whole)
    SELECT *, "In total" - "Volume" - "Mix" - "Price" - "New" - "Lost" - "Exchange rates" AS "Other"
    FROM parts
"""

AGAINST = {"before": "previous", "year": "year_before"}


def between(month: str, period: str) -> str:
    first, last = PERIODS[month][period]
    return f"DATE '{first}' AND DATE '{last}'"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_changes(worlds: dict[str, World], case: Case) -> None:
    """The change, rises, falls, the largest movers, and every split."""
    world = worlds[case.world]
    parts = world.shown(case.viewer).board(changes.BOARD, case.month)
    column = "net_units" if case.viewer is BUYER else "net_sales"
    spans = {name: between(case.month, name) for name in ("now", "before")}
    of = {dimension: WINDOWS.format(by=dimension, value=column, where=case.where, **spans) for dimension in
          ("code", "region", "category", "channel")}  # fmt: skip

    def shown(value: Any) -> Any:
        return value if column == "net_units" else cents(value)

    sides = one(
        world.sql,
        of["code"]
        + "SELECT sum(x1 - x0) AS moved, sum(x1 - x0) FILTER (x1 > x0) AS ups, count(*) FILTER (x1 > x0) AS up,"
        " sum(x1 - x0) FILTER (x1 < x0) AS downs, count(*) FILTER (x1 < x0) AS down FROM sums",
    )
    cards = by_label(parts["cards"])
    assert number(parts["cards"][0]["value"]) == shown(sides["moved"])
    for label, amount, count in (("Rises", "ups", "up"), ("Falls", "downs", "down")):
        assert number(cards[label]["value"]) == shown(sides[amount])
        assert number(cards[label]["changes"][0]["words"]) == sides[count]
    largest = rows(
        world.sql, of["code"] + "SELECT key, x1 - x0 AS moved FROM sums ORDER BY abs(moved) DESC, key LIMIT 10"
    )
    assert [(row[0][0], row[1][0]) for row in table(parts["movers"])] == [(row["key"], row["moved"]) for row in largest]
    for dimension in ("region", "category", "channel"):
        if parts[dimension] is not None:
            found = {row["key"]: (row["x0"], row["x1"]) for row in rows(world.sql, of[dimension] + "FROM sums")}
            told = {row[0]: (row[1][0], row[2][0]) for row in table(parts[dimension])}
            assert told == {name: pair for name, pair in found.items() if name in told}
            assert all(x0 == x1 for name, (x0, x1) in found.items() if name not in told)


@pytest.mark.parametrize("against", AGAINST)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.viewer is not BUYER])
def test_the_bridge(worlds: dict[str, World], name: str, against: str) -> None:
    """Volume, mix, price, new, lost, exchange rates and other: each to the cent, and together the change exactly."""
    case = CASES[name]
    world = worlds[case.world]
    parts = world.shown(case.viewer).board(changes.BOARD, case.month, against=AGAINST[against])
    spans = {"now": between(case.month, "now"), "before": between(case.month, against)}
    exact = one(world.sql, BRIDGE.format(where=case.where, **spans))
    told = {row[0]: row[1][0] for row in table(parts["waterfall"])}
    assert set(told) == set(exact)
    assert all(abs(told[part] - exact[part]) < 1.01 for part in exact), (told, exact)
    assert told["In total"] == sum(told.values()) - told["In total"] == exact["In total"]


@pytest.mark.parametrize(("name", "end"), [("demo sales", "2026-11-15"), ("retail sales", "2011-12-04")])
def test_what_the_calendar_did(worlds: dict[str, World], name: str, end: str) -> None:
    """Trading days of both years, the effect, and the change without it; weights of the 52 full weeks up to ``end``."""
    case = CASES[name]
    world = worlds[case.world]
    (row,) = table(world.shown(case.viewer).board(changes.BOARD, case.month)["calendar"])
    query = f"""
        WITH days AS (SELECT CAST(day AS DATE) AS day FROM generate_series(DATE '{end}' - 363, DATE '{end}',
            INTERVAL 1 DAY) AS days(day)),
        sold AS (SELECT day, sum(net_sales) AS value FROM sales GROUP BY day),
        means AS (SELECT isodow(day) AS weekday, sum(coalesce(value, 0)) / count(*) AS mean
            FROM days LEFT JOIN sold USING (day) GROUP BY 1),
        weights AS (SELECT weekday, mean / avg(mean) OVER () AS weight FROM means),
        spans AS (SELECT sum(weight) FILTER (day BETWEEN {between(case.month, "now")}) AS now,
            sum(weight) FILTER (day BETWEEN {between(case.month, "year")}) AS base
            FROM (SELECT CAST(day AS DATE) AS day FROM generate_series(DATE '2009-01-01', DATE '2026-12-31',
                INTERVAL 1 DAY) AS days(day)) JOIN weights ON weekday = isodow(day))
        SELECT now, base, (SELECT sum(net_sales) FROM sales WHERE day BETWEEN {between(case.month, "now")})
            / (SELECT sum(net_sales) FROM sales WHERE day BETWEEN {between(case.month, "year")}) AS raw FROM spans
    """
    found = one(world.sql, query)
    effect = found["now"] / found["base"]
    now, was = row[3][1].split(", was ")
    assert near(now, found["now"])
    assert near(was, found["base"])
    assert near(row[1][1], 100 * (found["raw"] - 1))
    assert near(row[4][1], 100 * (effect - 1))
    assert near(row[5][1], 100 * (found["raw"] / effect - 1))


# ---- Classes

MONTHS = """
    CREATE OR REPLACE TEMP TABLE monthly AS SELECT code, date_trunc('month', day) AS month, sum({value}) AS value,
        sum(net_units) AS units FROM sales WHERE {where} GROUP BY ALL;
    CREATE OR REPLACE TEMP TABLE standing AS
    WITH windows AS (SELECT back, CAST(DATE '{last}' - to_months(CAST(back + 11 AS INTEGER)) AS DATE) AS start,
            CAST(DATE '{last}' - to_months(CAST(back AS INTEGER)) AS DATE) AS stop
        FROM range({windows}) AS counted(back)),
    worth AS (SELECT back, products.code, coalesce(sum(value), 0) AS value,
            any_value(coalesce(first < stop + INTERVAL 1 MONTH AND (ended IS NULL OR ended >= start), false)) AS listed
        FROM windows CROSS JOIN products
        LEFT JOIN monthly ON monthly.code = products.code AND month BETWEEN start AND stop GROUP BY ALL),
    kept AS (SELECT * FROM worth WHERE (listed OR value <> 0)
        AND code IN (SELECT code FROM worth WHERE back = 0 AND (listed OR value <> 0)))
    SELECT back, code, value, sum(greatest(value, 0)) OVER (PARTITION BY back) AS whole,
        sum(greatest(value, 0)) OVER (PARTITION BY back ORDER BY value DESC, code) AS reached,
        100 * (sum(greatest(value, 0)) OVER (PARTITION BY back ORDER BY value DESC, code
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - greatest(value, 0)) AS before
    FROM kept;
    CREATE OR REPLACE TEMP TABLE classed AS
    WITH RECURSIVE memory AS (
        SELECT CAST({windows} AS BIGINT) AS back, code, '' AS class FROM products
        UNION ALL
        SELECT memory.back - 1, memory.code, CASE WHEN value IS NULL THEN '' WHEN value <= 0 THEN 'C'
            WHEN before < whole * CASE class WHEN '' THEN 80 WHEN 'A' THEN 82 ELSE 78 END THEN 'A'
            WHEN before < whole * CASE class WHEN '' THEN 95 WHEN 'C' THEN 93 ELSE 97 END THEN 'B' ELSE 'C' END
        FROM memory LEFT JOIN standing ON standing.back = memory.back - 1 AND standing.code = memory.code
        WHERE memory.back > 0)
    SELECT back, code, class FROM memory WHERE class <> '';
"""
STEADY = """
    WITH months AS (SELECT CAST(DATE '{last}' - to_months(CAST(i AS INTEGER)) AS DATE) AS month FROM range(12) AS r(i)),
    whole AS (SELECT code, month, coalesce(units, 0) AS units FROM products CROSS JOIN months
        LEFT JOIN monthly USING (code, month)
        WHERE first <= month AND (ended IS NULL OR ended >= last_day(month))),
    spread AS (SELECT code, count(*) AS months, avg(units) AS mean, stddev_samp(units) AS sd,
            count(*) FILTER (units > 0) AS times, avg(units) FILTER (units > 0) AS size,
            coalesce(stddev_samp(units) FILTER (units > 0), 0) AS size_sd FROM whole GROUP BY code)
    SELECT code, now.class || coalesce(if(was.class <> now.class, ' (was ' || was.class || ')', ''), '') AS class,
        value, 100.0 * value / whole AS share, before / whole AS before, coalesce(months, 0) AS months,
        if(mean > 0, sd / mean, NULL) AS cv, months / times AS adi, (size_sd / size) ** 2 AS cv2,
        CASE WHEN months < 6 OR mean <= 0 OR mean IS NULL THEN 'U' WHEN cv < 0.5 THEN 'X' WHEN cv < 1 THEN 'Y' ELSE 'Z'
            END AS xyz,
        CASE WHEN coalesce(times, 0) = 0 THEN 'no demand' WHEN adi < 1.32 THEN if(cv2 < 0.49, 'smooth', 'erratic')
            ELSE if(cv2 < 0.49, 'intermittent', 'lumpy') END AS demand
    FROM standing JOIN classed AS now USING (back, code) LEFT JOIN spread USING (code)
    LEFT JOIN classed AS was ON was.back = 1 AND was.code = standing.code
    WHERE back = 0 ORDER BY value DESC, code
"""
# Up to a month before which there are fewer than 24 full ones, so that no season is taken out; and now.
CLASSED = {
    "demo sales": (CASES["demo sales"], "2026-11", "2026-10-01", 12),
    "demo buyer": (CASES["demo buyer"], "2026-11", "2026-10-01", 12),
    "demo earlier": (CASES["demo sales"], "2025-10", "2025-10-01", 12),
    "retail sales": (CASES["retail sales"], "2011-12", "2011-11-01", 12),
    "retail earlier": (CASES["retail buyer"], "2011-10", "2011-10-01", 12),
}


def classify(sql: Sql, case: Case, last: str, windows: int) -> list[Row]:
    column = "net_units" if case.viewer is BUYER else "net_sales"
    sql.execute(MONTHS.format(value=column, where=case.where, last=last, windows=windows))
    return rows(sql, STEADY.format(last=last))


@pytest.mark.parametrize("name", CLASSED)
def test_classes(worlds: dict[str, World], name: str) -> None:
    """Products and shares of A, B and C with their memory of twelve windows, who moved, and the first of the list."""
    case, month, last, windows = CLASSED[name]
    world = worlds[case.world]
    expected = classify(world.sql, case, last, windows)
    parts = world.shown(case.viewer).board(classes.BOARD, month)
    cards, whole = by_label(parts["cards"]), sum(max(row["value"], 0) for row in expected)
    for letter in "ABC":
        of = [row["value"] for row in expected if row["class"][0] == letter]
        card = cards[f"Class {letter}"]
        assert number(card["value"]) == len(of)
        assert number(card["unit"]) == len(expected)
        assert near(card["changes"][0]["figure"], 100 * sum(of) / whole)
    assert number(cards["Changed class"]["value"]) == sum("was" in row["class"] for row in expected)
    assert len(table(parts["list"])) >= 10
    for told, row in zip(table(parts["list"]), expected, strict=False):
        assert (told[1], told[2], told[3][0]) == (row["code"], row["class"], row["value"])
        assert near(told[4][1], row["share"])
        assert near(told[5][1], row["before"])


@pytest.mark.parametrize("name", ["demo earlier", "retail earlier"])
def test_steadiness_and_demand(worlds: dict[str, World], name: str) -> None:
    """CV, ADI and CV² of the list, and the products and the share of every box."""
    case, month, last, windows = CLASSED[name]
    world = worlds[case.world]
    expected = classify(world.sql, case, last, windows)
    parts = world.shown(case.viewer).board(classes.BOARD, month)
    whole = sum(max(row["value"], 0) for row in expected)
    for told, row in zip(table(parts["list"]), expected, strict=False):
        steady = "U" if told[6].startswith("not") else told[6][0]
        assert (steady, told[8][0], told[9]) == (row["xyz"], row["months"], row["demand"])
        for at, key in ((7, "cv"), (10, "adi"), (11, "cv2")):
            assert row[key] is None or near(told[at][1], row[key])
    for address, products, share, _ in ((row[0][0], *row[1:]) for row in table(parts["policies"])):
        box = address[-2:]
        inside = [row["value"] for row in expected if row["class"][0] + row["xyz"] == box]
        assert products[0] == len(inside)
        assert near(share[1], 100 * sum(inside) / whole)


# ---- Stock

HELD = """
    WITH latest AS (SELECT code, units FROM stock WHERE day = DATE '2026-11-20'),
    opening AS (SELECT code, units FROM stock WHERE day = DATE '2026-10-31'),
    month AS (SELECT code, sum(net_units) AS sold, sum(margin) AS margin, sum(costed - margin) AS cost
        FROM sales WHERE month = '2026-11' GROUP BY code),
    held AS (SELECT products.*, coalesce(latest.units, 0) AS closing, coalesce(opening.units, 0) AS opening,
            coalesce(sold, 0) AS sold, coalesce(month.margin, 0) AS margin, coalesce(month.cost, 0) AS cost
        FROM products LEFT JOIN latest USING (code) LEFT JOIN opening USING (code) LEFT JOIN month USING (code)
        WHERE first <= DATE '2026-11-30' AND (ended IS NULL OR ended >= DATE '2026-11-01'))
    SELECT sum(opening) AS opening, sum(sold) AS sold, (sum(opening) + sum(closing)) / 2 AS average,
        CAST(sum(closing * unit_cost) * 100 AS BIGINT) AS value,
        count(*) FILTER (closing > 0 AND unit_cost IS NULL) AS unpriced,
        sum(cost) FILTER (unit_cost IS NOT NULL) AS cost, sum(margin) FILTER (unit_cost IS NOT NULL) AS margin,
        CAST(sum((opening + closing) * unit_cost) * 50 AS DOUBLE) AS average_cost
    FROM held
"""
COVER = """
    WITH days AS (SELECT stock.code, stock.day FROM stock JOIN products USING (code)
        WHERE stock.units > 0 AND stock.day > DATE '2026-11-20' - 56 AND stock.day <= DATE '2026-11-20'
        AND first <= stock.day AND (ended IS NULL OR ended >= stock.day)),
    daily AS (SELECT code, day, sum(net_units) AS units FROM sales GROUP BY ALL),
    demand AS (SELECT code, count(*) AS days, sum(coalesce(units, 0)) / count(*) AS mean
        FROM days LEFT JOIN daily USING (code, day) GROUP BY code HAVING count(*) >= 14),
    net AS (SELECT code, sum(units) AS half_year FROM daily WHERE day > DATE '2026-11-20' - 180 GROUP BY code),
    now AS (SELECT code, units - committed AS available, mean, first, ended, unit_cost,
            coalesce(half_year, 0) AS half_year
        FROM products JOIN (SELECT * FROM stock WHERE day = DATE '2026-11-20') USING (code)
        LEFT JOIN demand USING (code) LEFT JOIN net USING (code))
    SELECT code, available, available / mean AS cover,
        CAST(floor(available - 90 * mean) AS BIGINT) AS excess, CAST(available * unit_cost * 100 AS BIGINT) AS value
    FROM now WHERE available > 0 AND {which} ORDER BY {order} DESC, code
"""


def test_stock_of_the_month_at_cost(worlds: dict[str, World]) -> None:
    """Months of stock, turns, stock at cost, turns at cost and GMROI of 20 of 30 days."""
    world = worlds["demo"]
    cards = by_label(world.shown(OWNER).board(stock.BOARD, "2026-11")["cards"])
    held, months = one(world.sql, HELD), 20 / 30
    assert near(cards["Months of stock"]["value"], held["opening"] / (held["sold"] / months))
    assert near(cards["Turns of units"]["value"], float(held["sold"]) * 12 / months / float(held["average"]))
    assert number(cards["Stock at cost"]["value"]) == cents(held["value"])
    assert number(cards["Stock at cost"]["changes"][0]["words"]) == held["unpriced"]
    assert near(cards["Turns at cost"]["value"], float(held["cost"]) * 12 / months / held["average_cost"])
    assert near(cards["GMROI"]["value"], float(held["margin"]) * 12 / months / held["average_cost"])


def test_slow_stock(worlds: dict[str, World]) -> None:
    """Products and units with stock for more than 180 days, and the first ten with days, excess and value at cost."""
    world = worlds["demo"]
    slow = COVER.format(
        which="mean > 0 AND available / mean > 180 AND first <= DATE '2026-11-20' - 56 AND half_year > 0", order="cover"
    )
    expected = rows(world.sql, slow)
    part = world.shown(OWNER).board(stock.BOARD, "2026-11")["slow"]
    products, held = re.findall(r"([\d,]+) (?:products|units)", part["note"])
    assert number(products) == len(expected)
    assert number(held) == sum(row["available"] for row in expected)
    assert len(table(part)) == 10
    for told, row in zip(table(part), expected, strict=False):
        assert (told[1], told[2][0], int(told[3][0])) == (row["code"], row["available"], int(row["cover"]))
        assert (told[4][0], number(told[5][1])) == (row["excess"], cents(row["value"]))


@pytest.mark.parametrize("viewer", [BUYER, OWNER], ids=["buyer", "margin"])
def test_no_stock_in_online_retail(worlds: dict[str, World], viewer: Viewer) -> None:
    """The page says what is missing, and shows nothing else."""
    parts = worlds["retail"].shown(viewer).board(stock.BOARD, "2011-11")
    assert set(parts) == {"missing"}
    assert parts["missing"]["title"] == "No daily stock came with these data"


# ---- Product

PRODUCTS = {
    "demo sales": "BA-1150",
    "demo buyer": "KI-1185",
    "demo margin": "DE-1024",
    "demo north": "BA-1150",
    "retail sales": "85123A",
    "retail buyer": "22197",
    "retail abroad": "22326",
    "retail unfinished": "22086",
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_product(worlds: dict[str, World], name: str) -> None:
    """Cards and their changes, months, average price and returns by month, and the sums of the order lines."""
    case, code = CASES[name], PRODUCTS[name]
    world, where = worlds[case.world], f"{case.where} AND code = '{code}'"
    parts = world.shown(case.viewer).board(product.BOARD, case.month, product=code)
    labels = check_cards(parts["cards"], sums_of(world.sql, case.month, where))
    money = set() if case.viewer is BUYER else {"Net sales", PRICE}
    margin = {"Margin", "Margin rate"} if case.viewer in {OWNER, NORTH} else set()
    assert labels == {"Net units", "Return rate"} | money | margin
    check_months(parts["trend"], world.sql, "net_units", where)
    check_returns_and_prices(parts, world.sql, where)
    lines = one(
        world.sql,
        f"SELECT count(*) AS n, sum(net_units) AS units, sum(net_sales) AS sales FROM sales "
        f"WHERE month = '{case.month}' AND {where}",
    )
    told = [number(text) for text in re.findall(r"[−£€\d][£€\d,.]*\d|\d", parts["lines"]["note"])]
    assert told[: 3 if money else 2] == [lines["n"], lines["units"], *([cents(lines["sales"])] if money else [])]


def whole_name(shown: str) -> str:
    """``November 2026``, also for ``1–20 Nov 2026, unfinished``."""
    days, _, _ = shown.partition(", unfinished")
    return shown if days == shown else f"{datetime.strptime(days.partition(' ')[2], '%b %Y'):%B %Y}"


def check_returns_and_prices(parts: dict[str, Any], sql: Sql, where: str) -> None:
    """By month: units returned and their rate, and the average price where units were sold."""
    found = rows(
        sql,
        f"SELECT strftime(day, '%B %Y') AS month, coalesce(sum(units) FILTER (back), 0) AS back, "
        f"sum(units) FILTER (NOT back) AS sold, sum(net_units) AS units, sum(net_sales) AS sales "
        f"FROM sales WHERE {where} GROUP BY 1",
    )
    exact = {row["month"]: row for row in found}
    for (_, month), returned, rate in table(parts["returns"]):
        row = exact.get(whole_name(month), {"back": 0, "sold": None})
        assert returned[0] == row["back"]
        assert near(rate[1], 100 * row["back"] / row["sold"]) if row["sold"] else rate[1] == "–"
    for (_, month), (_, price) in table(parts["price"]) if parts["price"] else []:
        row = exact.get(whole_name(month), {"units": 0})
        assert near(price, cents(row["sales"]) / row["units"]) if row["units"] > 0 else price == "–"


# ---- Data

ASIDE = {
    "retail": """
        SELECT CASE WHEN InvoiceNo LIKE 'A%' THEN 'Left out by the mapping'
            WHEN NOT regexp_full_match(StockCode, '[0-9]{5}[A-Za-z]*') THEN 'Code is no product'
            WHEN UnitPrice <= 0 THEN 'Price is zero or negative' ELSE '' END AS why,
            count(*) AS lines, CAST(sum(Quantity) AS BIGINT) AS units FROM raw GROUP BY 1
        UNION ALL
        SELECT 'Exact repeats of an earlier line, counted', sum(n - 1), sum((n - 1) * Quantity)
        FROM (SELECT *, count(*) AS n FROM raw WHERE UnitPrice > 0 AND InvoiceNo NOT LIKE 'A%'
            AND regexp_full_match(StockCode, '[0-9]{5}[A-Za-z]*') GROUP BY ALL)
    """,
    "demo": """
        SELECT CASE WHEN kind = 'cancelled' THEN 'Left out by the mapping' WHEN product IS NULL THEN 'No product code'
            WHEN product = 'SHIPPING' THEN 'Code is no product'
            WHEN unit_price <= 0 THEN 'Price is zero or negative' ELSE '' END AS why,
            count(*) AS lines, sum(quantity) AS units FROM raw GROUP BY 1
        UNION ALL
        SELECT 'Exact repeat of an earlier line', sum(n - 1), sum((n - 1) * quantity)
        FROM (SELECT *, count(*) AS n FROM raw WHERE kind <> 'cancelled' AND product <> 'SHIPPING' AND unit_price > 0
            GROUP BY ALL)
        UNION ALL
        SELECT 'No exchange rate that day: units counted, money not', count(*), sum(quantity) FROM raw
        WHERE currency NOT IN (SELECT currency FROM rates) AND currency <> 'EUR'
            AND kind <> 'cancelled' AND product <> 'SHIPPING' AND unit_price > 0
    """,
}


@pytest.mark.parametrize("name", ["demo sales", "demo margin", "retail sales"])
def test_data(worlds: dict[str, World], name: str) -> None:
    """Lines read, counted and set aside, and every reason with its lines and units."""
    case = CASES[name]
    world = worlds[case.world]
    parts = world.shown(case.viewer).board(data.BOARD, case.month)
    counts = one(world.sql, "SELECT (SELECT count(*) FROM raw) AS read, (SELECT count(*) FROM sales) AS kept")
    cards = by_label(parts["cards"])
    assert number(cards["Lines read"]["value"]) == counts["read"]
    assert number(cards["Lines counted"]["value"]) == counts["kept"]
    assert number(cards["Lines set aside"]["value"]) == counts["read"] - counts["kept"]
    aside = {row["why"]: (row["lines"], row["units"]) for row in rows(world.sql, ASIDE[case.world]) if row["why"]}
    assert {row[0]: (row[1][0], row[2][0]) for row in table(parts["aside"])} == aside
    assert all(number(row[at][1]) == row[at][0] for row in table(parts["aside"]) for at in (1, 2))


def test_data_of_a_buyer_and_of_a_region(worlds: dict[str, World]) -> None:
    """Reasons of price are one sum for whoever sees no money; of a part of the company there is no count at all."""
    world = worlds["retail"]
    parts = world.shown(BUYER).board(data.BOARD, "2011-11")
    aside = {row[0]: row[1][0] for row in table(parts["aside"])}
    exact = {row["why"]: row["lines"] for row in rows(world.sql, ASIDE["retail"])}
    assert aside == {
        "Left out by the mapping": exact["Left out by the mapping"],
        "Code is no product": exact["Code is no product"],
        "Other reasons": exact["Price is zero or negative"],
    }
    part = world.shown(ABROAD).board(data.BOARD, "2011-11")
    assert (part["aside"], set(by_label(part["cards"]))) == (None, {"Complete to", "Imported"})
