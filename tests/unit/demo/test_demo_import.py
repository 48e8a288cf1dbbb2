"""The demo's way in: the shipped mapping, every flawed line noticed, amounts exact, and the documented figures."""

import os
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.reports.stock import Standing
from dashboard.sales.calendar import Window, first_day, month_window
from dashboard.sales.measures import MEASURES
from dashboard.sales.rankings import STATES, State, Thresholds, states
from dashboard.sales.rollup import VALUE_COLUMNS, Rollup
from dashboard.sales.slices import Selection, Slice
from dashboard.settings import PROJECT, Settings, load_settings
from dashboard.sources.demo import DEMO_MAPPING, build_demo
from dashboard.sources.demo.lines import CANCELLED, RETURN, SALE
from dashboard.sources.demo.oddities import FLAWS, REPEATS
from dashboard.sources.demo.prices import CHF, GBP
from dashboard.sources.demo.world import World
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import load_mapping

DOC = PROJECT / "docs" / "reference" / "demo-data.md"


def totals(demo: Rollup) -> dict[str, int]:
    return {name: int(demo.monthly.values[name].sum()) for name in VALUE_COLUMNS}


def counted(world: World) -> pd.DataFrame:
    """The lines that an import has to count, each repeat once, with amounts in EUR cents rounded half up."""
    lines = world.lines
    lines = lines[(lines["product"] >= 0) & (lines["kind"] != CANCELLED) & (lines["price"] > 0)].drop_duplicates()
    rate = np.select([lines["currency"] == GBP, lines["currency"] == CHF], [world.rates[lines["day"]], 0], 100_000)
    value, discount = lines["quantity"] * lines["price"], lines["discount"]
    fixed = np.select([lines["currency"] == GBP, lines["currency"] == CHF], [world.rates[-1], 0], 100_000)
    cost = np.where(lines["currency"] == CHF, -1, world.buying.cost[lines["product"]])
    return lines.assign(
        value=(value * rate + 50_000) // 100_000,
        discount=(discount * rate + 50_000) // 100_000,
        constant=(value * fixed + 50_000) // 100_000 - (discount * fixed + 50_000) // 100_000,
        cost=np.where(cost < 0, -1, cost * lines["quantity"]),
    )


def test_shipped_mapping_is_accepted() -> None:
    mapping = load_mapping(DEMO_MAPPING)
    assert (mapping.currency, mapping.time_zone, str(mapping.complete_to)) == ("EUR", "Europe/Paris", "2026-11-20")


def test_generated_files_are_gone_after_the_import(demo: Rollup, demo_folder: Path) -> None:
    assert not list(demo_folder.glob("demo-*"))
    assert not list(demo_folder.rglob("*.parquet"))


def test_read_is_kept_plus_set_aside(demo: Rollup, world: World) -> None:
    info = demo.info
    aside = {item.reason: item.lines for item in info.set_aside if not item.kept}
    assert info.lines_read == len(world.lines)
    assert info.lines_read == info.lines_kept + sum(aside.values())
    assert aside == {
        "no_product": FLAWS["no_product"],
        "not_a_product": FLAWS["shipping"],
        "price_not_positive": FLAWS["free"],
        "left_out": FLAWS["cancelled"],
        "repeat": REPEATS,
    }


def test_lines_without_a_rate_are_counted_in_units_and_flagged(demo: Rollup) -> None:
    flagged = {item.reason: item for item in demo.info.set_aside if item.kept}
    assert flagged["no_exchange_rate"].lines == FLAWS["no_rate"]
    assert "CHF" in flagged["no_exchange_rate"].note


def test_totals_are_exact_to_the_cent_in_two_currencies(demo: Rollup, world: World) -> None:
    lines = counted(world)
    sales, returns = (lines[lines["kind"] == kind] for kind in (SALE, RETURN))
    sign = lines["kind"].map({SALE: 1, RETURN: -1})
    assert totals(demo) == {
        "gross_units": int(sales["quantity"].sum()),
        "returned_units": int(returns["quantity"].sum()),
        "gross_sales": int(sales["value"].sum()),
        "discounts": int(sales["discount"].sum()),
        "returned_sales": int(returns["value"].sum()),
        "costed_sales": int((lines["value"] - lines["discount"])[lines["cost"] >= 0] @ sign[lines["cost"] >= 0]),
        "cost_of_goods": int(lines["cost"].clip(lower=0) @ sign),
        "constant_sales": int(lines["constant"] @ sign),
    }


def test_islands_are_converted_from_pounds(demo: Rollup, world: World) -> None:
    lines = counted(world)
    pounds = lines[lines["currency"] == GBP]
    islands = Slice(demo, Selection(region=frozenset({"Islands"})))
    whole = month_window(demo.months[0], demo.months[-1])
    unconverted = int((lines["currency"] == CHF).sum())
    assert unconverted == FLAWS["no_rate"]
    assert islands.total(MEASURES["gross_sales"], whole) == int(pounds.loc[pounds["kind"] == SALE, "value"].sum())


def figures(demo: Rollup, held: Standing) -> dict[str, str]:
    """The figures of the reference page, written as there."""
    everything, info = Slice(demo, Selection()), demo.info
    units, sales = MEASURES["net_units"], MEASURES["net_sales"]
    to_date = {
        month: Window(first_day(month), first_day(month).replace(day=21)) for month in ("2026-11", "2026-10", "2025-11")
    }
    state = states(demo, to_date["2026-11"], Thresholds(), use_stock=True)
    ranked = np.isin(state, [STATES.index(State.RANKED)])
    unsold = ranked & (everything.by_product(units, "2026-11", "2026-11") == 0)

    def both(window: Window) -> str:
        return f"{everything.total(units, window):,} units, {(everything.total(sales, window) or 0) / 100:,.2f} EUR"

    return {
        "Lines read": f"{info.lines_read:,}",
        "Lines kept": f"{info.lines_kept:,}",
        "Products": f"{len(demo.products):,}",
        "Categories": f"{len(demo.categories)}",
        "Net, December 2023 – November 2026": both(month_window("2023-12", "2026-11")),
        "Net, December 2025": both(month_window("2025-12", "2025-12")),
        "Net, February 2026": both(month_window("2026-02", "2026-02")),
        "Net, 1–20 November 2026": both(to_date["2026-11"]),
        "Net, 1–20 October 2026": both(to_date["2026-10"]),
        "Net, 1–20 November 2025": both(to_date["2025-11"]),
        "New in November 2026": f"{(state == STATES.index(State.NEW)).sum()} products",
        "Discontinued in November 2026": f"{(state == STATES.index(State.DISCONTINUED)).sum()} products",
        "Out of stock in November 2026": f"{(state == STATES.index(State.STOCK_OUT)).sum()} products",
        "Ranked in November 2026": f"{ranked.sum()} products",
        "Ranked and not sold in November 2026": f"{unsold.sum()} products",
        "To reorder on 20 November 2026": f"{held.counts['reorder']} products",
        "To reorder at once": f"{held.counts['at_once']} products",
        "To clear": f"{held.counts['clear']} products",
        "Dead stock": f"{held.counts['dead']} products",
        "More in stock than 90 days need": f"{held.counts['excess']} products",
    }


def test_documented_figures_are_the_computed_ones(demo: Rollup, held: Standing) -> None:
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", DOC.read_text(encoding="utf-8"), flags=re.MULTILINE)
    documented = {name: value for name, value in rows if name != "Figure" and not set(name) <= {"-"}}
    computed = figures(demo, held)
    assert {name: documented.get(name) for name in computed} == computed
    aside = {item.label: f"{item.lines}" for item in demo.info.set_aside}
    assert {label: documented.get(label) for label in aside} == aside
    assert set(documented) == set(computed) | set(aside) | {"Set aside or flagged"}


def test_what_a_killed_run_left_is_removed_but_not_what_may_be_in_use(demo_settings: Settings) -> None:
    names = {"demo-abcd1234": 2, "demo-young_00": 0, "demo-notes-of-mine": 2}
    for name, hours in names.items():
        (demo_settings.var / name).mkdir()
        (demo_settings.var / name / "lines.parquet").write_bytes(b"x")
        then = time.time() - hours * 3600 - 60
        os.utime(demo_settings.var / name, (then, then))
    build_demo(demo_settings)
    left = {path.name for path in demo_settings.var.glob("demo-*")}
    for name in left:
        shutil.rmtree(demo_settings.var / name)
    assert left == {"demo-young_00", "demo-notes-of-mine"}


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ImportRefused, match="taken: the demo data cannot be written here"):
        build_demo(load_settings(var=tmp_path / "taken"))
