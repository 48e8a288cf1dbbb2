import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from shop_kit import HEADER, Shop

from dashboard.sources import text_file
from dashboard.sources.errors import ImportRefused
from dashboard.sources.importer import import_file

NOBODY = 65534
LINE = "A1,1,2024-01-31,2.50\n"


def parquet(path: Path, **columns: list[object]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def good_parquet(shop: Shop) -> Path:
    return parquet(
        shop.folder / "good.parquet", code=["A1"] * 999, qty=[1] * 999, date=["2024-01-31"] * 999, price=["2"] * 999
    )


def truncated(shop: Shop) -> Path:
    good = good_parquet(shop)
    return shop.write(good.read_bytes()[:-200], "cut.parquet")


def workbook(shop: Shop, rows: list[list[object]]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(shop.folder / "sales.xlsx")
    return shop.folder / "sales.xlsx"


def folder(shop: Shop) -> Path:
    (shop.folder / "sales.csv").mkdir()
    return shop.folder / "sales.csv"


def many_columns(count: int) -> str:
    return HEADER.strip() + "," + ",".join(f"x{index}" for index in range(count - 4)) + "\n"


Maker = Callable[[Shop], Path]
BAD: dict[str, tuple[Maker, str]] = {
    "no such file": (lambda shop: shop.folder / "none.csv", "no such file"),
    "a folder": (folder, "a folder or device, not a file"),
    "empty": (lambda shop: shop.write(""), "the file is empty"),
    "header only": (lambda shop: shop.write(HEADER), "a header, but no row below it"),
    "unknown kind": (lambda shop: shop.write("x", "sales.ods"), "unknown kind of file '.ods'"),
    "no extension": (lambda shop: shop.write("x", "sales"), "unknown kind of file ''"),
    "column missing": (
        lambda shop: shop.write("Code,qty,date,price\n" + LINE),
        "no column 'code' (mapping key columns.product). Did you mean 'Code'? The file has: 'Code', 'qty', 'date'",
    ),
    "column twice": (
        lambda shop: shop.write("code,qty,date,price,qty\nA,1,2024-01-31,2,3\n"),
        "two columns are called",
    ),
    "blank first row": (lambda shop: shop.write("\n" + HEADER + LINE), "the first row has no column names"),
    "wrong delimiter": (
        lambda shop: shop.write((HEADER + LINE).replace(",", ";")),
        "The file has: 'code;qty;date;price'",
    ),
    "quantities are text": (
        lambda shop: shop.write(HEADER + "A1,one,2024-01-31,2\nA1,two,2024-01-31,2\n"),
        "of the 2 lines can be used.\n  2: quantity is no whole number (first: row 2, 'one'); check columns.quantity",
    ),
    "dates in another format": (
        lambda shop: shop.write(HEADER + "A1,1,31/01/2024,2\n"),
        "(first: row 2, '31/01/2024'); check columns.date, csv.date_format",
    ),
    "prices with a comma": (
        lambda shop: shop.write(HEADER + 'A1,1,2024-01-31,"2,50"\n'),
        "(first: row 2, '2,50'); check columns.price, columns.amount, csv.decimal",
    ),
    "not utf-8": (
        lambda shop: shop.write(HEADER.encode() + b"A1,1,2024-01-31,2\nCAF\xc9,1,2024-01-31,2\n"),
        'row 3: not utf-8 text (byte 0xC9). Set csv.encoding in the mapping, here probably to "cp1252"',
    ),
    "utf-16": (lambda shop: shop.write((HEADER + LINE).encode("utf-16")), 'here probably to "utf-16"'),
    "short row": (lambda shop: shop.write(HEADER + LINE + "A1,1\n"), "row 3: Expected Number of Columns: 4 Found: 2"),
    "long row": (
        lambda shop: shop.write(HEADER + LINE * 2 + "A,1,2,3,4\n"),
        "row 4: Expected Number of Columns: 4 Found: 5",
    ),
    "open quote": (lambda shop: shop.write(HEADER + LINE + '"A1,1,2024-01-31,2\n' * 3), "row 3: "),
    "truncated parquet": (truncated, "the Parquet file is damaged or cut off; copy it again"),
    "no parquet": (lambda shop: shop.write(HEADER + LINE, "sales.parquet"), "no Parquet file, despite its name"),
    "parquet without rows": (
        lambda shop: parquet(shop.folder / "p.parquet", code=[], qty=[], date=[], price=[]),
        "a header, but no row below it",
    ),
    "parquet with booleans": (
        lambda shop: parquet(shop.folder / "p.parquet", code=["A"], qty=[True], date=["2024-01-31"], price=[1.0]),
        "the column 'qty' holds BOOLEAN, no numbers",
    ),
    "parquet with numbers for dates": (
        lambda shop: parquet(shop.folder / "p.parquet", code=["A"], qty=[1], date=[20240131.0], price=[1.0]),
        "the column 'date' holds DOUBLE, no dates",
    ),
    "parquet with names alike": (
        lambda shop: parquet(
            shop.folder / "p.parquet", code=["A"], CODE=["B"], qty=[1], date=["2024-01-31"], price=[1]
        ),
        "two columns have the same name but for capital letters",
    ),
    "parquet with the engine's own name": (
        lambda shop: parquet(
            shop.folder / "p.parquet", code=["A"], qty=[1], date=["2024-01-31"], price=[1], File_Row_Number=[7]
        ),
        "a column is called 'file_row_number', a name that is in use here. Rename it.",
    ),
    "too many columns": (
        lambda shop: shop.write(many_columns(100_000) + LINE),
        "100,000 columns, more than 1,000. Export only those that the mapping names.",
    ),
    "parquet with too many columns": (
        lambda shop: parquet(shop.folder / "p.parquet", **{f"x{index}": [1.0] for index in range(1001)}),
        "1,001 columns, more than 1,000",
    ),
    "workbook with too many columns": (
        lambda shop: workbook(shop, [[f"x{index}" for index in range(1001)]]),
        "1,001 columns, more than 1,000",
    ),
    "header without an end": (lambda shop: shop.write("x" * 200_000), "the first row holds no column names"),
    "no workbook": (lambda shop: shop.write(b"PK\x03\x04 no zip", "sales.xlsx"), "no XLSX workbook, or a damaged one"),
    "empty sheet": (lambda shop: workbook(shop, []), "the first row of the sheet 'Sheet' has no column names"),
    "sheet without rows": (lambda shop: workbook(shop, [["code", "qty", "date", "price"]]), "but no row below it"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_refused_with_the_reason_and_the_old_data_stay(shop: Shop, name: str) -> None:
    shop.import_lines("OLD,7,2023-01-31,2.50")
    (shop.folder / "sales.csv").unlink()
    before = shop.rollup
    make, expected = BAD[name]
    path = make(shop)
    with pytest.raises(ImportRefused) as caught:
        import_file(path, shop.mapping(), shop.settings)
    message = str(caught.value)
    assert expected in message
    assert message.startswith(str(path))
    assert ".work-" not in message
    assert shop.rollup is before
    assert not list((shop.settings.var / "rollup").glob(".work*"))


def test_column_missing_in_a_companion_names_that_file_and_key(shop: Shop) -> None:
    shop.write("day,cur,rate\n2024-01-31,USD,0.9\n", "rates.csv")
    rates = {"file": "rates.csv", "columns": {"date": "day", "currency": "currency", "rate": "rate"}}
    with pytest.raises(ImportRefused, match=r"rates.csv: no column 'currency' \(mapping key rates.columns.currency\)"):
        shop.import_lines(LINE.strip(), rates=rates)


def test_too_many_columns_are_refused_before_the_lines_are_read(shop: Shop) -> None:
    path = shop.write(many_columns(100_000) + LINE)
    started = time.process_time()
    with pytest.raises(ImportRefused):
        import_file(path, shop.mapping(), shop.settings)
    assert time.process_time() - started < 2


def test_a_thousand_columns_are_read(shop: Shop) -> None:
    shop.import_text(many_columns(1000) + LINE.strip() + "," * 996 + "\n")
    assert shop.rollup.info.lines_kept == 1


@pytest.mark.parametrize("target", ["shadow", "secret.key", "book.xlsx"])
@pytest.mark.parametrize("companion", [False, True])
def test_a_link_to_a_file_of_another_kind_is_refused_and_shows_nothing_of_it(
    shop: Shop, target: str, companion: bool
) -> None:
    shop.write("root:$6$salt:20000\n" * 2, target)
    name = "rates.csv" if companion else "sales.csv"
    (shop.folder / name).symlink_to(target)
    sales = shop.write(HEADER + LINE) if companion else shop.folder / name
    keys = {"rates": {"file": name, "columns": {"date": "day", "currency": "c", "rate": "r"}}} if companion else {}
    with pytest.raises(ImportRefused, match=f"{name}: a link to a file of another kind \\('{target}'\\)") as caught:
        import_file(sales, shop.mapping(**keys), shop.settings)
    assert "salt" not in str(caught.value)


def test_a_link_to_what_is_no_regular_file_is_refused(shop: Shop) -> None:
    os.mkfifo(shop.folder / "pipe.csv")
    (shop.folder / "sales.csv").symlink_to("pipe.csv")
    with pytest.raises(ImportRefused, match="a folder or device, not a file"):
        import_file(shop.folder / "sales.csv", shop.mapping(), shop.settings)


def test_a_link_to_a_file_of_its_kind_is_read(shop: Shop) -> None:
    shop.write(HEADER + LINE, "january.TXT")
    (shop.folder / "sales.csv").symlink_to("january.TXT")
    assert import_file(shop.folder / "sales.csv", shop.mapping(), shop.settings).info.lines_kept == 1


def test_the_reason_of_the_engine_does_not_show_its_own_folder(shop: Shop) -> None:
    path = shop.folder / "sales.parquet"
    columns = pa.table({"code": ["A1"], "qty": [1], "date": ["2024-01-31"], "price": ["2"]})
    pq.write_table(columns, path, compression="none")
    path.write_bytes(path.read_bytes().replace(b"2024-01-31", b"2024-01-\xff1"))
    with pytest.raises(ImportRefused, match=r'in Parquet file "raw_sales.parquet"') as caught:
        import_file(path, shop.mapping(), shop.settings)
    assert str(caught.value).startswith(f"{path}: cannot be read")
    assert ".work-" not in str(caught.value)


def test_sheet_that_is_not_there(shop: Shop) -> None:
    path = workbook(shop, [["code"], ["A1"]])
    with pytest.raises(ImportRefused, match=r"no sheet 'March'. Set xlsx.sheet in the mapping to one of: 'Sheet'"):
        import_file(path, shop.mapping(xlsx={"sheet": "March"}), shop.settings)


def test_a_workbook_too_large_for_memory_is_refused_before_it_is_read(shop: Shop) -> None:
    book = Workbook()
    book.worksheets[0]["A1"] = "code"
    book.worksheets[0].cell(1_048_576, 16_384, "far away")
    path = shop.folder / "sparse.xlsx"
    book.save(path)
    with pytest.raises(ImportRefused, match="too large to read; export the sheet as CSV or Parquet"):
        import_file(path, shop.mapping(), shop.settings)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything: give that up for a moment. Others already lack the right."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("closed", ["the file", "the data folder"])
def test_without_permission(closed: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        shop = Shop(Path(name))
        path = shop.write(HEADER + LINE)
        shop.settings.var.mkdir()
        shop.settings.var.chmod(0o777 if closed == "the file" else 0o500)
        path.chmod(0o644 if closed == "the data folder" else 0)
        with as_nobody(), pytest.raises(ImportRefused, match=r"(cannot be read|cannot be written): Permission denied"):
            import_file(path, shop.mapping(), shop.settings)
        shop.settings.var.chmod(0o700)


def test_data_folder_that_is_a_file(shop: Shop) -> None:
    shop.settings.var.write_text("in the way")
    with pytest.raises(ImportRefused, match="cannot be written"):
        shop.import_lines(LINE.strip())


def test_endless_line_of_a_sparse_two_gigabyte_file_is_refused_at_once(shop: Shop) -> None:
    path = shop.write(HEADER)
    with path.open("r+b") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(ImportRefused, match="row 2 is longer than 1,000,000 bytes"):
        import_file(path, shop.mapping(), shop.settings)


@pytest.mark.parametrize("length", [99, 100])
def test_line_limit_is_exact(shop: Shop, length: int) -> None:
    path = shop.write("a,b\n" + "x" * length + "\n" + "y" * 5 + "\n")
    assert text_file.check_text(path, "utf-8", line_limit=100) == "a,b"
    path = shop.write("a,b\n" + "x" * 101 + "\n")
    with pytest.raises(ImportRefused, match="row 2 is longer than 100 bytes"):
        text_file.check_text(path, "utf-8", line_limit=100)


def test_a_record_longer_than_the_limit_by_quoted_line_breaks_is_refused(shop: Shop) -> None:
    inside = ("x" * 999 + "\n") * 1200
    with pytest.raises(ImportRefused, match=r"row 2: "):
        shop.import_text(HEADER + f'"{inside}",1,2024-01-31,2\n')
