"""The gate of an installation, out of its settings."""

from collections.abc import Callable

from dashboard.access import Permission, Viewer
from dashboard.reports.gate import Gate
from dashboard.sales.rankings import Thresholds
from dashboard.settings import Settings
from dashboard.sources.store import ROLLUP, RollupStore

Denied = Callable[[Viewer, Permission], None]


def open_gate(settings: Settings, denied: Denied = lambda _viewer, _permission: None) -> Gate:
    """The door to the sales data in ``var``. ``denied`` is told of refusals; the web edge audits its own."""
    sales = settings.sales
    thresholds = Thresholds(sales.min_age_days, sales.min_sellable_share, sales.min_in_stock_share)
    return Gate(RollupStore(settings.var / ROLLUP), thresholds, sales.small_number_units, denied)
