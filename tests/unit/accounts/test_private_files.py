"""Files of the installation: modes, and several processes at once."""

import os
import stat
from pathlib import Path

import pytest
from accounts_kit import add_user, at_once

from dashboard.accounts import AccountError, Accounts
from dashboard.accounts.keys import secret_key
from dashboard.accounts.private_files import keep_first, private_folder, replace
from dashboard.settings import Settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def open_umask() -> object:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.promise("ASVS 13.3.1")
def test_everything_in_var_is_for_the_owner_only(accounts: Accounts, settings: Settings) -> None:
    add_user(accounts, "petra")
    modes = {path.name: mode(path) for path in settings.var.iterdir()}
    assert set(modes) == {"accounts.db", "accounts.db-wal", "accounts.db-shm", "secret_key"}
    assert set(modes.values()) == {0o600}
    assert mode(settings.var) == 0o700


def test_files_that_stood_open_are_closed(settings: Settings) -> None:
    settings.var.mkdir(mode=0o755)
    (settings.var / "accounts.db").touch(mode=0o644)
    Accounts(settings).close()
    assert mode(settings.var) == 0o700
    assert mode(settings.var / "accounts.db") == 0o600


@pytest.mark.promise("ASVS 11.5.1")
def test_secret_key_is_made_once(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "var")
    assert len(bytes.fromhex(key)) == 32
    assert secret_key(tmp_path / "var") == key
    assert secret_key(tmp_path / "other") != key


def test_all_who_start_at_once_have_one_secret_key(tmp_path: Path) -> None:
    assert len(set(at_once(16, lambda _: secret_key(tmp_path / "var")))) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


@pytest.mark.parametrize("content", ["", "changeme", "0" * 63, "g" * 64])
def test_something_else_in_place_of_the_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret_key").write_text(content)
    with pytest.raises(AccountError, match="does not hold a secret key"):
        secret_key(tmp_path)


def test_first_text_stays_and_replacing_replaces(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    assert keep_first(path, "first") == "first"
    assert keep_first(path, "second") == "first"
    replace(path, "third")
    assert (path.read_text(), mode(path), mode(path.parent)) == ("third", 0o600, 0o700)
    assert list(path.parent.iterdir()) == [path]


def test_folder_that_is_private_already_is_left_alone(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "a" / "b")
    assert private_folder(folder) == folder
    assert mode(folder) == 0o700
