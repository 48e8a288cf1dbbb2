"""Which passwords are accepted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.accounts.password_policy import SHORTEST, Owner, objections
from dashboard.accounts.passwords import LONGEST

OWNER = Owner("petra.miller", "p.katzenberg@example.com", "procurement_manager")


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("", "at least 15"),
        ("a" * 14, "at least 15"),
        ("Tr0ub4dor&3", "at least 15"),
        ("kzq vlm wpt xoy jrn "[:14], "at least 15"),
        ("kzqv" * 257, "at most 1,024"),
        ("aaaaaaaaaaaaaaa", "on the lists"),
        ("123456789012345", "on the lists"),
        ("passwordpassword", "on the lists"),
        ("PasswordPassword", "on the lists"),
        ("PASSWORDPASSWORD", "on the lists"),
        ("qweRTYuiopasdfghjkl", "on the lists"),
        ("Iloveyouiloveyou", "on the lists"),
        ("petra.miller.2026", "made of"),
        ("PetraMiller!!!!!!!!", "made of"),
        ("katzenberg-katzenberg", "made of"),
        ("Salesgate-2026-11-20", "made of"),
        ("salesgatesalesgate", "made of"),
        ("ProcurementManager2026", "made of"),
        ("manager-of-procurement", "made of"),
        ("salesgate1234567890", "made of"),
        ("petra miller katzenberg", "made of"),
        ("kzqv wlmt\0pxoy jrnd", "cannot be typed"),
        ("kzqv wlmt\udc80pxoy jrnd", "cannot be typed"),
    ],
)
@pytest.mark.promise("6.2.11")
def test_refused_with_a_reason(password: str, word: str) -> None:
    reasons = objections(password, OWNER)
    assert reasons
    assert any(word in reason for reason in reasons)


@pytest.mark.parametrize(
    "password",
    [
        "kzqv wlmt pxoyj",
        "purple horse battery staple",
        "all lower case letters here",
        "482 019 573 018 473 902",
        "ÄÖÜ straße über Brücke",
        "密码很长而且没有人能猜到它的内容吧",
        "🐴🔋📎✅🐴🔋📎🐴🔋📎✅🐴🔋📎🐙",
        "petra likes green apples",
        "my salesgate opens at nine",
        "kzqv " * 204,
    ],
)
@pytest.mark.promise("6.2.5")
def test_accepted(password: str) -> None:
    assert objections(password, OWNER) == ()


def test_role_words_of_another_role_are_no_context() -> None:
    assert objections("procurement manager of 1987", Owner("xaver", "x@example.com", "sales_manager")) == ()


def test_sales_manager_is_caught_by_the_role() -> None:
    assert objections("salesmanager2026", Owner("xaver", "x@example.com", "sales_manager"))


def test_short_words_of_the_name_do_not_count() -> None:
    assert objections("kzqv wlmt pxoyj", Owner("k.z", "q@example.com", "admin")) == ()


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_every_text_gets_an_answer_and_short_ones_are_refused(password: str, username: str, local: str) -> None:
    reasons = objections(password, Owner(username, f"{local}@example.com", "admin"))
    assert all(reason.endswith(".") for reason in reasons)
    if not SHORTEST <= len(password) <= LONGEST:
        assert reasons


@given(st.sampled_from(["petra", "miller", "katzenberg", "salesgate", "manager"]), st.integers(0, 999999999))
@settings(max_examples=40, deadline=None)
def test_context_word_with_a_number_is_refused(word: str, number: int) -> None:
    assert objections(f"{word.title()}-{number:-<9}", OWNER)
