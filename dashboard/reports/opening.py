"""The gate of an installation, out of its settings."""

from collections.abc import Callable

from dashboard.access import Permission, Viewer
from dashboard.reports.gate import Gate
from dashboard.reports.rules import Rules
from dashboard.reports.source_status import SourceWatch
from dashboard.sales.abc import AbcCuts
from dashboard.sales.anomalies import AnomalyRules
from dashboard.sales.classing import ClassRules
from dashboard.sales.contribution import PairRules
from dashboard.sales.demand_class import DemandCuts
from dashboard.sales.findings import FindingRules
from dashboard.sales.fiscal import FiscalCalendar, Kind
from dashboard.sales.forecast import ForecastRules
from dashboard.sales.product_facts import EventRules
from dashboard.sales.rankings import Thresholds
from dashboard.sales.stocked import StockRules
from dashboard.sales.trading_days import WEEKDAYS
from dashboard.sales.xyz import XyzCuts
from dashboard.settings import Settings
from dashboard.sources.store import ROLLUP, RollupStore

Denied = Callable[[Viewer, Permission], None]


def open_gate(settings: Settings, denied: Denied = lambda _viewer, _permission: None) -> Gate:
    """The door to the sales data in ``var``. ``denied`` is told of refusals; the web edge audits its own."""
    sales = settings.sales
    thresholds = Thresholds(sales.min_age_days, sales.min_sellable_share, sales.min_in_stock_share)
    rules = Rules(
        small_number=sales.small_number_units,
        findings=FindingRules(**settings.findings.model_dump()),
        classes=_classes(settings),
        calendar=_calendar(settings),
        pairs=PairRules(**settings.changes.model_dump()),
        anomalies=AnomalyRules(**settings.anomalies.model_dump(), in_stock_share=sales.min_in_stock_share),
        forecast=ForecastRules(**settings.forecast.model_dump(), least_in_stock=sales.min_in_stock_share),
        events=EventRules(**settings.product.model_dump()),
        stock=_stock(settings),
    )
    store = RollupStore(settings.var / ROLLUP)
    watch = SourceWatch(settings, store.current)
    return Gate(store, thresholds, sales.small_number_units, rules, denied=denied, watch=watch)


def _classes(settings: Settings) -> ClassRules:
    given = settings.classes
    return ClassRules(
        months=given.months,
        in_stock_share=settings.sales.min_in_stock_share,
        abc=AbcCuts(given.a_percent, given.b_percent, given.hysteresis_points),
        xyz=XyzCuts(given.x_below, given.y_below, given.min_months),
        demand=DemandCuts(given.adi, given.cv2),
    )


def _stock(settings: Settings) -> StockRules:
    cuts = DemandCuts(settings.classes.adi, settings.classes.cv2)
    return StockRules(**settings.stock.model_dump(), new_days=settings.sales.min_age_days, cuts=cuts)


def _calendar(settings: Settings) -> FiscalCalendar:
    given = settings.calendar
    last = WEEKDAYS.index(given.last_weekday.capitalize())
    return FiscalCalendar(Kind(given.kind), given.first_month, last, given.least_weeks)
