"""What the Audit log page shows: a page of events in words, and whether the chain of all of them holds."""

import json
import threading
from collections.abc import Iterable
from typing import Any

from dashboard.accounts import LogFilter, LoggedEvent
from dashboard.audit import Head, HeadsError, Verdict
from dashboard.audit.heads import parse
from dashboard.ui.admin_parts import ROWS, Column, Data, page_of, paging, text
from dashboard.ui.audit_filter import OUTCOMES, PARTS, BadFilterError, filter_of
from dashboard.ui.caller import Caller
from dashboard.ui.choice import ALL
from dashboard.ui.event_words import sentence

COLUMNS: list[Column] = [
    {"label": "When (UTC)", "kind": "moment"},
    {"label": "What happened", "kind": "event"},
    {"label": "Who", "kind": "text"},
    {"label": "Outcome", "kind": "outcome"},
    {"label": "From address", "kind": "text"},
]
LONGEST_NOTE = 10_000
BUSY = "The log is being checked already. Try again in a moment."
# A check reads the whole log: one at a time is enough for everybody.
_checking = threading.Lock()


def list_data(caller: Caller, typed: tuple[Any, ...], table: Any) -> Data:
    """A page of events, latest first; or what is wrong with the filter. ``typed`` are the values of PARTS."""
    values = dict(zip(PARTS, typed, strict=True))
    filters = tuple("" if value == ALL else text(value) for value in typed)
    try:
        wanted_events = filter_of(values)
    except BadFilterError as error:
        return {"error": str(error), "of": list(filters)}
    return _page(caller, wanted_events, filters, table)


def verdict_data(caller: Caller, noted: Any) -> Data:
    """Whether the chain of events is whole, in words; also against the heads that were ``noted`` elsewhere."""
    typed = noted[:LONGEST_NOTE] if isinstance(noted, str) else ""
    try:
        heads = parse(typed.splitlines(), "What you pasted")
    except HeadsError as error:
        return {"ok": False, "words": str(error), "head": ""}
    verdict = verdict_of(caller, heads)
    if verdict is None:
        return {"ok": False, "words": BUSY, "head": ""}
    return _in_words(verdict, len(heads))


def verdict_of(caller: Caller, heads: Iterable[Head]) -> Verdict | None:
    """Whether the chain of events is whole; None while another check runs."""
    if not _checking.acquire(blocking=False):
        return None
    try:
        return caller.accounts.verify_audit(heads)
    finally:
        _checking.release()


def _page(caller: Caller, events: LogFilter, filters: tuple[str, ...], table: Any) -> Data:
    wanted = paging(table, filters, COLUMNS)
    found, total = caller.accounts.log.search(events, wanted.offset, ROWS)
    if not found and wanted.offset:
        return _page(caller, events, filters, None)
    return page_of(wanted, filters, total, COLUMNS, [_row(event) for event in found])


def _row(event: LoggedEvent) -> list[Any]:
    detail = [
        ["Event", f"{event.seq} ({event.kind})"],
        ["Target", event.target],
        ["Session", event.session],
        *_known(event),
    ]
    return [
        f"{event.at:%Y-%m-%d %H:%M:%S}",
        [[pair for pair in detail if pair[1]], sentence(event)],
        event.actor or "somebody unknown",
        [event.outcome, OUTCOMES.get(event.outcome, event.outcome)],
        event.ip or "–",
    ]


def _known(event: LoggedEvent) -> list[list[str]]:
    """The details as they stand in the log, a line each."""
    try:
        detail = json.loads(event.detail)
    except ValueError:
        return [["Detail", event.detail]]
    if not isinstance(detail, dict):
        return [["Detail", event.detail]]
    return [[name.replace("_", " ").capitalize(), _plain(value)] for name, value in detail.items()]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)


def _in_words(verdict: Verdict, heads: int) -> Data:
    if not verdict.ok:
        return {"ok": False, "words": f"The log does not hold: {verdict.problem}.", "head": verdict.head}
    words = f"All {verdict.events:,} events are whole: none was changed, taken out or moved. "
    if heads:
        words += "Nothing is missing that was there when you noted what you pasted."
    else:
        words += "Whether events were cut off at the end shows only against a head that was noted elsewhere."
    return {"ok": True, "words": words, "head": verdict.head}
