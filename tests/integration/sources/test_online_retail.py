"""The real file of Online Retail II, against the figures of its own README. Skipped only where the file is absent."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from dashboard.sales.rollup import Rollup
from dashboard.settings import load_settings
from dashboard.sources.importer import ImportReport, import_file
from dashboard.sources.mapping import load_mapping
from dashboard.sources.report import report_text
from dashboard.sources.store import RollupStore

PROJECT = Path(__file__).resolve().parents[3]
DATA = PROJECT.parent / "shared" / "data" / "online_retail_ii.parquet"
MAPPING = PROJECT / "docs" / "mappings" / "online_retail_ii.toml"

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data of Online Retail II are not here")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[ImportReport, Rollup]:
    settings = load_settings(var=tmp_path_factory.mktemp("var"))
    report = import_file(DATA, load_mapping(MAPPING), settings)
    rollup = RollupStore(settings.var / "rollup").current()
    assert rollup is not None
    return report, rollup


def month_sums(rollup: Rollup, month: str) -> dict[str, int]:
    index = rollup.months.index(month)
    rows = rollup.monthly.rows(index, index)
    return {name: int(values[rows].sum()) for name, values in rollup.monthly.values.items()}


def net(sums: dict[str, int]) -> tuple[int, int]:
    return (
        sums["gross_units"] - sums["returned_units"],
        sums["gross_sales"] - sums["discounts"] - sums["returned_sales"],
    )


def test_totals_to_the_cent(imported: tuple[ImportReport, Rollup]) -> None:
    report, rollup = imported
    assert net(report.totals) == (10_920_492, 19_382_459_88)
    assert net({name: int(values.sum()) for name, values in rollup.monthly.values.items()}) == net(report.totals)
    assert (report.info.lines_read, report.info.lines_kept) == (1_067_370, 1_055_161)
    assert report.products == len(rollup.products) == 4_721


@pytest.mark.parametrize(
    ("month", "units", "sales", "returned"),
    [
        ("2010-01", 387_957, 606_358_96, 3_304),
        ("2010-12", 511_438, 1_162_605_16, 28_018),
        ("2011-11", 737_749, 1_432_731_70, 12_332),
        ("2011-12", 229_732, 441_363_22, 83_550),
    ],
)
def test_reference_months(
    imported: tuple[ImportReport, Rollup], month: str, units: int, sales: int, returned: int
) -> None:
    sums = month_sums(imported[1], month)
    assert net(sums) == (units, sales)
    assert sums["returned_units"] == returned


def test_days_of_december_2010_add_up_to_the_reference(imported: tuple[ImportReport, Rollup]) -> None:
    rollup = imported[1]
    start = (date(2010, 12, 1) - rollup.first_daily).days
    rows = rollup.daily.rows(start, start + 8)
    assert net({name: int(values[rows].sum()) for name, values in rollup.daily.values.items()}) == (337_408, 804_694_76)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("gross_units", "returned_units"), {"23084": 14_883, "22197": 12_159, "22086": 7_868}),
        (("gross_sales", "returned_sales"), {"23084": 34_422_09, "22086": 28_883_04, "85123A": 14_345_22}),
    ],
)
def test_best_of_november_2011(
    imported: tuple[ImportReport, Rollup], columns: tuple[str, str], expected: dict[str, int]
) -> None:
    rollup = imported[1]
    index = rollup.months.index("2011-11")
    rows = rollup.monthly.rows(index, index)
    sums = np.zeros(len(rollup.products), np.int64)
    values = rollup.monthly.values[columns[0]][rows] - rollup.monthly.values[columns[1]][rows]
    np.add.at(sums, rollup.monthly.product[rows], values)
    best = np.argsort(-sums)[:3]
    assert {rollup.products.code[position]: int(sums[position]) for position in best} == expected


def test_what_was_set_aside(imported: tuple[ImportReport, Rollup]) -> None:
    entries = {entry.reason: entry for entry in imported[0].info.set_aside}
    assert (entries["left_out"].lines, entries["left_out"].note) == (6, "bad debt adjustment: 6")
    assert entries["repeat"].kept
    aside = sum(entry.lines for entry in entries.values() if not entry.kept)
    assert aside == 1_067_370 - 1_055_161


def test_complete_to_is_the_day_before_the_last_unfinished_one(imported: tuple[ImportReport, Rollup]) -> None:
    info = imported[0].info
    assert (info.complete_to, info.last_day) == (date(2011, 12, 8), date(2011, 12, 9))
    assert "9 December 2011, 12:50" in info.complete_to_reason


def test_regions_are_countries_and_categories_are_none(imported: tuple[ImportReport, Rollup]) -> None:
    rollup = imported[1]
    assert len(rollup.regions) > 30
    assert "United Kingdom" in rollup.regions
    assert (rollup.categories, rollup.channels) == (("(none)",), ("(none)",))
    assert rollup.stock is None


def test_lines_are_kept_and_in_one_currency_fixed_rates_change_nothing(imported: tuple[ImportReport, Rollup]) -> None:
    report, rollup = imported
    lines = rollup.lines
    assert lines is not None
    assert len(lines.order) == len(lines.units) == lines.offsets[-1] == report.info.lines_kept
    sign = np.where(lines.returned, -1, 1)
    assert (int(sign @ lines.units), int(sign @ (lines.gross - lines.discount))) == net(report.totals)
    assert report.totals["constant_sales"] == net(report.totals)[1]
    assert (report.totals["cost_of_goods"], rollup.supply, rollup.stock_days, rollup.receipts) == (0, None, None, None)
    day = (date(2010, 1, 4) - report.info.first_day).days
    orders = [lines.order[at] for at in range(int(lines.offsets[day]), int(lines.offsets[day + 1]))]
    assert orders == sorted(orders)
    assert len(set(orders)) > 30


def test_checks_of_the_data(imported: tuple[ImportReport, Rollup]) -> None:
    checks = {check.key: check for check in imported[0].info.checks}
    assert checks["repeated_lines"].count == 34_034
    assert checks["price_not_positive"].count == 6_116
    assert checks["load_gap"].count == 11
    assert "Friday 29 April 2011" in checks["load_gap"].examples  # a royal wedding, and no work in all of the country
    assert not any(check.serious for check in checks.values())
    assert not {"negative_stock", "stock_without_cost", "sold_without_cost", "no_exchange_rate"} & set(checks)


# The peak of a process counts what its parent held when it was started: so a small one starts it.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_the_command_takes_little_memory(tmp_path: Path) -> None:
    """In a process of its own, so that nothing else of this test run counts."""
    command = [sys.executable, "-m", "dashboard", "import", str(DATA), "--mapping", str(MAPPING)]
    environment = {**os.environ, "SALESGATE_VAR": str(tmp_path / "var")}
    measure = [sys.executable, "-c", MEASURE, *command]
    code, peak = map(int, subprocess.check_output(measure, cwd=PROJECT, env=environment, text=True).split())
    assert code == 0
    assert 50 * 1024 < peak < 1024**2  # KiB: 1 GiB


def test_the_report_says_it_all(imported: tuple[ImportReport, Rollup]) -> None:
    text = report_text(imported[0])
    for part in ("1,067,370", "1,055,161", "12,209", "19,382,459.88 GBP", "10,920,492", "8 December 2011", "4,721"):
        assert part in text
