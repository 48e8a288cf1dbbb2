"""A Procurement Manager learns nothing about revenue: not a figure, not an order, not a byte."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_kit import PAGES, Person, body, callbacks, canary_app, page_body
from flask import Flask
from werkzeug.test import TestResponse

from dashboard.sales.rankings import State

# Revenue of a single line is ten million and more, units stay below ten thousand: any large number is a leak.
LARGE = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3}){2,}|\d{7,})(?:\.\d+)?(?![\w])")
CHANCE = re.compile(
    r'(?<="value":")[\w.-]{40,}|(?<=csrf_token" value=")[^"]+|(?<="end_id":")[^"]+|(?<="request":")\w+|(?<=number )\w+'
)
SEARCHES = ("?from=2026-05&to=2026-11", "?region=North&show=5", "?product=p03", "?show=nonsense", "?region=Mars")
VIEWS: list[dict[str, Any]] = [
    {"from": "2026-05"}, {"region": "South"}, {"category": "Garden"}, {"channel": "Online"}, {"show": "50"},
    {"zero": False}, {"split-by": "category"}, {"product": "p03"}, {"product": "nothing"}, {"from": "1999-01"},
]  # fmt: skip
SORTS = ("product", "name", "category", "state", "net_units", "gross_units", "returned_units", "net_sales", "price")


def text(response: TestResponse) -> str:
    """The body without what differs by chance: CSRF tokens and request numbers."""
    return CHANCE.sub("", response.get_data(as_text=True))


def walk(person: Person) -> Iterator[tuple[str, TestResponse]]:
    """Every page, layout, callback and error that a Procurement Manager can reach for, allowed or not."""
    for path in [*PAGES, "/", "/nothing", "/units?measure=net_sales", "/_dash-layout", "/_dash-dependencies"]:
        yield path, person.client.get(path)
    for path, search in [*((path, "") for path in PAGES), *(("/units", search) for search in SEARCHES)]:
        yield f"layout {path}{search}", person.open(path, search)
    for output in callbacks(person.app):
        yield output, person.call(output)
    for output, values in [*(("units-view.data", v) for v in VIEWS), *(("units-products.data", v) for v in tables())]:
        yield f"{output} {values}", person.call(output, values)
    yield "broken", person.post({"output": "units-view.data", "inputs": [1]})


def tables() -> Iterator[dict[str, Any]]:
    """Every way to sort and filter the product table, and some that do not exist."""
    for sort in SORTS:
        for descending in (False, True):
            yield {"table": {"sort": sort, "descending": descending}}
    for only in (*State, "not_sold", "zero_sales"):
        yield {"table": {"only": only}}
    yield {"search": "p1"}


@pytest.mark.promise("canary")
def test_no_byte_of_any_answer_holds_a_revenue_figure(people: dict[str, Person]) -> None:
    seller = text(people["sales_manager"].call("revenue-view.data"))
    assert LARGE.search(seller), "the pattern would not even find revenue where it belongs"
    answers = list(walk(people["procurement_manager"]))
    assert sum(answer.status_code == 200 for _, answer in answers) > 40
    for what, answer in answers:
        found = LARGE.search(text(answer))
        assert found is None, f"{what}: {found}"
        assert answer.status_code < 500, what


@pytest.mark.promise("canary")
def test_other_revenue_changes_no_byte_of_what_procurement_gets(
    app: Flask, people: dict[str, Person], tmp_path: Path
) -> None:
    """Nothing can be ordered, scaled, classed or coloured by what makes no difference at all."""
    other = canary_app(tmp_path / "var", seed=3)
    try:
        mine = people["procurement_manager"]
        theirs = Person(other, "procurement_manager")
        for (what, one), (_, two) in zip(walk(mine), walk(theirs), strict=True):
            assert one.status_code == two.status_code, what
            if "account" not in what:  # the own account has its own history, with times and sessions
                assert text(one) == text(two), what
        seller = Person(other, "sales_manager")
        assert seller.call("revenue-view.data").json != people["sales_manager"].call("revenue-view.data").json
    finally:
        other.extensions["salesgate"].accounts.close()


@pytest.mark.promise("ASVS 8.3.1")
def test_a_sales_managers_payloads_replayed_with_a_procurement_cookie_are_403(
    app: Flask, people: dict[str, Person]
) -> None:
    mine, theirs = people["procurement_manager"], people["sales_manager"]
    replays = [
        page_body("/revenue"),
        *(body(app, output, {}) for output in callbacks(app) if output.startswith("revenue-")),
    ]
    assert len(replays) == 3
    for payload in replays:
        assert theirs.post(payload).status_code == 200
        refused = mine.post(payload)
        assert refused.status_code == 403
        assert LARGE.search(text(refused)) is None
        assert refused.mimetype == "application/problem+json"
