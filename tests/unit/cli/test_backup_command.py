"""`backup` and `restore`: what comes back, what ends, what is refused, and that a refusal changes nothing."""

import errno
import json
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from alembic import command
from alembic.config import Config
from kit import Finished, enrol_totp, run_command
from sqlalchemy import insert, select, text, update

from dashboard.accounts import Accounts, Actor, NewUser, Origin, backup_file
from dashboard.accounts.backup import make_backup
from dashboard.accounts.database import open_engine
from dashboard.accounts.models import leases, saved_views, users
from dashboard.accounts.store import utc_now
from dashboard.audit.columns import metadata
from dashboard.audit.models import audit_events
from dashboard.settings import load_settings

OPERATOR = Actor(0, "command line")
HERE = Origin("192.0.2.7", "Browser/1.0")
GOOD = "purple horse battery staple"
NOT_COMPARED = {"leases", "pending"}


def opened(var: Path) -> Accounts:
    return Accounts(load_settings(var=var))


def rows(var: Path) -> dict[str, list[Any]]:
    """Everything in the database of ``var``."""
    accounts = opened(var)
    with accounts.engine.connect() as connection:
        found = {
            table.name: connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            for table in metadata.sorted_tables
        }
    accounts.close()
    return found


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """An installation with a user who is signed in, has an authenticator app, a link by mail and a saved view."""
    folder = tmp_path / "var"
    accounts = opened(folder)
    user = accounts.create_user(NewUser("petra", "petra@example.com", "sales_manager"), OPERATOR, GOOD)
    accounts.create_user(NewUser("Ångström", "a@example.com", "admin"), OPERATOR)
    enrol_totp(accounts, "petra")
    (folder / "cookie").write_text(accounts.start_session(user.id, HERE))
    (folder / "link").write_text(accounts.invite(user.id, OPERATOR))
    with accounts.engine.begin() as connection:
        view = {"page": "units", "name": "mine", "address": "", "created_at": utc_now()}
        connection.execute(insert(saved_views).values(user_id=user.id, **view))
        lease = {"name": "refresh", "token": "t", "holder": "h", "since": utc_now(), "until": utc_now()}
        connection.execute(insert(leases).values(**lease))
    accounts.close()
    return folder


@pytest.fixture
def file(var: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    path = tmp_path / "backup.zip"
    assert run_command(var, "backup", str(path)).returncode == 0
    return path


@pytest.fixture
def empty(var: Path, tmp_path: Path) -> Path:
    """Another folder with the same secret key, and no database."""
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "secret_key").write_text((var / "secret_key").read_text())
    return folder


def restored(var: Path, file: Path, *flags: str) -> Finished:
    done = run_command(var, "restore", str(file), *flags)
    assert done.returncode == 0, done.stderr
    return done


def test_all_comes_back_as_it_was_where_nobody_is_to_be_signed_out(var: Path, file: Path, empty: Path) -> None:
    before = rows(var)
    said = restored(empty, file, "--keep-sessions").stdout
    after = rows(empty)
    told = after["audit_events"].pop()
    assert (told.kind, told.target) == ("backup_restored", "backup.zip")
    last = before["audit_events"][-1]
    assert f"The audit log holds: {last.seq} events, head {last.digest}" in said
    assert "sign in again" not in said
    for name in metadata.tables.keys() - NOT_COMPARED - {"audit_head"}:
        assert after[name] == before[name], name
    assert (len(before["leases"]), after["leases"], after["pending"]) == (1, [], [])
    assert run_command(empty, "audit", "verify").returncode == 0
    accounts = opened(empty)
    assert accounts.load_session((var / "cookie").read_text(), touch=True)
    assert accounts.invited((var / "link").read_text())
    accounts.close()


@pytest.mark.promise("ASVS 7.4.1")
def test_nobody_is_signed_in_after_a_restore_and_no_link_or_mail_of_before_works(
    var: Path, file: Path, empty: Path
) -> None:
    assert "Everybody has to sign in again" in restored(empty, file).stdout
    accounts = opened(empty)
    assert accounts.load_session((var / "cookie").read_text(), touch=True) is None
    assert accounts.authenticate("petra", GOOD, HERE)
    assert accounts.invited((var / "link").read_text()) is None
    accounts.close()
    assert "waiting" in {mail.state for mail in rows(var)["outbox"]}
    assert {(mail.state, mail.body) for mail in rows(empty)["outbox"]} == {("failed", None)}


def test_what_was_sealed_can_be_opened_and_lies_open_nowhere(var: Path, file: Path, empty: Path) -> None:
    restored(empty, file)
    accounts = opened(empty)
    with accounts.engine.connect() as connection:
        sealed, hashed = connection.execute(select(users.c.totp_secret, users.c.password_hash)).first() or ("", "")
    secret = accounts.vault.open(sealed)
    accounts.close()
    with ZipFile(file) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert hashed.encode() in content
    key, cookie = (var / "secret_key").read_text(), (var / "cookie").read_text()
    assert [word for word in (secret, GOOD, key, cookie) if word.encode() in content] == []


def test_a_backup_is_for_its_owner_only_and_says_what_it_is_in_the_log(var: Path, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rows(var)["audit_events"][-1][2:7] == ("backup_made", 0, "command line", "ok", "backup.zip")


def test_a_backup_takes_the_place_of_no_file(var: Path, file: Path) -> None:
    before = file.read_bytes()
    done = run_command(var, "backup", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{file} is there already" in done.stderr
    assert file.read_bytes() == before


def test_where_the_disk_is_full_nothing_is_left(var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    written = backup_file.sign

    def full(*given: Any) -> None:
        written(*given)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dashboard.accounts.backup.sign", full)
    done = run_command(var, "backup", str(folder / "b.zip"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be written" in done.stderr
    assert "No space left on device" in done.stderr
    assert list(folder.iterdir()) == []


def test_check_says_whether_it_could_be_restored_and_changes_nothing(var: Path, file: Path) -> None:
    before, files = rows(var), sorted(var.iterdir())
    done = run_command(var, "restore", str(file), "--check")
    assert (done.returncode, done.stdout.startswith(f"{file} can be restored: users: 2,")) == (0, True)
    assert (rows(var), sorted(var.iterdir())) == (before, files)


def test_what_is_there_is_removed_only_where_that_was_said(var: Path, file: Path) -> None:
    accounts = opened(var)
    accounts.create_user(NewUser("late", "late@example.com", "admin"), OPERATOR)
    accounts.close()
    before = rows(var)
    done = run_command(var, "restore", str(file))
    assert done.returncode == 1
    assert "--replace removes them first" in done.stderr
    assert rows(var) == before
    restored(var, file, "--replace")
    assert [row[1] for row in rows(var)["users"]] == ["petra", "Ångström"]


@pytest.mark.parametrize("flags", [(), ("--replace",)])
def test_a_database_in_use_is_left_alone(var: Path, file: Path, flags: tuple[str, ...]) -> None:
    before = rows(var)
    site = opened(var)
    assert site.condition.is_ready()  # its pool keeps the connection
    done = run_command(var, "restore", str(file), *flags)
    assert done.returncode == 1
    assert "in use. Stop the site" in done.stderr
    assert site.find("petra")
    site.close()
    assert rows(var) == before


def changed(file: Path, secret: str, change: Callable[[dict[str, Any]], None]) -> None:
    """``file`` with another manifest, signed as it should be."""
    with ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content[backup_file.MANIFEST])
    change(manifest)
    text_ = json.dumps(manifest).encode()
    content |= {backup_file.MANIFEST: text_, backup_file.SIGNATURE: backup_file._signature(text_, secret)}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def with_rows(file: Path, table: str, change: Callable[[bytes], bytes]) -> None:
    with ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content[f"tables/{table}.jsonl"] = change(content[f"tables/{table}.jsonl"])
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def _promoted(file: Path, _secret: str) -> None:
    with_rows(file, "users", lambda data: data.replace(b"sales_manager", b"admin"))


def _cut(file: Path, _secret: str) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def _flipped(file: Path, _secret: str) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 10] ^= 0xFF
    file.write_bytes(bytes(data))


def _newer(file: Path, secret: str) -> None:
    changed(file, secret, lambda manifest: manifest.update(revision="9999"))


def _newer_format(file: Path, secret: str) -> None:
    changed(file, secret, lambda manifest: manifest.update(format=2))


def _other_head(file: Path, secret: str) -> None:
    changed(file, secret, lambda manifest: manifest.update(head="0" * 64))


def _other_key(file: Path, _secret: str) -> None:
    changed(file, "ab" * 32, lambda manifest: None)


def _no_zip(file: Path, _secret: str) -> None:
    file.write_text("hello")


@pytest.mark.promise("ASVS 16.4.2")
@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_promoted, "damaged"),
        (_cut, "damaged"),
        (_flipped, "damaged"),
        (_no_zip, "no backup of Salesgate"),
        (_newer, "newer Salesgate"),
        (_newer_format, "newer Salesgate"),
        (_other_head, "not the one of its manifest"),
        (_other_key, "another secret key"),
        (lambda file, _secret: file.unlink(), "No such file"),
    ],
)
def test_what_is_damaged_changed_newer_or_of_another_site_is_refused_and_nothing_is_changed(
    var: Path, file: Path, harm: Callable[[Path, str], None], words: str
) -> None:
    before = rows(var)
    harm(file, (var / "secret_key").read_text())
    for flags in (("--replace",), ("--check",)):
        done = run_command(var, "restore", str(file), *flags)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr
    assert rows(var) == before


@pytest.mark.promise("ASVS 16.4.2")
def test_a_log_that_was_changed_before_the_backup_is_told_of_at_once_and_put_back_on_demand_only(
    var: Path, empty: Path, tmp_path: Path
) -> None:
    accounts = opened(var)
    with accounts.engine.begin() as connection:
        connection.execute(update(audit_events).where(audit_events.c.seq == 1).values(actor="somebody else"))
    accounts.close()
    file = tmp_path / "changed.zip"
    made = run_command(var, "backup", str(file))
    assert made.returncode == 1
    assert "The backup is written, but the audit log does not hold: event 1 was changed" in made.stderr
    done = run_command(var, "restore", str(file), "--check")
    assert done.returncode == 1
    assert "does not hold: event 1 was changed" in done.stderr
    assert "The audit log does not hold: event 1 was changed" in restored(empty, file, "--broken-log").stdout
    assert rows(empty)["users"]
    assert run_command(empty, "audit", "verify").returncode == 1


@pytest.mark.parametrize("name", ["tables/users.jsonl", backup_file.MANIFEST])
def test_a_small_file_that_unpacks_to_gigabytes_fills_neither_memory_nor_time(
    file: Path, empty: Path, name: str
) -> None:
    with ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for other in content.keys() - {name}:
            archive.writestr(other, content[other])
        with archive.open(name, "w", force_zip64=True) as large:
            for _ in range(200):
                large.write(b" " * 1024 * 1024)
    tracemalloc.start()
    done = run_command(empty, "restore", str(file))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.returncode == 1
    assert "Nothing was changed." in done.stderr
    assert most < 4 * backup_file.LONGEST_LINE


def test_without_the_secret_key_none_is_made(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    folder.mkdir()
    done = run_command(folder, "restore", str(file))
    assert (done.returncode, list(folder.iterdir())) == (1, [])
    assert f"Put secret_key into {folder} first" in done.stderr


@pytest.fixture
def old(empty: Path, tmp_path: Path) -> Path:
    """A backup as the first version would have made it."""
    settings = load_settings(var=tmp_path / "old")
    engine, config = open_engine(settings), Config()
    config.set_main_option("script_location", "dashboard:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO users (username, username_key, email, role, password_hash, active, is_original_admin,"
                " created_at, failed_attempts, lock_count, version) VALUES ('Ada', 'ada', 'Ada@Example.com', 'admin',"
                " NULL, true, true, 1795000000000000, 0, 0, 3)"
            )
        )
    path = tmp_path / "old.zip"
    make_backup(engine, (empty / "secret_key").read_text(), path, utc_now)
    engine.dispose()
    return path


def test_a_backup_of_an_older_version_is_brought_up_to_date(old: Path, empty: Path) -> None:
    restored(empty, old)
    accounts = opened(empty)
    user = accounts.find("ada")
    accounts.close()
    assert user
    assert (user.email, user.role) == ("Ada@Example.com", "admin")
