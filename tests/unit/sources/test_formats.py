from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from shop_kit import HEADER, Shop, aside

from dashboard.sources.importer import import_file

NAMED = {"name": "name"}
NAMES_HEADER = "code,name,qty,date,price\n"


def only_name(shop: Shop) -> str:
    (name,) = shop.rollup.products.name
    return name


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "iso-8859-1", "utf-16", "utf-16-le", "cp850", "mac-roman"]
)
def test_encodings(shop: Shop, encoding: str) -> None:
    text = NAMES_HEADER + "A1,Café crème ½ Größe,1,2024-01-31,2\n"
    if encoding in {"cp850", "mac-roman"}:
        text = text.replace(" ½", "")
    shop.import_text(text.encode(encoding), NAMED, csv={"encoding": encoding})
    assert only_name(shop) in {"Café crème ½ Größe", "Café crème Größe"}


def test_a_byte_order_mark_does_not_hide_the_first_column(shop: Shop) -> None:
    assert shop.import_text((HEADER + "A1,1,2024-01-31,2\n").encode("utf-8-sig")).info.lines_kept == 1


def test_text_that_spans_chunks_of_the_decoder(shop: Shop) -> None:
    line = "A1,ééééé,1,2024-01-31,2\n"
    report = shop.import_text((NAMES_HEADER + line * 60_000).encode("utf-16"), NAMED, csv={"encoding": "utf-16"})
    assert report.info.lines_kept == 60_000
    assert only_name(shop) == "ééééé"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ('"say ""hi"""', 'say "hi"'),
        ('RECORD FRAME 7" SINGLE', 'RECORD FRAME 7" SINGLE'),
        ('"a,b"', "a,b"),
        ('"two\nlines"', "two lines"),
        ("it's; DROP TABLE lines", "it's; DROP TABLE lines"),
        ("  padded ", "padded"),
    ],
)
def test_quoting(shop: Shop, cell: str, name: str) -> None:
    shop.import_text(NAMES_HEADER + f"A1,{cell},1,2024-01-31,2\n", NAMED)
    assert only_name(shop) == name


def test_semicolons_decimal_commas_and_windows_line_ends(shop: Shop) -> None:
    text = "code;qty;date;price\r\nA1;2;31.01.2024;1234,50\r\nA1;1,0;31.01.2024;1.234,50\r\n\r\nA1;1;31.01.2024;,5\r\n"
    report = shop.import_text(text, csv={"delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y"})
    assert report.totals["gross_sales"] == 246900 + 50
    assert aside(report)["bad_price"].note == "first: row 3, '1.234,50'"


def test_columns_are_found_by_name_in_any_order_and_others_are_ignored(shop: Shop) -> None:
    report = shop.import_text("x,price, qty ,date,code,\n?,2,3,2024-01-31,A1,\n")
    assert report.totals["gross_units"] == 3


@pytest.mark.parametrize("name", ["sales [1].csv", "sa'les*.CSV", "büro?.csv", "year=2024 {a,b}.txt"])
def test_names_of_files_are_taken_literally(shop: Shop, name: str) -> None:
    path = shop.write(HEADER + "A1,1,2024-01-31,2\n", name)
    assert import_file(path, shop.mapping(), shop.settings).info.lines_read == 1


def test_column_names_are_taken_literally(shop: Shop) -> None:
    columns = {"product": 'co"de', "quantity": "it's", "date": "select", "price": "price; --"}
    path = shop.folder / "sales.parquet"
    pq.write_table(pa.table({'co"de': ["A1"], "it's": [1], "select": ["2024-01-31"], "price; --": ["2"]}), path)
    assert import_file(path, shop.mapping(columns), shop.settings).info.lines_kept == 1


def test_parquet_numbers_of_every_kind(shop: Shop) -> None:
    types = [pa.int8(), pa.uint64(), pa.float32(), pa.float64(), pa.decimal128(12, 4), pa.string(), pa.large_string()]
    for type_ in types:
        values = ["2", "3"] if pa.types.is_string(type_) or pa.types.is_large_string(type_) else [2, 3]
        numbers = pa.array([Decimal(value) for value in values] if pa.types.is_decimal(type_) else values, type_)
        path = shop.folder / "sales.parquet"
        pq.write_table(
            pa.table({"code": ["A1", "A2"], "qty": numbers, "date": ["2024-01-31"] * 2, "price": numbers}), path
        )
        report = import_file(path, shop.mapping(), shop.settings)
        assert (report.totals["gross_units"], report.totals["gross_sales"]) == (5, 1300), type_


def test_parquet_floats_become_the_decimals_they_stand_for(shop: Shop) -> None:
    path = shop.folder / "sales.parquet"
    prices = [1.005, 2.675, 0.1 + 0.2, float("nan"), float("inf"), None]
    columns = {"code": [22086.0] * 6, "qty": [1.0] * 6, "date": ["2024-01-31"] * 6, "price": prices}
    pq.write_table(pa.table(columns), path)
    report = import_file(path, shop.mapping(), shop.settings)
    assert report.totals["gross_sales"] == 101 + 268 + 30
    assert aside(report)["bad_price"].lines == 3
    assert shop.rollup.products.code == ("22086",)


def make_book(path: Path, sheet: str = "Sheet") -> None:
    book = Workbook()
    book.worksheets[0].title = sheet
    book.worksheets[0].append(["code", "name", "qty", "date", "price"])
    book.worksheets[0].append([22086, "Lamp", 2, datetime(2024, 1, 31, 18, 30), 6.95])
    book.worksheets[0].append([])
    book.worksheets[0].append(["22086", "Lamp", 1.0, "2024-02-01", "1.005"])
    book.worksheets[0].append(["22086", "Lamp", "one", "01/02/2024", 1e-05])
    book.save(path)


def test_xlsx(shop: Shop) -> None:
    path = shop.folder / "sales.xlsx"
    make_book(path)
    report = import_file(path, shop.mapping(NAMED), shop.settings)
    assert (report.info.lines_read, report.info.lines_kept) == (3, 2)
    assert (report.totals["gross_units"], report.totals["gross_sales"]) == (3, 1390 + 101)
    assert aside(report)["bad_date"].note == "first: row 5, '01/02/2024'"
    assert shop.rollup.products.code == ("22086",)


def test_xlsx_text_dates_may_have_a_format_beside_true_dates(shop: Shop) -> None:
    path = shop.folder / "sales.xlsx"
    make_book(path, "March")
    keys = {"csv": {"date_format": "%d/%m/%Y"}, "xlsx": {"sheet": "March"}}
    report = import_file(path, shop.mapping(NAMED, **keys), shop.settings)
    assert {key: entry.lines for key, entry in aside(report).items()} == {"bad_quantity": 1}


def test_csv_parquet_and_xlsx_of_the_same_lines_give_the_same_figures(shop: Shop) -> None:
    lines = [
        [f"P{index % 7}", "Name", index % 5 + 1, f"2024-0{index % 9 + 1}-15", f"{index}.25"] for index in range(200)
    ]
    header = ["code", "name", "qty", "date", "price"]
    csv_file = shop.write("\n".join(",".join(map(str, row)) for row in [header, *lines]))
    parquet = shop.folder / "sales.parquet"
    pq.write_table(pa.table({name: [row[index] for row in lines] for index, name in enumerate(header)}), parquet)
    book = Workbook()
    for row in [header, *lines]:
        book.worksheets[0].append(row)
    book.save(shop.folder / "sales.xlsx")
    reports = [
        import_file(path, shop.mapping(NAMED), shop.settings)
        for path in (csv_file, parquet, shop.folder / "sales.xlsx")
    ]
    assert len({report.version.split("-")[1] for report in reports}) == 1
    assert reports[0].totals["gross_sales"] == sum((index % 5 + 1) * (index * 100 + 25) for index in range(200))
