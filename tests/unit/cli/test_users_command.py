"""`users ...` and `audit verify`: what they do, print and return."""

import argparse
import getpass
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from dashboard.accounts import Accounts, Origin
from dashboard.accounts.models import users as people
from dashboard.audit.models import audit_events
from dashboard.cli import audit, users
from dashboard.settings import Settings, load_settings

GOOD = "purple horse battery staple"
HERE = Origin("192.0.2.7", "Browser/1.0")
PETRA = ("users", "create", "petra", "--email", "petra@example.com", "--role", "procurement_manager")

Cli = Callable[..., int]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(var=tmp_path / "var")


@pytest.fixture
def accounts(settings: Settings) -> Iterator[Accounts]:
    made = Accounts(settings)
    yield made
    made.close()


@pytest.fixture
def cli(settings: Settings) -> Cli:
    parser = argparse.ArgumentParser("dashboard")
    subparsers = parser.add_subparsers(required=True)
    users.register(subparsers)
    audit.register(subparsers)

    def run(*arguments: str, using: Settings = settings) -> int:
        args = parser.parse_args(arguments)
        code: int = args.run(args, using)
        return code

    return run


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def type_(*answers: str) -> None:
        waiting = iter(answers)
        monkeypatch.setattr(getpass, "getpass", lambda _prompt="": next(waiting))

    return type_


def test_create_asks_for_the_password_twice(cli: Cli, accounts: Accounts, typed, capsys) -> None:  # type: ignore[no-untyped-def]
    typed(GOOD, GOOD)
    assert cli(*PETRA, "--first-name", "Petra") == 0
    assert capsys.readouterr().out == "Created petra, Procurement Manager.\n"
    user = accounts.authenticate("petra", GOOD, HERE)
    assert user is not None
    assert (user.first_name, user.role) == ("Petra", "procurement_manager")


def test_passwords_that_differ_create_nobody(cli: Cli, accounts: Accounts, typed, capsys) -> None:  # type: ignore[no-untyped-def]
    typed(GOOD, GOOD + "x")
    assert cli(*PETRA) == 1
    assert capsys.readouterr().err == "The two passwords differ.\n"
    assert accounts.users()[1] == 0


@pytest.mark.parametrize("ending", ["\n", "\r\n", "", "\nsecond line\n"])
def test_password_from_standard_input(cli: Cli, accounts: Accounts, monkeypatch, ending: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("sys.stdin", io.StringIO(GOOD + ending))
    assert cli(*PETRA, "--password-stdin") == 0
    assert accounts.authenticate("petra", GOOD, HERE) is not None


def test_input_that_is_no_text_is_refused_in_words(cli: Cli, accounts: Accounts, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), encoding="utf-8"))
    assert cli(*PETRA, "--password-stdin") == 1
    assert capsys.readouterr().err == "The password is not UTF-8 text.\n"


def test_no_terminal_is_told_in_words(cli: Cli, accounts: Accounts, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    def closed(_prompt: str = "") -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", closed)
    assert cli(*PETRA) == 1
    assert capsys.readouterr().err == "No password was given.\n"


def test_weak_password_is_refused_with_reasons(cli: Cli, accounts: Accounts, typed, capsys) -> None:  # type: ignore[no-untyped-def]
    typed("petra", "petra")
    assert cli(*PETRA) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "Use at least 15 characters; this password has 5.\n"
    assert accounts.users()[1] == 0


def test_invited_user_gets_a_link_that_works_once(cli: Cli, accounts: Accounts, capsys) -> None:  # type: ignore[no-untyped-def]
    assert cli(*PETRA, "--invite") == 0
    token = re.search(r"^/invitation/(\S+)$", capsys.readouterr().out, re.MULTILINE)
    assert token is not None
    accounts.redeem(token[1], GOOD, HERE)
    assert accounts.invited(token[1]) is None
    assert cli("users", "invite", "PETRA") == 0
    assert "/invitation/" in capsys.readouterr().out


def test_password_and_invitation_exclude_each_other(cli: Cli, capsys) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SystemExit) as caught:
        cli(*PETRA, "--invite", "--password-stdin")
    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_password_is_no_argument(cli: Cli, capsys) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SystemExit):
        cli(*PETRA, "--password", GOOD)
    assert "unrecognized arguments" in capsys.readouterr().err


def test_list_shows_everybody_and_their_state(cli: Cli, accounts: Accounts, typed, capsys) -> None:  # type: ignore[no-untyped-def]
    typed(GOOD, GOOD)
    cli(*PETRA)
    for name, role in (("ada", "admin"), ("sam", "sales_manager"), ("tom", "sales_manager")):
        cli("users", "create", name, "--email", f"{name}@example.com", "--role", role, "--invite")
    cli("users", "disable", "tom")
    for _ in range(5):
        accounts.authenticate("petra", "wrong", HERE)
    capsys.readouterr()
    assert cli("users", "list") == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.startswith("USER NAME")
    assert [row.split()[0] for row in rows] == ["ada", "petra", "sam", "tom"]
    for row, state in zip(rows, ("no password yet", "locked until", "no password yet", "disabled"), strict=True):
        assert state in row
    assert cli("users", "list", "--role", "sales_manager", "--search", "SAM") == 0
    assert [row.split()[0] for row in capsys.readouterr().out.splitlines()[1:]] == ["sam"]


def test_list_goes_beyond_one_page(cli: Cli, accounts: Accounts, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(users, "_PAGE", 2)
    for number in range(5):
        cli(
            "users",
            "create",
            f"user{number}",
            "--email",
            f"x{number}@example.com",
            "--role",
            "sales_manager",
            "--invite",
        )
    capsys.readouterr()
    cli("users", "list")
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_disable_enable_unlock_and_end_sessions(cli: Cli, accounts: Accounts, typed, capsys) -> None:  # type: ignore[no-untyped-def]
    typed(GOOD, GOOD)
    cli(*PETRA)
    user = accounts.find("petra")
    assert user is not None
    token = accounts.start_session(user.id, HERE)
    assert cli("users", "end-sessions", "petra") == 0
    assert capsys.readouterr().out.endswith("petra: sessions ended: 1.\n")
    assert accounts.load_session(token, touch=True) is None
    assert cli("users", "disable", "petra") == 0
    assert accounts.authenticate("petra", GOOD, HERE) is None
    assert cli("users", "enable", "petra") == 0
    for _ in range(5):
        accounts.authenticate("petra", "wrong", HERE)
    assert cli("users", "unlock", "petra") == 0
    assert accounts.authenticate("petra", GOOD, HERE) is not None


def test_lock_lasts_until_it_is_taken_off(cli: Cli, accounts: Accounts, typed, capsys) -> None:  # type: ignore[no-untyped-def]
    typed(GOOD, GOOD)
    cli(*PETRA)
    assert cli("users", "lock", "petra") == 0
    assert "petra is locked until somebody unlocks the account." in capsys.readouterr().out
    assert accounts.authenticate("petra", GOOD, HERE) is None
    cli("users", "list")
    assert "locked by an administrator" in capsys.readouterr().out
    assert cli("users", "unlock", "petra") == 0
    assert accounts.authenticate("petra", GOOD, HERE) is not None


def test_another_role(cli: Cli, accounts: Accounts, capsys) -> None:  # type: ignore[no-untyped-def]
    cli(*PETRA, "--invite")
    capsys.readouterr()
    assert cli("users", "role", "petra", "sales_manager") == 0
    assert capsys.readouterr().out == "petra is Sales Manager from the next click on.\n"
    assert cli("users", "role", "petra", "king") == 1
    assert capsys.readouterr().err == "There is no such role.\n"
    user = accounts.find("petra")
    assert user is not None
    assert user.role == "sales_manager"


def test_delete_asks_for_the_name(cli: Cli, accounts: Accounts, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    cli(*PETRA, "--invite")
    capsys.readouterr()
    monkeypatch.setattr("builtins.input", lambda _prompt: "peter")
    assert cli("users", "delete", "petra") == 1
    assert capsys.readouterr().err == "To delete this account, type its user name: petra\n"
    assert accounts.find("petra") is not None
    monkeypatch.setattr("builtins.input", lambda _prompt: "petra")
    assert cli("users", "delete", "petra") == 0
    assert capsys.readouterr().out == "petra is deleted. The audit log keeps the name.\n"
    assert accounts.find("petra") is None


def test_delete_without_asking(cli: Cli, accounts: Accounts, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    def closed(_prompt: str = "") -> str:
        raise EOFError

    cli(*PETRA, "--invite")
    capsys.readouterr()
    monkeypatch.setattr("builtins.input", closed)
    assert cli("users", "delete", "petra") == 1
    assert capsys.readouterr().err == "Nothing was deleted. Say --yes where nobody can be asked.\n"
    assert cli("users", "delete", "petra", "--yes") == 0
    assert accounts.find("petra") is None


def test_second_factors_are_taken_off(cli: Cli, accounts: Accounts, capsys) -> None:  # type: ignore[no-untyped-def]
    cli(*PETRA, "--invite")
    with accounts.engine.begin() as connection:
        connection.execute(update(people).values(mail_codes=True))
    capsys.readouterr()
    assert cli("users", "reset-factors", "petra") == 0
    assert capsys.readouterr().out == "petra has no second factor now; all sessions are ended.\n"
    user = accounts.find("petra")
    assert user is not None
    assert user.factors == ()


def test_address_is_vouched_for(cli: Cli, accounts: Accounts, capsys) -> None:  # type: ignore[no-untyped-def]
    cli(*PETRA, "--invite")
    with accounts.engine.begin() as connection:
        connection.execute(update(people).values(verified_at=None))
    capsys.readouterr()
    assert cli("users", "verify", "petra") == 0
    assert capsys.readouterr().out == "petra@example.com counts as the address of petra.\n"
    user = accounts.find("petra")
    assert user is not None
    assert user.verified


COMMANDS = ["disable", "enable", "lock", "unlock", "end-sessions", "invite", "verify", "reset-factors", "delete"]


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_user_is_told(cli: Cli, capsys, command: str) -> None:  # type: ignore[no-untyped-def]
    assert cli("users", command, "nobody") == 1
    assert capsys.readouterr() == ("", "There is no user nobody.\n")


def test_guard_is_told(cli: Cli, capsys) -> None:  # type: ignore[no-untyped-def]
    cli("users", "create", "ada", "--email", "ada@example.com", "--role", "admin", "--invite")
    capsys.readouterr()
    assert cli("users", "disable", "ada") == 1
    assert capsys.readouterr() == ("", "The original Admin cannot be disabled.\n")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("sqlite:////proc/no/such/place.db", "cannot be used"),
        ("not a url", "cannot be used"),
        ("nosuchdatabase://user:hidden-word@host/x", "cannot be used"),
        ("postgresql+nosuchdriver://user:hidden-word@host/x", "cannot be used"),
    ],
)
def test_database_that_cannot_be_opened_is_told_without_a_trace(cli: Cli, tmp_path, capsys, url, word) -> None:  # type: ignore[no-untyped-def]
    assert cli("users", "list", using=load_settings(var=tmp_path, accounts={"url": url})) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert word in shown.err
    assert "Traceback" not in shown.err
    assert "hidden-word" not in shown.err


def test_file_that_is_no_database_is_told_without_a_trace(cli: Cli, settings: Settings, capsys) -> None:  # type: ignore[no-untyped-def]
    settings.var.mkdir()
    (settings.var / "accounts.db").write_bytes(b"this is no database, whatever its name says" * 100)
    assert cli("users", "list") == 1
    assert "file is not a database" in capsys.readouterr().err


def test_unknown_permission_in_the_settings_is_told(cli: Cli, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    broken = load_settings(var=tmp_path, roles={"x": {"name": "X", "permissions": ["measure:everything"]}})
    assert cli("users", "list", using=broken) == 1
    assert "roles.x.permissions" in capsys.readouterr().err


def test_audit_verify_says_that_the_log_holds(cli: Cli, accounts: Accounts, capsys) -> None:  # type: ignore[no-untyped-def]
    cli(*PETRA, "--invite")
    capsys.readouterr()
    assert cli("audit", "verify") == 0
    shown = capsys.readouterr().out
    assert f"2 events, head {accounts.verify_audit().head}." in shown
    assert "noted head" in shown


def test_audit_verify_finds_a_change(cli: Cli, accounts: Accounts, capsys) -> None:  # type: ignore[no-untyped-def]
    cli(*PETRA, "--invite")
    with accounts.engine.begin() as connection:
        connection.execute(update(audit_events).where(audit_events.c.seq == 2).values(actor="somebody else"))
    capsys.readouterr()
    assert cli("audit", "verify") == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "event 2 was changed" in shown.err
    assert "Events before that hold: 1." in shown.err
