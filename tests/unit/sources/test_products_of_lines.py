from datetime import date
from typing import Any

import numpy as np
import pytest
from shop_kit import Shop, aside

from dashboard.sources.errors import ImportRefused

MASTER = {
    "file": "products.csv",
    "columns": {
        "product": "code",
        "name": "name",
        "category": "category",
        "launch": "launch",
        "end": "end",
        "first_receipt": "received",
    },
}
STOCK = {"file": "stock.csv", "columns": {"date": "day", "product": "code", "available": "units"}}


def names(shop: Shop, *lines: str) -> tuple[str, ...]:
    shop.import_text("code,name,qty,date,price\n" + "".join(f"{line}\n" for line in lines), {"name": "name"})
    return shop.rollup.products.name


def import_with_master(shop: Shop, *rows: str, lines: str = "A1,1,2024-01-31,2\n", **keys: Any) -> Any:
    shop.write("code,name,category,launch,end,received\n" + "".join(f"{row}\n" for row in rows), "products.csv")
    return shop.import_text("code,qty,date,price\n" + lines, products=MASTER, **keys)


def test_the_most_frequent_name_wins(shop: Shop) -> None:
    assert names(shop, "A,Old,1,2024-01-01,2", "A,Old,1,2024-01-02,2", "A,New,1,2024-01-03,2") == ("Old",)


def test_equally_frequent_names_the_latest_then_the_first_by_alphabet(shop: Shop) -> None:
    assert names(shop, "A,Zebra,1,2024-01-02,2", "A,Ant,1,2024-01-01,2") == ("Zebra",)
    assert names(shop, "A,Zebra,1,2024-01-02,2", "A,Ant,1,2024-01-02,2") == ("Ant",)


def test_empty_names_and_names_of_lines_set_aside_do_not_count(shop: Shop) -> None:
    assert names(
        shop,
        "A,,1,2024-01-01,2",
        "A, ,1,2024-01-02,2",
        "A,Lamp,1,2024-01-01,2",
        "A,damaged,1,2024-01-03,0",
        "A,damaged,1,2024-01-04,0",
    ) == ("Lamp",)


def test_a_product_without_a_name_is_called_by_its_code(shop: Shop) -> None:
    assert names(shop, "A,,1,2024-01-01,2") == ("A",)


def test_category_of_the_lines(shop: Shop) -> None:
    text = "code,qty,date,price,cat\nA,1,2024-01-01,2,Toys\nB,1,2024-01-01,2,\nC,1,2024-01-01,2,Art\n"
    shop.import_text(text, {"category": "cat"})
    rollup = shop.rollup
    assert rollup.categories == ("(none)", "Art", "Toys")
    assert [rollup.categories[index] for index in rollup.products.category] == ["Toys", "(none)", "Art"]


def test_the_master_names_products_and_brings_those_that_never_sold(shop: Shop) -> None:
    report = import_with_master(
        shop,
        "B2,Vase,Decor,2023-05-01,2024-02-01,2023-04-01",
        "A1,Lamp,Light,,,2023-06-01",
        "Z9,Dust catcher,,,,",
        lines="A1,1,2024-01-31,2\nX7,1,2024-01-30,2\n",
    )
    products, categories = shop.rollup.products, shop.rollup.categories
    assert products.code == ("A1", "B2", "X7", "Z9")
    assert products.name == ("Lamp", "Vase", "X7", "Dust catcher")
    assert [categories[index] for index in products.category] == ["Light", "Decor", "(none)", "(none)"]
    first_days = ["2023-06-01", "2023-05-01", "2024-01-30", "NaT"]
    assert [str(day) for day in products.first_day] == first_days
    assert [str(day) for day in products.end_day] == ["NaT", "2024-02-01", "NaT", "NaT"]
    assert aside(report, kept=True)["not_in_master"].lines == 1
    assert report.products == 4


def test_first_sellable_day_without_a_master_is_the_first_sale_not_a_return(shop: Shop) -> None:
    shop.import_lines("A1,-1,2024-01-01,2", "A1,1,2024-01-05,2", "A1,1,2024-01-09,2", "B1,-1,2024-01-01,2")
    assert [str(day) for day in shop.rollup.products.first_day] == ["2024-01-05", "NaT"]


def test_codes_of_the_master_are_folded_like_those_of_the_lines(shop: Shop) -> None:
    import_with_master(shop, " a1 ,Lamp,Light,,,", lines="A1,1,2024-01-31,2\n", codes={"case": "upper"})
    assert (shop.rollup.products.code, shop.rollup.products.name) == (("A1",), ("Lamp",))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["A1,Lamp,,,,", "a1,Lamp,,,,"], "products.csv: rows 2 and 3 say the same"),
        (["A1,Lamp,,,,", ",Vase,,,,"], "products.csv: row 3: no product code"),
        (["A1,Lamp,,,,", f"{'B' * 101},Vase,,,,"], r"row 3: no product code of 1 to 100 characters \(B{100}, Vase,"),
    ],
)
def test_bad_masters_are_refused(shop: Shop, rows: list[str], expected: str) -> None:
    with pytest.raises(ImportRefused, match=expected):
        import_with_master(shop, *rows, codes={"case": "upper"})


def test_missing_master_file(shop: Shop) -> None:
    with pytest.raises(ImportRefused, match=r"products.csv: no such file"):
        shop.import_lines("A1,1,2024-01-31,2", products=MASTER)


def import_with_stock(shop: Shop, *rows: str, lines: str = "A1,1,2024-01-30,2\nB1,1,2024-02-10,2\n") -> Any:
    shop.write("day,code,units\n" + "".join(f"{row}\n" for row in rows), "stock.csv")
    return shop.import_text("code,qty,date,price\n" + lines, stock=STOCK)


def test_stock_months(shop: Shop) -> None:
    report = import_with_stock(
        shop,
        "2023-12-31,A1,99",
        "2024-01-30,A1,5",
        "2024-01-31,A1,0",
        "2024-01-29,A1,-2",
        "2024-02-01,A1,3",
        "2024-01-31,B1,4",
        "2024-01-31,B1,6",
        "2024-02-29,B1,0",
        "2024-03-01,B1,7",
        "2024-01-31,GHOST,7",
    )
    stock = shop.rollup.stock
    assert report.info.has_stock
    assert stock is not None
    assert stock.offsets.tolist() == [0, 2, 4]
    assert stock.product.tolist() == [0, 1, 0, 1]
    assert stock.observed_days.tolist() == [3, 1, 1, 1]
    assert stock.in_stock_days.tolist() == [1, 1, 1, 0]
    assert stock.closing_units.tolist() == [0, 10, 3, 0]


def test_stock_of_other_months_only_leaves_empty_months(shop: Shop) -> None:
    import_with_stock(shop, "2020-01-31,A1,4")
    stock = shop.rollup.stock
    assert stock is not None
    assert stock.offsets.tolist() == [0, 0, 0]


def test_no_stock_without_a_stock_file(shop: Shop) -> None:
    report = shop.import_lines("A1,1,2024-01-31,2")
    assert shop.rollup.stock is None
    assert not report.info.has_stock


@pytest.mark.parametrize("row", ["soon,A1,4", "2024-01-31,,4", "2024-01-31,A1,some", "2024-01-31,A1,1.5"])
def test_bad_stock_is_refused(shop: Shop, row: str) -> None:
    with pytest.raises(ImportRefused, match=r"stock.csv: row 2: no usable stock snapshot"):
        import_with_stock(shop, row)


def test_periods_of_the_rollup(shop: Shop) -> None:
    """Months are contiguous with gaps as empty slices; daily figures reach back daily_months, in whole months."""
    lines = [
        f"A{index},1,{year}-{month:02d}-15,2" for index, (year, month) in enumerate([(2020, 2), (2023, 1), (2024, 1)])
    ]
    shop.import_lines(*lines, "A0,5,2024-02-10,2", "A0,-2,2024-02-09,2")
    rollup = shop.rollup
    assert (rollup.months[0], rollup.months[-1], len(rollup.months)) == ("2020-02", "2024-02", 49)
    assert rollup.first_daily == date(2022, 1, 1)
    assert len(rollup.daily.offsets) - 1 == (date(2024, 2, 10) - date(2022, 1, 1)).days + 1
    assert np.diff(rollup.monthly.offsets).tolist() == [1, *[0] * 34, 1, *[0] * 11, 1, 1]
    last = rollup.monthly.rows(48, 48)
    assert {name: values[last].tolist() for name, values in rollup.monthly.values.items()} == {
        "gross_units": [5],
        "returned_units": [2],
        "gross_sales": [1000],
        "discounts": [0],
        "returned_sales": [400],
        "costed_sales": [0],
        "cost_of_goods": [0],
        "constant_sales": [600],
    }


def test_daily_figures_start_with_the_data_when_these_are_younger(shop: Shop) -> None:
    shop.import_lines("A1,1,2024-01-15,2", "A1,1,2024-02-10,2")
    assert shop.rollup.first_daily == date(2024, 1, 1)


def test_rows_are_sorted_by_period_product_region_channel(shop: Shop) -> None:
    text = "code,qty,date,price,region,channel\n"
    for code in ("B", "A"):
        for region in ("S", "N"):
            for channel in ("Web", "Shop"):
                text += f"{code},1,2024-02-01,2,{region},{channel}\n{code},1,2024-01-01,2,{region},{channel}\n"
    shop.import_text(text, {"region": "region", "channel": "channel"})
    facts = shop.rollup.monthly
    keys = list(zip(facts.product.tolist(), facts.region.tolist(), facts.channel.tolist(), strict=True))
    assert keys == [(product, region, channel) for product in (0, 1) for region in (0, 1) for channel in (0, 1)] * 2
    assert (shop.rollup.regions, shop.rollup.channels) == (("N", "S"), ("Shop", "Web"))
