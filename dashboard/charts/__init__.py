"""Frames to figures: plain dicts in Plotly's terms, with colour names (``$series``) that the page's theme fills in."""

from dashboard.charts.bars import monthly_bars, product_bars, ranking_bars, split_bars
from dashboard.charts.money import Money

__all__ = ["Money", "monthly_bars", "product_bars", "ranking_bars", "split_bars"]
