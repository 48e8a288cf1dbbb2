"""The price-volume-mix bridge of net sales, asked of the gate: for viewers of both units and revenue."""

from dataclasses import dataclass

from dashboard.access import Permission
from dashboard.reports.answers import Change, ChangeKind
from dashboard.reports.changes import change
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import Question
from dashboard.sales.bridge import Bridge, Side, bridge
from dashboard.sales.calendar import Against, Window
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.slices import Slice, Sums

NEEDS = frozenset({Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE})
CONSTANT_SALES = Measure(
    "constant_sales",
    "Net sales at constant exchange rates",
    Unit.MONEY,
    Permission.MEASURE_REVENUE,
    {"constant_sales": 1},
    "net_sales",
    "Net sales with every line converted at one fixed rate a currency.",
)


@dataclass(frozen=True, eq=False)
class BridgeAnswer:
    """A bridge over two like-for-like windows.

    Attributes:
        change: of net sales, with the windows; UNKNOWN where there is nothing to compare with.
        bridge: None then.
    """

    change: Change
    bridge: Bridge | None = None


def answer(reports: Reports, question: Question, against: Against) -> BridgeAnswer:
    """Why net sales changed over the months asked for.

    Raises:
        Forbidden: the viewer lacks units or revenue.
        BadQuestionError: as the gate does.
    """
    return reports.ask(NEEDS, ("bridge", against), question, lambda context: _bridge(context, against))


def _bridge(context: Context, against: Against) -> BridgeAnswer:
    asked = context.question
    found = change(context.view, MEASURES["net_sales"], (asked.first, asked.last), against, context.rules.small_number)
    if found.kind is ChangeKind.UNKNOWN or found.current_window is None or found.base_window is None:
        return BridgeAnswer(found)
    return BridgeAnswer(
        found, bridge(_side(context.view, found.base_window), _side(context.view, found.current_window))
    )


def _side(view: Slice, window: Window) -> Side:
    measures = (MEASURES["net_units"], MEASURES["net_sales"], CONSTANT_SALES)
    return Side(*(sums(view, measure, window) for measure in measures))


def sums(view: Slice, measure: Measure, window: Window) -> Sums:
    """int64[products] over a window that the data reach.

    Raises:
        ValueError: they do not.
    """
    found = view.by_product_window(measure, window)
    if found is None:
        raise ValueError(f"the data do not reach {window.words}")
    return found
