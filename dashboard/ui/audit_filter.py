"""Which events of the audit log: what a person types, checked, for the page and for the export."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dashboard.accounts import LogFilter
from dashboard.audit import Kind
from dashboard.ui.admin_parts import chosen, text

# In the order of the filters and of the address.
PARTS = ("kind", "outcome", "text", "from", "to")
OUTCOMES = {"ok": "Done", "failed": "Failed", "locked": "Failed and locked", "denied": "Refused"}


class BadFilterError(Exception):
    """Something of the filter is no kind, no outcome or no day; the message is a sentence for people."""


def filter_of(values: Mapping[str, Any]) -> LogFilter:
    """The filter that the PARTS in ``values`` describe; what is left out or empty lets all pass.

    Days are days of UTC, both included.

    Raises:
        BadFilterError: a value that is not on offer, or days that are none or stand in the wrong order.
    """
    kind, outcome = chosen(values.get("kind")), chosen(values.get("outcome"))
    if kind and kind not in {known.value for known in Kind}:
        raise BadFilterError("There is no such kind of event.")
    if outcome and outcome not in OUTCOMES:
        raise BadFilterError("There is no such outcome.")
    first, last = _day(values.get("from")), _day(values.get("to"))
    if first and last and last < first:
        raise BadFilterError("The first day is after the last.")
    return LogFilter(kind, outcome, text(values.get("text")).strip(), _midnight(first), _midnight(last, after=True))


def _day(value: Any) -> date | None:
    typed = text(value)
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise BadFilterError("Write days like 2026-11-20.") from None


def _midnight(day: date | None, *, after: bool = False) -> datetime | None:
    """The moment the day begins, or ends."""
    if day is None or (after and day == date.max):
        return None
    return datetime.combine(day + timedelta(days=after), time(), UTC)
