"""Mails by SMTP, against a real server on loopback."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from mail_kit import deliver
from outbox_kit import LINK, Office
from smtp_kit import PASSWORD, Mailbox, certificate, free_port, smtp_server

from dashboard.accounts import Actor, NewUser
from dashboard.settings import SettingsError, load_settings


def at(port: int, **more: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "security": "none", "sender": "Sales <no-reply@example.com>", **more}


def states(office: Office) -> list[tuple[str, str]]:
    return [(row["state"], row["error"]) for row in office.rows()]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    context, public = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    return context


def test_a_mail_arrives_with_what_it_should_have(office: Office) -> None:
    box = Mailbox()
    office.put("ada@bücher.example", name="Ädä")
    with smtp_server(box) as port:
        assert office.postman(**at(port)).deliver_due() == 1
    (mail,) = box.mails
    assert box.senders == ["no-reply@example.com"]
    assert box.recipients == ["ada@xn--bcher-kva.example"]
    assert mail["From"] == "Sales <no-reply@example.com>"
    assert mail["Subject"] == "Salesgate: Choose a new password"
    assert mail["Date"].datetime == office.clock.now
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Hello Ädä," in plain.get_content()
    assert LINK in plain.get_content()
    assert f'href="{LINK}"' in html.get_content()
    assert states(office) == [("sent", "")]


@pytest.mark.promise("ASVS 16.5.2")
def test_a_server_that_is_down_gets_the_mail_when_it_is_back(office: Office) -> None:
    port, box = free_port(), Mailbox()
    office.put()
    postman = office.postman(**at(port))
    assert postman.deliver_due() == 0
    assert states(office) == [("waiting", "The mail server cannot be reached, or broke off (ConnectionRefusedError).")]
    office.clock.move(minutes=1)
    with smtp_server(box, port):
        assert postman.deliver_due() == 1
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("what", "answer", "state", "reason"),
    [
        ("answer_rcpt", "451 4.7.1 later", "waiting", "The mail server refused the recipient (451)."),
        ("answer_rcpt", "550 5.1.1 nobody", "failed", "The mail server refused the recipient (550)."),
        ("answer_data", "452 4.3.1 full", "waiting", "The mail server refused the mail (452)."),
        ("answer_data", f"554 5.7.1 spam: {LINK}", "failed", "The mail server refused the mail (554)."),
    ],
)
@pytest.mark.promise("ASVS 16.2.5")
def test_refusals_for_now_are_tried_again_and_those_for_good_are_not(
    office: Office, what: str, answer: str, state: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    box = Mailbox()
    setattr(box, what, answer)
    office.put()
    with smtp_server(box) as port:
        assert office.postman(**at(port)).deliver_due() == 0
        assert states(office) == [(state, reason)]
        setattr(box, what, "250 OK")
        office.clock.move(minutes=1)
        assert office.postman(**at(port)).deliver_due() == (1 if state == "waiting" else 0)
    assert "token-of-the-link" not in caplog.text


@pytest.mark.promise("mails never travel in clear where TLS is asked for")
def test_without_starttls_nothing_is_sent(office: Office) -> None:
    box = Mailbox()
    office.put()
    with smtp_server(box) as port:
        assert office.postman(**at(port, security="starttls")).deliver_due() == 0
    assert (box.senders, box.mails) == ([], [])
    assert states(office)[0][0] == "waiting"
    assert "does not offer" in states(office)[0][1]


def test_with_starttls_mails_and_passwords_are_encrypted(office: Office, tls: Any) -> None:
    box = Mailbox()
    (office.store.settings.var / "smtp_password").write_text(PASSWORD + "\n")
    office.put()
    with smtp_server(box, tls=tls, auth=True) as port:
        assert office.postman(**at(port, security="starttls", username="sales")).deliver_due() == 1
    assert (box.encrypted, box.users) == ([True], ["sales"])


@pytest.mark.promise("mails never travel in clear where TLS is asked for")
def test_a_certificate_that_nobody_vouches_for_is_refused(office: Office, tmp_path: Path) -> None:
    context, _public = certificate(tmp_path)
    box = Mailbox()
    office.put()
    with smtp_server(box, tls=context) as port:
        assert office.postman(**at(port, security="starttls")).deliver_due() == 0
    assert box.senders == []
    assert states(office) == [("waiting", "The certificate of the mail server is not valid for its name.")]


@pytest.mark.promise("mails never travel in clear where TLS is asked for")
def test_a_certificate_of_another_name_is_refused(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, public = certificate(tmp_path, "other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    box = Mailbox()
    office.put()
    with smtp_server(box, tls=context) as port:
        assert office.postman(**at(port, security="starttls")).deliver_due() == 0
    assert box.senders == []


def test_tls_from_the_first_byte_on(office: Office, tls: Any) -> None:
    """No server of the kind is in aiosmtpd without warnings: one that greets is enough to see TLS, and the reason."""
    office.put()
    listener = socket.create_server(("127.0.0.1", 0))
    greeted: list[str | None] = []

    def greet() -> None:
        plain, _ = listener.accept()
        with tls.wrap_socket(plain, server_side=True) as client:
            greeted.append(client.version())
            client.sendall(b"421 closed today\r\n")

    thread = threading.Thread(target=greet)
    thread.start()
    office.postman(**at(listener.getsockname()[1], security="tls")).deliver_due()
    thread.join()
    listener.close()
    assert greeted[0] in {"TLSv1.2", "TLSv1.3"}
    assert states(office) == [("waiting", "The mail server refused to take mails (421).")]


@pytest.mark.parametrize("content", ["another password", None])
def test_a_wrong_or_missing_password_is_said_in_words(office: Office, tls: Any, content: str | None) -> None:
    file = office.store.settings.var / "mail.password"
    if content:
        file.write_text(content)
    office.put()
    box = Mailbox()
    with smtp_server(box, tls=tls, auth=True) as port:
        more = {"security": "starttls", "username": "sales", "password_file": str(file)}
        assert office.postman(**at(port, **more)).deliver_due() == 0
    said = "refused the user name or the password (535)" if content else "file with the password"
    assert states(office)[0][0] == "waiting"
    assert said in states(office)[0][1]
    assert "another password" not in states(office)[0][1]


def test_a_password_in_clear_is_no_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="in clear"):
        load_settings(var=tmp_path, mail={"host": "mail.example.com", "security": "none", "username": "sales"})


@pytest.mark.promise("every mail is sent once")
def test_two_postmen_deliver_each_mail_once(office: Office) -> None:
    box = Mailbox()
    for number in range(12):
        office.put(f"user{number}@example.com")
    with smtp_server(box) as port, ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda _: office.postman(**at(port)).deliver_due(), range(2)))
    assert sum(counts) == 12
    assert sorted(box.recipients) == sorted(f"user{number}@example.com" for number in range(12))


def test_a_server_that_says_goodbye_badly_gets_no_mail_twice(office: Office) -> None:
    """It took the mail, and then breaks off instead of answering QUIT."""
    listener = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve() -> None:
        client, _ = listener.accept()
        with client, client.makefile("rb") as lines:
            client.sendall(b"220 hello\r\n")
            for line in lines:
                if line.upper().startswith(b"QUIT"):
                    return
                if line.upper().startswith(b"DATA"):
                    client.sendall(b"354 go\r\n")
                    got.extend(iter(lines.readline, b".\r\n"))
                client.sendall(b"250 ok\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    office.put()
    assert office.postman(**at(listener.getsockname()[1])).deliver_due() == 1
    thread.join()
    listener.close()
    assert b"To: ada@example.com\r\n" in got
    assert states(office) == [("sent", "")]


@pytest.fixture
def silent() -> Iterator[int]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.promise("ASVS 16.5.2")
def test_a_silent_server_holds_up_no_request_and_no_connection(
    office: Office, silent: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("dashboard.mail.senders._SECONDS", 1)
    caplog.set_level(logging.WARNING)
    office.put()
    thread = threading.Thread(target=office.postman(**at(silent)).deliver_due)
    thread.start()
    while thread.is_alive() and office.rows()[0]["attempts"] == 0:
        time.sleep(0.01)
    new = NewUser("petra", "petra@example.com", "sales_manager")
    office.accounts.create_user(new, Actor(0, "operator"))
    assert thread.is_alive()
    assert office.accounts.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    thread.join()
    assert states(office) == [("waiting", "The mail server cannot be reached, or broke off (SMTPServerDisconnected).")]


def test_the_kit_delivers_into_the_folder_whatever_the_settings_say(office: Office) -> None:
    office.put()
    assert deliver(office.accounts) == 1
