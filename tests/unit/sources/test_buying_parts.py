"""What a file says beside its sales: cost and terms of buying, goods received, stock by day."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from shop_kit import COLUMNS as PLAIN
from shop_kit import Shop

from dashboard.sales.rollup import NO_SNAPSHOT, Receipts, StockDays, Supply
from dashboard.sources.errors import ImportRefused
from dashboard.sources.importer import import_file

TERMS = ("cost", "lead_days", "lead_sd", "minimum", "pack", "on_order", "committed", "shelf_life")
MASTER = {"file": "products.csv", "columns": {"product": "code", **{name: name for name in TERMS}}}
STOCK = {"file": "stock.csv", "columns": {"date": "day", "product": "code", "available": "units"}}
RECEIPTS = {"file": "receipts.csv", "columns": {"date": "day", "product": "code", "units": "units"}}
LINES = ("A1,1,2024-01-30,2", "B1,1,2024-02-10,2")


def with_terms(shop: Shop, *rows: str, lines: tuple[str, ...] = LINES, **keys: Any) -> Supply:
    shop.write(f"code,{','.join(TERMS)}\n" + "".join(f"{row}\n" for row in rows), "products.csv")
    shop.import_lines(*lines, products=MASTER, **keys)
    assert shop.rollup.supply is not None
    return shop.rollup.supply


def test_terms_of_buying(shop: Shop) -> None:
    supply = with_terms(shop, "A1,1.25,14,3.5,24,6,48,2,365", "Z9,0,0,0,0,0,0,0,0")
    assert shop.rollup.products.code == ("A1", "B1", "Z9")
    assert supply.cost.tolist() == [125, -1, -1]
    assert supply.minimum.tolist() == [24, -1, -1]
    assert supply.pack.tolist() == [6, -1, -1]
    assert supply.shelf_life.tolist() == [365, -1, -1]
    assert (supply.on_order.tolist(), supply.committed.tolist()) == ([48, 0, 0], [2, 0, 0])
    assert np.array_equal(supply.lead_days, [14, np.nan, 0], equal_nan=True)
    assert np.array_equal(supply.lead_sd, [3.5, np.nan, 0], equal_nan=True)


def test_without_such_columns_nothing_is_said_of_buying(shop: Shop) -> None:
    shop.write("code,name\nA1,Lamp\n", "products.csv")
    shop.import_lines(*LINES, products={"file": "products.csv", "columns": {"product": "code", "name": "name"}})
    assert shop.rollup.supply is None
    assert (shop.rollup.receipts, shop.rollup.stock_days) == (None, None)


def test_the_cost_of_the_newest_line_where_the_master_has_none(shop: Shop) -> None:
    rows = ("A1,1,2024-01-02,9,3", "A1,1,2024-01-03,9,3.456", "A1,1,2024-01-04,9,", "B1,1,2024-01-01,9,", "")
    text = "code,qty,date,price,unit\n" + "\n".join(rows)
    shop.import_text(text, {**PLAIN, "cost": "unit"})
    assert shop.rollup.supply is not None
    assert shop.rollup.supply.cost.tolist() == [346, -1]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("cost", "-1"),
        ("cost", "cheap"),
        ("lead_days", "-2"),
        ("lead_days", "4000"),
        ("lead_sd", "x"),
        ("minimum", "1.5"),
        ("pack", "-6"),
        ("on_order", "-1"),
        ("committed", "some"),
        ("shelf_life", "40000"),
    ],
)
def test_cells_that_cannot_be_right_are_refused_with_row_and_advice(shop: Shop, column: str, text: str) -> None:
    cells = ["" if name != column else text for name in TERMS]
    expected = rf"products\.csv: row 3: '{column}' is '{text}', but {column} must be .*leave it empty"
    with pytest.raises(ImportRefused, match=expected):
        with_terms(shop, "A1,,,,,,,,", f"B1,{','.join(cells)}")


def received(shop: Shop, *rows: str) -> Receipts:
    shop.write("day,code,units\n" + "".join(f"{row}\n" for row in rows), "receipts.csv")
    shop.import_lines(*LINES, receipts=RECEIPTS)
    assert shop.rollup.receipts is not None
    return shop.rollup.receipts


def test_receipts_are_sorted_by_product_then_day(shop: Shop) -> None:
    found = received(shop, "2024-02-01,B1,5", "2024-01-20,A1,7", "2023-05-04,A1,9", "2024-01-20,A1,2", "2024-01-01,X,1")
    assert found.product.tolist() == [0, 0, 0, 1]
    assert [str(day) for day in found.day] == ["2023-05-04", "2024-01-20", "2024-01-20", "2024-02-01"]
    assert found.units.tolist() == [9, 2, 7, 5]


def test_a_product_can_be_sold_from_its_first_receipt_on(shop: Shop) -> None:
    received(shop, "2024-01-20,A1,7", "2024-03-01,B1,5")
    assert [str(day) for day in shop.rollup.products.first_day] == ["2024-01-20", "2024-02-10"]


@pytest.mark.parametrize(
    "row", ["soon,A1,4", "2024-01-31,,4", "2024-01-31,A1,0", "2024-01-31,A1,-3", "2024-01-31,A1,x"]
)
def test_bad_receipts_are_refused(shop: Shop, row: str) -> None:
    with pytest.raises(ImportRefused, match=r"receipts\.csv: row 2: no usable receipt"):
        received(shop, row)


def snapshots(shop: Shop, days: int, *rows: str) -> StockDays | None:
    shop.write("day,code,units\n" + "".join(f"{row}\n" for row in rows), "stock.csv")
    sales = shop.settings.sales.model_copy(update={"stock_days": days})
    settings = shop.settings.model_copy(update={"sales": sales})
    text = "code,qty,date,price\n" + "".join(f"{line}\n" for line in LINES)
    import_file(shop.write(text), shop.mapping(stock=STOCK), settings)
    return shop.rollup.stock_days


def test_stock_of_the_newest_days(shop: Shop) -> None:
    rows = ("2024-02-10,A1,0", "2024-02-08,A1,3", "2024-02-08,B1,4", "2024-02-08,B1,6", "2024-02-07,A1,9")
    found = snapshots(shop, 3, *rows, "2024-02-09,B1,-2", "2024-02-09,GHOST,5", "2099-01-01,A1,5")
    assert found is not None
    assert (found.first_day, found.available.dtype) == (date(2024, 2, 8), np.int32)
    assert found.available.tolist() == [[3, 10], [NO_SNAPSHOT, -2], [0, NO_SNAPSHOT]]


def test_stock_too_large_for_the_grid_is_cut_off_not_turned_over(shop: Shop) -> None:
    found = snapshots(shop, 1, *["2024-02-10,A1,999999999"] * 3)
    assert found is not None
    assert found.available.tolist() == [[2**31 - 1, NO_SNAPSHOT]]


def test_snapshots_of_days_to_come_only_are_none(shop: Shop) -> None:
    assert snapshots(shop, 3, "2099-01-01,A1,5") is None
