"""Deadlines that hold whatever the driver does."""

import socket
import threading
import time
from types import SimpleNamespace

import pytest

from dashboard.sources.binds.deadline import DeadlineMissed, Watchdog, ask, cut, within


def test_what_is_done_in_time_is_returned_and_errors_are_raised() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(KeyError, match="x"):
        within(5, lambda: {}["x"])


def test_what_comes_too_late_is_given_to_discard() -> None:
    go, thrown = threading.Event(), threading.Event()
    found: list[int] = []

    def late() -> int:
        go.wait(5)
        return 7

    began = time.monotonic()
    with pytest.raises(DeadlineMissed):
        within(0.05, late, lambda made: (found.append(made), thrown.set()))
    assert time.monotonic() - began < 2
    go.set()
    assert thrown.wait(5)
    assert found == [7]


def test_what_is_not_wanted_any_more_is_not_waited_for() -> None:
    go, unwanted = threading.Event(), threading.Event()
    threading.Timer(0.1, unwanted.set).start()
    began = time.monotonic()
    with pytest.raises(DeadlineMissed):
        within(30, lambda: go.wait(30), unwanted=unwanted.is_set)
    assert time.monotonic() - began < 5
    go.set()


def test_a_watchdog_asks_and_then_cuts_the_line() -> None:
    ours, theirs = socket.socketpair()
    asked = threading.Event()
    with ours, theirs:
        dog = Watchdog(0.02, 0.05, SimpleNamespace(_sock=ours, cancel=asked.set), None)
        theirs.settimeout(5)
        assert theirs.recv(1) == b""
        assert asked.is_set()
        assert dog.fired
        dog.release()


def test_a_released_watchdog_does_nothing() -> None:
    asked = threading.Event()
    dog = Watchdog(0.05, 0.05, SimpleNamespace(interrupt=asked.set, close=asked.set), None)
    dog.release()
    assert not asked.wait(0.2)
    assert not dog.fired


@pytest.mark.parametrize("verb", ["interrupt", "cancel"])
def test_a_driver_that_fails_to_cancel_harms_nobody(verb: str) -> None:
    def fail() -> None:
        raise OSError("gone")

    ask(SimpleNamespace(**{verb: fail}), None)
    cut(SimpleNamespace(close=fail))
    cut(SimpleNamespace(fileno=lambda: -1))
