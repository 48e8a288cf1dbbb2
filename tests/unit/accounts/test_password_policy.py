"""Which passwords are accepted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.accounts.password_policy import SHORTEST, SHORTEST_BESIDE_A_FACTOR, Owner, objections
from dashboard.accounts.passwords import LONGEST

OWNER = Owner("petra.miller", "p.katzenberg@example.com", "procurement_manager", "Petronella", "Zwingli")


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
        ("Petronella Zwingli", "made of"),
        ("zwingli-2026-2027", "made of"),
        ("correct horse battery staple", "on the lists"),
        ("CorrectHorseBatteryStaple!", "on the lists"),
        ("To be, or not to be: that is the question.", "on the lists"),
        ("abcabcabcabcabc", "repeats itself"),
        ("kzqv kzqv kzqv kzqv", "repeats itself"),
        ("salesperson2026salesperson", "repeats itself"),
        ("🐴🔋🐴🔋🐴🔋🐴🔋🐴🔋🐴🔋🐴🔋🐴🔋", "repeats itself"),
        ("abcdefghijklmnopq", "repeats itself"),
        ("zyxwvutsrqponmlk", "repeats itself"),
        ("qwertyuiopasdfghjklzxc", "repeats itself"),
        ("ABCDEFGH-12345678", "repeats itself"),
        ("kzqv wlmt\0pxoy jrnd", "cannot be typed"),
        ("kzqv wlmt\udc80pxoy jrnd", "cannot be typed"),
    ],
)
@pytest.mark.promise("ASVS 6.2.11")
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
        "".join(f"kzqv{number} " for number in range(130))[:1024],
    ],
)
@pytest.mark.promise("ASVS 6.2.5")
def test_accepted(password: str) -> None:
    assert objections(password, OWNER) == ()


def test_role_words_of_another_role_are_no_context() -> None:
    assert objections("procurement manager of 1987", Owner("xaver", "x@example.com", "sales_manager")) == ()


def test_sales_manager_is_caught_by_the_role() -> None:
    assert objections("salesmanager2026", Owner("xaver", "x@example.com", "sales_manager"))


def test_short_words_of_the_name_do_not_count() -> None:
    assert objections("kzqv wlmt pxoyj", Owner("k.z", "q@example.com", "admin")) == ()


@pytest.mark.parametrize("password", ["zebra-41", "Kz7#vmQp", "lamp.oar", "ünïcødé9"])
@pytest.mark.promise("ASVS 6.2.1")
def test_eight_characters_are_enough_beside_a_second_factor(password: str) -> None:
    assert objections(password, OWNER, SHORTEST_BESIDE_A_FACTOR) == ()
    assert "at least 15" in objections(password, OWNER)[0]
    assert "at least 8" in objections(password[:7], OWNER, SHORTEST_BESIDE_A_FACTOR)[0]


SHORT_AND_COMMON = [
    *("password", "Password", "iloveyou", "princess", "football1", "sunshine", "trustno1", "1qaz2wsx", "passw0rd"),
    *("letmein1", "liverpool", "jennifer", "whatever", "qwertyui", "12345678", "11111111", "abcd1234", "chocolate"),
]


@pytest.mark.parametrize("password", [*SHORT_AND_COMMON, "zwingli1", "salesgat3salesgate", "abcabcabc", "petra-99"])
@pytest.mark.promise("ASVS 6.2.4", "ASVS 6.2.12")
def test_common_and_personal_ones_are_refused_beside_a_second_factor_too(password: str) -> None:
    assert objections(password, OWNER, SHORTEST_BESIDE_A_FACTOR)


@given(st.text("abcdxyz0189 -🐴", min_size=1, max_size=40), st.integers(2, 6))
@settings(max_examples=100, deadline=None)
def test_what_is_said_over_and_over_is_refused(unit: str, times: int) -> None:
    assert objections(unit * max(times, -(-SHORTEST // len(unit))), OWNER)


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
