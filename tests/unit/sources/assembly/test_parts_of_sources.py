"""What sources bring beside their lines, what is told of each, and what is kept of that on disk."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from extracts_kit import Extracts, cells, group, make_source

from dashboard.sales.rollup import NO_SNAPSHOT
from dashboard.sources import query
from dashboard.sources.errors import MappingError
from dashboard.sources.pushdown.load import load_source
from dashboard.sources.store import RollupStore

DAILY = date(2024, 5, 1)


def test_what_is_told_of_each_source_is_read_back_as_it_was_written(extracts: Extracts, tmp_path: Path) -> None:
    extracts.add(make_source("shop"), [group("2024-05-02", units=3, lines=2), group("2024-05-02", verdict=4)])
    extracts.add(make_source("empty"), complete_to=date(2024, 5, 2), read_only="unknown")
    found = extracts.assemble(
        failed={"empty": "The server is down."}, absent=[(make_source("later", bind="dwh"), "It was not read yet.")]
    )
    store = RollupStore(tmp_path / "rollup")
    store.write(found.rollup)
    back = store.current()
    assert back is not None
    assert back.info == found.rollup.info
    told = [(one.name, one.bind, one.ok, one.reason, one.lines, one.lines_kept, one.units) for one in back.info.sources]
    assert told == [
        ("shop", "erp", True, "", 3, 2, 3),
        ("empty", "erp", False, "The server is down.", 0, 0, 0),
        ("later", "dwh", False, "It was not read yet.", 0, 0, 0),
    ]
    assert [one.first_day for one in back.info.sources] == [date(2024, 5, 2), None, None]
    assert [one.as_of[:10] for one in back.info.sources] == ["2024-06-01", "2024-06-01", ""]
    assert [one.read_only for one in back.info.sources] == ["proved", "unknown", "unknown"]
    assert back.info.source == "3 sources"


def test_an_absent_source_holds_nobody_back_and_a_failed_one_is_named(extracts: Extracts) -> None:
    extracts.add(make_source("shop"), [group("2024-05-09")])
    absent = [(make_source("later"), "It was not read yet.")]
    info = extracts.assemble(failed={"shop": "Its password was refused."}, absent=absent).rollup.info
    assert (info.source, info.complete_to) == ("2 sources", date(2024, 5, 9))
    assert info.complete_to_reason.endswith("Shop could not be read since 2024-06-01.")


def test_receipts_and_buying_of_two_sources(extracts: Extracts) -> None:
    received = {"date": "D", "product": "P", "units": "U"}
    bought = {"product": "P", "cost": "C", "pack": "K", "on_order": "O", "launch": "L"}
    columns: dict[str, Any] = {"receipts": {"table": "R", "columns": received}}
    columns["master"] = {"table": "M", "columns": bought}
    for name, costs, launch, units in (("shop", [None, 1.5], "2024-04-09", 4), ("tills", [2.25, 9.0], "2024-03-02", 3)):
        master = {"product": ["A", "B"], "cost": costs, "pack": [6, None], "on_order": [units, units]}
        launched = pa.array([date.fromisoformat(launch)] * 2)
        rows = {"date": [date(2024, 5, units), date(2024, 4, units)], "product": ["A", "Z"], "units": [units, 1]}
        tables = {"master": pa.table({**master, "launch": launched}), "receipts": pa.table(rows)}
        extracts.add(make_source(name, **columns), [group("2024-05-01")], tables=tables)
    rollup = extracts.assemble().rollup
    assert (rollup.receipts is not None, rollup.supply is not None) == (True, True)
    assert rollup.receipts is not None
    assert rollup.supply is not None
    assert rollup.products.code == ("A", "B")
    assert (rollup.receipts.product.tolist(), rollup.receipts.units.tolist()) == ([0, 0], [3, 4])
    assert [str(day) for day in rollup.receipts.day] == ["2024-05-03", "2024-05-04"]
    assert rollup.supply.cost.tolist() == [225, 150]
    assert (rollup.supply.pack.tolist(), rollup.supply.on_order.tolist()) == ([6, -1], [7, 7])
    assert [str(day) for day in rollup.products.first_day] == ["2024-03-02", "2024-03-02"]


def test_stock_of_one_source_beside_one_without(extracts: Extracts) -> None:
    columns = {"date": "D", "product": "P", "available": "V"}
    snapshots = pa.table({"date": [date(2024, 5, 1)] * 2, "product": ["A", "A"], "available": [4, 3]})
    extracts.add(make_source("shop"), [group("2024-05-02", "B")])
    stocked = make_source("tills", stock={"table": "S", "columns": columns})
    extracts.add(stocked, [group("2024-05-01")], tables={"stock": snapshots})
    rollup = extracts.assemble().rollup
    assert rollup.stock_days is not None
    assert rollup.stock_days.available[-1].tolist() == [7, NO_SNAPSHOT]


@pytest.mark.parametrize("by_month", [True, False])
def test_checks_say_what_they_cannot_see_by_month(extracts: Extracts, by_month: bool) -> None:
    older = [group("2024-03-01", units=2)]
    columns = {"product": "P", "launch": "L"}
    master = pa.table({"product": ["A"], "launch": [date(2024, 3, 9)]})
    source = make_source(master={"table": "M", "columns": columns})
    given: dict[str, Any] = {"months": older, "first_daily": DAILY} if by_month else {}
    days = [group("2024-05-03"), *([] if by_month else older)]
    extracts.add(source, days, tables={"master": master}, **given)
    checks = extracts.assemble().checks
    told = {
        "before_launch": "Lines from before 1 April 2024 are known by month only: those in months before the launch "
        "are found.",
        "more_returned_than_sold": "Before 1 April 2024, sales and returns are set against each other by month.",
        "load_gap": "Looked for from 1 April 2024 on: older lines are known by month only.",
    }
    for key, sentence in told.items():
        assert checks[key].advice.endswith(sentence) is by_month, key
    # Sold in the month of the launch, which may be after it; on the first of it, which is before it.
    assert checks["before_launch"].count == (0 if by_month else 1)


def test_an_amount_after_discount_and_a_price_do_not_go_together() -> None:
    columns = {"product": "P", "quantity": "Q", "date": "D", "price": "X", "discount": "R"}
    table = {"bind": "erp", "label": "Shop", "currency": "EUR", "time_zone": "UTC"}
    lines = {"table": "SALES", "columns": columns}
    assert load_source("shop", {**table, "lines": lines}).lines.amount_is == "gross"
    with pytest.raises(MappingError, match=r"^sources\.shop\.lines: .*amount_is goes with amount, not with price"):
        load_source("shop", {**table, "lines": {**lines, "amount_is": "net"}})


def test_the_same_figures_however_many_stretches_they_come_in(
    extracts: Extracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = np.random.default_rng(5)
    rows = [
        group(f"2024-0{month}-{day:02}", product, units, 10**9 if month == 4 else units, region=region)
        for month, day, units in chosen.integers((3, 1, 1), (6, 29, 9), (60, 3)).tolist()
        for product, region in (("B", "South"), ("A", "North"), ("A", None))
    ]
    extracts.add(make_source(columns={"region": "R"}), rows)
    whole = extracts.assemble()
    with monkeypatch.context() as cut:
        cut.setattr(query, "_LEAST_LINES", 2)
        cut.setattr(query, "_MOST_STRETCHES", 50)
        pieces = extracts.assemble()
    for one, other in ((whole.rollup.monthly, pieces.rollup.monthly), (whole.rollup.daily, pieces.rollup.daily)):
        assert one.offsets.tolist() == other.offsets.tolist()
        assert cells(whole.rollup, one) == cells(pieces.rollup, other)
        for name in ("product", "region", "channel"):
            assert getattr(one, name).tolist() == getattr(other, name).tolist()
        for name, values in one.values.items():
            assert (values.dtype, values.tolist()) == (other.values[name].dtype, other.values[name].tolist())
