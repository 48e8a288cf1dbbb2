"""Thresholds of this installation that topics of reports follow, a field a topic."""

from dataclasses import dataclass, field

from dashboard.sales.anomalies import AnomalyRules
from dashboard.sales.classing import ClassRules
from dashboard.sales.contribution import PairRules
from dashboard.sales.findings import FindingRules
from dashboard.sales.fiscal import FiscalCalendar
from dashboard.sales.forecast import ForecastRules
from dashboard.sales.product_facts import EventRules
from dashboard.sales.stocked import StockRules


@dataclass(frozen=True)
class Rules:
    """Defaults are those of domain.md.

    Attributes:
        small_number: below this many units in both windows counts are shown instead of a percentage.
        findings: see :class:`dashboard.sales.findings.FindingRules`.
        classes: see :class:`dashboard.sales.classing.ClassRules`.
        calendar: how fiscal years are cut, and when weekdays have a weight.
        pairs: when ups and downs cancel each other, see :class:`dashboard.sales.contribution.PairRules`.
        anomalies: see :class:`dashboard.sales.anomalies.AnomalyRules`.
        forecast: when a forecast is published, see :class:`dashboard.sales.forecast.ForecastRules`.
        events: what is worth a line in a product's history, see :class:`dashboard.sales.product_facts.EventRules`.
        stock: when to reorder and what is too much, see :class:`dashboard.sales.stocked.StockRules`.
    """

    small_number: int = 10
    findings: FindingRules = field(default_factory=FindingRules)
    classes: ClassRules = field(default_factory=ClassRules)
    calendar: FiscalCalendar = field(default_factory=FiscalCalendar)
    pairs: PairRules = field(default_factory=PairRules)
    anomalies: AnomalyRules = field(default_factory=AnomalyRules)
    forecast: ForecastRules = field(default_factory=ForecastRules)
    events: EventRules = field(default_factory=EventRules)
    stock: StockRules = field(default_factory=StockRules)
