"""Hashing."""

import pytest
from accounts_kit import GOOD, HERE, add_user
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select, update

from dashboard.accounts import Accounts
from dashboard.accounts.models import users
from dashboard.accounts.passwords import hash_password, is_outdated, matches

pytestmark = pytest.mark.usefixtures("real_hashing")


@pytest.mark.promise("ASVS 11.4.2")
def test_hash_is_argon2id_with_46_mib() -> None:
    parameters = extract_parameters(hash_password(GOOD))
    assert parameters.type.name == "ID"
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (46 * 1024, 1, 1)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


def test_same_password_twice_gives_two_hashes_that_both_match() -> None:
    first, second = hash_password(GOOD), hash_password(GOOD)
    assert first != second
    assert matches(GOOD, first)
    assert matches(GOOD, second)


@pytest.mark.parametrize("wrong", ["", GOOD + " ", GOOD[:-1], GOOD.upper(), GOOD + "\0", "\udc80", "x" * 1025])
def test_anything_else_does_not_match(wrong: str) -> None:
    assert not matches(wrong, hash_password(GOOD))


@pytest.mark.promise("ASVS 6.2.9")
def test_no_truncation_up_to_1024_characters() -> None:
    long = "a1" * 512
    password_hash = hash_password(long)
    assert matches(long, password_hash)
    assert not matches(long[:-1] + "2x"[1:], password_hash)
    assert not matches(long[:72], password_hash)


@pytest.mark.parametrize("guess", ["", "x", GOOD])
def test_no_guess_matches_where_there_is_no_hash(guess: str) -> None:
    assert not matches(guess, None)


@pytest.mark.parametrize("broken", ["", "plain text", "$argon2id$v=19$m=1$x"])
def test_broken_hash_matches_nothing(broken: str) -> None:
    assert not matches(GOOD, broken)


def test_hash_of_other_parameters_is_replaced_at_sign_in(accounts: Accounts) -> None:
    user = add_user(accounts, "bella", password=GOOD)
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(GOOD)
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(password_hash=weak))
    assert is_outdated(weak)
    assert accounts.authenticate("bella", "wrong", HERE) is None
    assert _hash_of(accounts, user.id) == weak
    assert accounts.authenticate("bella", GOOD, HERE) is not None
    assert not is_outdated(_hash_of(accounts, user.id))
    assert accounts.authenticate("bella", GOOD, HERE) is not None


def _hash_of(accounts: Accounts, user_id: int) -> str:
    with accounts.engine.connect() as connection:
        return connection.execute(select(users.c.password_hash).where(users.c.id == user_id)).scalar_one()
