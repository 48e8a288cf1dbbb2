"""One-time tokens: bound to their purpose and to the state of the account."""

import string
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dashboard.accounts import tokens
from dashboard.accounts.tokens import Purpose

SECRET, OTHER_SECRET = "ab" * 32, "cd" * 32
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALPHABET = f"{string.ascii_letters}{string.digits}-_.=~ "
EXTRA = "gAAAAABsealed-address_"

purposes = st.sampled_from(list(Purpose))


def account(**other: Any) -> Any:
    """A row of ``users``, as far as tokens look at it."""
    known = {
        "id": 7,
        "version": 3,
        "email": "petra@example.com",
        "password_hash": "$argon2id$x",
        "verified_at": NOW,
        "locked_until": NOW + HOUR,
        "lock_count": 2,
    }
    return SimpleNamespace(**{**known, **other})


def issued(purpose: Purpose, row: Any = None) -> str:
    extra = EXTRA if purpose is Purpose.MAIL_CHANGE else ""
    return tokens.issue(SECRET, purpose, row or account(), now=NOW, lasts=HOUR, extra=extra)


def accepts(token: str, purpose: Purpose, row: Any = None, *, now: datetime = NOW, secret: str = SECRET) -> bool:
    claim = tokens.read(secret, purpose, token, now=now)
    return claim is not None and tokens.is_current(secret, purpose, claim, row or account())


@pytest.mark.parametrize("purpose", list(Purpose))
def test_token_is_good_for_its_purpose_until_its_end(purpose: Purpose) -> None:
    token = issued(purpose)
    assert accepts(token, purpose)
    assert accepts(token, purpose, now=NOW + HOUR - timedelta(seconds=1))
    assert not accepts(token, purpose, now=NOW + HOUR)
    assert not accepts(token, purpose, secret=OTHER_SECRET)


@pytest.mark.promise("one-time links")
@given(purposes, purposes)
def test_token_of_one_purpose_never_works_for_another(mine: Purpose, other: Purpose) -> None:
    assume(mine is not other)
    assert tokens.read(SECRET, other, issued(mine), now=NOW) is None


@pytest.mark.promise("one-time links")
@given(purposes, st.integers(0, 10_000), st.sampled_from(ALPHABET))
@settings(max_examples=500, deadline=None)
def test_no_character_can_be_changed(purpose: Purpose, place: int, other: str) -> None:
    token = issued(purpose)
    place %= len(token)
    assume(token[place] != other)
    assert tokens.read(SECRET, purpose, token[:place] + other + token[place + 1 :], now=NOW) is None


@given(purposes, st.integers(0, 10_000), st.text(ALPHABET, min_size=1, max_size=5))
def test_nothing_can_be_put_in_or_cut_off(purpose: Purpose, place: int, more: str) -> None:
    token = issued(purpose)
    place %= len(token)
    assert tokens.read(SECRET, purpose, token[:place] + more + token[place:], now=NOW) is None
    assert tokens.read(SECRET, purpose, token[:place], now=NOW) is None


CHANGES: dict[str, Any] = {
    "id": 8,
    "version": 4,
    "email": "other@example.com",
    "password_hash": None,
    "verified_at": None,
}


@pytest.mark.promise("ASVS 6.5.1")
@given(purposes, st.sets(st.sampled_from(list(CHANGES)), min_size=1))
def test_every_change_of_the_account_kills_the_token(purpose: Purpose, changed: set[str]) -> None:
    row = account(**{name: CHANGES[name] for name in changed})
    assert not accepts(issued(purpose), purpose, row)


@pytest.mark.parametrize("changed", [{"locked_until": None}, {"locked_until": NOW + 2 * HOUR}, {"lock_count": 3}])
def test_unlock_link_dies_with_its_lock_and_the_others_do_not(changed: dict[str, Any]) -> None:
    row = account(**changed)
    assert [purpose for purpose in Purpose if not accepts(issued(purpose), purpose, row)] == [Purpose.UNLOCK]


def test_extra_comes_back_and_belongs_to_the_state() -> None:
    token = issued(Purpose.MAIL_CHANGE)
    claim = tokens.read(SECRET, Purpose.MAIL_CHANGE, token, now=NOW)
    assert claim is not None
    assert claim.extra == EXTRA
    other = tokens.Claim(claim.user_id, claim.state, "something-else")
    assert not tokens.is_current(SECRET, Purpose.MAIL_CHANGE, other, account())


@pytest.mark.parametrize("token", ["", ".", "....", "é", "\udc80", "\0", "x" * 5000, "1." * 100])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_nonsense_says_nothing(purpose: Purpose, token: str) -> None:
    assert tokens.read(SECRET, purpose, token, now=NOW) is None
