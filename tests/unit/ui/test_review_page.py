"""The Access review page: every finding, by kind, with the way to the user."""

from datetime import timedelta
from typing import Any

import pytest
from admin_kit import People

from dashboard.accounts.review import KINDS as DOMAIN_KINDS
from dashboard.ui.admin_parts import ROWS
from dashboard.ui.review_page import KINDS, counts, list_data


def test_every_kind_of_finding_has_a_name_and_an_advice() -> None:
    assert set(KINDS) == set(DOMAIN_KINDS)
    assert all(name and advice for name, advice in KINDS.values())


def test_findings_are_counted_filtered_and_lead_to_the_user(people: People) -> None:
    people.add("vera", verified_at=None)
    long_ago = people.accounts.user(people.id("nora")).created_at - timedelta(days=200)
    people.change("nora", last_sign_in_at=long_ago, created_at=long_ago)
    ada = people.caller("ada")
    found = {kind: count for kind, _, count in counts(ada)}
    assert found == {"": 4, "no_factor": 2, "stale": 1, "never": 0, "unused_right": 0, "unverified": 1, "no_role": 0}
    stale = list_data(ada, {"kind": "stale"})
    assert [row[:3] for row in stale["rows"]] == [[[people.id("nora"), "nora"], "Sales Manager", "Long not signed in"]]
    assert stale["advice"] == KINDS["stale"][1]
    assert list_data(ada, None)["found"] == 4
    people.change("nora", active=False)
    assert list_data(ada, {"kind": "stale"})["rows"] == []


def test_findings_are_paged(people: People) -> None:
    for number in range(ROWS):
        people.add(f"clerk{number:02}", password=None, verified_at=None)
    ada = people.caller("ada")
    second = list_data(ada, {"kind": "", "offset": ROWS, "of": [""]})
    assert (second["offset"], len(second["rows"])) == (ROWS, second["found"] - ROWS)
    assert list_data(ada, {"kind": "stale", "offset": ROWS, "of": [""]})["offset"] == 0


@pytest.mark.promise("ASVS 2.2.1")
@pytest.mark.parametrize(
    "noise", [None, 7, [], "x", {"kind": 3}, {"kind": "nothing"}, {"kind": ["stale"], "offset": -1}]
)
def test_whatever_the_browser_sends_is_no_error(people: People, noise: Any) -> None:
    assert list_data(people.caller("ada"), noise)["of"] == [""]
