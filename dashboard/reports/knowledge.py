"""What exists for a viewer, and what the account of an import may tell them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.sales.calendar import first_day
from dashboard.sales.rollup import Days, SetAside
from dashboard.sales.slices import Mask, Slice

# Reasons that follow from prices, discounts, rates, or (for repeats) from all of a line.
PRICED = {"bad_price", "price_not_positive", "bad_discount", "no_exchange_rate", "repeat"}


@dataclass(frozen=True, eq=False)
class Known:
    """What was sold within a row scope; nothing of it depends on a row outside.

    Attributes:
        products: bool[products].
        first_day: datetime64[D], first day of the first month with a sale in scope; NaT if none.
        regions, channels, sources: bool[regions], bool[channels] and bool[sources].
    """

    products: Mask
    first_day: Days
    regions: Mask
    channels: Mask
    sources: Mask


def known_to(view: Slice) -> Known:
    """What a viewer of ``view`` can know of."""
    months = view.rollup.months
    first = view.first_months()
    days = np.array([*(first_day(key) for key in months), "NaT"], dtype="datetime64[D]")
    return Known(first >= 0, days[first], view.regions_sold(), view.channels_sold(), view.sources_sold())


def without_prices(reasons: Sequence[SetAside]) -> tuple[SetAside, ...]:
    """The same account for a viewer without revenue: what follows from prices is one sum, and no note is left."""
    told = [SetAside(r.reason, r.label, r.lines, r.units, r.kept) for r in reasons if r.reason not in PRICED]
    other = [r for r in reasons if r.reason in PRICED and not r.kept]
    if other:
        told.append(SetAside("other", "other reasons", sum(r.lines for r in other), sum(r.units for r in other)))
    return tuple(told)
