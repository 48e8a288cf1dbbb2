"""Workbooks that would end the process if they reached the reader of sheets, and those that must still pass."""

import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from python_calamine import CalamineWorkbook
from shop_kit import Shop

from dashboard.sources.errors import ImportRefused
from dashboard.sources.importer import import_file
from dashboard.sources.workbook import Limits, check_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
TOO_LARGE = "too large to read; export the sheet as CSV or Parquet"
FAR = '<c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>'


def cell(reference: str) -> str:
    return f'<c r="{reference}"><v>1</v></c>'


def sheet_part(rows: str, dimension: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{dimension}<sheetData>{rows}</sheetData></worksheet>'


def book(folder: Path, sheet: str, name: str = SHEET, **others: str) -> Path:
    """A workbook of one sheet whose XML is ``sheet``, kept as the part ``name``."""
    path = folder / "sales.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets>'
            "</workbook>",
        )
        for part, kind, target in (
            ("_rels/.rels", "officeDocument", "xl/workbook.xml"),
            ("xl/_rels/workbook.xml.rels", "worksheet", name.removeprefix("xl/")),
        ):
            relation = f'<Relationship Id="a" Type="{OFFICE}/{kind}" Target="{target}"/>'
            archive.writestr(part, f'<Relationships xmlns="{RELATIONS}">{relation}</Relationships>')
        archive.writestr(name, sheet)
        for part, text in others.items():
            archive.writestr(f"xl/{part}.xml", text)
    return path


@pytest.mark.parametrize(
    ("rows", "dimension", "name"),
    [
        (f'<row r="1">{FAR}</row>', '<dimension ref="A1:D2"/>', SHEET),
        (f'<row r="1">{FAR}</row>', "", "xl/worksheets/other.xml"),
        (f'<row r="1">{FAR}</row>', "", "xl/pages/picture.png"),
        (f"<row r='1'>{FAR}</row>".replace('r="', "r = '").replace('">', "'>"), "", SHEET),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="xfd1048576"><v>1</v></c></row>', "", SHEET),
        ('<row><c r="XFD1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>', "", SHEET),
    ],
)
def test_a_far_away_cell_is_refused_whatever_the_sheet_says_of_itself(
    shop: Shop, rows: str, dimension: str, name: str
) -> None:
    path = book(shop.folder, sheet_part(rows, dimension), name)
    assert path.stat().st_size < 2000
    with pytest.raises(ImportRefused, match=TOO_LARGE):
        import_file(path, shop.mapping(), shop.settings)


def test_a_sheet_with_a_prefix_of_its_own_is_measured_too(shop: Shop) -> None:
    rows = f'<row r="1">{FAR}</row>'.replace("</", "</x:").replace("<c", "<x:c").replace("<v", "<x:v")
    rows = rows.replace("<row", "<x:row")
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    with pytest.raises(ImportRefused, match=TOO_LARGE):
        import_file(book(shop.folder, sheet), shop.mapping(), shop.settings)


def test_a_long_text_that_many_cells_share_is_refused(shop: Shop) -> None:
    rows = ("<row>" + '<c t="s"><v>0</v></c>' * 1000 + "</row>") * 40
    texts = f'<sst xmlns="{MAIN}"><si><t>{"x" * 32_000}</t></si></sst>'
    path = book(shop.folder, sheet_part(rows), sharedStrings=texts)
    assert path.stat().st_size < 10_000
    with pytest.raises(ImportRefused, match=TOO_LARGE):
        import_file(path, shop.mapping(), shop.settings)


def test_shared_texts_are_counted_wherever_they_stand(tmp_path: Path) -> None:
    rows = "<row>" + '<c t="s"><v>0</v></c>' * 3 + '<c t="s"><f>1+1</f><v>1</v></c>' + "<c><v>1</v></c></row>"
    texts = f'<sst xmlns="{MAIN}"><si><t>12345</t></si><si><r><t>123</t></r><r><t>4</t></r></si></sst>'
    path = book(tmp_path, sheet_part(rows), sharedStrings=texts)
    check_workbook(path, Limits(text=19))
    with pytest.raises(ImportRefused, match=TOO_LARGE):
        check_workbook(path, Limits(text=18))


def test_empty_cells_and_rows_far_away_take_no_room(shop: Shop) -> None:
    """Spreadsheet programs write a last row that only has a height, and cells that only have a format."""
    names = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("code", "qty", "date", "price"))
    values = "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in ("A1", "2", "2024-01-31", "2.50"))
    rows = f'<row>{names}</row><row>{values}</row><row r="1048575" ht="12"/><row r="1048576"><c r="XFD1048576"/></row>'
    assert import_file(book(shop.folder, sheet_part(rows)), shop.mapping(), shop.settings).info.lines_kept == 1


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (sheet_part('<row r="1">' + cell("A1")), "a damaged workbook"),
        (sheet_part(f'<row r="one">{cell("A1")}</row>'), "a damaged workbook"),
        (sheet_part(f"<row>{cell('Ä1')}</row>"), "a damaged workbook"),
        ("<!DOCTYPE worksheet>" + sheet_part(f"<row>{cell('A1')}</row>"), "it declares a document type"),
    ],
)
@pytest.mark.parametrize("name", [SHEET, "xl/sheet.bin"])
def test_sheets_that_cannot_be_measured_are_refused(shop: Shop, sheet: str, expected: str, name: str) -> None:
    with pytest.raises(ImportRefused, match=expected):
        import_file(book(shop.folder, sheet, name), shop.mapping(), shop.settings)


def test_limits_of_bytes_cells_and_marks(tmp_path: Path) -> None:
    path = book(tmp_path, sheet_part(f"<row>{cell('A1')}{cell('C4')}<!--{'x' * 600_000}--></row>"))
    check_workbook(path, Limits(unpacked=700_000, cells=12, mark=600_100))
    for limits in (Limits(unpacked=600_000), Limits(cells=11), Limits(mark=500_000)):
        with pytest.raises(ImportRefused, match=TOO_LARGE):
            check_workbook(path, limits)


def test_bytes_are_counted_as_they_unpack_over_all_parts(tmp_path: Path) -> None:
    path = book(tmp_path, sheet_part(""), one="<a>" + "x" * 5_000_000 + "</a>", two="<a>" + "x" * 5_000_000 + "</a>")
    assert path.stat().st_size < 20_000
    check_workbook(path, Limits(unpacked=10_100_000))
    with pytest.raises(ImportRefused, match=TOO_LARGE):
        check_workbook(path, Limits(unpacked=9_900_000))


def test_a_part_with_a_password_is_refused_in_words(shop: Shop) -> None:
    path = book(shop.folder, sheet_part(""))
    with zipfile.ZipFile(path) as archive:
        heads = [entry.header_offset for entry in archive.infolist()]
        start = archive.start_dir
    data = bytearray(path.read_bytes())
    data[heads[-1] + 6] |= 1
    data[data.rindex(b"PK\x01\x02", start) + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ImportRefused, match=r"no XLSX workbook, or a damaged one \(.*encrypted"):
        import_file(path, shop.mapping(), shop.settings)


REFERENCES = st.one_of(st.none(), st.tuples(st.sampled_from("ABCZ"), st.integers(1, 30)))
ROWS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(1, 30)), st.lists(st.tuples(REFERENCES, st.booleans()), max_size=4)),
    min_size=1,
    max_size=5,
)


@given(rows=ROWS)
def test_the_measure_is_never_below_what_the_reader_takes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int | None, list[tuple[tuple[str, int] | None, bool]]]]
) -> None:
    """With and without references, in any order: the reader's rectangle fits in what was let through."""
    text = ""
    for number, cells in rows:
        text += "<row>" if number is None else f'<row r="{number}">'
        for place, filled in cells:
            name = "" if place is None else f' r="{place[0]}{place[1]}"'
            text += f"<c{name}><v>1</v></c>" if filled else f"<c{name}/>"
        text += "</row>"
    path = book(tmp_path_factory.mktemp("book"), sheet_part(text))
    found = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    if found.height * found.width:
        with pytest.raises(ImportRefused, match=TOO_LARGE):
            check_workbook(path, Limits(cells=found.height * found.width - 1))


def test_a_large_workbook_stays_quick(shop: Shop) -> None:
    made = Workbook(write_only=True)
    sheet = made.create_sheet("Sales")
    sheet.append(["code", "qty", "date", "price"])
    for index in range(60_000):
        sheet.append([f"P{index % 900}", index % 7 + 1, f"2024-0{index % 9 + 1}-15", 1.25])
    path = shop.folder / "sales.xlsx"
    made.save(path)
    started = time.process_time()
    check_workbook(path)
    assert time.process_time() - started < 3
    assert import_file(path, shop.mapping(), shop.settings).info.lines_kept == 60_000
