"""`report` on real sales: the reference figures to the cent, and rankings as an independent computation in SQL has."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from kit import Installation, command, run_command

from dashboard.settings import PROJECT

# From the README beside the data, computed straight from the file by somebody else.
REFERENCE = {
    "2010-01": (387_957, "606358.96", 3_304),
    "2010-12": (511_438, "1162605.16", 28_018),
    "2011-11": (737_749, "1432731.70", 12_332),
    "2011-12": (229_732, "441363.22", 83_550),
}


def report(installation: Installation, *arguments: str) -> dict[str, Any]:
    done = run_command(installation.var, "report", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.promise("reference figures")
@pytest.mark.parametrize(
    ("measure", "role", "place"),
    [
        ("net_units", "procurement_manager", 0),
        ("net_sales", "sales_manager", 1),
        ("returned_units", "sales_manager", 2),
    ],
)
def test_monthly_equals_the_reference_figures(retail: Installation, measure: str, role: str, place: int) -> None:
    answer = report(retail, "monthly", "--role", role, "--measure", measure, "--month", "2011-11")
    assert set(answer) == {"measure", "rows"}
    rows = {row["month"]: row for row in answer["rows"]}
    assert len(rows) == 25
    for month, figures in REFERENCE.items():
        assert rows[month] == {"month": month, "value": figures[place], "complete": month != "2011-12"}
    if measure == "net_units":
        assert sum(row["value"] for row in rows.values()) == 10_920_492
    if measure == "net_sales":
        assert sum(Decimal(row["value"]) for row in rows.values()) == Decimal("19382459.88")


INDEPENDENT = """
    WITH lines AS (
        SELECT upper(StockCode) AS code, CAST(Quantity AS DECIMAL(18, 0)) AS units,
               CAST(Quantity AS DECIMAL(18, 0)) * CAST(UnitPrice AS DECIMAL(18, 3)) AS amount,
               Country, InvoiceNo, InvoiceDate
        FROM read_parquet('{file}')
        WHERE regexp_full_match(StockCode, '[0-9]{{5}}[A-Za-z]*') AND UnitPrice > 0 AND InvoiceNo NOT LIKE 'A%'
    ),
    sold AS (SELECT code, {value} AS value, {ties} AS ties FROM lines
             WHERE strftime(InvoiceDate, '%Y-%m') = '{month}' AND {where} GROUP BY code),
    master AS (SELECT code, min(CAST(InvoiceDate AS DATE)) FILTER (InvoiceNo NOT LIKE 'C%') AS first
               FROM lines GROUP BY code)
    SELECT code, coalesce(value, 0) AS value FROM master LEFT JOIN sold USING (code) WHERE {state}
    ORDER BY coalesce(value, 0) {order}, coalesce(ties, 0) {order}, code LIMIT 25
"""
UNITS = ("sum(units)", "sum(units) FILTER (InvoiceNo NOT LIKE 'C%')")
SALES = ("sum(amount)", "sum(amount) FILTER (InvoiceNo NOT LIKE 'C%')")
# Of the whole of November 2011: sellable on a day of it; old enough at the complete-to date, and in half of the month.
IN_RANGE = "first <= DATE '2011-11-30'"
OLD = "first <= DATE '2011-12-08' - 56 AND first <= DATE '2011-11-16'"


@pytest.mark.parametrize("region", [(), ("France", "Germany")])
@pytest.mark.parametrize(
    ("measure", "role", "sums"), [("net_units", "procurement_manager", UNITS), ("net_sales", "sales_manager", SALES)]
)
@pytest.mark.parametrize(
    ("kind", "order", "state"), [("best", "DESC", f"{IN_RANGE} AND value > 0"), ("worst", "ASC", OLD)]
)
def test_rankings_equal_an_independent_computation(
    retail: Installation,
    online_retail: Any,
    kind: str,
    order: str,
    state: str,
    measure: str,
    role: str,
    sums: tuple[str, str],
    region: tuple[str, ...],
) -> None:
    where = f"Country IN {region}" if region else "true"
    sql = INDEPENDENT.format(
        file=online_retail, value=sums[0], ties=sums[1], month="2011-11", where=where, order=order, state=state
    )
    expected = duckdb.sql(sql).fetchall()
    asked = ["--region", *region] if region else []
    answer = report(retail, kind, "--role", role, "--measure", measure, "--month", "2011-11", "--limit", "25", *asked)
    assert set(answer) == {"measure", "window", "rows", "tied_beyond", "left_out"}
    assert answer["window"] == "2011-11-01/2011-11-30"
    assert [(row["product"], Decimal(row["value"])) for row in answer["rows"]] == [(c, Decimal(v)) for c, v in expected]
    assert set(answer["rows"][0]) == {"rank", "product", "name", "value", "state"}


def test_the_best_of_november_2011_are_those_of_the_reference(retail: Installation) -> None:
    best = report(
        retail, "best", "--role", "sales_manager", "--measure", "net_sales", "--month", "2011-11", "--limit", "3"
    )
    assert [(row["product"], row["value"]) for row in best["rows"]] == [
        ("23084", "34422.09"),
        ("22086", "28883.04"),
        ("85123A", "14345.22"),
    ]


@pytest.mark.promise("exit code 2")
@pytest.mark.parametrize(
    ("role", "measure"), [("procurement_manager", "net_sales"), ("admin", "net_units"), ("admin", "net_sales")]
)
@pytest.mark.parametrize("what", ["best", "worst", "monthly"])
def test_a_measure_that_the_role_lacks_is_exit_code_2(demo: Installation, what: str, role: str, measure: str) -> None:
    asked = ("report", what, "--role", role, "--measure", measure, "--month", "2026-10", "--json")
    done = run_command(demo.var, *asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"may not see {measure}" in done.stderr
    if (what, role, measure) == ("best", "procurement_manager", "net_sales"):
        process = command(demo.var, *asked)
        assert (process.returncode, process.stdout, process.stderr) == (2, "", done.stderr)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--role", "nobody", "--measure", "net_units"], "There is no role 'nobody'; known are procurement_manager"),
        (["--role", "sales_manager", "--measure", "net_units", "--month", "2026-13"], "write it as 2026-11"),
        (["--role", "sales_manager", "--measure", "net_units", "--month", "1999-01"], "no data for 1999-01"),
        (
            ["--role", "sales_manager", "--measure", "net_units", "--region", "Mars"],
            "no region 'Mars'; choose one of: Central",
        ),
        (
            ["--role", "sales_manager", "--measure", "net_units", "--source", "Mars"],
            "no source 'Mars'; choose one of: Demo",
        ),
        (["--role", "sales_manager", "--measure", "net_units", "--limit", "0"], "from 1 to 1000"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(demo: Installation, arguments: list[str], words: str) -> None:
    done = run_command(demo.var, "report", "best", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_without_json_it_is_a_table(demo: Installation) -> None:
    done = run_command(demo.var, "report", "monthly", "--role", "sales_manager", "--measure", "net_sales")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["MONTH", "VALUE", "COMPLETE"]
    assert lines[-1].split()[::2] == ["2026-11", "no"]


def test_before_the_first_import_it_says_so(tmp_path: Any) -> None:
    done = run_command(tmp_path / "var", "report", "best", "--role", "sales_manager", "--measure", "net_sales")
    assert done.returncode == 1
    assert "no sales data yet" in done.stderr


def test_refusals_are_audited(own: Installation) -> None:
    before = run_command(own.var, "audit", "verify").stdout
    run_command(own.var, "report", "best", "--role", "admin", "--measure", "net_sales")
    after = run_command(own.var, "audit", "verify").stdout
    count = [int(text.split(": ")[1].split()[0]) for text in (before, after)]
    assert count[1] == count[0] + 1


def test_the_table_tells_of_ties_and_of_what_was_left_out(demo: Installation) -> None:
    arguments = ("report", "worst", "--role", "procurement_manager", "--measure", "net_units", "--month", "2026-11")
    answer, table = report(demo, *arguments[1:]), run_command(demo.var, *arguments).stdout
    assert f"+{answer['tied_beyond']} more tied with the last one" in table
    assert f"{answer['left_out']['stock_out']} stock_out" in table


def test_a_reader_that_goes_away_is_no_error(demo: Installation) -> None:
    line = f"{sys.executable} -m dashboard report monthly --role sales_manager --measure net_sales | head -1"
    variables = {**os.environ, "SALESGATE_VAR": str(demo.var), "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(line, shell=True, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["MONTH", "VALUE", "COMPLETE"], "")
