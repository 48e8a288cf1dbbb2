"""Making and upgrading the tables, and that they mean the same on every database."""

import io
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from accounts_kit import HERE, OPERATOR, add_user
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, event, inspect, select
from sqlalchemy.dialects import mssql, oracle, postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from dashboard.accounts import AccountError, Accounts
from dashboard.accounts.database import migrate, open_engine, reader_of
from dashboard.accounts.guards import locked_rows
from dashboard.accounts.models import users
from dashboard.accounts.names import email_key
from dashboard.audit.columns import Instant, Words, metadata
from dashboard.migrations.versions import (
    r0001_secure_core,
    r0002_sign_in_security,
    r0003_views_and_holidays,
    r0004_leases,
    r0005_api_and_single_sign_on,
)
from dashboard.settings import PROJECT, Settings, load_settings

pytestmark = pytest.mark.usefixtures("real_database")
DIALECTS = {"postgresql": postgresql, "mssql": mssql, "oracle": oracle, "sqlite": sqlite}
OPEN = """
import sys
from dashboard.accounts import Accounts
from dashboard.settings import load_settings
sys.stdin.readline()
assert Accounts(load_settings(var=sys.argv[1])).condition.is_ready()
"""


def test_fresh_database_has_every_table_of_the_models(accounts: Accounts) -> None:
    assert set(inspect(accounts.engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_migrations_and_models_say_the_same(accounts: Accounts) -> None:
    def same_kept_type(_context, _inspected, _column, _kept, declared) -> bool | None:  # type: ignore[no-untyped-def]
        return False if isinstance(declared, (Instant, Words)) else None

    with accounts.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_kept_type})
        assert compare_metadata(context, metadata) == []


def test_second_time_does_nothing(accounts: Accounts, settings: Settings) -> None:
    add_user(accounts, "petra")
    ran: list[str] = []
    event.listen(accounts.engine, "before_cursor_execute", lambda *args: ran.append(args[2]))
    migrate(accounts.engine)
    assert all(statement.startswith(("SELECT", "PRAGMA")) for statement in ran)
    again = Accounts(settings)
    assert again.find("petra") is not None
    again.close()


def test_processes_that_start_at_once_take_turns(tmp_path: Path) -> None:
    var = tmp_path / "var"
    command = [sys.executable, "-W", "error", "-c", OPEN, str(var)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen(command, cwd=PROJECT, text=True, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [(process.communicate()[1], process.returncode) for process in started] == [("", 0)] * 3
    accounts = Accounts(load_settings(var=var))
    assert accounts.verify_audit().ok
    accounts.close()


def test_tables_of_an_unknown_version_are_refused(accounts: Accounts, settings: Settings) -> None:
    with accounts.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(AccountError, match="newer Salesgate"):
        Accounts(settings)


def test_failed_migration_leaves_nothing_half_done(settings: Settings) -> None:
    engine = open_engine(settings)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE sessions (x INTEGER)")
    with pytest.raises(Exception, match="sessions already exists"):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["sessions"]
    engine.dispose()


def test_logging_is_left_alone(settings: Settings) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("alembic").disabled)
    Accounts(settings).close()
    assert (root.level, list(root.handlers), logging.getLogger("alembic").disabled) == before


@pytest.mark.parametrize("name", DIALECTS)
def test_migration_can_be_written_for_every_database(name: str) -> None:
    script = io.StringIO()
    context = MigrationContext.configure(dialect_name=name, opts={"as_sql": True, "output_buffer": script})
    with Operations.context(context):
        r0001_secure_core.upgrade()
        r0002_sign_in_security.upgrade()
        r0003_views_and_holidays.upgrade()
        r0004_leases.upgrade()
        r0005_api_and_single_sign_on.upgrade()
    assert script.getvalue().count("CREATE TABLE") == len(metadata.tables)
    assert "INSERT INTO audit_head" in script.getvalue()


@pytest.mark.parametrize("name", DIALECTS)
def test_models_compile_for_every_database(name: str) -> None:
    dialect = DIALECTS[name].dialect()
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        assert all(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)


def test_types_are_the_wide_ones_of_each_database() -> None:
    ddl = {name: str(CreateTable(users).compile(dialect=DIALECTS[name].dialect())) for name in DIALECTS}
    assert "created_at BIGINT NOT NULL" in ddl["postgresql"]
    assert "username NVARCHAR(128) NOT NULL" in ddl["mssql"]
    assert "username VARCHAR2(128 CHAR) NOT NULL" in ddl["oracle"]
    assert all("IDENTITY" in ddl[name] for name in ("postgresql", "mssql", "oracle"))


LOCKS = {"postgresql": "FOR UPDATE", "oracle": "FOR UPDATE", "mssql": "UPDLOCK"}


@pytest.mark.parametrize("name", LOCKS)
def test_guards_lock_their_rows_on_every_database(name: str) -> None:
    compiled: list[str] = []

    class Recorder:
        def execute(self, statement):  # type: ignore[no-untyped-def]
            compiled.append(str(statement.compile(dialect=DIALECTS[name].dialect())))
            return []

    locked_rows(Recorder(), 1)  # type: ignore[arg-type]
    assert LOCKS[name] in compiled[0]


def test_reader_takes_no_lock_and_writer_takes_it_at_once(accounts: Accounts) -> None:
    user = add_user(accounts, "petra")
    token = accounts.start_session(user.id, HERE)
    with accounts.engine.begin():
        assert accounts.load_session(token, touch=False) is not None
        impatient = create_engine(accounts.engine.url, connect_args={"timeout": 0})
        with impatient.connect() as other, pytest.raises(Exception, match="locked"):
            other.exec_driver_sql("BEGIN IMMEDIATE")
        impatient.dispose()


def test_sqlite_is_durable_and_keeps_references(accounts: Accounts) -> None:
    with reader_of(accounts.engine).connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}
    with pytest.raises(Exception, match="FOREIGN KEY"), accounts.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO devices VALUES ('x', 4711, '', 0, 0, 0)")


def test_times_come_back_as_they_went_in(accounts: Accounts) -> None:
    user = add_user(accounts, "petra")
    accounts.disable_user(user.id, OPERATOR)
    with accounts.engine.connect() as connection:
        kept = connection.execute(select(users.c.created_at, users.c.last_sign_in_at)).one()
    assert (kept.created_at, kept.last_sign_in_at) == (user.created_at, None)
    assert kept.created_at.utcoffset().total_seconds() == 0


@pytest.mark.promise("one mailbox is one address")
def test_addresses_of_the_first_version_are_found_in_any_case_of_letters(settings: Settings) -> None:
    config = Config()
    config.set_main_option("script_location", "dashboard:migrations")
    config.set_main_option("path_separator", "os")
    emails = {"jorg": "J\u00d6RG@Example.com", "petra": "Petra@B\u00dcRO.example", "sam": "Sam@Example.com"}
    engine = open_engine(settings)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for name, email in emails.items():
            connection.exec_driver_sql(
                "INSERT INTO users (username, username_key, email, role, active, is_original_admin, created_at,"
                " failed_attempts, lock_count, version) VALUES (?, ?, ?, 'admin', 1, 0, 1, 0, 0, 1)",
                (name, name, email),
            )
    migrate(engine)
    with engine.connect() as connection:
        kept = {row.username: row.email_key for row in connection.execute(select(users))}
    engine.dispose()
    assert kept == {"jorg": "j\u00f6rg@example.com", "petra": "petra@xn--bro-hoa.example", "sam": "sam@example.com"}
    assert kept == {name: email_key(email) for name, email in emails.items()}
