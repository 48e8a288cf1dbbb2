"""Leases: one holder at a time over all hosts, whatever becomes of the others."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError

from dashboard.accounts.database import migrate, open_engine
from dashboard.accounts.leases import Leases, this_machine
from dashboard.accounts.models import leases
from dashboard.settings import load_settings
from dashboard.sources.refresh.lease import LeaseLost, RefreshRunning

NAME = "refresh:abc"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_engine(load_settings(var=tmp_path / "var"))
    migrate(engine)
    return engine


def row(engine: Engine):  # type: ignore[no-untyped-def]
    with engine.connect() as connection:
        return connection.execute(select(leases).where(leases.c.name == NAME)).one()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_another_host_waits_and_is_told_by_whom(engine: Engine) -> None:
    here, there = Leases(engine, machine="a"), Leases(engine, machine="b")
    with here.hold(NAME, 90):
        with pytest.raises(RefreshRunning, match=r"A refresh is running since \d{4}-.* UTC by process \d+ on "):
            there.hold(NAME, 90).__enter__()
        with there.hold("refresh:other", 90):
            pass
    with there.hold(NAME, 90):
        pass


def test_dead_holder_is_over_after_its_time(engine: Engine) -> None:
    now = [datetime(2026, 11, 21, 12, 0, tzinfo=UTC)]
    dead = Leases(engine, clock=lambda: now[0], machine="a").hold(NAME, 90)
    dead.__enter__()
    other = Leases(engine, clock=lambda: now[0], machine="b")
    now[0] += timedelta(seconds=89)
    with pytest.raises(RefreshRunning):
        other.hold(NAME, 90).__enter__()
    now[0] += timedelta(seconds=2)
    with other.hold(NAME, 90):
        assert row(engine).token.startswith("b:")


def test_a_dead_process_of_the_same_machine_is_over_at_once(engine: Engine) -> None:
    assert this_machine()
    Leases(engine).hold(NAME, 90).__enter__()
    with Leases(engine).hold(NAME, 90) as held:
        held.check()


def test_a_lease_is_renewed_while_it_is_held(engine: Engine) -> None:
    with Leases(engine, machine="a").hold(NAME, 0.6):
        first = row(engine).until
        until(lambda: row(engine).until > first + timedelta(seconds=0.5))
        with pytest.raises(RefreshRunning):
            Leases(engine, machine="b").hold(NAME, 90).__enter__()


def test_whoever_lost_it_is_stopped_before_the_swap_and_takes_nothing_back(engine: Engine) -> None:
    with Leases(engine, machine="a").hold(NAME, 90) as held:
        held.check()
        with engine.begin() as connection:
            connection.execute(update(leases).values(token="b:other", holder="other"))
        with pytest.raises(LeaseLost, match="nothing was put in force"):
            held.check()
    assert row(engine).token == "b:other"


def test_a_database_that_does_not_answer_is_no_lease(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("gone"))

    with Leases(engine, machine="a").hold(NAME, 90) as held:
        monkeypatch.setattr(held._engine, "begin", broken)
        with pytest.raises(LeaseLost):
            held.check()
        monkeypatch.undo()
        held.check()


def test_time_that_ran_out_unseen_is_lost_even_if_nobody_took_it(engine: Engine) -> None:
    with Leases(engine, machine="a").hold(NAME, 90) as held:
        held._good_until = time.monotonic() - 1
        with pytest.raises(LeaseLost):
            held.check()


def test_of_many_at_once_one_gets_it(engine: Engine) -> None:
    begin, over = threading.Barrier(6), threading.Event()
    got: list[str] = []
    refused: list[str] = []

    def take(machine: str) -> None:
        begin.wait()
        try:
            with Leases(engine, machine=machine).hold(NAME, 90):
                got.append(machine)
                over.wait(20)
        except RefreshRunning:
            refused.append(machine)

    threads = [threading.Thread(target=take, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    until(lambda: len(got) + len(refused) == 6)
    over.set()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 5)
