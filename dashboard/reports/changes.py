"""How a change between two windows may be stated (domain.md sections 1 and 3)."""

from datetime import date

from dashboard.reports.answers import Change, ChangeKind
from dashboard.sales.calendar import Against, like_for_like, month_of
from dashboard.sales.measures import Measure, Unit
from dashboard.sales.rollup import DataInfo
from dashboard.sales.slices import Slice

# A first month that begins later than this is no whole month, whatever its calendar says.
LATEST_FIRST_DAY = 3


def change(view: Slice, measure: Measure, months: tuple[str, str], against: Against, small_number: int) -> Change:
    """The like-for-like change of ``measure`` over the months ``(first, last)``.

    Args:
        small_number: below this many units in both windows the counts are shown instead of a percentage.
    """
    info = view.rollup.info
    pair = like_for_like(*months, info.complete_to, against)
    if pair is None:
        return Change(ChangeKind.UNKNOWN, why="no day of this month is finished yet")
    base = None if _starts_too_late(info, pair.base.start) else view.total(measure, pair.base)
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


def _starts_too_late(info: DataInfo, base_start: date) -> bool:
    return month_of(base_start) == month_of(info.first_day) and info.first_day.day > LATEST_FIRST_DAY


def _why(info: DataInfo) -> str:
    return f"the data begin on {info.first_day.day} {info.first_day:%B %Y}"
