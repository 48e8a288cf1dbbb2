"""Whether a user exists cannot be told by a stopwatch: 200 tries each, taken in turn."""

import re
import time
from collections.abc import Callable
from statistics import median, quantiles

import pytest
from attack_kit import OPERATOR, make_app, send
from flask import Flask

TRIES = 200
# Two samples of 200 of the very same thing differ by less than this share of their spread, but for one time in 10,000.
SHARE = 0.5


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory, real_hashing: None) -> Flask:
    # No lock, or the known user would soon be measured locked.
    return make_app(tmp_path_factory.mktemp("timed") / "var", sign_in={"attempts_before_lock": 100})


def difference(known: Callable[[int], None], unknown: Callable[[int], None]) -> tuple[float, float]:
    """Difference of the medians, and the larger spread (between the quartiles), in seconds."""
    samples: tuple[list[float], list[float]] = ([], [])
    for number in range(TRIES):
        for sample, work in zip(samples, (known, unknown), strict=True):
            begun = time.perf_counter()
            work(number)
            sample.append(time.perf_counter() - begun)
    spreads = [quarters[2] - quarters[0] for quarters in map(quantiles, samples)]
    return abs(median(samples[0]) - median(samples[1])), max(spreads)


@pytest.mark.promise("ASVS 6.3.8")
@pytest.mark.promise("enumeration by time")
def test_sign_in_takes_as_long_for_nobody_as_for_somebody(timed: Flask) -> None:
    accounts = timed.extensions["salesgate"].accounts

    def try_as(name: str) -> Callable[[int], None]:
        def work(number: int) -> None:
            if number % 50 == 0:
                accounts.unlock_user(accounts.find("sales_manager").id, OPERATOR)
            assert send(timed.test_client(), "/sign-in", {"username": name, "password": "wrong"}).status_code == 401

        return work

    apart, spread = difference(try_as("sales_manager"), try_as("nobody.at.all"))
    assert apart <= SHARE * spread


@pytest.mark.promise("ASVS 6.3.8")
@pytest.mark.promise("enumeration by time")
def test_recovery_takes_as_long_for_nobody_as_for_somebody(timed: Flask) -> None:
    def ask_for(name: str) -> Callable[[int], None]:
        def work(_number: int) -> None:
            assert send(timed.test_client(), "/recover", {"name": name}).status_code == 200

        return work

    apart, spread = difference(ask_for("sales_manager@example.com"), ask_for("nobody@example.com"))
    assert apart <= SHARE * spread


@pytest.mark.promise("ASVS 6.3.8")
@pytest.mark.promise("enumeration by time")
def test_registration_takes_as_long_and_says_the_same_for_a_taken_address(timed: Flask) -> None:
    words = {
        "first_name": "Nora",
        "last_name": "North",
        "password": "eleven quiet rivers in june",
        "role": "sales_manager",
    }
    born = {"day": "3", "month": "2", "year": "1980"}
    seen = set()

    def register(username: str, email: str) -> Callable[[int], None]:
        def work(number: int) -> None:
            typed = {**words, **born, "username": username.format(number), "email": email.format(number)}
            answer = send(timed.test_client(), "/register", typed)
            assert answer.status_code == 200
            seen.add(answer.text.replace(typed["email"], ""))

        return work

    taken = register("sales_manager", "sales_manager@example.com")
    apart, spread = difference(taken, register("new{}", "new{}@example.com"))
    assert apart <= SHARE * spread
    assert len({re.sub(r'value="[^"]*"', "", text) for text in seen}) == 1
