"""Which like-for-like windows stand for a period where only one comparison is shown."""

from dashboard.reports.changes import compared
from dashboard.reports.question import Question
from dashboard.sales.calendar import Against, Comparison
from dashboard.sales.slices import Slice


def own_comparison(view: Slice, question: Question) -> tuple[Comparison | None, str]:
    """The windows to compare ``question`` with, or None and one sentence why there are none.

    One month is compared with the month before, several with the year before: as many months earlier would be another
    season. Where the data do not reach back that far, the other of the two is taken.
    """
    one_month = question.first == question.last
    order = (Against.PREVIOUS, Against.YEAR_BEFORE) if one_month else (Against.YEAR_BEFORE, Against.PREVIOUS)
    said = ""
    for against in order:
        pair, why = compared(view, (question.first, question.last), against)
        if pair is not None and not why:
            return pair, ""
        said = said or why
    return None, said
