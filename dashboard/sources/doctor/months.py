"""Months as their first days."""

from datetime import date, timedelta


def newest_full_month(first: date, last: date) -> tuple[date, date]:
    """The first day of the newest whole month with lines, and of the month after it; else of the newest month."""
    month, following = last.replace(day=1), next_month(last)
    if last + timedelta(days=1) == following or month <= first:
        return month, following
    return (month - timedelta(days=1)).replace(day=1), month


def next_month(day: date) -> date:
    """The first day of the month after that of ``day``."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
