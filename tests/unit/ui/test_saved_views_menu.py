"""The menu of saved views: what may be saved, and what hostile wishes get."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from admin_kit import People

from dashboard.access import Permission
from dashboard.ui.caller import Caller, Listed
from dashboard.ui.saved_views import NOT_SAVED, answer, checked_address, parameters_of
from pages import PAGES, overview, revenue, users

SITE = (
    Listed("Revenue", "/revenue", Permission.MEASURE_REVENUE, ("from", "to", "region")),
    Listed("Units", "/units", Permission.MEASURE_UNITS, ("from", "to", "region")),
    Listed("Users", "/users", Permission.USERS_MANAGE),
)


@pytest.fixture
def petra(people: People) -> Caller:
    return replace(people.caller("petra"), pages=SITE)


def ask(caller: Caller, **wish: Any) -> dict[str, Any]:
    return answer(caller, wish)


def test_a_view_is_saved_and_told(petra: Caller) -> None:
    said = ask(petra, do="save", name="North", address="/units?region=N%C3%B6rd+%26+Co&from=2026-10#top")
    assert said["message"] == "Saved."
    [view] = said["views"]
    assert view == {
        "number": 1,
        "page": "Units",
        "name": "North",
        "href": "/units?region=N%C3%B6rd+%26+Co&from=2026-10",
    }
    assert ask(petra, do="rename", number=1, name="South")["views"][0]["name"] == "South"
    assert ask(petra, do="remove", number=1) == {"message": "Removed.", "of": "remove", "views": []}
    assert ask(petra, do="list") == {"of": "list", "views": []}


OTHERS: tuple[Any, ...] = (
    "//evil.example/units",
    "/\\evil.example",
    "https://evil.example/units",
    "javascript:alert(1)",
    "units",
    "",
    "/users",  # has no figures
    "/revenue",  # not open to Procurement
    "/nothing",
    "/units/",
    "/units?product=X",  # a parameter that the page does not read
    "/units?role=admin",
    "/units?from=2026-10&from=2026-11",
    "/units?from",
    "/units?from=\r\nX: y",
    "/units?from=" + "x" * 1000,
    "/units?" + "&".join(["from=1"] * 50),
    None,
    7,
    ["/units"],
    "/units?region=%00",
)
HOSTILE: tuple[Any, ...] = (None, 7, [], {}, {"do": "__class__"}, {"do": ["save"]}, {"do": "save"}, {"do": "rename"})


def test_other_addresses_are_refused(petra: Caller) -> None:
    for address in OTHERS:
        said = ask(petra, do="save", name="Bad", address=address)
        assert (said.get("error"), said["views"]) == (NOT_SAVED, []), address


def test_hostile_wishes_get_words(petra: Caller) -> None:
    for wish in HOSTILE:
        assert answer(petra, wish)["error"], wish


def test_what_is_saved_is_written_anew(petra: Caller) -> None:
    assert checked_address(petra, "/units?region=a%22%3E%3Cscript%3E") == ("/units", "region=a%22%3E%3Cscript%3E")
    assert checked_address(petra, "/units?region=&from=2026-10#x") == ("/units", "from=2026-10")


def test_a_view_of_a_page_that_is_closed_now_has_no_link_and_goes_away(people: People) -> None:
    nora = replace(people.caller("nora"), pages=SITE)
    ask(nora, do="save", name="Money", address="/revenue")
    closed = replace(nora, viewer=replace(nora.viewer, permissions=frozenset({Permission.MEASURE_UNITS})))
    [view] = ask(closed, do="list")["views"]
    assert (view["href"], view["page"]) == ("", "not open to you now")
    assert ask(closed, do="remove", number=view["number"])["views"] == []


def test_every_page_with_figures_says_what_it_reads() -> None:
    assert parameters_of(users) == ()
    assert {"from", "to", "region", "split", "product"} <= set(parameters_of(revenue))
    assert {"from", "to", "category", "product", "worklist.only"} <= set(parameters_of(overview))
    read: Sequence[tuple[str, ...]] = [parameters_of(page) for page in PAGES]
    assert all(len(set(names)) == len(names) for names in read)
