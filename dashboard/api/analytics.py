"""Analytics: all of its operations, each of which asks the gate to the figures and computes nothing itself."""

from dashboard.api import analytics_overview, analytics_products, analytics_stock
from dashboard.api.analytics_base import part

__all__ = ["analytics_overview", "analytics_products", "analytics_stock", "part"]
