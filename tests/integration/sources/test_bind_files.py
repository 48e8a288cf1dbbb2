"""Database files as binds: opened so that nothing can be written."""

import sqlite3
from pathlib import Path

import duckdb
import pytest

from dashboard.settings.binds import Bind
from dashboard.sources.binds import BindError, open_bind, prove_read_only

_MAKE = ("CREATE TABLE lines (amount INTEGER)", "INSERT INTO lines VALUES (7)")
_ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "duckdb": "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE hash(a.range * b.range) %% 3 = 1",
}


@pytest.fixture(params=["sqlite", "duckdb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "odd name #1?100%.db"
    made = sqlite3.connect(path) if request.param == "sqlite" else duckdb.connect(str(path))
    for statement in _MAKE:
        made.execute(statement)
    made.commit()
    made.close()
    return f"{request.param}:///{str(path).replace('%', '%25').replace('?', '%3F')}"


def test_a_file_is_read_and_proved_read_only(url: str) -> None:
    with open_bind("shop", Bind(url=url)) as shop, shop.connect() as connection:
        assert connection.exec_driver_sql("SELECT amount FROM lines").scalar() == 7
        assert prove_read_only(connection, [(None, "lines")]).state == "proved"
        assert shop.product.startswith({"sqlite": "SQLite 3.", "duckdb": "DuckDB 1."}[shop.dialect])


@pytest.mark.parametrize(
    "statement", ["INSERT INTO lines VALUES (8)", "DROP TABLE lines", "CREATE TABLE t (a INTEGER)"]
)
def test_nothing_can_be_written(url: str, statement: str) -> None:
    with open_bind("shop", Bind(url=url)) as shop:
        with pytest.raises(BindError, match="the session may only read") as refusal, shop.connect() as connection:
            connection.exec_driver_sql(statement)
        assert refusal.value.kind == "statement"
        with shop.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM lines").scalar() == 1


def test_an_endless_statement_is_stopped_at_its_deadline(url: str) -> None:
    with open_bind("shop", Bind(url=url, statement_seconds=0.3)) as shop:
        with pytest.raises(BindError, match=r"took longer than 0\.3 s\. Raise statement_seconds") as refusal:  # noqa: SIM117
            with shop.connect() as connection:
                connection.exec_driver_sql(_ENDLESS[shop.dialect].replace("%%", "%"))
        assert refusal.value.kind == "timeout"
        with shop.connect() as connection:
            assert connection.exec_driver_sql("SELECT amount FROM lines").scalar() == 7


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for dialect in ("sqlite", "duckdb"):
        with pytest.raises(BindError, match=r"there is no file .*whole path") as refusal:
            open_bind("shop", Bind(url=f"{dialect}:///{tmp_path}/gone.db"))
        assert refusal.value.kind == "settings"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BindError, match="there is no file"):
        open_bind("shop", Bind(url="sqlite://"))


def test_a_file_with_a_password_and_a_file_of_something_else_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(BindError, match="file has no password"):
        open_bind("shop", Bind(url=url, password="correct-horse-9"))
    (tmp_path / "text.db").write_text("no database at all, but long enough to be looked at " * 99)
    text = open_bind("text", Bind(url=f"sqlite:///{tmp_path}/text.db"))
    with pytest.raises(BindError) as refusal, text, text.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM lines")
    assert refusal.value.kind == "settings"


def test_errors_of_ones_own_pass_unchanged(url: str) -> None:
    with open_bind("shop", Bind(url=url)) as shop:
        with pytest.raises(KeyError), shop.connect():
            raise KeyError("mine")
        with pytest.raises(OSError, match="disk full"), shop.connect():
            raise OSError(28, "disk full")
