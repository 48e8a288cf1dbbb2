"""Steps that were begun: what keeps them, what ends them, and that exactly one caller gets what there is one of."""

import hashlib
from datetime import timedelta

import pytest
from accounts_kit import HandClock, add_user, at_once
from sqlalchemy import select

from dashboard.accounts import Accounts, pending
from dashboard.accounts.models import pending as rows
from dashboard.accounts.pending import Pending
from dashboard.accounts.store import Store

TEN = timedelta(minutes=10)


@pytest.fixture
def store(accounts: Accounts) -> Store:
    return accounts._store


def begin(store: Store, purpose: str = "sign_in", user_id: int | None = None, session: str | None = None) -> str:
    with store.writing() as connection:
        return pending.create(
            store,
            connection,
            purpose,
            user_id=user_id,
            version=3,
            data={"methods": ["pwd"]},
            lasts=TEN,
            session_hash=session,
        )


def read(store: Store, token: str, *purposes: str) -> Pending | None:
    with store.reading() as connection:
        return pending.read(store, connection, token, *(purposes or ("sign_in",)))


@pytest.mark.promise("ASVS 6.5.3")
def test_only_the_hash_of_256_random_bits_is_kept(store: Store) -> None:
    tokens = {begin(store) for _ in range(20)}
    assert {len(token) for token in tokens} == {43}
    with store.reading() as connection:
        kept = set(connection.execute(select(rows.c.token_hash)).scalars())
    assert kept == {hashlib.sha256(token.encode()).hexdigest() for token in tokens}


def test_what_was_put_in_comes_out(accounts: Accounts, store: Store, clock: HandClock) -> None:
    user = add_user(accounts, "petra")
    token = begin(store, user_id=user.id, session="ab" * 32)
    assert read(store, token) == Pending(
        pending.hashed(token), "sign_in", user.id, 3, "ab" * 32, {"methods": ["pwd"]}, 0, clock.now + TEN
    )


@pytest.mark.promise("ASVS 6.6.2")
def test_a_token_is_good_for_its_purpose_only(store: Store) -> None:
    token = begin(store, "recovery")
    assert read(store, token) is None
    assert read(store, token, "sign_in", "recovery") is not None
    with store.writing() as connection:
        assert pending.take_attempt(store, connection, token, "sign_in", 5) is None
        assert pending.hold(store, connection, token, "sign_in") is None


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\0", "\udc80", "' OR 1=1 --", "x" * 100_000])
def test_what_is_no_token_is_nothing(store: Store, token: str) -> None:
    begin(store)
    assert read(store, token) is None
    with store.writing() as connection:
        assert pending.take_attempt(store, connection, token, "sign_in", 5) is None


def test_a_row_is_over_at_its_end(store: Store, clock: HandClock) -> None:
    token = begin(store)
    clock.move(minutes=9, seconds=59)
    assert read(store, token) is not None
    clock.move(seconds=1)
    assert read(store, token) is None
    with store.writing() as connection:
        assert pending.take_attempt(store, connection, token, "sign_in", 5) is None
        assert pending.sweep(store, connection) == 1


@pytest.mark.promise("ASVS 6.6.3")
def test_of_forty_attempts_at_once_exactly_five_are_given(store: Store) -> None:
    token = begin(store)

    def attempt(_: int) -> Pending | None:
        with store.writing() as connection:
            return pending.take_attempt(store, connection, token, "sign_in", 5)

    taken = [one for one in at_once(40, attempt) if one is not None]
    assert sorted(one.attempts for one in taken) == [1, 2, 3, 4, 5]


@pytest.mark.promise("ASVS 6.5.1")
def test_of_forty_callers_one_uses_the_row_up(store: Store) -> None:
    token = begin(store)

    def drop(_: int) -> bool:
        with store.writing() as connection:
            return pending.drop(connection, pending.hashed(token))

    assert sorted(at_once(40, drop)) == [False] * 39 + [True]
    assert read(store, token) is None


def test_what_is_known_can_be_replaced(store: Store) -> None:
    token = begin(store)
    with store.writing() as connection:
        held = pending.hold(store, connection, token, "sign_in")
        assert held is not None
        pending.update(connection, held.token_hash, {**held.data, "code": "x"})
    after = read(store, token)
    assert after is not None
    assert (after.data, after.attempts) == ({"methods": ["pwd"], "code": "x"}, 0)


def test_all_steps_of_one_user_go_together(accounts: Accounts, store: Store) -> None:
    petra, sam = add_user(accounts, "petra"), add_user(accounts, "sam")
    gone = [begin(store, user_id=petra.id) for _ in range(3)]
    kept = [begin(store, user_id=sam.id), begin(store)]
    with store.writing() as connection:
        assert pending.drop_all(connection, petra.id) == 3
    assert [read(store, token) for token in gone] == [None] * 3
    assert None not in [read(store, token) for token in kept]
