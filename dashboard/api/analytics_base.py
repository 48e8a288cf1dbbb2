"""What the analytics operations share: their part, questions out of queries, answers that are kept as bytes."""

from collections.abc import Callable, Hashable
from math import isfinite
from typing import Any

from flask import Response
from pydantic import BaseModel

from dashboard.access import Permission
from dashboard.api.models import analytics as models
from dashboard.api.part import Part
from dashboard.api.reading import JSON
from dashboard.reports import ASKABLE, Change, DataStatus, Question, Reports
from dashboard.reports.answers import RatioChange
from dashboard.sales.calendar import MONTHS_A_YEAR, Window, is_unfinished, month_window, shift
from dashboard.sales.measures import Measure, Unit
from dashboard.ui.caller import Caller
from dashboard.web.site import site

# Longer answers are put into words anew: the cache counts answers, not bytes.
MOST_KEPT = 100

part = Part("analytics", "Analytics", "Sales and stock, as far as the caller may see them; the same as on the pages.")


def told(
    caller: Caller, asked: Hashable, make: Callable[[Reports], BaseModel], *uses: Permission, keep: bool = True
) -> Response:
    """What ``make`` answers, kept as bytes for callers with the very same rights.

    Args:
        asked: names the operation and all that its answer depends on besides these rights and the data.
        uses: the rights that are used, for the access review.
        keep: False for an answer that may be large.

    Raises:
        Forbidden, BadQuestionError, NoDataError: as the gate does; nothing is kept then.
    """
    reports = caller.reports()

    def written() -> bytes:
        return make(reports).model_dump_json().encode()

    body = reports.remember(("api", asked), written) if keep else written()
    for permission in uses:
        site().uses.note(caller.viewer, permission)
    return Response(body, content_type=JSON)


def question(reports: Reports, asked: models.Selection, product: str | None = None) -> Question:
    """The question that a query asks; without months about the newest twelve that are finished."""
    first, last = asked.first or asked.last, asked.last or asked.first
    if first is None or last is None:
        first, last = _usual(reports)
    chosen = {name: frozenset(getattr(asked, name)) or None for name in ASKABLE}
    return Question(first, last, **chosen, product=product)


def filtered(reports: Reports, asked: models.Filters) -> Question:
    """The same with its product."""
    return question(reports, asked, asked.product)


def newest_finished(reports: Reports) -> str | None:
    """The newest month all days of which are in; None where there is none."""
    complete_to = reports.status().complete_to
    return next((key for key in reversed(reports.options().months) if not is_unfinished(key, complete_to)), None)


def _usual(reports: Reports) -> tuple[str, str]:
    months = reports.options().months
    last = newest_finished(reports) or months[-1]
    return max(months[0], shift(last, 1 - MONTHS_A_YEAR)), last


def days(window: Window | None) -> models.Days | None:
    """A window of days; None where there is none."""
    return None if window is None or not window.days else models.Days(first=window.start, last=window.last)


def asked_days(asked: Question) -> models.Days:
    """The days of the months of a question."""
    window = month_window(asked.first, asked.last)
    return models.Days(first=window.start, last=window.last)


def unit(status: DataStatus, *, is_money: bool) -> dict[str, Any]:
    """``unit`` and ``minor_digits`` of a figure."""
    if is_money:
        return {"unit": status.currency, "minor_digits": status.minor_digits}
    return {"unit": "units", "minor_digits": 0}


def figure(status: DataStatus, measure: Measure) -> models.Figure:
    """What the integers of ``measure`` mean."""
    return models.Figure(key=measure.key, name=measure.name, **unit(status, is_money=measure.unit is Unit.MONEY))


def change(found: Change) -> models.Change:
    """A like-for-like change, as the gate states it."""
    return models.Change(
        kind=found.kind.value,
        current=found.current,
        base=found.base,
        percent=found.percent,
        current_window=days(found.current_window),
        base_window=days(found.base_window),
        why=found.why,
    )


def ratio_change(found: RatioChange) -> models.RatioChange:
    """The same of a ratio."""
    return models.RatioChange(
        kind=found.kind.value,
        current=None if found.current is None else quotient(*found.current),
        base=None if found.base is None else quotient(*found.base),
        points=found.points,
        percent=found.percent,
        current_window=days(found.current_window),
        base_window=days(found.base_window),
        why=found.why,
    )


def quotient(top: int, bottom: int) -> models.Quotient:
    """Two sums and their ratio."""
    return models.Quotient(top=top, bottom=bottom, value=top / bottom if bottom > 0 else None)


def number(value: Any) -> Any:
    """``value``, or None for what is blank: NaN and infinity are no JSON."""
    return None if value is None or (isinstance(value, float) and not isfinite(value)) else value
