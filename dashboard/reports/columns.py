"""Columns of a product table: measures, ratios, and what follows from the first measure."""

from dashboard.access import Permission
from dashboard.reports.answers import CHANGE, RATE, Column, Derived
from dashboard.reports.question import BadQuestionError
from dashboard.sales.measures import MEASURES, Measure
from dashboard.sales.ratios import RATIOS


def permissions_of(key: str) -> tuple[Permission, ...]:
    """What a column needs besides the permission of the first one; nothing for a key that does not exist."""
    if key in MEASURES:
        return (MEASURES[key].permission,)
    if key in RATIOS:
        return RATIOS[key].permissions
    return (Permission.MEASURE_STOCK,) if key == RATE else ()


def columns_of(keys: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns; BadQuestionError for a key that does not exist, or a first one that is no measure."""
    first = keys[0] if keys else ""
    if first not in MEASURES:
        raise BadQuestionError(f"there is no measure {first!r}; the first column must be one")
    return tuple(_column(key, MEASURES[first]) for key in keys)


def _column(key: str, first: Measure) -> Column:
    if key in MEASURES:
        return MEASURES[key]
    if key in RATIOS:
        return RATIOS[key]
    if key in {RATE, CHANGE}:
        return Derived(key, first)
    raise BadQuestionError(f"there is no column {key!r}")
