"""``doctor``, ``prove`` and ``sources`` as an operator runs them."""

import json
import sqlite3
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_file_kit import GIVEN, JOINED, answering, settings_file, written

from dashboard.cli import doctor, main, sources
from dashboard.settings import load_settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return settings_file(tmp_path, monkeypatch)


def test_a_source_by_flags_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = file.read_text(encoding="utf-8")
    arguments = (*GIVEN, *JOINED, "--table", "lines", "--amount-is", "net", "--key", "order_id", "sku", "--yes")
    assert main(["sources", "add", *arguments, "--only", "Größe", "L", "M", "--master", "items"]) == 0
    out, err = capsys.readouterr()
    assert "2026-09: 30 lines, 30 of them counted, in 1 groups" in out
    assert f"Added [sources.web] to {file}." in out
    assert err == ""
    assert file.read_text(encoding="utf-8").startswith(old)
    columns = {"product": "sku", "quantity": "qty", "date": "o.sold_at", "amount": "amount", "region": "o.store"}
    assert written(file)["web"] == {
        "bind": "shop",
        "label": "Web shop",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "lines": {
            "table": "lines",
            "amount_is": "net",
            "columns": {**columns, "key": ["order_id", "sku"]},
            "only": {"Größe": ["L", "M"]},
            "joins": [{"name": "o", "table": "orders", "on": {"order_id": "id"}}],
        },
        "master": {"table": "items", "columns": {"product": "sku", "name": "description"}},
    }
    assert main(["doctor", "web"]) == 0


def test_what_is_given_wins_over_guesses(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = ("--product", "Größe", "--price", "amount", "--discount", "REBATE", "--date", "o.sold_at", "--yes")
    returns = ("--returns-by", "prefix", "--returns-column", "sku", "--returns-values", "R")
    arguments = (*GIVEN, *JOINED, *columns, *returns, "--table", "lines", "--timestamps", "utc")
    assert main(["sources", "add", *arguments]) == 0, capsys.readouterr().err
    source = written(file)["web"]
    assert source["lines"]["columns"] | {"region": ""} == {
        **{"product": "Größe", "quantity": "qty", "date": "o.sold_at", "price": "amount", "discount": "rebate"},
        "region": "",
    }
    assert source["returns"] == {"by": "prefix", "column": "sku", "values": ["R"]}
    assert source["timestamps"] == "utc"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "--name is missing: name of the source, such as erp."),
        (("--name", "web"), "--table is missing: the table or view with the lines."),
        (("--name", "web", "--bind", "erp"), "There is no [binds.erp] in settings.toml (there: shop)."),
        ((*GIVEN, "--table", "line"), "there is no table or view 'line' that this account can see. Did you mean 'line"),
        ((*GIVEN, "--table", "lines"), "No column of lines looks like it: give --date."),
        ((*GIVEN, "--table", "orders"), "give --product, --quantity, --amount or --price."),
        ((*GIVEN, "--table", "lines", "--date", "day"), "date: lines has no column 'day'."),
        ((*GIVEN, "--table", "lines", "--join", "o", "orders"), "write NAME TABLE COLUMN_OF_THE_LINES=COLUMN_OF_THE_"),
        ((*GIVEN, *JOINED, "--table", "lines", "--master", "orders"), "orders: no column looks like a product code"),
        ((*GIVEN, *JOINED, "--table", "lines", "--currency", "Euro"), "sources.web.currency: "),
        ((*GIVEN, *JOINED, "--table", "lines", "--name", "a b"), "sources.a b: a name of letters, digits"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_told_and_nothing_written(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: str
) -> None:
    old = file.read_bytes()
    assert main(["sources", "add", *arguments, "--yes"]) == 1
    assert expected in capsys.readouterr().err
    assert file.read_bytes() == old


def test_a_source_that_cannot_be_read_is_not_written(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = file.read_bytes()
    with sqlite3.connect(file.with_name("shop.db")) as connection:
        connection.execute("INSERT INTO orders VALUES (3, '2026-09-04', 'York')")
    connection.close()
    assert main(["sources", "add", *GIVEN, *JOINED, "--table", "lines", "--yes"]) == 1
    out, err = capsys.readouterr()
    assert "orders has several rows for one id: 3." in out
    assert err == "Not added: mend the faults, or map other columns. Nothing was changed.\n"
    assert file.read_bytes() == old


QUESTIONS = ("web", "", "LIN", "1", "o orders order_id=id", "")
NO_PRODUCTS, NO_STOCK, NO_RECEIPTS, NO_KEY, NONE_LEFT_OUT, NO_RETURNS, ASSUMED = ("",) * 7
# Of thirteen columns, price is not asked for where there is an amount.
ANSWERS = (NO_PRODUCTS, NO_STOCK, NO_RECEIPTS, *("",) * 12, NO_KEY, NONE_LEFT_OUT, NO_RETURNS)


def test_a_source_by_questions(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # With a table of products, their names and categories are not asked for.
    columns = ("", "-", "menge", "qty", "", "", "rebate", "", "", "-", "", "")
    answers = (
        "web",
        "erp",
        "shop",
        "LIN",
        "1",
        "o orders order_id=id",
        "",
        "items",
        *(NO_STOCK, NO_RECEIPTS),
        *columns,
        "order_id nr",
        "order_id, sku",
        *(NONE_LEFT_OUT, NO_RETURNS),
    )
    asked = answering(monkeypatch, *answers, "Web", "euro", "EUR", "Berlin", "Europe/London", "", "net", ASSUMED, "y")
    assert main(["sources", "add"]) == 0, (capsys.readouterr(), asked)
    assert asked[0] == "Name of the source, such as erp: "
    assert "  quantity [qty]: " in asked
    told = capsys.readouterr().out
    for refused in (
        "    There is no [binds.erp] in settings.toml (there: shop).",
        "    quantity: main.lines has no column '-'.",
        "    quantity: main.lines has no column 'menge'.",
        "    main.lines has no column 'nr'.",
        "    'Berlin' is no time zone",
    ):
        assert refused in told
    source = written(file)["web"]
    assert source["lines"]["columns"] == {
        **{"product": "sku", "quantity": "qty", "date": "o.sold_at", "amount": "amount", "discount": "rebate"},
        "key": ["order_id", "sku"],
    }
    assert (source["lines"]["amount_is"], source["time_zone"], source["master"]["table"]) == (
        "net",
        "Europe/London",
        "items",
    )
    assert main(["sources", "list"]) == 0
    assert "web   Web    shop" in capsys.readouterr().out


def test_tables_are_found_and_matched_by_their_names(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(file.with_name("shop.db")) as connection:
        connection.executescript(
            "CREATE TABLE sold (id INTEGER PRIMARY KEY, order_id INTEGER, sku TEXT, qty INTEGER, amount NUMERIC);"
            "INSERT INTO sold SELECT rowid, order_id, sku, qty, amount FROM lines;"
            "CREATE TABLE stock (snapshot_date DATE, sku TEXT, on_hand INTEGER);"
            "INSERT INTO stock VALUES ('2026-10-01', 'A', 7);"
        )
    connection.close()
    # "orders" alone: its id is the order_id of a line. A word that is no table is asked for again. The table has a
    # primary key: nobody is asked for one.
    tables = ("web", "", "sold", "1", "order", "orders", "", "", "orders", "items", "items", "stock")
    columns = ("",) * 10
    answers = (*tables, NO_RECEIPTS, *columns, NONE_LEFT_OUT, NO_RETURNS, "Web", "EUR", "UTC", "", ASSUMED, "y")
    asked = answering(monkeypatch, *answers)
    assert main(["sources", "add"]) == 0, (capsys.readouterr(), asked[-3:])
    told = capsys.readouterr().out
    assert "    there is no table or view 'order'" in told
    assert "    orders: no column looks like a product code" in told
    assert "    items: no column looks like a date" in told
    assert "  what belongs together, as OF_THE_LINES=OF_THIS_TABLE [order_id=id]: " in asked
    source = written(file)["web"]
    assert source["lines"]["joins"] == [{"name": "orders", "table": "orders", "on": {"order_id": "id"}}]
    assert source["lines"]["columns"]["date"] == "orders.sold_at"
    assert "key" not in source["lines"]["columns"]
    assert source["stock"]["columns"] == {"date": "snapshot_date", "product": "sku", "available": "on_hand"}


@pytest.mark.parametrize(
    "answers", [("web", "^C"), (*QUESTIONS, "^C"), (*QUESTIONS, *ANSWERS, "Web", "EUR", "UTC", "", "^C")]
)
def test_ctrl_c_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch, answers: tuple[str, ...]
) -> None:
    old = file.read_bytes()
    answering(monkeypatch, *answers)
    assert main(["sources", "add"]) == 130
    assert file.read_bytes() == old
    assert [path.name for path in file.parent.glob(".settings*")] == []


def test_no_is_no_and_an_end_of_answers_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = file.read_bytes()
    answering(monkeypatch, *QUESTIONS, *ANSWERS, "Web", "EUR", "UTC", "", ASSUMED, "no")
    assert main(["sources", "add"]) == 1
    assert capsys.readouterr().err == "Not added. Nothing was changed.\n"
    # Once before anything is connected, once while a database is.
    for answers in (("web",), QUESTIONS):
        answering(monkeypatch, *answers)
        assert main(["sources", "add"]) == 1
        assert capsys.readouterr().err == "Not added: no more answers.\n"
    assert file.read_bytes() == old


@pytest.fixture
def added(file: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    assert main(["sources", "add", *GIVEN, *JOINED, "--table", "lines", "--amount-is", "net", "--yes"]) == 0
    capsys.readouterr()
    return file


def test_the_doctor_in_a_pipe_is_plain_text(added: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out, err = capsys.readouterr()
    assert "Bind shop: SQLite" in out
    assert "No faults." in out
    assert "\x1b" not in out + err


def test_the_doctor_says_what_to_mend_and_exits_with_one(added: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(added.with_name("shop.db")) as connection:
        connection.execute("ALTER TABLE lines RENAME COLUMN qty TO pieces")
    connection.close()
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "fault    sources.web lines.columns.quantity: lines has no column 'qty'." in out
    assert "\n1 fault, 0 warnings." in out
    assert main(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["sound"] is False
    assert found["binds"][0]["sources"][0]["findings"][0]["where"] == "lines.columns.quantity"


def test_warnings_do_not_fail(added: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(added.with_name("shop.db")) as connection:
        connection.execute("DELETE FROM lines")
    connection.close()
    assert main(["doctor"]) == 0
    assert "0 faults, 1 warning." in capsys.readouterr().out


def test_the_proof_is_written_for_its_owner_only(
    added: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", "shop", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    json_file, text_file = sorted(tmp_path.glob("salesgate-proof-shop-*"))
    assert json.loads(json_file.read_text(encoding="utf-8"))["passed"] is True
    assert text_file.read_text(encoding="utf-8") in out
    assert (json_file.stat().st_mode & 0o777, text_file.stat().st_mode & 0o777) == (0o600, 0o600)
    assert main(["prove", "erp"]) == 1
    assert main(["prove", "shop", "--out", str(tmp_path / "nowhere")]) == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err


def test_without_binds_the_guide_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load_settings(var=tmp_path)
    parser = ArgumentParser()
    commands = parser.add_subparsers()
    doctor.register(commands)
    sources.register(commands)
    said = []
    for arguments in (["doctor"], ["sources", "list"], ["sources", "add", "--name", "x", "--yes"]):
        args = parser.parse_args(arguments)
        said.append((args.run(args, settings), "".join(capsys.readouterr())))
    assert [code for code, _text in said] == [0, 0, 1]
    assert "docs/how-to/sources.md" in said[0][1]
    assert said[1][1] == "No sources yet: python -m dashboard sources add\n"
    assert "docs/how-to/sources.md" in said[2][1]
