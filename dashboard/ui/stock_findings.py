"""Findings about stock, and the top of the worklist, for those who may see them."""

from typing import Any, cast
from urllib.parse import urlencode

from dashboard.reports import Question, Reports
from dashboard.reports.stock import NEEDS, Missing, Standing, standing, worklist
from dashboard.reports.stock_pages import Wanted
from dashboard.ui.how import how
from dashboard.ui.stock_words import ADVICE, due, several, why
from dashboard.ui.words import day

Finding = dict[str, str]

FIRST = 5
COLUMNS = [
    {"label": "Product", "kind": "product"},
    {"label": "Order", "kind": "text"},
    {"label": "Why", "kind": "long"},
]


def stock_now(reports: Reports, question: Question) -> Standing | None:
    """Stock in total; None for viewers who may not see it, and where there is none.

    Stock has no region, channel or source: about some of them nothing is said.
    """
    if not question.everywhere or not all(map(reports.may, NEEDS)):
        return None
    found = standing(reports, question)
    return None if isinstance(found, Missing) else found


def stock_findings(reports: Reports, question: Question) -> dict[str, Finding]:
    """Kind -> finding: ``out``, ``reorder`` and ``dead``, those that there are."""
    now = stock_now(reports, question)
    if now is None:
        return {}
    close, coming, at_once = day(now.day), now.out_on_order, now.counts["at_once"]
    said = {
        "out": (
            now.out,
            f"{several(now.out)} out of stock at the close of {close}; an order is on the way for {coming:,}.",
        ),
        "reorder": (
            now.counts["reorder"],
            f"{several(now.counts['reorder'])} to reorder by the stock of {close}, {at_once:,} of them at once.",
        ),
        "dead": (
            now.counts["dead"],
            f"{several(now.counts['dead'])} in stock without a net sale for {now.rules.dead_days} days: "
            f"{now.units['dead']:,} units at the close of {close}.",
        ),
    }
    return {kind: {"text": words, "href": address(question, kind)} for kind, (count, words) in said.items() if count}


def first_of_worklist(reports: Reports, question: Question) -> dict[str, Any] | None:
    """The most urgent orders as the content of a table; None where there is nothing to order, or to see."""
    now = stock_now(reports, question)
    if now is None or not now.counts["reorder"]:
        return None
    found = worklist(reports, question, Wanted(only="reorder", limit=FIRST))
    if isinstance(found, Missing):
        return None
    rows = [
        [[row["product"], row["name"]], due(row, now.day), why(row, now.day, now.rules)]
        for row in cast(list[dict[str, Any]], found.frame.to_dict("records"))
    ]
    meaning = ("To do first", "The most urgent orders of the worklist on the Stock page, by the day they are due.")
    left = found.found - len(rows)
    more = f" {several(left)} more to reorder: see Stock." if left else ""
    return {
        "title": f"To reorder first, by the stock of {day(now.day)}",
        "table": {"columns": COLUMNS, "rows": rows},
        "note": f"{ADVICE}{more}",
        "how": how(reports, question, meaning, ("Stock", "As of the newest day with stock, whatever the months.")),
    }


def address(question: Question, only: str) -> str:
    """The Stock page with its worklist filtered."""
    category = "".join(question.category or ())
    values = {"category": category, "worklist.only": only}
    return f"/stock?{urlencode({name: value for name, value in values.items() if value})}"
