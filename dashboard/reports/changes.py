"""How a change between two windows may be stated (domain.md sections 1 and 3)."""

from dashboard.reports.answers import Change, ChangeKind
from dashboard.sales.calendar import Against, Window, like_for_like
from dashboard.sales.measures import Measure, Unit
from dashboard.sales.rollup import DataInfo
from dashboard.sales.slices import Slice

# Data that begin after closed days, such as 2 January, still have that whole month; a part of a month needs every day.
DAYS_FORGIVEN = 2
WHOLE_MONTH = 28


def change(view: Slice, measure: Measure, months: tuple[str, str], against: Against, small_number: int) -> Change:
    """The like-for-like change of ``measure`` over the months ``(first, last)``.

    Args:
        small_number: below this many units in both windows the counts are shown instead of a percentage.
    """
    info = view.rollup.info
    pair = like_for_like(*months, info.complete_to, against)
    if pair is None:
        return Change(ChangeKind.UNKNOWN, why="no day of this month is finished yet")
    base = None if _starts_too_late(info, pair.base) else view.total(measure, pair.base)
    current = view.total(measure, pair.current)
    if base is None or current is None:
        return Change(ChangeKind.UNKNOWN, current_window=pair.current, base_window=pair.base, why=_why(info))
    kind = _kind(current, base, small_number if measure.unit is Unit.UNITS else 0)
    return Change(kind, current, base, pair.current, pair.base)


def _kind(current: int, base: int, small_number: int) -> ChangeKind:
    if max(abs(current), abs(base)) < small_number:
        return ChangeKind.COUNTS
    if base == 0:
        return ChangeKind.NEW if current > 0 else ChangeKind.DIFFERENCE
    return ChangeKind.PERCENT if current > 0 and base > 0 else ChangeKind.DIFFERENCE


def _starts_too_late(info: DataInfo, base: Window) -> bool:
    missing = (info.first_day - base.start).days
    return missing > (DAYS_FORGIVEN if base.days >= WHOLE_MONTH else 0)


def _why(info: DataInfo) -> str:
    return f"the data begin on {info.first_day.day} {info.first_day:%B %Y}"
