"""A served site sends mails and notes heads by itself, and stops cleanly."""

import time
from pathlib import Path
from urllib.request import urlopen

from kit import free_port, run_command, serve, with_users
from mail_kit import latest

from dashboard.accounts import Accounts
from dashboard.mail import MailKind, Message
from dashboard.settings import Settings


def put(settings: Settings) -> None:
    accounts = Accounts(settings)
    with accounts._store.writing() as connection:
        accounts._store.put_mail(connection, Message(MailKind.RECOVERY_UNKNOWN, "ada@example.com"))
    accounts.close()


def test_a_served_site_sends_what_another_process_put_into_the_outbox(tmp_path: Path) -> None:
    installation = with_users(tmp_path / "var")
    for site in serve(installation):
        put(installation.settings)
        mail = latest(installation.var, "ada@example.com", "recovery_unknown")
        assert "No account has this address" in mail.text
        said = (tmp_path / f"site-{site.url.rpartition(':')[2]}.log").read_text()
        assert f"Mails land in {installation.var}/outbox/ (no mail server is set" in said
        assert f"Mail for ada@example.com: {mail.path}" in said
    verified = run_command(installation.var, "audit", "verify")
    assert verified.returncode == 0
    assert f"heads noted in {installation.var}/audit-heads.log" in verified.stdout


def test_a_mail_server_that_is_down_stops_nothing(tmp_path: Path) -> None:
    installation = with_users(tmp_path / "var")
    put(installation.settings)
    down = {"SALESGATE_MAIL__HOST": "127.0.0.1", "SALESGATE_MAIL__PORT": str(free_port())}
    for site in serve(installation, **down):
        log = tmp_path / f"site-{site.url.rpartition(':')[2]}.log"
        deadline = time.monotonic() + 30
        while "mail 1 (recovery_unknown) was not sent: The mail server cannot be reached" not in log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with urlopen(f"{site.url}/health", timeout=5) as answer:
            assert answer.status == 200
        assert "Mails land in" not in log.read_text()
    assert not (installation.var / "outbox").exists()
