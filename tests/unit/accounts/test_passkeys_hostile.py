"""Passkeys: whatever is posted as an answer of one, nothing opens and nothing breaks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from accounts_kit import HERE, HandClock
from factor_kit import Person, count, person
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from soft_authenticator import SoftAuthenticator
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from dashboard.accounts import AccountError, Accounts
from dashboard.accounts.models import pending

Bend = Callable[[dict[str, Any]], object]


@pytest.fixture
def key() -> SoftAuthenticator:
    return SoftAuthenticator()


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock, key: SoftAuthenticator) -> Person:
    return person(accounts, clock).with_passkey(key)


BENDS: dict[str, Bend] = {
    "no id": lambda answer: answer.pop("id"),
    "another id": lambda answer: answer.update(id="AAAA"),
    "number": lambda answer: answer.update(id=1, rawId=2),
    "type": lambda answer: answer.update(type="password"),
    "no response": lambda answer: answer.update(response=None),
    "list": lambda answer: answer.update(response=[1, 2, 3]),
    "no signature": lambda answer: answer["response"].update(signature=""),
    "short data": lambda answer: answer["response"].update(authenticatorData="AAAA"),
    "no client data": lambda answer: answer["response"].update(clientDataJSON="AAAA"),
    "not base64": lambda answer: answer["response"].update(signature="é\0\udc80"),
    "handle": lambda answer: answer["response"].update(userHandle={"a": 1}),
}


@pytest.mark.promise("ASVS 15.3.5")
@pytest.mark.parametrize("name", BENDS)
def test_bent_answers_are_refused(petra: Person, key: SoftAuthenticator, name: str) -> None:
    token, options = petra.accounts.sign_ins.passkey_begin(HERE)
    answer = json.loads(key.get(options))
    BENDS[name](answer)
    assert petra.accounts.sign_ins.passkey_finish(token, json.dumps(answer), HERE) is None
    assert count(petra.accounts, pending) == 0


@pytest.mark.promise("ASVS 15.3.5")
@trying(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    response=st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["id", "rawId", "response", "type", "clientDataJSON"]), inner)
            ),
            max_leaves=12,
        ).map(json.dumps),
    )
)
def test_nothing_that_is_posted_breaks_it(petra: Person, response: str) -> None:
    token, _ = petra.accounts.sign_ins.passkey_begin(HERE)
    assert petra.accounts.sign_ins.passkey_finish(token, response, HERE) is None
    offer, _ = petra.accounts.factors.offer_passkey(petra.actor)
    with pytest.raises(AccountError):
        petra.accounts.factors.confirm_passkey(offer, response, "", petra.actor)


@pytest.mark.parametrize("response", ["x" * 1_000_000, "[" * 19_000, '{"a":' * 3_000])
def test_nor_anything_large_or_deep(petra: Person, response: str) -> None:
    token, _ = petra.accounts.sign_ins.passkey_begin(HERE)
    assert petra.accounts.sign_ins.passkey_finish(token, response, HERE) is None


def test_a_flipped_signature_is_refused(petra: Person, key: SoftAuthenticator) -> None:
    token, options = petra.accounts.sign_ins.passkey_begin(HERE)
    answer = json.loads(key.get(options))
    signature = bytearray(base64url_to_bytes(answer["response"]["signature"]))
    signature[-1] ^= 1
    answer["response"]["signature"] = bytes_to_base64url(bytes(signature))
    assert petra.accounts.sign_ins.passkey_finish(token, json.dumps(answer), HERE) is None
