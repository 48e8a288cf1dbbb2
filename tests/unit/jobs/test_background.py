"""The background thread: it goes on whatever happens, and a site that is made for tests has none."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from mail_kit import latest
from sqlalchemy.exc import OperationalError

from dashboard import create_app
from dashboard.accounts import Accounts
from dashboard.accounts.store import utc_now
from dashboard.audit import Event, Kind
from dashboard.audit.heads import noted
from dashboard.audit.noter import heads_file
from dashboard.jobs import Background, Task, site_tasks
from dashboard.mail import MailKind, Message
from dashboard.settings import load_settings
from dashboard.wiring import start_background


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def started() -> Iterator[Callable[..., Background]]:
    running: list[Background] = []

    def start(*tasks: Task) -> Background:
        running.append(Background(tasks))
        running[-1].start()
        return running[-1]

    yield start
    for background in running:
        background.stop()


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "background"]


def test_every_task_runs_at_once_and_then_at_its_interval(started: Callable[..., Background]) -> None:
    often: list[float] = []
    seldom: list[float] = []
    started(
        Task("often", 0.02, lambda: often.append(time.monotonic())),
        Task("seldom", 3600, lambda: seldom.append(time.monotonic())),
    )
    until(lambda: len(often) >= 5)
    assert len(seldom) == 1
    assert all(later - earlier >= 0.02 for earlier, later in pairwise(often))


@pytest.mark.promise("background work goes on after a failure")
def test_a_task_that_fails_stops_nothing_and_is_told_once_for_each_kind(
    started: Callable[..., Background], caplog: pytest.LogCaptureFixture
) -> None:
    raised: list[int] = []
    others: list[int] = []

    def fails() -> None:
        raised.append(1)
        if len(raised) == 10:
            return
        error: Exception = ZeroDivisionError("secret-1") if len(raised) % 2 else LookupError("secret-2")
        raise error

    started(Task("counting sheep", 0, fails), Task("other", 0, lambda: others.append(1)))
    until(lambda: len(raised) > 10 and len(others) > 10 and len(caplog.records) > 3)
    told = [record.getMessage() for record in caplog.records]
    where = "in test_background.py, line"
    assert told[0].startswith(f"counting sheep failed: ZeroDivisionError {where}")
    assert told[1].startswith(f"counting sheep failed: LookupError {where}")
    assert told[2] == "counting sheep works again"
    assert told[3].startswith(f"counting sheep failed: ZeroDivisionError {where}")
    assert "secret" not in caplog.text


@pytest.mark.promise("ASVS 16.2.5")
def test_a_failed_statement_is_told_without_its_values(
    started: Callable[..., Background], caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise OperationalError("UPDATE outbox SET body = ?", {"body": "the sealed words"}, TimeoutError("busy"))

    started(Task("sending mails", 0, fails))
    until(lambda: caplog.records)
    assert "sending mails failed: TimeoutError" in caplog.text
    assert "outbox SET" not in caplog.text
    assert "sealed words" not in caplog.text


def test_stop_waits_for_the_task_under_way_and_nothing_runs_after_it(started: Callable[..., Background]) -> None:
    begun, ended, after = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        time.sleep(0.1)
        ended.set()

    background = started(Task("slow", 3600, slow), Task("after", 3600, after.set))
    begun.wait(5)
    background.stop()
    assert ended.is_set()
    assert not after.is_set()
    assert threads() == []


def test_stop_before_start_and_twice_is_no_error(started: Callable[..., Background]) -> None:
    Background([]).stop()
    background = started()
    background.stop()
    background.stop()


def test_the_thread_keeps_no_process_alive(started: Callable[..., Background]) -> None:
    started(Task("x", 3600, lambda: None))
    assert [thread.daemon for thread in threads()] == [True]


def test_a_site_sends_mails_and_notes_the_head_only_when_told_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    settings = load_settings(var=tmp_path / "var", audit={"head_minutes": 0.001})
    server = create_app(settings)
    assert threads() == []
    accounts: Accounts = server.extensions["salesgate"].accounts
    accounts.record(Event(Kind.SIGN_IN, 1, "ada", "ok"))
    with accounts._store.writing() as connection:
        accounts._store.put_mail(connection, Message(MailKind.RECOVERY_UNKNOWN, "ada@example.com"))
    background = start_background(server)
    try:
        assert latest(settings.var, "ada@example.com", "recovery_unknown").subject.startswith("Salesgate")
        until(heads_file(settings).exists)
    finally:
        background.stop()
    assert [head.seq for head in noted(heads_file(settings))] == [1]
    assert caplog.records == []
    accounts.close()


def test_all_tasks_of_a_site_run_without_error(tmp_path: Path) -> None:
    settings = load_settings(var=tmp_path / "var")
    accounts = Accounts(settings)
    tasks = site_tasks(accounts, settings, utc_now)
    for task in tasks:
        task.run()
    assert len({task.name for task in tasks}) == len(tasks) == 4
    accounts.close()


def test_every_failure_is_counted_and_the_end_is_told() -> None:
    failed: list[str] = []
    ended: list[bool] = []

    def fail() -> None:
        raise OSError("no")

    background = Background([Task("failing", 0.01, fail)], failed.append, lambda: ended.append(True))
    background.start()
    until(lambda: len(failed) >= 3)
    background.stop()
    assert set(failed) == {"failing"}
    assert ended == [True]
