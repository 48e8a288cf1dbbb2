"""The outbox: a mail leaves only with the transaction that wrote it, is taken by one, tried again, and forgotten."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbox_kit import LINK, Office, open_office
from sqlalchemy import update

from dashboard.mail import MailKind, Message, outbox
from dashboard.mail.letter import Letter
from dashboard.mail.models import outbox as table
from dashboard.mail.senders import NotSent


class Hand:
    """A sender of tests: notes what it gets, and fails as long as it is told to."""

    def __init__(self, *, fails: bool = False, final: bool = False) -> None:
        self.sent: list[Letter] = []
        self.tries: list[datetime] = []
        self.fails, self.final = fails, final
        self.lock = threading.Lock()

    def send(self, letter: Letter) -> None:
        if self.fails:
            raise NotSent("The mail server cannot be reached.", final=self.final)
        with self.lock:
            self.sent.append(letter)

    def prune(self, before: datetime) -> None:
        self.tries.append(before)


def test_a_mail_leaves_with_its_transaction_only(office: Office) -> None:
    with office.accounts.engine.connect() as connection, connection.begin() as transaction:
        office.store.put_mail(connection, Message(MailKind.RECOVERY_UNKNOWN, "ada@example.com"))
        transaction.rollback()
    assert office.rows() == []


@pytest.mark.promise("ASVS 13.3.1", "mails in the database are sealed")
def test_what_waits_cannot_be_read_in_the_database(office: Office) -> None:
    office.put(code="12345678", kind=MailKind.MAIL_CODE)
    office.put()
    content = b"".join(path.read_bytes() for path in office.store.settings.var.glob("accounts.db*"))
    content += repr(office.rows()).encode()
    assert b"ada@example.com" in content
    for secret in (b"12345678", LINK.encode(), b"token-of-the-link"):
        assert secret not in content


@pytest.mark.promise("mails in the database are sealed")
def test_what_was_sent_is_forgotten(office: Office) -> None:
    office.put()
    hand = Hand()
    assert office.postman(hand).deliver_due() == 1
    (row,) = office.rows()
    assert (row["state"], row["body"], row["error"], row["attempts"]) == ("sent", None, "", 1)
    assert row["sent_at"] == office.clock.now
    assert LINK in hand.sent[0].mail.as_string().replace("=\n", "")
    assert office.postman(hand).deliver_due() == 0


def test_a_mail_that_fails_is_tried_again_later_each_time(office: Office) -> None:
    office.put()
    postman, started, tries = office.postman(Hand(fails=True)), office.clock.now, []
    for _ in range(60 * 5):
        before = office.rows()[0]["attempts"]
        assert postman.deliver_due() == 0
        if office.rows()[0]["attempts"] > before:
            tries.append((office.clock.now - started) // timedelta(minutes=1))
        office.clock.move(minutes=1)
    assert tries == [0, 1, 3, 7, 15, 31, 63, 127]
    (row,) = office.rows()
    assert (row["state"], row["body"], row["attempts"]) == ("failed", None, 8)
    assert row["error"] == "The mail server cannot be reached."


def test_a_mail_arrives_once_the_way_is_free(office: Office) -> None:
    office.put()
    hand = Hand(fails=True)
    postman = office.postman(hand)
    assert postman.deliver_due() == 0
    assert office.rows()[0]["state"] == "waiting"
    hand.fails = False
    assert postman.deliver_due() == 0
    office.clock.move(seconds=60)
    assert postman.deliver_due() == 1
    assert office.rows()[0]["error"] == ""


def test_what_can_never_arrive_is_given_up_at_once(office: Office) -> None:
    office.put()
    office.postman(Hand(fails=True, final=True)).deliver_due()
    assert (office.rows()[0]["state"], office.rows()[0]["attempts"]) == ("failed", 1)


@given(st.integers(1, 60))
def test_pauses_double_from_a_minute_to_six_hours(tries: int) -> None:
    wait = outbox.pause(tries)
    assert timedelta(minutes=1) <= wait <= timedelta(hours=6)
    assert outbox.pause(tries + 1) == min(wait * 2, timedelta(hours=6))


@pytest.mark.promise("every mail is sent once")
def test_several_postmen_send_each_mail_once(tmp_path: Path, database: str) -> None:
    offices = [open_office(tmp_path / "var") for _ in range(4)]
    for number in range(40):
        offices[0].put(f"user{number}@example.com")
    hand, barrier = Hand(), threading.Barrier(4)

    def work(office: Office) -> int:
        postman = office.postman(hand)
        barrier.wait()
        return sum(postman.deliver_due() for _ in range(5))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, offices)) == 40
    assert sorted(letter.id for letter in hand.sent) == list(range(1, 41))
    assert all(row["attempts"] == 1 for row in offices[0].rows())
    for office in offices:
        office.accounts.close()


@pytest.mark.promise("every mail is sent once")
def test_a_mail_that_was_taken_is_nobody_elses_until_the_lease_is_over(office: Office) -> None:
    office.put()
    engine, clock = office.accounts.engine, office.clock
    taken = outbox.take(engine, 1, clock.now)
    assert taken is not None
    assert outbox.take(engine, 1, clock.now) is None
    clock.move(minutes=9, seconds=59)
    assert outbox.due(engine, clock.now, 9) == []
    clock.move(seconds=1)
    again = outbox.take(engine, 1, clock.now)
    assert again is not None
    assert again.tries == 2
    # The first one comes back after all: what it says counts no more.
    outbox.not_sent(engine, taken, clock.now, "too late", final=True)
    assert office.rows()[0]["state"] == "waiting"
    outbox.sent(engine, again, clock.now)
    assert office.rows()[0]["state"] == "sent"


def test_a_mail_whose_last_sender_died_is_given_up(office: Office) -> None:
    office.put()
    engine, clock = office.accounts.engine, office.clock
    for _ in range(outbox.MOST_TRIES):
        assert outbox.take(engine, 1, clock.now) is not None
        clock.move(minutes=10)
    assert outbox.due(engine, clock.now, 9) == []
    assert outbox.take(engine, 1, clock.now) is None
    office.postman(Hand()).prune()
    (row,) = office.rows()
    assert (row["state"], row["body"]) == ("failed", None)


def test_traces_are_removed_after_thirty_days_and_what_waits_is_not(office: Office) -> None:
    office.put("sent@example.com")
    office.put("failed@example.com")
    office.put("waiting@example.com")
    with office.store.writing() as connection:
        for number, state in ((1, "sent"), (2, "failed")):
            connection.execute(update(table).where(table.c.id == number).values(state=state))
    hand = Hand()
    office.clock.move(days=30)
    office.postman(hand).prune()
    assert len(office.rows()) == 3
    office.clock.move(seconds=1)
    office.postman(hand).prune()
    assert [row["recipient"] for row in office.rows()] == ["waiting@example.com"]
    assert hand.tries[-1] == office.clock.now - timedelta(days=30)


@pytest.mark.promise("ASVS 16.2.5")
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"body": "tampered"}, "The mail cannot be written (AccountError)."),
        ({"recipient": "no address"}, "The recipient is no address that a mail can be sent to."),
    ],
)
def test_a_mail_that_cannot_be_written_keeps_no_other_waiting(
    office: Office, values: dict[str, str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    office.put()
    office.put("bob@example.com")
    with office.store.writing() as connection:
        connection.execute(update(table).where(table.c.id == 1).values(**values))
    assert office.postman(Hand()).deliver_due() == 1
    assert [(row["state"], row["error"]) for row in office.rows()] == [("failed", reason), ("sent", "")]
    assert f"mail 1 (recovery) was not sent: {reason} It was given up." in caplog.text
    assert "token-of-the-link" not in caplog.text


def test_a_surprise_of_the_sender_keeps_no_mail_waiting_and_loses_none(office: Office) -> None:
    class Surprise(Hand):
        def send(self, letter: Letter) -> None:
            if letter.recipient == "ada@example.com" and self.fails:
                raise UnicodeEncodeError("ascii", "pässword", 1, 2, "ordinal not in range")
            super().send(letter)

    office.put()
    office.put("bob@example.com")
    hand = Surprise()
    hand.fails = True
    office.postman(hand).deliver_due()
    assert [(row["state"], row["attempts"]) for row in office.rows()] == [("waiting", 1), ("waiting", 1)]
    assert "pässword" not in office.rows()[0]["error"]
    hand.fails = False
    office.clock.move(minutes=2)
    assert office.postman(hand).deliver_due() == 2


def test_a_missing_word_is_a_failed_mail_not_a_mail_with_a_hole(office: Office) -> None:
    with office.store.writing() as connection:
        office.store.put_mail(connection, Message(MailKind.RECOVERY, "ada@example.com", {"name": "Ada"}))
    assert office.postman(Hand()).deliver_due() == 0
    assert office.rows()[0]["error"] == "The mail cannot be written (UndefinedError)."


def test_a_link_made_for_another_public_url_is_named_as_the_reason(office: Office) -> None:
    words = {"name": "Ada", "link": "https://old.example.com/recover/x"}
    with office.store.writing() as connection:
        office.store.put_mail(connection, Message(MailKind.RECOVERY, "ada@example.com", words))
    assert office.postman(Hand()).deliver_due() == 0
    assert office.rows()[0]["error"] == "Its link was made for another address than server.public_url."


def test_looking_for_mails_takes_no_lock(office: Office) -> None:
    office.put()
    with office.store.writing():
        assert outbox.due(office.accounts.engine, office.clock.now, 9) == [1]
