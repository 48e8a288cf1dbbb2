"""A statement that would take a minute ends at once when another thread asks for it, and so does a long answer."""

import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
from engines.clickhouse_kit import ClickHouse
from engines.mariadb_kit import MariaDB
from engines.odbc_kit import postgres_through_odbc
from postgres_kit import Postgres
from sqlalchemy import Engine, create_engine, event, text

from dashboard.settings.binds import Bind
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.pushdown.transfer import fetch

LIMITS = Bind(url="sqlite:////shop.db", arraysize=100, max_rows=100_000_000)
ENDLESS = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT sum(n) AS n FROM s",
    "duckdb": "SELECT sum(a.range * b.range % 7) AS n FROM range(10000000) a, range(1000000) b",
    "postgresql": "SELECT sum(a * b % 7) AS n FROM generate_series(1, 100000) a, generate_series(1, 1000000) b",
    "mariadb": "SELECT sum(a.seq * b.seq % 7) AS n FROM seq_1_to_100000 a, seq_1_to_1000000 b",
    "clickhouse": "SELECT sum(number) AS n FROM system.numbers",
}
MANY = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT n FROM s",
    "duckdb": "SELECT a.range AS n FROM range(100000000) a",
    "postgresql": "SELECT generate_series(1, 100000000) AS n",
    "mariadb": "SELECT seq AS n FROM seq_1_to_1000000000",
    "clickhouse": "SELECT number AS n FROM system.numbers",
}


@pytest.fixture(params=["sqlite", "duckdb", "postgres", "postgres by odbc", "mariadb", "clickhouse"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    which = request.param
    if which.startswith("postgres"):
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.fresh()
        return create_engine(postgres_through_odbc(url) if "odbc" in which else url)
    if which == "mariadb":
        mariadb: MariaDB = request.getfixturevalue("mariadb")
        return create_engine(mariadb.fresh())
    if which == "clickhouse":
        clickhouse: ClickHouse = request.getfixturevalue("clickhouse")
        made = create_engine(clickhouse.fresh())
        event.listen(made, "close", lambda connection, _: connection.transport.disconnect())
        return made
    return create_engine(f"{which}:///{tmp_path / 'shop.db'}")


def cancelled_after(engine: Engine, sql: str, folder: Path, asked: threading.Event, seconds: float) -> float:
    """Seconds from the request to the end of a fetch; the request comes ``seconds`` after ``asked``."""
    cancel, requested = Cancel(), []

    def request() -> None:
        asked.wait(20)
        time.sleep(seconds)
        requested.append(time.monotonic())
        cancel.request()

    thread = threading.Thread(target=request)
    folder.mkdir()
    schema = pa.schema([("n", pa.int64())])
    with engine.connect() as connection:
        thread.start()
        with pytest.raises(Cancelled):
            fetch(connection, [text(sql)], folder / "x.parquet", schema, LIMITS, lambda _: asked.set(), cancel)
        took = time.monotonic() - requested[0]
    thread.join()
    assert list(folder.iterdir()) == []
    return took


def test_a_running_statement_ends_within_three_seconds(engine: Engine, tmp_path: Path) -> None:
    started = threading.Event()
    started.set()
    assert cancelled_after(engine, ENDLESS[engine.dialect.name], tmp_path / "out", started, 0.4) < 3
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def test_a_long_answer_ends_within_three_seconds(engine: Engine, tmp_path: Path) -> None:
    assert cancelled_after(engine, MANY[engine.dialect.name], tmp_path / "out", threading.Event(), 0) < 3
    engine.dispose()


def test_the_servers_stop_working_too(postgres: Postgres, mariadb: MariaDB, tmp_path: Path) -> None:
    running = {
        postgres.fresh(): "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT sum(a%'",
        mariadb.fresh(): "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT sum(a%'",
    }
    for number, (url, look) in enumerate(running.items()):
        engine, started = create_engine(url), threading.Event()
        started.set()
        cancelled_after(engine, ENDLESS[engine.dialect.name], tmp_path / str(number), started, 0.4)
        with engine.connect() as connection:
            assert connection.exec_driver_sql(look.replace("%", "%%")).scalar_one() == 0
        engine.dispose()
