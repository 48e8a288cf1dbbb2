"""Where sign-in leads: never to another site."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.next_page import page_of, safe_next, sign_in_url

HOSTILE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "/\x00",
    "/\x7f",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "\t//evil.example",
    "evil.example",
    "units",
    "@evil.example",
    "/units\\..\\x",
    "",
    None,
    "/" + "a" * 3000,
]


@pytest.mark.promise("ASVS 3.7.2")
@pytest.mark.parametrize("target", HOSTILE)
def test_an_address_elsewhere_becomes_home(target: str | None) -> None:
    assert safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/units", "/units?month=2026-10&category=Tea", "/a/b#c", "/Größe"])
def test_a_path_of_this_site_is_kept(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.promise("ASVS 3.7.2")
@given(st.text(alphabet="/\\\t\n\r :@.?#%aehttpsj ", max_size=12))
def test_whatever_is_kept_stays_on_this_host(target: str) -> None:
    # A browser drops tabs and line breaks and reads a backslash as a slash before it resolves an address.
    kept = safe_next(target)
    as_browsers_read = kept.translate({9: None, 10: None, 13: None}).replace("\\", "/")
    assert urlsplit(urljoin("https://here.example/sign-in", as_browsers_read)).netloc == "here.example"


def test_the_sign_in_address_carries_the_target_as_one_value() -> None:
    assert sign_in_url("/units?month=2026-10&x=1") == "/sign-in?next=%2Funits%3Fmonth%3D2026-10%26x%3D1"
    assert sign_in_url("//evil.example") == "/sign-in?next=%2F"


@pytest.mark.parametrize(
    ("referrer", "page"),
    [
        ("http://here.example/units?month=2026-10", "/units?month=2026-10"),
        ("http://here.example/units", "/units"),
        ("http://evil.example/units", "/"),
        ("http://here.example.evil.example/units", "/"),
        ("http://here.example//evil.example", "/"),
        ("http://[broken", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_the_page_behind_a_request_is_one_of_our_own(referrer: str | None, page: str) -> None:
    assert page_of(referrer, "here.example") == page
