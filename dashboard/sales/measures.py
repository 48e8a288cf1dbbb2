"""The one registry of measures: each has one definition, one unit and one permission (domain.md section 2).

A new measure is an entry here and a row in its permission's test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dashboard.access import Permission


class Unit(StrEnum):
    """What a measure's integers count."""

    UNITS = "units"
    MONEY = "money"


@dataclass(frozen=True)
class Measure:
    """A number with one definition.

    Attributes:
        key: stable name, as on the command line.
        name: for people, without the unit.
        unit: units are whole pieces, money is minor units of the reporting currency.
        permission: who may see it, or anything ordered by it.
        terms: column of the rollup -> +1 or -1; the measure is their signed sum.
        tie_break: measure of the same permission that orders ties before the product code does.
        definition: one sentence, shown to the user.
        direction: +1 where more is better, -1 where less is, 0 where neither can be said.
    """

    key: str
    name: str
    unit: Unit
    permission: Permission
    terms: Mapping[str, int]
    tie_break: str
    definition: str
    direction: int = 1


_UNITS, _REVENUE, _MARGIN = Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE, Permission.MEASURE_MARGIN

MEASURES = {
    measure.key: measure
    for measure in (
        Measure(
            "net_units",
            "Net units",
            Unit.UNITS,
            _UNITS,
            {"gross_units": 1, "returned_units": -1},
            "gross_units",
            "Units sold less units returned; a return counts on the day it is booked.",
        ),
        Measure(
            "gross_units",
            "Gross units",
            Unit.UNITS,
            _UNITS,
            {"gross_units": 1},
            "net_units",
            "Units on sale lines, before returns.",
        ),
        Measure(
            "returned_units",
            "Returned units",
            Unit.UNITS,
            _UNITS,
            {"returned_units": 1},
            "gross_units",
            "Units on return lines, on the day they are booked.",
            direction=-1,
        ),
        Measure(
            "net_sales",
            "Net sales",
            Unit.MONEY,
            _REVENUE,
            {"gross_sales": 1, "discounts": -1, "returned_sales": -1},
            "gross_sales",
            "Gross sales less discounts less returned goods, without tax and shipping.",
        ),
        Measure(
            "gross_sales",
            "Gross sales",
            Unit.MONEY,
            _REVENUE,
            {"gross_sales": 1},
            "net_sales",
            "Price times quantity on sale lines, before discounts, without tax and shipping.",
        ),
        Measure(
            "discounts",
            "Discounts",
            Unit.MONEY,
            _REVENUE,
            {"discounts": 1},
            "gross_sales",
            "Discounts on sale lines.",
            direction=0,
        ),
        Measure(
            "returned_sales",
            "Returns value",
            Unit.MONEY,
            _REVENUE,
            {"returned_sales": 1},
            "gross_sales",
            "Value of returned goods, on the day they are booked.",
            direction=-1,
        ),
        Measure(
            "margin",
            "Margin",
            Unit.MONEY,
            _MARGIN,
            {"costed_sales": 1, "cost_of_goods": -1},
            "cost_of_goods",
            "Net sales less cost of goods, of the lines whose cost is known; the others are not in it.",
        ),
        Measure(
            "cost_of_goods",
            "Cost of goods",
            Unit.MONEY,
            _MARGIN,
            {"cost_of_goods": 1},
            "margin",
            "What the goods cost that were sold, less what came back, where the cost is known.",
            direction=0,
        ),
    )
}
