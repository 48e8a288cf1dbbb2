"""Mails without a mail server: files that only their owner reads, and one line on the console for each."""

import os
import stat
from pathlib import Path

import pytest
from mail_kit import deliver, latest, mails
from outbox_kit import LINK, Office

from dashboard.mail import MailKind
from dashboard.mail.senders import FolderSender, SmtpSender, sender_of
from dashboard.settings import SettingsError, load_settings


def test_mails_land_in_the_folder_and_the_console_says_where(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    var = office.store.settings.var
    monkeypatch.chdir(var.parent)
    office.put()
    assert office.postman().deliver_due() == 1
    name = "20261120T120000Z-00000001-recovery-ada@example.com.eml"
    assert capsys.readouterr().out == f"Mail for ada@example.com: var/outbox/{name}\n"
    (file,) = (var / "outbox").iterdir()
    assert file.name == name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((var / "outbox").stat().st_mode) == 0o700


def test_the_kit_reads_them(office: Office) -> None:
    var = office.store.settings.var
    office.put()
    office.put(kind=MailKind.MAIL_CODE, code="12345678")
    office.put("bob@example.com", minutes="30")
    assert deliver(office.accounts) == 3
    mail = latest(var, "ada@example.com", MailKind.RECOVERY)
    assert (mail.link, mail.subject) == (LINK, "Salesgate: Choose a new password")
    assert "for 60 minutes" in mail.text
    assert LINK in mail.html
    assert latest(var, "ada@example.com", "mail_code").code == "12345678"
    office.put("bob@example.com", minutes="10")
    deliver(office.accounts)
    assert "for 10 minutes" in latest(var, "bob@example.com", "recovery").text
    assert len(mails(var)) == 4
    with pytest.raises(AssertionError, match="no mail verify"):
        latest(var, "ada@example.com", "verify", seconds=0)


@pytest.mark.parametrize("local", ["../../../etc/x", "/etc/passwd", "a" * 240, "~", "a$`id`", "-rf", "..", "a(b"])
def test_no_address_leads_out_of_the_folder(office: Office, local: str) -> None:
    var = office.store.settings.var
    before = {path for path in var.parent.rglob("*") if path.is_file()}
    office.put(f"{local}@x.example")
    office.postman(FolderSender(var / "outbox", say=lambda _line: None)).deliver_due()
    new = {path for path in var.parent.rglob("*") if path.is_file()} - before
    written = {path for path in new if not path.name.startswith("accounts.db")}
    assert {path.parent for path in written} <= {var / "outbox"}
    assert len(written) == (0 if "(" in local or ".." in local else 1)


def test_a_folder_that_cannot_be_written_is_a_reason_to_try_again(office: Office) -> None:
    (office.store.settings.var / "outbox").write_text("in the way")
    office.put()
    assert office.postman().deliver_due() == 0
    (row,) = office.rows()
    assert (row["state"], row["error"]) == ("waiting", "The folder for mails cannot be written (FileExistsError).")


def test_old_files_are_removed(office: Office) -> None:
    folder = office.store.settings.var / "outbox"
    office.put()
    office.put("bob@example.com")
    deliver(office.accounts)
    old, new = sorted(folder.iterdir())
    os.utime(old, (0, office.clock.now.timestamp() - 31 * 86400))
    os.utime(new, (0, office.clock.now.timestamp() - 29 * 86400))
    other = folder / "notes.txt"
    other.write_text("mine")
    os.utime(other, (0, 0))
    office.postman().prune()
    assert set(folder.iterdir()) == {new, other}


def test_the_settings_choose_the_way(tmp_path: Path) -> None:
    assert isinstance(sender_of(load_settings(var=tmp_path)), FolderSender)
    assert isinstance(sender_of(load_settings(var=tmp_path, mail={"host": "mail.example.com"})), SmtpSender)


@pytest.mark.parametrize(
    "sender", ["Sales", "Sales <sales>", "Sales <a b@x>", "<a..b@x>", "Sales <sales@bücher.example>"]
)
def test_a_sender_that_is_none_is_no_setting(tmp_path: Path, sender: str) -> None:
    with pytest.raises(SettingsError, match="write it like"):
        load_settings(var=tmp_path, mail={"sender": sender})
