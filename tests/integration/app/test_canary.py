"""A Procurement Manager learns nothing about revenue: not a figure, not an order, not a byte."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from app_kit import DEFAULTS, LEAST_REVENUE, OF_SOURCES, PAGES, Person, body, callbacks, canary_app, page_body
from flask import Flask
from werkzeug.test import TestResponse

from dashboard.access import Permission, Scope, Viewer
from dashboard.accounts import Actor
from dashboard.sales.rankings import State
from dashboard.ui import board
from dashboard.ui.caller import Caller
from pages import PAGES as SITE_PAGES

# Revenue of a single line is ten million and more, units stay below ten thousand: any large number is a leak.
LARGE = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3}){2,}|\d{7,})(?:\.\d+)?(?![\w])")
CHANCE = re.compile(
    r'(?<="value":")[\w.-]{40,}|(?<=csrf_token" value=")[^"]+|(?<="end_id":")[^"]+|(?<="request":")\w+|(?<=number )\w+'
    r"|(?<=, version )\w+"
)
SEARCHES = ("?from=2026-05&to=2026-11", "?region=North&show=5", "?product=p03", "?show=nonsense", "?region=Mars")
VIEWS: list[dict[str, Any]] = [
    {"from": "2026-05"}, {"region": "South"}, {"category": "Garden"}, {"channel": "Online"}, {"show": "50"},
    {"zero": False}, {"split-by": "category"}, {"product": "p03"}, {"product": "nothing"}, {"from": "1999-01"},
    {"lists": "movers"}, {"rank": "day"}, {"rank": "day", "zero": False, "from": "2026-05"},
]  # fmt: skip
SORTS = (
    "product",
    "name",
    "category",
    "state",
    "net_units",
    "gross_units",
    "returned_units",
    "net_sales",
    "price",
    "return_rate",
    "rate",
    "change",
    "average_price",
    "margin",
)


def text(response: TestResponse) -> str:
    """The body without what differs by chance: CSRF tokens and request numbers."""
    return CHANCE.sub("", response.get_data(as_text=True))


def revenue_in(response: TestResponse) -> str:
    """The first figure that is too large for units: in any text, and among the numbers of JSON."""
    if not response.is_json:
        found = LARGE.search(text(response))
        return found[0] if found else ""
    return next(filter(None, map(_large, leaves(json.loads(text(response))))), "")


def leaves(value: Any) -> Iterator[Any]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield key
        yield from leaves(part) if isinstance(part, dict | list) else (part,)


def _large(leaf: Any) -> str:
    if isinstance(leaf, int | float) and abs(leaf) >= LEAST_REVENUE / 100:
        return str(leaf)
    found = LARGE.search(leaf) if isinstance(leaf, str) else None
    return found[0] if found else ""


def walk(person: Person, asked: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, TestResponse]]:
    """Every page, layout, callback and error that a Procurement Manager can reach for, allowed or not."""
    for path in [*PAGES, "/", "/nothing", "/units?measure=net_sales", "/_dash-layout", "/_dash-dependencies"]:
        yield path, person.client.get(path)
    for path, search in [*((path, "") for path in PAGES), *(("/units", search) for search in SEARCHES)]:
        yield f"layout {path}{search}", person.open(path, search)
    for output in callbacks(person.app):
        yield output, person.call(output)
    for output, values in [*(("units-view.data", v) for v in VIEWS), *(("units-products.data", v) for v in tables())]:
        yield f"{output} {values}", person.call(output, values)
    for output, values in asked:
        yield f"{output} {values}", person.call(output, values)
    yield "broken", person.post({"output": "units-view.data", "inputs": [1]})


def boards(app: Flask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every choice of every board, and every way to sort its tables, that somebody with all rights is offered."""
    gate = app.extensions["salesgate"].gate
    everything = Viewer(99, "all", "all", frozenset(Permission), Scope(), "all")
    who = Caller(everything, Actor(99, "all"), gate, app.extensions["salesgate"].accounts)
    for page in (page.BOARD for page in SITE_PAGES if hasattr(page, "BOARD")):
        output = page.id("view.data")
        plain = {name: DEFAULTS[name] for name in page.filters}
        for values in ({"from": "2026-05"}, {"region": "South"}, {"product": "p03"}, {"from": "1999-01"}):
            yield output, values
        offers = page.offers(who.reports())
        for name, offered in offers.items():
            for value, _ in offered:
                yield output, {name: value, "from": "2026-06"}
        for content in (board.answer(page, who, {}, {**plain, **own}) for own in ({}, {"product": "p03"})):
            assert "parts" in content, content
            for part, shown in content["parts"].items():
                if part in page.tables and shown and shown.get("pages") and shown["table"]:
                    yield from (
                        (output, {**own, "tables": state})
                        for state in _sorts(part, shown)
                        for own in ({}, {"product": "p03"})
                    )


def _sorts(part: str, shown: dict[str, Any]) -> Iterator[dict[str, Any]]:
    keys = [column["sort"] for column in shown["table"]["columns"] if column.get("sort")]
    for key in (*keys, "net_sales", "value", "margin"):
        for descending in (False, True):
            yield {part: {"sort": key, "descending": descending}}
    for only in (one["key"] for one in shown["pages"].get("filters", ())):
        yield {part: {"only": only}}


def tables() -> Iterator[dict[str, Any]]:
    """Every way to sort and filter the product table, and some that do not exist."""
    for sort in SORTS:
        for descending in (False, True):
            yield {"table": {"sort": sort, "descending": descending}}
    for only in (*State, "not_sold", "zero_sales"):
        yield {"table": {"only": only}}
    yield {"search": "p1"}


@pytest.mark.promise("canary")
def test_no_byte_of_any_answer_holds_a_revenue_figure(app: Flask, people: dict[str, Person]) -> None:
    seller = people["sales_manager"].call("revenue-view.data")
    assert revenue_in(seller), "revenue would not even be found where it belongs"
    asked = list(boards(app))
    assert len(asked) > 200
    answers = list(walk(people["procurement_manager"], asked))
    assert sum(answer.status_code == 200 for _, answer in answers) > 40
    for what, answer in answers:
        found = revenue_in(answer)
        assert not found, f"{what}: {found}"
        assert answer.status_code < 500, what
        whole = text(answer).lower()
        assert not [word for word in OF_SOURCES if word.lower() in whole], what
    assert any("Web shop" in text(answer) for _, answer in answers), "the sources would not even be seen"
    assert "erp_reader" in text(people["admin"].client.get("/sources/state"))


@pytest.mark.promise("canary")
def test_other_revenue_changes_no_byte_of_what_procurement_gets(
    app: Flask, people: dict[str, Person], tmp_path: Path
) -> None:
    """Nothing can be ordered, scaled, classed or coloured by what makes no difference at all."""
    other = canary_app(tmp_path / "var", seed=3)
    try:
        mine = people["procurement_manager"]
        theirs = Person(other, "procurement_manager")
        asked = list(boards(app))
        for (what, one), (_, two) in zip(walk(mine, asked), walk(theirs, asked), strict=True):
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
        assert not revenue_in(refused)
        assert refused.mimetype == "application/problem+json"
