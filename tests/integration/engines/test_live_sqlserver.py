"""SQL Server itself. TEST_MSSQL_URL names one: mssql+pyodbc:// or mssql+mssqlpython://, with the password.

The account must be allowed to make a schema in the database (and, for the last word on read-only, a login). All that is
made is dropped.
"""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from engines.catalogue import source_of
from engines.dataset import Dataset, dataset, mapping
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
from engines.sqlserver_kit import Scratch, scratch, ways

from dashboard.sources.binds import BindError
from dashboard.sources.doctor.trial import rows_of
from dashboard.sources.pushdown.groups import GROUPS
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.statement import groups_statement

URL = os.environ.get("TEST_MSSQL_URL", "")
if not URL:
    pytest.skip("no SQL Server runs here: TEST_MSSQL_URL names one", allow_module_level=True)
WAYS = ways(URL)
ENDLESS = (
    "SELECT COUNT_BIG(*) AS n FROM sys.all_columns AS a CROSS JOIN sys.all_columns AS b CROSS JOIN sys.all_columns AS c"
)
# Types that the common data have not. A half of a cent goes up; codes that differ in blanks at their end are two.
TYPES = """
    id UNIQUEIDENTIFIER NOT NULL, code VARCHAR(20) COLLATE Polish_CI_AS NULL, pieces SMALLINT NULL,
    price SMALLMONEY NULL,    total MONEY NULL, exact DECIMAL(20, 8) NULL, sold DATETIME NULL, small SMALLDATETIME NULL,
    instant DATETIMEOFFSET NULL, active BIT NOT NULL, shop CHAR(8) NULL"""
_JAN = "'2026-01-31T23:30:00.000', '2026-01-31T23:30:00', '2026-01-31T23:30:00+00:00'"
_FAR = "'9999-12-31T00:00:00.000', '2079-06-06T23:59:00', '9999-12-31T00:00:00+00:00'"
ROWS = (
    f"NEWID(), N'Łódź', 2, 1.0050, 2.0100, 1.00499999, {_JAN}, 1, 'Nord'",
    f"NEWID(), N'Łódź ', 3, 1.0050, 3.0150, 1.00500000, {_JAN}, 1, 'Nord'",
    f"NEWID(), N'łódź', -1, 1.0050, -1.0050, 0.00499999, {_JAN}, 1, 'Nord'",
    f"NEWID(), N'A', 1, 214748.3647, 922337203685477.5807, 0.00500000, {_JAN}, 1, 'Nord'",
    f"NEWID(), N'A', 1, NULL, NULL, NULL, {_JAN}, 1, 'Nord'",
    f"NEWID(), N'A', 1, 1, 1, 1, {_JAN}, 0, 'Nord'",
    f"NEWID(), N'A', 1, 1, 1, 1, {_FAR}, 1, 'Nord'",
    "NEWID(), N'A', 1, 1, 1, 1, NULL, NULL, NULL, 1, 'Nord'",
)


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Scratch, Dataset]]:
    found = dataset()
    with scratch(URL, found) as schema:
        schema.run(
            f"CREATE TABLE {schema.schema}.odd ({TYPES})",
            *(f"INSERT INTO {schema.schema}.odd VALUES ({row})" for row in ROWS),
        )
        yield schema, found


@pytest.mark.parametrize("case", MAPPINGS)
@pytest.mark.parametrize("way", WAYS)
def test_the_groups_are_those_that_plain_python_expects(
    made: tuple[Scratch, Dataset], way: str, case: str, tmp_path: Path
) -> None:
    schema, found = made
    check_groups(settings_of(WAYS[way], tmp_path), found, schema.schema, case)


@pytest.mark.parametrize("way", WAYS)
def test_doctor_prove_refresh_and_verify(made: tuple[Scratch, Dataset], way: str, tmp_path: Path) -> None:
    schema, found = made
    check_commands(settings_of(WAYS[way], tmp_path, placed(mapping(found), schema.schema)), found)


@pytest.mark.parametrize("grain", ["month", "day"])
@pytest.mark.parametrize(
    ("value", "gross"),
    [
        # The last one of A is too dear as money of a line, and not as a price of one unit.
        ("price", {"Łódź": (2, 201), "Łódź ": (3, 302), "łódź": (1, 101), "A": (1, 21_474_836)}),
        ("amount", {"Łódź": (2, 201), "Łódź ": (3, 302), "łódź": (1, 101)}),
        ("exact", {"Łódź": (2, 201), "Łódź ": (3, 302), "łódź": (1, 0), "A": (1, 1)}),
    ],
)
@pytest.mark.parametrize("moment", ["sold", "small", "instant"])
@pytest.mark.parametrize("way", WAYS)
def test_odd_types(
    made: tuple[Scratch, Dataset], way: str, moment: str, value: str, gross: Any, grain: Any, tmp_path: Path
) -> None:
    """Late on the last of January in UTC is February in Berlin; letters that only another code page has stay."""
    schema, _ = made
    columns = {"product": "code", "quantity": "pieces", "date": moment, "region": "shop", "key": ("id",)}
    columns |= {"amount": "total"} if value == "amount" else {"price": value}
    lines = {"table": "odd", "schema": schema.schema, "columns": columns, "only": {"active": ("1",)}}
    table = {"label": "Odd", "currency": "EUR", "time_zone": "Europe/Berlin", "timestamps": "utc", "lines": lines}
    source = source_of(table)
    with opened(settings_of(WAYS[way], tmp_path)) as bind, bind.connect() as connection:
        shapes = read_shapes(connection, source)
        statement = groups_statement(source, shapes, grain, date(2026, 1, 1), date(2026, 4, 1))
        rows = rows_of(connection, statement, GROUPS, bind.settings).to_pylist()
    assert {row["period"] for row in rows} == {date(2026, 2, 1)}
    counted = {row["product"]: (row["units"], row["gross_minor"]) for row in rows if row["verdict"] == 0}
    assert counted == gross
    assert sum(row["lines"] for row in rows) == 5


@pytest.mark.parametrize("way", WAYS)
def test_an_owner_can_write_and_a_reader_cannot(made: tuple[Scratch, Dataset], way: str, tmp_path: Path) -> None:
    schema, found = made
    tables = [(schema.schema, table.name) for table in found.tables]
    check_proof(settings_of(WAYS[way], tmp_path), tables, "writable")
    if schema.reader is None:
        pytest.skip(f"the account of TEST_MSSQL_URL may not make a login: {schema.why_no_reader}")
    reader = ways(schema.reader.render_as_string(hide_password=False))[way]
    settings = settings_of(reader, tmp_path, placed(mapping(found), schema.schema), allow_writes=False)
    check_proof(settings, tables, "proved")
    check_commands(settings, found)


@pytest.mark.parametrize("way", WAYS)
def test_a_statement_without_end_is_stopped(made: tuple[Scratch, Dataset], way: str, tmp_path: Path) -> None:
    settings = settings_of(WAYS[way], tmp_path, statement_seconds=3)
    check_deadline(settings, ENDLESS)
    check_deadline(settings, "WAITFOR DELAY '00:01:00'; SELECT 1")


@pytest.mark.parametrize("way", WAYS)
def test_a_request_ends_a_statement(made: tuple[Scratch, Dataset], way: str, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    check_cancel(settings_of(WAYS[way], tmp_path, statement_seconds=30), ENDLESS, folder)


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_password_is_told_and_not_shown(way: str, tmp_path: Path) -> None:
    settings = settings_of(WAYS[way], tmp_path, password="no-such-password-1")
    with pytest.raises(BindError) as failed, opened(settings) as bind, bind.connect():
        pass
    assert failed.value.kind == "refused"
    assert "no-such-password" not in str(failed.value)
