"""``sources add``: every key of a mapping can be given by a flag, and what is given wrongly changes nothing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from shop_file_kit import GIVEN, JOINED, answering, settings_file, written

from dashboard.cli import main
from dashboard.sources.pushdown.mapping import Source

MORE = """
ALTER TABLE lines ADD COLUMN kind TEXT DEFAULT 'S';
ALTER TABLE lines ADD COLUMN waehrung TEXT DEFAULT 'EUR';
CREATE TABLE received (arrived_on DATE, sku TEXT, qty INTEGER);
CREATE TABLE "fx.rates" (day DATE, code TEXT, kurs NUMERIC);
CREATE TABLE stock (day DATE, sku TEXT, on_hand INTEGER);
CREATE TABLE load_log (loaded_on DATE);
INSERT INTO load_log VALUES ('2026-10-31');
"""
COLUMNS = ("--product", "sku", "--quantity", "qty", "--date", "o.sold_at", "--amount", "amount", "--tax", "rebate")
LINES = (*GIVEN, *JOINED, *COLUMNS, "--table", "lines", "--yes")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = settings_file(tmp_path, monkeypatch)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(MORE)
    connection.close()
    return path


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key that a table of ``model`` may have, the keys of an inner table behind its name."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = [one for one in (field.annotation, *_parts(field.annotation)) if _is_table(one)]
        yield from keys(inner[0], f"{key}.") if inner else [key]


def _parts(annotation: object) -> list[Any]:
    return [part for argument in get_args(annotation) for part in (argument, *_parts(argument))]


def _is_table(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def told(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The keys of a table of settings.toml, written as :func:`keys` writes them."""
    for key, value in table.items():
        tables = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
        for inner in tables if key not in {"on", "only"} else []:
            yield from told(inner, f"{prefix}{key}.")
        if not tables or key in {"on", "only"}:
            yield f"{prefix}{key}"


def test_every_key_has_a_flag(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["sources", "add", *GIVEN, *JOINED, "--table", "lines", "--yes", "--name", "old", "--label", "Old shop"])
        == 0
    )
    days = ("--start", "2026-01-01", "--stop", "2027-01-01", "--complete-to", "assumed", "--yields-to", "old")
    same = ("--constant-region", "North", "--constant-channel", "Web", "--constant-category", "Jugs")
    load = ("--loaded", "main.load_log", "LOADED_ON", "--minor-digits", "2", "--timestamps", "utc", "--bind", "shop")
    codes = ("--codes-case", "upper", "--no-codes-trim", "--products-pattern", "[A-Z]+", "--not-products", "POST")
    columns = ("--cost", "amount", "--region", "o.store", "--channel", "o.store", "--product-name", "sku")
    columns += ("--category", "sku", "--currency-column", "waehrung", "--discount", "rebate", "--key", "order_id")
    rules = ("--repeats", "keep", "--amount-is", "net", "--only", "sku", "A", "--only", "sku", "B", "--schema", "main")
    leave_out = ("--leave-out", "KIND", "value", "X", "Y", "why=never paid", "--leave-out", "o.store", "prefix", "Test")
    returns = ("--returns-by", "value", "--returns-column", "kind", "--returns-values", "R")
    master = ["product=sku", "name=description"]
    master += [f"{key}=sku" for key in ("first_receipt", "lead_days", "lead_sd", "minimum", "pack", "on_order")]
    master += [f"{key}=sku" for key in ("committed", "shelf_life", "cost", "launch", "end", "category")]
    stock, receipts = ("--stock", "main.stock"), ("--receipts", "main.received", "units=qty", "date=arrived_on")
    beside = ("--master", "main.items", *master, *stock, *receipts, "--rates", 'main."fx.rates"', "currency=code")
    joins = ("--join", "second", "main.orders", "order_id=id")
    arguments = (*LINES, *days, *same, *load, *codes, *columns, *rules, *leave_out, *returns, *beside, *joins)
    assert main(["sources", "add", *arguments]) == 0, capsys.readouterr()
    source = written(file)["web"]
    # A price takes the place of the amount.
    assert {"name", "lines.columns.price", *told(source)} == set(keys(Source))
    assert source["lines"]["only"] == {"sku": ["A", "B"]}
    assert source["lines"]["leave_out"] == [
        {"column": "kind", "by": "value", "values": ["X", "Y"], "why": "never paid"},
        {"column": "o.store", "by": "prefix", "values": ["Test"]},
    ]
    assert source["loaded"]["column"] == "loaded_on"
    assert source["rates"] == {
        "schema": "main",
        "table": "fx.rates",
        "columns": {"date": "day", "currency": "code", "rate": "kurs"},
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--complete-to", "yesterday"), "--complete-to: 'yesterday' is no day: write it as 2026-01-31."),
        (("--complete-to", "9999-12-31"), "--complete-to: '9999-12-31' has not come yet"),
        (("--start", "2026-13-01"), "--start: '2026-13-01' is no day"),
        (("--start", "2026-02-01", "--stop", "2026-01-01"), "start must be before stop"),
        (("--yields-to", "erp"), "sources.web.yields_to: there is no source 'erp'"),
        (("--currency", "Euro"), "sources.web.currency: 'Euro' is no currency; write three capital letters"),
        (("--timestamps", "Mars"), "'Mars' is no time zone"),
        (("--minor-digits", "9"), "sources.web.minor_digits: "),
        (("--products-pattern", "["), "sources.web.products.pattern: '[' is no regular expression"),
        (("--constant-region", ""), "sources.web.constants.region: "),
        (("--loaded", "load_log", "day"), "--loaded: load_log has no column 'day'."),
        (("--loaded", "load_log", "loaded_on", "--complete-to", "2026-01-31"), "--complete-to: give one of them"),
        (("--loaded", "log", "day"), "--loaded: there is no table or view 'log'"),
        (("--only", "sku"), "--only sku: write the values behind the column."),
        (("--only", "art", "A"), "only: lines has no column 'art'."),
        (("--leave-out", "kind"), "--leave-out: 'kind': write COLUMN, then value or prefix, then one VALUE or sev"),
        (("--leave-out", "kind", "equals", "X"), "--leave-out: 'kind equals X': write COLUMN, then value or prefix"),
        (("--leave-out", "kind", "value", "why=x"), "--leave-out: 'kind value why=x': write COLUMN"),
        (("--leave-out", "o.kind", "value", "X"), "leave_out: lines has no column 'o.kind'."),
        (("--returns-by", "prefix", "--returns-column", "kind"), "--returns-by prefix needs --returns-column and"),
        (("--returns-column", "kind"), "--returns-column and --returns-values go with --returns-by prefix or value."),
        (("--returns-by", "negative_quantity", "--returns-values", "R"), "go with --returns-by prefix or value."),
        (("--master", "items", "sku"), "'items sku': write TABLE, then KEY=COLUMN with the keys product, name,"),
        (("--master", "items", "colour=sku"), "'items colour=sku': write TABLE, then KEY=COLUMN with the keys product"),
        (("--master", "items", "cost=price"), "items has no column 'price'. It has: 'sku', 'description'."),
        (("--master", "items", "product=-"), "items: no column looks like a product code. Name it behind the table: "),
        (("--rates", "fx.rates"), "there is no schema 'fx' that this account can see."),
        (("--rates", '"fx.rates"more'), "write TABLE or SCHEMA.TABLE, a name with a dot in double quotation marks."),
    ],
)  # fmt: skip
def test_what_is_given_wrongly_is_told_and_nothing_written(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: str
) -> None:
    old = file.read_bytes()
    assert main(["sources", "add", *LINES, *arguments]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("Not added. ")
    assert expected in err, err
    assert "[sources.web]" not in out
    assert file.read_bytes() == old


def test_a_whole_currency_has_no_decimals(file: Path) -> None:
    assert main(["sources", "add", *LINES, "--minor-digits", "0"]) == 0
    assert written(file)["web"]["minor_digits"] == 0


def test_what_flags_do_not_say_is_asked_for(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = ("web", "", "main.lines", "1", "o orders order_id=id", "", "items", "", 'received date="arrived_on"')
    columns = ("", "", "", "", "rebate", "-", "-", "=", "=North", "=Web shop", "waehrung", '"fx.rates" currency=code')
    rules = ("", "kind is X", "o.store value X Y", "", "kind prefix R", "Web", "EUR", "UTC", "Mars", "utc", "gross")
    asked = answering(monkeypatch, *tables, *columns, *rules, "10/31", "load_log loaded_on", "y")
    assert main(["sources", "add"]) == 0, (capsys.readouterr(), asked[-2:])
    told_words = capsys.readouterr().out
    source = written(file)["web"]
    assert source["receipts"]["columns"] == {"date": "arrived_on", "product": "sku", "units": "qty"}
    assert source["rates"]["columns"] == {"date": "day", "currency": "code", "rate": "kurs"}
    assert source["constants"] == {"region": "North", "channel": "Web shop"}
    assert source["lines"]["leave_out"] == [{"column": "o.store", "by": "value", "values": ["X", "Y"]}]
    assert source["returns"] == {"by": "prefix", "column": "kind", "values": ["R"]}
    assert source["loaded"] == {"table": "load_log", "column": "loaded_on"}
    assert source["timestamps"] == "utc"
    for refused in ("'kind is X': write COLUMN", "'10/31' is no day", "'Mars' is no time zone", "no column '='"):
        assert f"    {refused}" in told_words or refused in told_words
    assert len([question for question in asked if question.startswith("Table of ")]) == len(
        ("items", "stock", "got", "rates")
    )


def test_names_with_blanks_and_dots_can_be_answered(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(file.with_name("shop.db")) as connection:
        connection.executescript(
            'CREATE TABLE "Order.Lines" ("Order No" INTEGER, "Größe" TEXT, sku TEXT, qty INTEGER, amount NUMERIC);'
            'CREATE TABLE "Order Heads" ("Order No" INTEGER, sold_at DATE);'
            """INSERT INTO "Order.Lines" SELECT order_id, 'L', sku, qty, amount FROM lines;"""
            'INSERT INTO "Order Heads" SELECT id, sold_at FROM orders;'
        )
    connection.close()
    tables = ("web", "", "order.lines", "1", '"Order Heads', '"Order Heads"', "", "", *("",) * 3)
    columns = (*("",) * 12, '"Order No", sku', '"Größe" value "not paid"', "", "")
    asked = answering(monkeypatch, *tables, *columns, "Web", "EUR", "UTC", "", "", "y")
    assert main(["sources", "add"]) == 0, asked[-2:]
    lines = written(file)["web"]["lines"]
    assert lines["table"] == "Order.Lines"
    assert lines["joins"] == [{"name": "order_heads", "table": "Order Heads", "on": {"Order No": "Order No"}}]
    assert lines["columns"]["key"] == ["Order No", "sku"]
    assert lines["leave_out"] == [{"column": "Größe", "by": "value", "values": ["not paid"]}]
