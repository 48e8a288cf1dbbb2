"""Binds on real servers: read-only sessions and proofs, deadlines, and pools that live through what servers do."""

import threading
import time
from collections.abc import Iterator

import bind_kit
import psycopg
import pytest
from engines.clickhouse_kit import ClickHouse
from engines.mariadb_kit import PASSWORD, MariaDB
from engines.odbc_kit import mariadb_through_odbc, postgres_through_odbc
from postgres_kit import Postgres
from sqlalchemy import make_url

from dashboard.settings.binds import Bind
from dashboard.sources.binds import BindError, open_bind, prove_read_only
from dashboard.sources.binds import watch as watching
from dashboard.sources.doctor.catalogue import Catalogue
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.mapping import Relation

READER = "bind_reader"


def without_password(url: str) -> str:
    return make_url(url)._replace(password=None).render_as_string()


def as_reader(url: str) -> str:
    return make_url(url).set(username=READER).render_as_string()


def state(bind: Bind) -> tuple[str, str]:
    with open_bind("erp", bind) as erp, erp.connect() as connection:
        return prove_read_only(connection, [(None, "lines")])


class Schema:
    """A schema of PostgreSQL with a table, and an account that may read it."""

    def __init__(self, url: str) -> None:
        self.url, query = url, make_url(url).query
        self.name = str(query["options"]).rpartition("=")[2]
        self.address = f"host={query['host']} user=salesgate dbname=postgres"
        self.do(f"CREATE TABLE {self.name}.lines (amount int)", f"CREATE ROLE {READER} LOGIN")
        self.do(f"GRANT USAGE ON SCHEMA {self.name} TO {READER}", f"GRANT SELECT ON {self.name}.lines TO {READER}")

    def do(self, *statements: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.format(self.name))


@pytest.fixture
def schema(postgres: Postgres) -> Iterator[Schema]:
    made = Schema(postgres.fresh())
    yield made
    made.do(f"ALTER ROLE {READER} NOSUPERUSER", f"DROP OWNED BY {READER}", f"DROP ROLE {READER}")
    made.do("DROP ROLE IF EXISTS bind_clerk")
    postgres.clear()


def test_a_reader_of_postgresql_is_proved(schema: Schema) -> None:
    for url in (as_reader(schema.url), postgres_through_odbc(as_reader(schema.url))):
        with open_bind("erp", Bind(url=url)) as erp, erp.connect() as connection:
            assert prove_read_only(connection, [(None, "lines")]).state == "proved"
            assert erp.product.startswith("PostgreSQL ")
            assert connection.exec_driver_sql("SHOW default_transaction_read_only").scalar() == "on"
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "15min"


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (f"GRANT INSERT ON {{0}}.lines TO {READER}", "{0}.lines"),
        (f"GRANT UPDATE (amount) ON {{0}}.lines TO {READER}", "{0}.lines"),
        (f"ALTER TABLE {{0}}.lines OWNER TO {READER}", "{0}.lines"),
        (f"GRANT CREATE ON SCHEMA {{0}} TO {READER}", "schema {0}"),
        (f"GRANT CREATE ON DATABASE postgres TO {READER}", "database postgres"),
        (f"GRANT pg_write_all_data TO {READER}", "pg_write_all_data"),
        (f"ALTER ROLE {READER} SUPERUSER", "superuser"),
        (f"ALTER ROLE {READER} CREATEDB", "CREATEDB"),
        ("GRANT TRUNCATE ON {0}.lines TO PUBLIC", "{0}.lines"),
        (  # what the session is must not hide what the account may go back to
            f"CREATE ROLE bind_clerk; GRANT bind_clerk TO {READER}; GRANT INSERT ON {{0}}.lines TO {READER}; "
            f"ALTER ROLE {READER} SET role TO bind_clerk",
            "{0}.lines",
        ),
        (
            f"CREATE ROLE bind_clerk; GRANT INSERT ON {{0}}.lines TO bind_clerk; ALTER ROLE {READER} NOINHERIT; "
            f"GRANT bind_clerk TO {READER}",
            "{0}.lines",
        ),
    ],
)
def test_whatever_lets_an_account_of_postgresql_write_is_found(schema: Schema, right: str, said: str) -> None:
    schema.do(right)
    found, evidence = state(Bind(url=as_reader(schema.url)))
    assert (found, said.format(schema.name) in evidence) == ("writable", True)
    schema.do("DROP OWNED BY bind_clerk") if "bind_clerk" in right else None


@pytest.mark.parametrize("through", [str, postgres_through_odbc])
def test_postgresql_writes_nothing_and_stops_in_time(schema: Schema, through: type[str]) -> None:
    with open_bind("erp", Bind(url=through(schema.url), statement_seconds=0.3)) as erp:
        with pytest.raises(BindError, match="the session may only read"), erp.connect() as connection:
            connection.exec_driver_sql("INSERT INTO lines VALUES (1)")
        with pytest.raises(BindError, match="statement_seconds") as refusal, erp.connect() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(20)")
        assert refusal.value.kind == "timeout"


def test_connections_that_were_ended_are_made_anew_and_one_in_use_is_lost(schema: Schema) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + READER + "'"
    with open_bind("erp", Bind(url=as_reader(schema.url))) as erp:
        with erp.connect() as connection:
            first = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        schema.do(end)
        with pytest.raises(BindError) as refusal, erp.connect() as connection:  # noqa: PT012
            assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != first
            schema.do(end)
            connection.exec_driver_sql("SELECT 1")
        assert refusal.value.kind == "lost"
        with erp.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1


@pytest.fixture
def erp_maria(mariadb: MariaDB) -> str:
    """The URL of an account that may do everything, without its password."""
    return mariadb.fresh()


@pytest.mark.parametrize("through", [str, mariadb_through_odbc])
def test_a_reader_of_mariadb_is_proved_and_a_wrong_password_is_refused(
    mariadb: MariaDB, erp_maria: str, through: type[str]
) -> None:
    url = through(mariadb.reader(erp_maria))
    assert state(Bind(url=url, password=PASSWORD))[0] == "proved"
    with pytest.raises(BindError, match="the database refuses the login") as refusal:
        state(Bind(url=url, password="wrong-horse-9"))
    assert (refusal.value.kind, "wrong-horse-9" in str(refusal.value)) == ("refused", False)


def test_whatever_lets_an_account_of_mariadb_write_is_found(mariadb: MariaDB, erp_maria: str) -> None:
    assert state(Bind(url=without_password(erp_maria), password=PASSWORD))[0] == "writable"
    reader = mariadb.reader(erp_maria)
    name = reader.rsplit("/", 1)[1].split("?")[0]
    who = f"salesgate_reader_{name}@'127.0.0.1'"
    mariadb.execute(f"CREATE ROLE clerk_{name}", f"GRANT clerk_{name} TO {who}")
    assert state(Bind(url=reader, password=PASSWORD))[0] == "proved"
    mariadb.execute(f"GRANT DELETE ON {name}.* TO clerk_{name}")
    found = state(Bind(url=reader, password=PASSWORD))
    assert (found[0], "DELETE on" in found[1]) == ("writable", True)


def test_mariadb_writes_nothing_and_stops_in_time(mariadb: MariaDB, erp_maria: str) -> None:
    with open_bind("erp", Bind(url=without_password(erp_maria), password=PASSWORD, statement_seconds=0.3)) as erp:
        with pytest.raises(BindError, match="the session may only read"), erp.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE t (a INT)")
        with pytest.raises(BindError, match="statement_seconds") as refusal, erp.connect() as connection:
            connection.exec_driver_sql("SELECT SLEEP(20)")
        assert refusal.value.kind == "timeout"


def test_a_pool_lives_through_a_restart_of_the_server(mariadb: MariaDB, erp_maria: str) -> None:
    with open_bind("erp", Bind(url=without_password(erp_maria), password=PASSWORD)) as erp:
        with erp.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        mariadb.stop()
        try:
            with pytest.raises(BindError) as refusal, erp.connect():
                pass
        finally:
            mariadb.start()
        assert refusal.value.kind == "unreachable"
        with erp.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1


@pytest.fixture
def line(mariadb: MariaDB) -> Iterator[bind_kit.Line]:
    made = bind_kit.Line(mariadb.port)
    yield made
    made.close()


def test_a_kept_connection_that_went_dead_is_replaced(erp_maria: str, line: bind_kit.Line) -> None:
    url = make_url(without_password(erp_maria)).set(port=line.port).render_as_string()
    with open_bind("erp", Bind(url=url, password=PASSWORD, connect_seconds=1.5)) as erp:
        with erp.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        line.freeze()
        began = time.monotonic()
        with erp.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        assert time.monotonic() - began < 6


def test_a_statement_on_a_dead_line_is_cut_off(
    erp_maria: str, line: bind_kit.Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "GRACE_SECONDS", 1.2)
    url = make_url(without_password(erp_maria)).set(port=line.port).render_as_string()
    with open_bind("erp", Bind(url=url, password=PASSWORD, statement_seconds=0.5)) as erp:
        began = time.monotonic()
        with pytest.raises(BindError, match=r"took longer than 0\.5 s") as refusal, erp.connect() as connection:  # noqa: PT012
            line.freeze()
            connection.exec_driver_sql("SELECT 1")
        assert refusal.value.kind == "timeout"
        assert time.monotonic() - began < 5


def test_clickhouse_says_who_may_write_and_stops_in_time(clickhouse: ClickHouse) -> None:
    owner = clickhouse.fresh()
    reader = Bind(url=clickhouse.reader(owner), password=PASSWORD, statement_seconds=0.5)
    assert state(reader)[0] == "proved"
    assert state(Bind(url=owner))[0] == "writable"
    with pytest.raises(BindError, match="refuses the login"):
        state(Bind(url=clickhouse.reader(owner), password="wrong-horse-9"))
    endless = "SELECT count() FROM system.numbers WHERE sipHash64(number) %% 7 = 1"
    for bind in (reader, Bind(url=owner, statement_seconds=0.5)):
        with open_bind("erp", bind) as erp:
            with pytest.raises(BindError, match="may only read"), erp.connect() as connection:
                connection.exec_driver_sql("CREATE TABLE t (a Int8) ENGINE = Memory")
            with pytest.raises(BindError, match="statement_seconds") as refusal, erp.connect() as connection:
                connection.exec_driver_sql(endless)
            assert refusal.value.kind == "timeout"


def test_several_threads_share_a_bind(schema: Schema) -> None:
    found: list[object] = []
    with open_bind("erp", Bind(url=as_reader(schema.url), pool_size=1)) as erp:

        def ask() -> None:
            with erp.connect() as connection:
                found.append(connection.exec_driver_sql("SELECT 7").scalar())

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [7] * 8


def test_what_mariadb_does_not_grant_is_told_as_missing(mariadb: MariaDB) -> None:
    url = mariadb.fresh()
    reader, name = mariadb.reader(url), str(make_url(url).database)
    mariadb.execute(f"CREATE TABLE {name}.`bons` (a int)", f"CREATE TABLE {name}.hidden (a int)")
    who = f"'{make_url(reader).username}'@'127.0.0.1'"
    mariadb.execute(f"REVOKE SELECT ON {name}.* FROM {who}", f"GRANT SELECT ON {name}.bons TO {who}")
    with open_bind("erp", Bind(url=reader, password=PASSWORD)) as erp, erp.connect() as connection:
        catalogue = Catalogue(connection)
        with pytest.raises(
            ImportRefused, match=r"no table or view 'hidden' that this account can see\. .*grant SELECT"
        ):
            catalogue.types(Relation(table="hidden"))
        with pytest.raises(
            ImportRefused, match=f"no schema '{name}x' that this account can see. Did you mean '{name}'"
        ):
            catalogue.types(Relation(table="bons", schema=f"{name}x"))
        assert list(catalogue.types(Relation(table="bons", schema=name))) == ["a"]
