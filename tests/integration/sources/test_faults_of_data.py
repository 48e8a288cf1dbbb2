"""Tables that changed under a source, in each engine: a clear reason, the last figures serving."""

from pathlib import Path

import pytest
from faults_kit import COLUMNS, FILES, HISTORY, SERVERS, Before, Store, heals, refused, store_of
from refresh_kit import current, lines

ALL = HISTORY * 2 * 3  # units


@pytest.fixture(params=[*FILES, *SERVERS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    made = store_of(request.param, request, tmp_path)
    assert made.refresh().ok
    assert made.units() == ALL
    return made


def test_a_table_that_is_gone(store: Store) -> None:
    before = Before(store)
    store.rename("sales", "sale")
    said = (
        "sources.shop.lines: there is no table or view 'sales' that this account may read. Like it: 'sale'. Names are "
    )
    assert f"shop: {said}" in refused(store)
    before.stays("data", said)
    store.rename("sale", "sales")
    store.add(lines([0], days=(4,)))
    heals(store, ALL + 3)


def test_a_column_that_is_gone_or_became_text(store: Store) -> None:
    before = Before(store)
    store.rename("sales", "kept")
    store.create("sales", COLUMNS.replace("qty", "quantity"))
    store.run("INSERT INTO sales SELECT * FROM kept")
    refused(store)
    before.stays("data", "the table 'sales' has no column 'qty'.")
    store.run("DROP TABLE sales")
    store.create("sales", COLUMNS.replace("amount {money}", "amount {text}"))
    refused(store)
    before.stays("data", "sources.shop.lines.columns.amount: the column is of type ", "which holds no numbers. Map ")
    store.run("DROP TABLE sales")
    store.rename("kept", "sales")
    store.add(lines([0], days=(4,)))
    heals(store, ALL + 3)


def test_a_table_of_no_rows(store: Store) -> None:
    before = Before(store)
    store.rename("sales", "kept")
    store.create("sales", COLUMNS)
    refused(store)
    before.stays("data", "The table sales has no lines dated 1970 to 2100 that belong to this source.")
    store.run("DROP TABLE sales")
    store.rename("kept", "sales")
    store.add(lines([0], days=(4,)))
    heals(store, ALL + 3)


def test_products_that_stand_twice(store: Store) -> None:
    store.create("products", "code {text}, name {text}, category {text}")
    store.insert("products", [("A1", "Hammer", "tools"), ("B2", "Nail", "tools")])
    columns = {**store.source["lines"]["columns"], "category": "p.category"}
    join = {"name": "p", "table": "products", "on": {"code": "code"}}
    store.source["lines"] = {**store.source["lines"], "columns": columns, "joins": [join]}
    assert store.refresh().ok
    before = Before(store)
    store.insert("products", [("B2", "Nail, long", "nails")])
    refused(store)
    before.stays(
        "data", "sources.shop.lines.joins: products has several rows for code = B2.", "A line may find one row"
    )
    del store.source["lines"]["columns"]["category"], store.source["lines"]["joins"]
    store.source["master"] = {"table": "products", "columns": {"product": "code", "name": "name"}}
    refused(store)
    before.stays(
        "data",
        "Shop shop, products: several rows for one code: B2. Have it mended there, or map a view without such rows.",
    )
    store.run("DROP TABLE products")
    store.create("products", "code {text}, name {text}, category {text}")
    store.insert("products", [("A1", "Hammer", "tools"), ("B2", "Nail", "tools")])
    heals(store, ALL)


def test_days_that_are_none(store: Store) -> None:
    odd = "1969-12-31" if store.kind != "clickhouse" else "2105-12-31"
    far = "9999-12-31" if store.kind != "clickhouse" else "2105-12-31"
    store.insert("sales", [(far, "A1", 7, "1.00", "North"), (odd, "A1", 5, "1.00", "North")])
    store.insert("sales", [(None, "A1", 3, "1.00", "North")])
    heals(store, ALL)
    info = current(store.settings).info
    assert {one.reason: one.lines for one in info.set_aside} == {"bad_date": 3}
    assert info.lines_read == info.lines_kept + 3


def test_amounts_that_are_none(store: Store) -> None:
    store.rename("sales", "kept")
    store.create("sales", COLUMNS.replace("amount {money}", "amount {float}"))
    store.run("INSERT INTO sales SELECT * FROM kept")
    odd = {
        "sqlite": ["9e999", "-9e999", "'NaN'"],
        "duckdb": ["'NaN'::DOUBLE", "'Infinity'::DOUBLE", "'-Infinity'::DOUBLE"],
        "postgresql": ["'NaN'::float8", "'Infinity'::float8", "'-Infinity'::float8"],
        "mariadb": ["1e300", "-1e300", "1e14"],
        "clickhouse": ["nan", "inf", "-inf"],
    }[store.kind]
    day = lines([0])[0][0]
    for amount in [*odd, "NULL"]:
        store.run(f"INSERT INTO sales SELECT '{day}', 'A1', 2, {amount}, 'North'")
    heals(store, ALL)
    info = current(store.settings).info
    assert sum(one.lines for one in info.set_aside) == 4
    assert info.lines_read == info.lines_kept + 4


def test_text_in_a_column_of_numbers(store: Store) -> None:
    if store.kind != "sqlite":
        return  # no other engine takes it
    day = lines([0])[0][0]
    store.insert("sales", [(day, "A1", "zwölf", "1.00", "North"), (day, "A1", 2, "1,00 €", "North")])
    store.insert("sales", [("gestern", "A1", 2, "1.00", "North"), (day, "", 2, "1.00", "North")])
    heals(store, ALL)
    info = current(store.settings).info
    odd = {"bad_date": 1, "bad_quantity": 1, "bad_price": 1, "no_product": 1}
    assert {one.reason: one.lines for one in info.set_aside} == odd
