"""Oracle itself. TEST_ORACLE_URL names one, oracle+oracledb:// with the password, of an account that may make tables
(and, for the last word on read-only, a user). All that is made is dropped.
"""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from engines.catalogue import source_of
from engines.dataset import dataset, mapping
from engines.live_kit import (
    MAPPINGS,
    check_cancel,
    check_commands,
    check_deadline,
    check_groups,
    check_proof,
    opened,
    placed,
    settings_of,
)

from dashboard.sources.binds import BindError
from dashboard.sources.doctor.trial import rows_of
from dashboard.sources.pushdown.groups import GROUPS
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.statement import groups_statement

URL = os.environ.get("TEST_ORACLE_URL", "")
if not URL:
    pytest.skip("no Oracle runs here: TEST_ORACLE_URL names one", allow_module_level=True)
_MILLION = "(SELECT LEVEL AS n FROM dual CONNECT BY LEVEL <= 1000000)"
ENDLESS = f"SELECT COUNT(*) AS n FROM {_MILLION} a, {_MILLION} b"
TYPES = """
    id NUMBER(9) NOT NULL, code NVARCHAR2(20), pieces INTEGER, price NUMBER, exact NUMBER(20, 8), total INTEGER,
    sold DATE, stamp TIMESTAMP(6), instant TIMESTAMP(6) WITH TIME ZONE, here TIMESTAMP(6) WITH LOCAL TIME ZONE,
    active NUMBER(1) NOT NULL, shop CHAR(8), nothing VARCHAR2(8)"""
_UTC = "TIMESTAMP '{0} +00:00'"
_JAN = f"DATE '2026-01-31' + 23.5/24, TIMESTAMP '2026-01-31 23:30:00', {_UTC}, {_UTC}".format("2026-01-31 23:30:00")
_FAR = f"DATE '9999-12-31', TIMESTAMP '9999-12-31 00:00:00', {_UTC}, {_UTC}".format("9999-12-30 00:00:00")
ROWS = (
    f"1, N'Łódź', 2, 1.0050, 1.00499999, 2, {_JAN}, 1, 'Nord', ''",
    f"2, N'Łódź ', 3, 1.0050, 1.005, 3, {_JAN}, 1, 'Nord', ''",
    f"3, N'łódź', -1, 1.0050, 0.00499999, -1, {_JAN}, 1, 'Nord', ''",
    f"4, N'A', 1, 1E30, 0.005, 1E30, {_JAN}, 1, 'Nord', ''",
    f"5, N'A', 1, NULL, NULL, NULL, {_JAN}, 1, 'Nord', ''",
    f"6, N'A', 1, 1, 1, 1, {_JAN}, 0, 'Nord', ''",
    f"7, N'A', 1, 1, 1, 1, {_FAR}, 1, 'Nord', ''",
    "8, N'A', 1, 1, 1, 1, NULL, NULL, NULL, NULL, 1, 'Nord', ''",
)
_POLISH = {"Łódź": (2, 201), "Łódź ": (3, 302)}


@pytest.fixture(scope="module")
def made() -> Iterator[Any]:
    from engines.oracle_kit import scratch  # noqa: PLC0415

    with scratch(URL, dataset(quotes=False)) as tables:
        name = f'"{tables.prefix}odd"'
        tables.run(f"CREATE TABLE {name} ({TYPES})", *(f"INSERT INTO {name} VALUES ({row})" for row in ROWS))
        yield tables


@pytest.mark.parametrize("case", MAPPINGS)
def test_the_groups_are_those_that_plain_python_expects(made: Any, case: str, tmp_path: Path) -> None:
    check_groups(settings_of(URL, tmp_path), made.found, made.owner, case)


def test_doctor_prove_refresh_and_verify(made: Any, tmp_path: Path) -> None:
    check_commands(settings_of(URL, tmp_path, placed(mapping(made.found), made.owner)), made.found)


@pytest.mark.parametrize("grain", ["month", "day"])
@pytest.mark.parametrize(
    ("value", "gross"),
    [
        ("price", {**_POLISH, "łódź": (1, 101)}),
        ("exact", {**_POLISH, "łódź": (1, 0), "A": (1, 1)}),
        ("total", {"Łódź": (2, 200), "Łódź ": (3, 300), "łódź": (1, 100)}),
    ],
)
@pytest.mark.parametrize("moment", ["sold", "stamp", "instant", "here"])
def test_odd_types(made: Any, moment: str, value: str, gross: Any, grain: Any, tmp_path: Path) -> None:
    """Late on the last of January in UTC is February in Berlin; an empty text is no text."""
    columns = {"product": "code", "quantity": "pieces", "date": moment, "region": "shop", "channel": "nothing"}
    columns |= {"key": ("id",), "amount" if value == "total" else "price": value}
    lines = {"table": f"{made.prefix}odd", "columns": columns, "only": {"active": ("1",)}}
    table = {"label": "Odd", "currency": "EUR", "time_zone": "Europe/Berlin", "timestamps": "utc", "lines": lines}
    source = source_of(table)
    with opened(settings_of(URL, tmp_path)) as bind, bind.connect() as connection:
        shapes = read_shapes(connection, source)
        statement = groups_statement(source, shapes, grain, date(2026, 1, 1), date(2026, 4, 1))
        rows = rows_of(connection, statement, GROUPS, bind.settings).to_pylist()
    assert {row["period"] for row in rows} == {date(2026, 2, 1)}
    assert {row["channel"] for row in rows} == {None}
    assert {row["product"]: (row["units"], row["gross_minor"]) for row in rows if row["verdict"] == 0} == gross
    assert sum(row["lines"] for row in rows) == 5


def test_an_owner_can_write_and_a_reader_cannot(made: Any, tmp_path: Path) -> None:
    tables = [(made.owner, table.name) for table in made.found.tables]
    check_proof(settings_of(URL, tmp_path), tables, "writable")
    if made.reader is None:
        pytest.skip(f"the account of TEST_ORACLE_URL may not make a user: {made.why_no_reader}")
    reader = made.reader.render_as_string(hide_password=False)
    settings = settings_of(reader, tmp_path, placed(mapping(made.found), made.owner), allow_writes=False)
    check_proof(settings, tables, "proved")
    check_commands(settings, made.found)


def test_a_statement_without_end_is_stopped(made: Any, tmp_path: Path) -> None:
    check_deadline(settings_of(URL, tmp_path, statement_seconds=3), ENDLESS)


def test_a_request_ends_a_statement(made: Any, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    check_cancel(settings_of(URL, tmp_path, statement_seconds=30), ENDLESS, folder)


def test_a_wrong_password_is_told_and_not_shown(tmp_path: Path) -> None:
    settings = settings_of(URL, tmp_path, password="no-such-password-1")
    with pytest.raises(BindError) as failed, opened(settings) as bind, bind.connect():
        pass
    assert failed.value.kind == "refused"
    assert "no-such-password" not in str(failed.value)
