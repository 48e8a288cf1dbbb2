"""How a change between two windows may be stated (domain.md sections 1 and 3)."""

from dashboard.reports.answers import Change, ChangeKind, RatioChange
from dashboard.sales.calendar import Against, Comparison, Window, like_for_like
from dashboard.sales.measures import Measure, Unit
from dashboard.sales.ratios import Form, Ratio
from dashboard.sales.rollup import DataInfo
from dashboard.sales.slices import Slice

# Data that begin after closed days, such as 2 January, still have that whole month; a part of a month needs every day.
DAYS_FORGIVEN = 2
WHOLE_MONTH = 28
NOTHING_FINISHED = "no day of this month is finished yet"


def change(view: Slice, measure: Measure, months: tuple[str, str], against: Against, small_number: int) -> Change:
    """The like-for-like change of ``measure`` over the months ``(first, last)``.

    Args:
        small_number: below this many units in both windows the counts are shown instead of a percentage.
    """
    pair, why = compared(view, months, against)
    if pair is None or why:
        return Change(ChangeKind.UNKNOWN, None, None, *_windows(pair), why)
    current, base = view.total(measure, pair.current) or 0, view.total(measure, pair.base) or 0
    kind = kind_of(current, base, small_number if measure.unit is Unit.UNITS else 0)
    return Change(kind, current, base, pair.current, pair.base)


def ratio_change(view: Slice, ratio: Ratio, months: tuple[str, str], against: Against, small: int) -> RatioChange:
    """The like-for-like change of ``ratio``: of shares in points, of prices in per cent, both out of sums.

    Args:
        small: below this many units at the bottom of both windows the counts are shown instead.
    """
    pair, why = compared(view, months, against)
    if pair is None or why:
        return RatioChange(ChangeKind.UNKNOWN, None, None, *_windows(pair), why)
    (top, bottom), (top_before, bottom_before) = (
        (view.total(ratio.top, window) or 0, view.total(ratio.bottom, window) or 0)
        for window in (pair.current, pair.base)
    )
    if bottom <= 0 or bottom_before <= 0:
        why = "there is nothing to divide by in one of the two periods"
        return RatioChange(ChangeKind.UNKNOWN, None, None, *_windows(pair), why)
    kind = _ratio_kind(ratio, max(bottom, bottom_before), top_before, small)
    return RatioChange(kind, (top, bottom), (top_before, bottom_before), pair.current, pair.base)


def compared(view: Slice, months: tuple[str, str], against: Against) -> tuple[Comparison | None, str]:
    """The like-for-like windows; and, where there are no figures to compare, one sentence that says why."""
    info = view.rollup.info
    pair = like_for_like(*months, info.complete_to, against)
    if pair is None:
        return None, NOTHING_FINISHED
    if _starts_too_late(info, pair.base) or not (view.reaches(pair.base) and view.reaches(pair.current)):
        return pair, f"the data begin on {info.first_day.day} {info.first_day:%B %Y}"
    return pair, ""


def kind_of(current: int, base: int, small_number: int) -> ChangeKind:
    """How the change from ``base`` to ``current`` may be stated."""
    if max(abs(current), abs(base)) < small_number:
        return ChangeKind.COUNTS
    if base == 0:
        return ChangeKind.NEW if current > 0 else ChangeKind.DIFFERENCE
    return ChangeKind.PERCENT if current > 0 and base > 0 else ChangeKind.DIFFERENCE


def _ratio_kind(ratio: Ratio, bottom: int, top_before: int, small: int) -> ChangeKind:
    if ratio.bottom.unit is Unit.UNITS and bottom < small:
        return ChangeKind.COUNTS
    if ratio.form is Form.SHARE:
        return ChangeKind.POINTS
    return ChangeKind.PERCENT if top_before > 0 else ChangeKind.DIFFERENCE


def _windows(pair: Comparison | None) -> tuple[Window | None, Window | None]:
    return (None, None) if pair is None else (pair.current, pair.base)


def _starts_too_late(info: DataInfo, base: Window) -> bool:
    missing = (info.first_day - base.start).days
    return missing > (DAYS_FORGIVEN if base.days >= WHOLE_MONTH else 0)
