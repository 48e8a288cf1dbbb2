"""Audit events in sentences."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.accounts import LoggedEvent
from dashboard.audit import Kind
from dashboard.ui.event_words import OUTCOMES, WORDS, sentence

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def logged(kind: str, outcome: str = "ok", target: str = "petra", **detail: Any) -> LoggedEvent:
    return LoggedEvent(1, AT, kind, "ada", outcome, target, "192.0.2.7", "abc", json.dumps(detail))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("outcome", ["ok", *OUTCOMES])
def test_every_kind_has_words_for_every_outcome(kind: Kind, outcome: str) -> None:
    assert kind in WORDS
    words = sentence(logged(kind, outcome))
    assert words[0].isupper()
    assert "_" not in words
    assert "{" not in words


def test_no_words_are_kept_for_what_cannot_happen() -> None:
    assert set(WORDS) == set(Kind)


def test_kinds_and_outcomes_read_differently() -> None:
    every = [sentence(logged(kind, outcome)) for kind in Kind for outcome in ("ok", "failed")]
    refusals = {Kind.LIMIT_REACHED, Kind.ACCESS_DENIED, Kind.API_KEY_REFUSED}
    assert len(set(every)) == len(every) - len(refusals)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (logged("sign_in"), "Signed in"),
        (logged("sign_in", "failed", reason="wrong password"), "Sign-in failed: wrong password"),
        (logged("sign_in", "locked"), "Sign-in failed, and the account was locked"),
        (
            logged("sign_in", methods="pwd totp", new_device=True),
            "Signed in: password and authenticator app, new device",
        ),
        (logged("sign_in", methods="pwd", new_device=False), "Signed in: password"),
        (logged("role_changed", **{"from": "no_role", "to": "admin"}), "Role of petra changed: from no role, to admin"),
        (logged("session_ended", sessions=1), "Sessions of petra ended: 1 device signed out"),
        (logged("user_disabled", sessions=0), "User petra disabled"),
        (logged("user_disabled", sessions=2), "User petra disabled: 2 devices signed out"),
        (
            logged("access_denied", "denied", "/users", permission="users:manage"),
            "Turned away from /users: needs users:manage",
        ),
        (logged("something_of_later", "failed", ""), "Something of later failed"),
    ],
)
def test_a_sentence_says_what_happened_and_why(event: LoggedEvent, words: str) -> None:
    assert sentence(event) == words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["reason", "role", "x"]), inner),
    max_leaves=5,
)


@given(kind=st.sampled_from(Kind), target=st.text(), detail=JSON.map(json.dumps) | st.text())
def test_no_event_is_too_odd_to_be_read(kind: Kind, target: str, detail: str) -> None:
    assert sentence(LoggedEvent(1, AT, kind, "", "ok", target, "", "", detail))
