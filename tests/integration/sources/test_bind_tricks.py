"""What a URL says must neither open a file for writing nor make an account look more harmless than it is."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from engines.clickhouse_kit import ClickHouse
from engines.mariadb_kit import PASSWORD, MariaDB
from sqlalchemy import make_url

from dashboard.settings.binds import Bind
from dashboard.sources.binds import BindError, open_bind, prove_read_only
from dashboard.sources.binds.arguments import url_of

pytest_plugins = ["engines.servers"]
LINES = [(None, "lines")]


def sqlite_file(path: Path) -> str:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE lines (amount INTEGER)")
    made.close()
    return f"sqlite:///{path}"


def duckdb_file(path: Path) -> str:
    duckdb.connect(str(path)).execute("CREATE TABLE lines (amount INTEGER)").close()
    return f"duckdb:///{path}"


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (sqlite_file, "?mode=rwc&uri=true"),
        (sqlite_file, "?mode=rw&uri=false&immutable=0"),
        (sqlite_file, "?uri=true&mode=ro&mode=rwc"),
        (sqlite_file, ""),
        (duckdb_file, ""),
    ],
)
def test_options_of_a_url_do_not_make_a_file_writable(
    tmp_path: Path, make: Callable[[Path], str], options: str
) -> None:
    url = make(tmp_path / "shop.db")
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "shop.db")
    before = (tmp_path / "shop.db").read_bytes()
    for place in (url, url.replace("shop.db", "link.db")):
        with open_bind("shop", Bind(url=f"{place}{options}")) as shop:
            attempts = ["INSERT INTO lines VALUES (1)", f"ATTACH '{tmp_path / 'new.db'}' AS other"]
            for statement in attempts:
                try:
                    with shop.connect() as connection:
                        connection.exec_driver_sql(statement)
                        connection.exec_driver_sql("CREATE TABLE other.t (a INTEGER)")
                except BindError:
                    continue
                pytest.fail(f"{place}{options}: {statement}")
            with shop.connect() as connection:
                assert prove_read_only(connection, LINES).state == "proved"
    assert (tmp_path / "shop.db").read_bytes() == before


@pytest.mark.parametrize("options", ["read_only=false", "access_mode=read_write", "threads=64"])
def test_options_of_a_duckdb_file_are_refused(tmp_path: Path, options: str) -> None:
    with pytest.raises(BindError, match="without options"):
        open_bind("shop", Bind(url=f"{duckdb_file(tmp_path / 'shop.db')}?{options}"))


@pytest.mark.parametrize("options", ["?readonly=1", "?readonly=2", "?profile=reader", "?x=1&readonly=1"])
def test_a_url_cannot_lend_clickhouse_an_account_that_only_reads(clickhouse: ClickHouse, options: str) -> None:
    url = clickhouse.fresh()
    with pytest.raises(BindError, match=r"Bind erp: .*(readonly|profile).*the account") as refusal:  # noqa: SIM117
        with open_bind("erp", Bind(url=f"{url}{options}")) as erp, erp.connect() as connection:
            assert prove_read_only(connection, LINES).state == "writable"
    assert refusal.value.kind == "settings"
    for other in ("?ch_readonly=1", "?ch_profile=reader"):
        with pytest.raises(BindError, match="the account"):
            url_of("erp", Bind(url=f"clickhousedb://me@127.0.0.1/db{other}"), "")


def test_a_password_that_is_not_latin_is_sent_to_mariadb_as_it_was_set(mariadb: MariaDB) -> None:
    url = make_url(mariadb.fresh())
    secret = "Größe €ß 9 % @:/{};'"
    mariadb.execute(f"ALTER USER {url.username}@'127.0.0.1' IDENTIFIED BY '{secret.replace(chr(39), chr(39) * 2)}'")
    bind = Bind(url=url._replace(password=None).render_as_string(), password=secret)
    with open_bind("erp", bind) as erp, erp.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        assert "Größe" not in f"{erp.engine!r} {erp.engine.url} {connection!r}"


@pytest.mark.parametrize(
    "grant", ["GRANT INSERT ON `{0}%`.* TO {1}", "GRANT CREATE ON *.* TO {1}", "GRANT UPDATE (a) ON {0}.t TO {1}"]
)
def test_rights_of_mariadb_by_wildcard_everywhere_or_by_column_are_found(mariadb: MariaDB, grant: str) -> None:
    owner = mariadb.fresh()
    reader = mariadb.reader(owner)
    name = reader.rsplit("/", 1)[1].split("?")[0]
    mariadb.execute(f"CREATE TABLE {name}.t (a INT)", grant.format(name, f"salesgate_reader_{name}@'127.0.0.1'"))
    with open_bind("erp", Bind(url=reader, password=PASSWORD)) as erp, erp.connect() as connection:
        assert prove_read_only(connection, LINES).state == "writable"
