"""What a topic of reports computes from, once the gate has checked rights and question."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.access import Permission
from dashboard.reports.question import Question
from dashboard.reports.rules import Rules
from dashboard.sales.calendar import Window, month_window
from dashboard.sales.holidays import Holidays
from dashboard.sales.rankings import Codes, Thresholds
from dashboard.sales.rollup import Days, Rollup
from dashboard.sales.slices import Slice


@dataclass(frozen=True, eq=False)
class Context:
    """One viewer's part of one version of the data.

    Attributes:
        rollup: all data; read sums from ``view`` only, which is narrowed to the viewer's scope.
        view: the slice of the question.
        question: what was asked.
        may: the viewer's permissions, for parts of an answer that need one more than the answer itself.
        uses_stock: whether the viewer may see stock, all of it, and the data have it.
        states: int8[products], computed when called: position in ``rankings.STATES`` over the question's months.
        rules: thresholds of this installation.
        first_day: datetime64[D] of every product's first sellable day: the product master's, or for a viewer of some
            regions or channels the first month with a sale there.
        everywhere: whether the viewer sees all regions and channels; stock has none, so that it is the company's.
        thresholds: those of the states.
        holidays: of the business, as administrators entered them.
    """

    rollup: Rollup
    view: Slice
    question: Question
    may: frozenset[Permission]
    uses_stock: bool
    states: Callable[[], Codes]
    rules: Rules
    first_day: Days
    everywhere: bool
    holidays: Holidays = field(default_factory=Holidays)
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def window(self) -> Window:
        """All days of the months asked for."""
        return month_window(self.question.first, self.question.last)
