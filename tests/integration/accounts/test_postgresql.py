"""What PostgreSQL does otherwise than SQLite: migrations, processes beside each other, isolation, and other defaults.

The tests of ``tests/unit/accounts`` that race, lock or sort run on it too.
"""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from kit import run_command
from postgres_kit import Postgres
from sqlalchemy import Engine, create_engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from dashboard import audit
from dashboard.accounts import Accounts, Actor, NewUser, Origin, User
from dashboard.accounts.database import migrate, open_engine
from dashboard.accounts.models import permission_uses, users
from dashboard.audit.columns import Instant, Words, metadata
from dashboard.audit.models import audit_events
from dashboard.settings import PROJECT, Settings, load_settings

pytestmark = pytest.mark.usefixtures("real_database")
OPERATOR = Actor(0, "command line")
HERE = Origin("192.0.2.7", "Browser/1.0")
GOOD = "purple horse battery staple"
OPEN = """
import sys
from dashboard.accounts import Accounts
from dashboard.settings import load_settings
sys.stdin.readline()
accounts = Accounts(load_settings(var=sys.argv[1], accounts={"url": sys.argv[2]}))
assert accounts.condition.is_ready()
accounts.close()
"""
WRITE = """
import sys
from dashboard import audit
from dashboard.accounts import Accounts
from dashboard.settings import load_settings
accounts = Accounts(load_settings(var=sys.argv[1], accounts={"url": sys.argv[2]}))
sys.stdin.readline()
for number in range(40):
    accounts.record(audit.Event(audit.Kind.ACCESS_DENIED, 1, sys.argv[3], "denied", str(number)))
accounts.close()
"""


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    yield postgres.fresh()
    postgres.clear()


@pytest.fixture
def settings(tmp_path: Path, url: str) -> Settings:
    return load_settings(var=tmp_path / "var", accounts={"url": url})


@pytest.fixture
def accounts(settings: Settings) -> Iterator[Accounts]:
    made = Accounts(settings)
    yield made
    made.close()


def add(accounts: Accounts, username: str, role: str = "sales_manager") -> User:
    return accounts.create_user(NewUser(username, f"{username}@example.com", role), OPERATOR, GOOD)


def together(program: str, *arguments: tuple[str, ...]) -> None:
    """Run ``program`` once for each tuple of arguments, all starting at the same moment; none may complain."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    python = [sys.executable, "-W", "error", "-c", program]
    started = [subprocess.Popen([*python, *own], cwd=PROJECT, text=True, **pipes) for own in arguments]  # type: ignore[call-overload]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [(process.communicate()[1], process.returncode) for process in started] == [("", 0)] * len(started)


def test_migrations_and_models_say_the_same(accounts: Accounts) -> None:
    def same_kept_type(_context, _inspected, _column, _kept, declared) -> bool | None:  # type: ignore[no-untyped-def]
        return False if isinstance(declared, (Instant, Words)) else None

    assert set(inspect(accounts.engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    with accounts.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_kept_type})
        assert compare_metadata(context, metadata) == []


@pytest.fixture
def first_version(settings: Settings) -> Iterator[Engine]:
    """A database as Salesgate's first version left it, with a user and an event."""
    config = Config()
    config.set_main_option("script_location", "dashboard:migrations")
    config.set_main_option("path_separator", "os")
    engine = open_engine(settings)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for name, secret in (("Ada.Admin", "some hash"), ("petra", None)):
            connection.execute(
                text(
                    "INSERT INTO users (username, username_key, email, role, password_hash, active, is_original_admin,"
                    " created_at, failed_attempts, lock_count, version) VALUES (:name, :key, :mail, 'admin',"
                    " :secret, true, :first, 1795000000000000, 0, 0, 3)"
                ),
                {
                    "name": name,
                    "key": name.lower(),
                    "mail": f"{name}@Example.com",
                    "secret": secret,
                    "first": secret is not None,
                },
            )
    yield engine
    engine.dispose()


def test_users_of_the_first_version_come_along(first_version: Engine, settings: Settings) -> None:
    migrate(first_version)
    accounts = Accounts(settings)
    ada, petra = accounts.find("ada.admin"), accounts.find("petra")
    assert ada is not None
    assert petra is not None
    assert (ada.email, ada.is_original_admin, ada.verified, ada.factors) == ("Ada.Admin@Example.com", True, True, ())
    with accounts.engine.connect() as connection:
        kept = connection.execute(select(users).order_by(users.c.id)).all()
    assert [row.email_key for row in kept] == ["ada.admin@example.com", "petra@example.com"]
    assert [row.password_is_long for row in kept] == [True, False]
    assert {row.verified_at for row in kept} == {row.created_at for row in kept}
    assert add(accounts, "new").id not in {ada.id, petra.id}
    assert accounts.verify_audit().ok
    accounts.close()


def test_failed_migration_leaves_nothing_half_done(settings: Settings) -> None:
    engine = open_engine(settings)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sessions (x INTEGER)"))
    with pytest.raises(Exception, match='"sessions" already exists'):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["sessions"]
    engine.dispose()


def test_processes_that_start_at_once_take_turns(tmp_path: Path, url: str) -> None:
    var = tmp_path / "var"
    together(OPEN, *[(str(var), url)] * 3)
    accounts = Accounts(load_settings(var=var, accounts={"url": url}))
    assert accounts.verify_audit().ok
    accounts.close()


@pytest.mark.promise("ASVS 16.4.2")
def test_chain_holds_under_writers_of_many_processes(accounts: Accounts, settings: Settings, url: str) -> None:
    together(WRITE, *((str(settings.var), url, f"writer {number}") for number in range(3)))
    assert accounts.verify_audit() == audit.Verdict(120, accounts.verify_audit().head)
    with accounts.engine.connect() as connection:
        written = connection.execute(select(audit_events.c.actor, audit_events.c.target).order_by(audit_events.c.seq))
        of_each: dict[str, list[str]] = {}
        for actor, target in written:
            of_each.setdefault(actor, []).append(target)
    in_order = [str(number) for number in range(40)]
    assert of_each == {f"writer {number}": in_order for number in range(3)}


@pytest.mark.promise("ASVS 16.4.2")
def test_log_that_grows_while_it_is_checked_holds(accounts: Accounts) -> None:
    event = audit.Event(audit.Kind.ACCESS_DENIED, 1, "writer", "denied")
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(accounts.record, event) for _ in range(200)]
        verdicts = []
        while not all(one.done() for one in writing):
            verdicts.append(accounts.verify_audit())
    assert verdicts
    assert [verdict.problem for verdict in verdicts if not verdict.ok] == []
    assert accounts.verify_audit().events == 200


def test_whatever_the_server_isolates_the_counters_hold(postgres: Postgres, tmp_path: Path) -> None:
    """A server that is set to SERIALIZABLE would let parallel sign-ins fail instead of wait."""
    url = f"{postgres.fresh()}%20-cdefault_transaction_isolation%3Dserializable"
    strict = create_engine(url)
    with strict.connect() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "serializable"
    strict.dispose()
    accounts = Accounts(load_settings(var=tmp_path / "var", accounts={"url": url}))
    add(accounts, "petra")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: accounts.authenticate("petra", "wrong", HERE), range(24)))
    assert answers == [None] * 24
    user = accounts.find("petra")
    assert user is not None
    assert user.locked_until is not None
    assert accounts.verify_audit().ok
    accounts.close()
    postgres.clear()


def test_longest_and_strangest_values_fit(accounts: Accounts) -> None:
    new = NewUser("Ω" * 64, f"{'x' * 64}@{'.'.join(['ü' * 50] * 3)}", "sales_manager", "名" * 100, "💡" * 100)
    user = accounts.create_user(new, OPERATOR, GOOD)
    assert (user.username, user.email, user.last_name) == ("Ω" * 64, new.email, "💡" * 100)
    assert accounts.users(search="💡" * 100)[1] == 1
    session = accounts.start_session(user.id, Origin("x" * 200, "ü" * 1000))
    assert accounts.load_session(session, touch=True) is not None


def test_times_are_kept_to_the_microsecond(accounts: Accounts) -> None:
    moment = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    user = add(accounts, "petra")
    with accounts.engine.begin() as connection:
        connection.execute(users.update().where(users.c.id == user.id).values(last_sign_in_at=moment))
    assert accounts.user(user.id).last_sign_in_at == moment


def test_commands_of_the_operator(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESGATE_ACCOUNTS__URL", url)
    var = tmp_path / "var"
    new = ("--email", "petra@example.com", "--role", "sales_manager", "--invite")
    for words in (
        ("create", "petra", *new),
        ("role", "petra", "procurement_manager"),
        ("lock", "petra"),
        ("unlock", "petra"),
        ("disable", "petra"),
        ("list",),
        ("delete", "petra", "--yes"),
    ):
        done = run_command(var, "users", *words)
        assert (done.returncode, done.stderr) == (0, ""), words
    assert "events, head" in run_command(var, "audit", "verify").stdout
    assert not (var / "accounts.db").exists()


def test_server_that_is_gone_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESGATE_ACCOUNTS__URL", f"postgresql+psycopg://u:hidden-word@/x?host={tmp_path}")
    done = run_command(tmp_path / "var", "users", "list")
    assert done.returncode == 1
    assert "The accounts database cannot be used" in done.stderr
    assert "hidden-word" not in done.stderr
    assert "Traceback" not in done.stderr


def test_row_of_a_user_who_is_gone_is_refused(accounts: Accounts) -> None:
    use = insert(permission_uses).values(user_id=4711, permission="measure:units", used_at=datetime.now(UTC))
    with pytest.raises(IntegrityError, match="fk_permission_uses_user_id"), accounts.engine.begin() as connection:
        connection.execute(use)
