import hashlib
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from erp_kit import change, make_shop, mapping, shop_settings
from postgres_kit import Postgres
from sqlalchemy import create_engine, inspect

from dashboard.settings import Settings, load_settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.proving import compare, scratch
from dashboard.sources.proving.plain import Totals
from dashboard.sources.proving.prove import prove
from dashboard.sources.proving.report import ProofReport

TABLE = """
CREATE TABLE lines (
    id INT, sku TEXT, kind TEXT, qty DECIMAL(10, 2), sold TIMESTAMP, amount DECIMAL(12, 3), rebate DECIMAL(9, 3)
)
"""
# With every way not to count, a half of a cent, a return, a repeat of a key, and times around midnight in Berlin.
ROWS = [
    (1, "A", "sale", 2, datetime(2026, 8, 31, 21, 59, 59), "1.005", None),
    (2, "A", "sale", 2, datetime(2026, 8, 31, 22, 0, 0), "1.005", "0.005"),
    (2, "A", "sale", 2, datetime(2026, 8, 31, 22, 0, 0), "1.005", "0.005"),
    (3, "Ä", "sale", "1.5", datetime(2026, 9, 5), "3", None),
    (4, None, "sale", 1, datetime(2026, 9, 5), "4", None),
    (5, "A", "sale", -1, datetime(2026, 9, 6), "-10", "-1"),
    (6, "A", "gift", 1, datetime(2026, 9, 6), "10", None),
    (7, "A", "sale", 0, datetime(2026, 9, 6), "10", None),
    (8, "A", None, 1, datetime(2026, 9, 6), "0", None),
    (9, "A", "sale", 1, datetime(2026, 9, 6), "10", "11"),
    (10, "A", "sale", 1, datetime(2026, 9, 30, 21, 59), "7", None),
    (11, "A", "sale", 1, datetime(2026, 9, 30, 22, 0), "7", None),
    (12, "A", "sale", None, datetime(9999, 12, 31), "7", None),
]  # fmt: skip


def source(**changes: Any) -> dict[str, Any]:
    columns = {"product": "sku", "quantity": "qty", "date": "sold", "amount": "amount", "discount": "rebate"}
    lines = {"table": "lines", "columns": columns, "leave_out": [{"column": "kind", "by": "value", "values": ["gift"]}]}
    lines |= changes
    found = mapping(bind="dwh", timestamps="utc", lines=lines)
    del found["master"]
    return found


@pytest.fixture
def dwh(tmp_path: Path) -> Path:
    path = tmp_path / "dwh.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLE)
        connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
    return path


def settings_of(url: str, tmp_path: Path, source: dict[str, Any], **bind: Any) -> Settings:
    return load_settings(var=tmp_path / "var", binds={"dwh": {"url": url, **bind}}, sources={"erp": source})


def proven(settings: Settings, bind: str = "dwh", months: int = 12, scratch: str | None = None) -> ProofReport:
    return prove(settings, bind, months, scratch, lambda _step: None)


def failed(report: ProofReport) -> list[tuple[str, str]]:
    return [(step.what, step.note) for step in report.steps if not step.ok]


def test_the_rollup_equals_plain_sums(dwh: Path, tmp_path: Path) -> None:
    report = proven(settings_of(f"duckdb:///{dwh}", tmp_path, source()))
    assert failed(report) == []
    assert report.passed
    assert [(month.month, month.lines, month.differences) for month in report.months] == [
        ("2026-08", 1, ()),
        ("2026-09", 10, ()),
    ]
    assert [month.rounding for month in report.months] == [True, True]
    assert {step.what for step in report.steps if step.rows is not None} == {
        "count of groups",
        "groups by month",
        "groups by day",
    }
    assert "GROUP BY" in report.statements["erp: groups by month"]


def test_repeats_of_a_key_are_allowed_for(dwh: Path, tmp_path: Path) -> None:
    table = source()
    table["lines"]["columns"]["key"] = ["id"]
    report = proven(settings_of(f"duckdb:///{dwh}", tmp_path, table))
    assert report.passed
    assert [month.note for month in report.months] == ["", "money not compared: 1 repeats"]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_is": "net"},
        {"only": {"kind": ["sale"]}},
        {"leave_out": [{"column": "kind", "by": "prefix", "values": ["g", "x"]}]},
        {"columns": {"product": "sku", "quantity": "qty", "date": "sold", "price": "amount"}},
        {"columns": {"product": "sku", "quantity": "qty", "date": "sold", "amount": "amount", "tax": "rebate"}},
    ],
    ids=["net", "only", "prefix", "price", "tax"],
)
def test_other_mappings_agree_too(dwh: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    report = proven(settings_of(f"duckdb:///{dwh}", tmp_path, source(**changes)))
    assert (failed(report), [month.differences for month in report.months]) == ([], [(), ()])
    assert report.passed


def test_joined_tables_and_floats_agree(tmp_path: Path) -> None:
    report = proven(shop_settings(make_shop(tmp_path / "shop.db")), "shop")
    assert failed(report) == []
    assert [(month.month, month.lines, month.ok) for month in report.months] == [("2026-09", 60, True)]
    assert {"master", "groups by day"} <= {step.what for step in report.steps}


def test_returns_by_value_agree(dwh: Path, tmp_path: Path) -> None:
    table = source() | {"returns": {"by": "value", "column": "kind", "values": ["sale"]}}
    report = proven(settings_of(f"duckdb:///{dwh}", tmp_path, table))
    assert report.passed, report.to_text()


@pytest.mark.parametrize(
    ("off", "said"),
    [
        ({"lines": 1}, "lines: rollup -1 beside the plain sum"),
        ({"counted": -1}, "counted: rollup +1 beside the plain sum"),
        ({"sold": -5}, "sold: rollup +5 beside the plain sum"),
        ({"returned": 1}, "returned: rollup -1 beside the plain sum"),
        ({"gross": Decimal("0.04")}, "gross: rollup differs by"),
        ({"discount": Decimal("-0.04")}, "discount: rollup differs by"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_rollup_that_is_wrong_fails(
    dwh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off: dict[str, Any], said: str
) -> None:
    plain = compare.plain_totals

    def shifted(*arguments: Any) -> Totals:
        found = plain(*arguments)
        return replace(found, **{name: getattr(found, name) + value for name, value in off.items()})

    monkeypatch.setattr(compare, "plain_totals", shifted)
    report = proven(settings_of(f"duckdb:///{dwh}", tmp_path, source()), months=1)
    assert not report.passed
    assert [month.month for month in report.months] == ["2026-09"]
    assert report.months[0].differences[0].startswith(said)
    assert "FAIL  erp 2026-09" in report.to_text()
    assert "\nFAILED." in report.to_text()


def test_a_fault_is_in_the_report_and_nothing_to_compare_is_no_proof(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop.db")
    change(shop, "ALTER TABLE Verkäufe RENAME COLUMN menge TO anzahl")
    report = proven(shop_settings(shop), "shop")
    assert not report.passed
    assert [what for what, _note in failed(report)] == ["lines.columns.quantity"]
    empty = proven(shop_settings(make_shop(tmp_path / "empty.db", orders=0)), "shop")
    assert (failed(empty), empty.passed) == ([], False)


def test_a_bind_that_does_not_answer_is_no_proof(tmp_path: Path) -> None:
    url = "postgresql+psycopg://reader@127.0.0.1:1/erp"
    report = proven(settings_of(url, tmp_path, source(), password="s3cret-pass", connect_seconds=2))
    assert [what for what, _note in failed(report)] == ["connection"]
    assert "s3cret-pass" not in report.to_json() + report.to_text()


def test_the_digest_can_be_checked_and_no_sales_figure_is_told(dwh: Path, tmp_path: Path) -> None:
    report = proven(settings_of(f"duckdb:///{dwh}", tmp_path, source()))
    record = json.loads(report.to_json())
    digest = record.pop("digest")
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == digest
    assert digest in report.to_text()
    assert set(record["months"][0]) == {"source", "month", "lines", "groups", "ok", "rounding", "note", "differences"}


def test_there_must_be_such_a_bind(dwh: Path, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"There is no \[binds\.erp\] in settings\.toml \(there: dwh\)"):
        proven(settings_of(f"duckdb:///{dwh}", tmp_path, source()), "erp")


@pytest.fixture
def server(postgres: Postgres, tmp_path: Path) -> Any:
    url = postgres.fresh()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(TABLE)
        marks = ", ".join(["%s"] * len(ROWS[0]))
        connection.exec_driver_sql(f"INSERT INTO lines VALUES ({marks})", [tuple(row) for row in ROWS])
    yield url, engine
    engine.dispose()
    postgres.clear()


def test_a_server_with_a_scratch_schema(server: Any, tmp_path: Path) -> None:
    url, engine = server
    schema = url.rsplit("%3D", 1)[1]
    report = proven(settings_of(url, tmp_path, source(), allow_writes=True), scratch=schema)
    assert failed(report) == []
    assert report.passed
    note = next(step.note for step in report.steps if step.what.startswith("scratch"))
    assert note == f"13 made-up lines added up right in {schema}; the table was dropped"
    assert inspect(engine).get_table_names() == ["lines"]


def test_the_scratch_table_goes_whatever_happens(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, engine = server
    schema = url.rsplit("%3D", 1)[1]
    wrong = {**scratch.EXPECTED, (date(2026, 9, 1), "A", 0, 0): (1, 2, 100, 0)}
    monkeypatch.setattr(scratch, "EXPECTED", wrong)
    settings = settings_of(url, tmp_path, source(), allow_writes=True)
    ((_what, note),) = failed(proven(settings, scratch=schema))
    assert note.startswith(
        "1 groups of made-up lines are wrong: (datetime.date(2026, 9, 1), 'A', 0, 0): (1, 2, 101, 0)"
    )
    ((_what, note),) = failed(proven(settings, scratch="nowhere"))
    assert "nowhere" in note
    assert inspect(engine).get_table_names() == ["lines"]


def test_files_take_no_scratch_table(dwh: Path, tmp_path: Path) -> None:
    report = proven(settings_of(f"duckdb:///{dwh}", tmp_path, source()), scratch="main")
    assert [note for _what, note in failed(report)] == [
        "A database file is opened read-only: --scratch is for servers."
    ]
