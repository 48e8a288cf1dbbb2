from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dashboard.settings import load_settings
from dashboard.sources.errors import ImportRefused, MappingError
from dashboard.sources.mapping import load_mapping

PROJECT = Path(__file__).resolve().parents[3]
SHIPPED = [PROJECT / "docs/mappings/online_retail_ii.toml", PROJECT / "dashboard/sources/demo/mapping.toml"]
PLAIN: dict[str, Any] = {
    "source": "Shop",
    "currency": "EUR",
    "time_zone": "Europe/Paris",
    "columns": {"product": "code", "quantity": "qty", "date": "day", "price": "price"},
}


def reason(**changes: Any) -> str:
    with pytest.raises(MappingError) as caught:
        load_mapping({**PLAIN, **changes}, "shop.toml")
    return str(caught.value)


def test_plain_mapping_has_the_documented_defaults() -> None:
    mapping = load_mapping(PLAIN)
    assert (mapping.minor_digits, mapping.repeats, mapping.timestamps, mapping.complete_to) == (
        2,
        "keep",
        "local",
        None,
    )
    assert (mapping.csv.delimiter, mapping.csv.encoding, mapping.csv.decimal, mapping.csv.date_format) == (
        ",",
        "utf-8",
        ".",
        None,
    )
    assert (mapping.codes.case, mapping.codes.trim, mapping.returns.by) == ("keep", True, "negative_quantity")
    assert mapping.timestamp_zone is None


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_mappings_load(path: Path) -> None:
    mapping = load_mapping(path)
    assert mapping.base == path.parent


@pytest.mark.parametrize("key", ["source", "currency", "time_zone", "columns"])
def test_required_keys(key: str) -> None:
    with pytest.raises(MappingError, match=rf"shop.toml: {key}: missing"):
        load_mapping({name: value for name, value in PLAIN.items() if name != key}, "shop.toml")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sauce": "Shop"}, "shop.toml: sauce: unknown key"),
        ({"columns": {**PLAIN["columns"], "colour": "c"}}, "columns.colour: unknown key"),
        ({"columns": {**PLAIN["columns"], "amount": "total"}}, "columns: map exactly one of price"),
        ({"columns": {"product": "a", "quantity": "b", "date": "c"}}, "columns: map exactly one of price"),
        ({"currency": "euro"}, "currency: "),
        ({"currency": 978}, "got 978"),
        ({"minor_digits": 9}, "minor_digits: "),
        ({"time_zone": "Mars/Olympus"}, "time_zone: 'Mars/Olympus' is no time zone"),
        ({"time_zone": "../../etc/passwd"}, "is no time zone"),
        ({"timestamps": "gmt+1 or so"}, "is no time zone"),
        ({"complete_to": "2026-11-20"}, "complete_to: "),
        ({"repeats": "drop"}, "repeats: "),
        ({"csv": {"delimiter": "||"}}, "csv.delimiter: "),
        ({"csv": {"encoding": "utf-9"}}, "csv.encoding: 'utf-9' is no encoding"),
        ({"csv": {"decimal": ";"}}, "csv.decimal: "),
        ({"csv": {"date_format": "%Q"}}, "csv.date_format: '%Q' is no date format"),
        ({"csv": {"date_format": "%d.%m.%Y %z"}}, "%z and %Z cannot be read"),
        ({"products": {"pattern": "("}}, "products.pattern: '(' is no regular expression"),
        ({"products": {"file": "p.csv"}}, "file and [products.columns] go together"),
        ({"products": {"columns": {"product": "code"}}}, "file and [products.columns] go together"),
        ({"returns": {"by": "prefix"}}, "returns: by = 'prefix' needs column and values"),
        ({"returns": {"column": "kind"}}, "takes neither column nor values"),
        ({"leave_out": [{"column": "state", "by": "value", "values": []}]}, "leave_out.0.values: "),
        ({"stock": {"file": "s.csv"}}, "stock.columns: missing"),
        ({"rates": {"columns": {"date": "d", "currency": "c", "rate": "r"}}}, "rates.file: missing"),
        ({"base": "/etc"}, "base: unknown key"),
    ],
)
def test_wrong_keys_are_named_with_the_reason(changes: dict[str, Any], expected: str) -> None:
    assert expected in reason(**changes)


def test_every_wrong_key_is_named_at_once() -> None:
    assert len(reason(currency="euro", repeats="drop", sauce=1).splitlines()) == 3


def test_mapping_error_is_a_refused_import() -> None:
    assert issubclass(MappingError, ImportRefused)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"source = ", "not valid TOML"), (b'source = "caf\xe9"', "not UTF-8"), (None, "no such mapping file")],
)
def test_bad_mapping_files(tmp_path: Path, content: bytes | None, expected: str) -> None:
    path = tmp_path / "shop.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MappingError, match=expected) as caught:
        load_mapping(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path)


def test_companion_files_stand_beside_the_mapping_file_or_else_beside_the_sales(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(
        'source = "S"\ncurrency = "EUR"\ntime_zone = "UTC"\ncomplete_to = 2026-11-20\n'
        '[columns]\nproduct = "a"\nquantity = "b"\ndate = "c"\namount = "d"\n',
        encoding="utf-8",
    )
    from_file = load_mapping(path)
    assert from_file.complete_to == date(2026, 11, 20)
    assert from_file.companion(Path("rates.csv"), Path("/elsewhere/sales.csv")) == tmp_path / "rates.csv"
    from_table = load_mapping(PLAIN)
    assert from_table.companion(Path("rates.csv"), Path("/elsewhere/sales.csv")) == Path("/elsewhere/rates.csv")
    assert from_table.companion(Path("/data/rates.csv"), Path("/elsewhere/sales.csv")) == Path("/data/rates.csv")


def test_mapping_from_settings(tmp_path: Path) -> None:
    settings = load_settings(var=tmp_path, mappings={"shop": PLAIN})
    assert load_mapping(settings.mappings["shop"]) == load_mapping(PLAIN)
