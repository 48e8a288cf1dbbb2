"""The one registry of ratios: each is the quotient of two sums and is never averaged (domain.md section 2)."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dashboard.access import Permission
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.slices import Sums

Floats = NDArray[np.float64]


class Form(StrEnum):
    """How a quotient is written: a share of 1 as per cent, a price as money for one unit."""

    SHARE = "share"
    PRICE = "price"


@dataclass(frozen=True)
class Ratio:
    """A quotient with one definition.

    Attributes:
        key: stable name; none of :data:`dashboard.sales.measures.MEASURES` has it.
        permissions: all that its viewer needs: with one measure and the quotient the other follows.
        top, bottom: what is divided by what; a bottom of 0 or less leaves it blank.
        direction: as :attr:`Measure.direction`.
    """

    key: str
    name: str
    form: Form
    permissions: tuple[Permission, ...]
    top: Measure
    bottom: Measure
    definition: str
    direction: int = 0


_UNITS, _REVENUE, _MARGIN = Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE, Permission.MEASURE_MARGIN
# No measure of its own: beside net sales it would only say again which lines have a cost.
COSTED_SALES = Measure(
    "costed_sales",
    "Net sales with a known cost",
    Unit.MONEY,
    _MARGIN,
    {"costed_sales": 1},
    "cost_of_goods",
    "Net sales of the lines whose cost is known.",
)

RATIOS = {
    ratio.key: ratio
    for ratio in (
        Ratio(
            "average_price",
            "Average price",
            Form.PRICE,
            (_UNITS, _REVENUE),
            MEASURES["net_sales"],
            MEASURES["net_units"],
            "Net sales divided by net units; blank where no unit is left after returns.",
        ),
        Ratio(
            "discount_rate",
            "Discount rate",
            Form.SHARE,
            (_REVENUE,),
            MEASURES["discounts"],
            MEASURES["gross_sales"],
            "Discounts divided by gross sales.",
        ),
        Ratio(
            "return_rate",
            "Return rate",
            Form.SHARE,
            (_UNITS,),
            MEASURES["returned_units"],
            MEASURES["gross_units"],
            "Units returned in the period divided by units sold in the same period, so it can exceed 100 %. "
            "How much of what was sold in a period came back later is not known: the data do not link a return "
            "to its sale.",
            direction=-1,
        ),
        Ratio(
            "margin_rate",
            "Margin rate",
            Form.SHARE,
            (_REVENUE, _MARGIN),
            MEASURES["margin"],
            COSTED_SALES,
            "Margin divided by the net sales of the lines whose cost is known.",
            direction=1,
        ),
        Ratio(
            "cost_known",
            "Sales with a known cost",
            Form.SHARE,
            (_REVENUE, _MARGIN),
            COSTED_SALES,
            MEASURES["net_sales"],
            "The part of net sales that margin is taken of.",
        ),
    )
}


def quotients(tops: Sums, bottoms: Sums) -> Floats:
    """float64[n]: element by element; NaN where the bottom is 0 or less. Equal fractions give equal floats."""
    found = np.full(len(tops), np.nan)
    np.divide(tops, bottoms, out=found, where=bottoms > 0)
    return found


def nearest(top: int, bottom: int) -> int:
    """``top / bottom`` to the nearest integer, halves up, without a float; ValueError where the bottom is not above 0.

    For prices: minor units for one unit.
    """
    if bottom <= 0:
        raise ValueError("a quotient needs a bottom above 0")
    return (2 * top + bottom) // (2 * bottom)
