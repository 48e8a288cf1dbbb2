"""What in some numbers is worth a sentence (domain.md section 10): concentration, movement, returns, records.

Every function says None where the sample is small or nothing stands out: no finding is better than a chance one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.sales.ordering import ascending
from dashboard.sales.slices import Sums


@dataclass(frozen=True)
class FindingRules:
    """Settings of the findings.

    Attributes:
        most: how many sentences a page shows.
        min_products: fewer products are too few for a best or a worst.
        min_days: a shorter window says nothing of products that sold little.
        min_units: rates of fewer units sold are chance.
        return_points: points by which the return rate has to rise.
        concentration: share of 1 of the sellers that may make half of all sales, at most.
        mover_share: share of 1 of all sales that a product has to move by, at least.
        record_months: a record needs that many full months.
    """

    most: int = 5
    min_products: int = 10
    min_days: int = 7
    min_units: int = 100
    return_points: float = 1.0
    concentration: float = 0.35
    mover_share: float = 0.005
    record_months: int = 12


@dataclass(frozen=True)
class Concentration:
    """The ``holders`` largest of ``sellers`` products make half of what all of them sold, or just over."""

    holders: int
    sellers: int


@dataclass(frozen=True)
class Movement:
    """Positions of the products that rose and fell most; None where none did by enough."""

    riser: int | None
    faller: int | None


@dataclass(frozen=True)
class Returns:
    """Returned and gross units of a window and of the one before."""

    returned: int
    gross: int
    returned_before: int
    gross_before: int

    @property
    def percent(self) -> float:
        """Return rate, booked, in percent."""
        return self.returned / self.gross * 100

    @property
    def percent_before(self) -> float:
        """The same of the window before."""
        return self.returned_before / self.gross_before * 100

    @property
    def points(self) -> float:
        """By how many points it rose."""
        return self.percent - self.percent_before


def concentration(values: Sums, rules: FindingRules) -> Concentration | None:
    """How few products make half of the sales; None where they are too few or the sales too even."""
    sold = values[values > 0]
    if len(sold) < rules.min_products:
        return None
    largest = sold[ascending(~sold)]
    holders = int(np.searchsorted(np.cumsum(largest) * 2, int(sold.sum()))) + 1
    return Concentration(holders, len(sold)) if holders <= rules.concentration * len(sold) else None


def movement(current: Sums, base: Sums, small_number: int, rules: FindingRules) -> Movement:
    """Who moved most, in the measure itself; of equals the first.

    Args:
        small_number: products below this in both windows do not count; 0 for money.
    """
    moved = current - base
    least = max(1.0, rules.mover_share * max(abs(int(current.sum())), abs(int(base.sum()))))
    counts = np.maximum(np.abs(current), np.abs(base)) >= small_number
    rise, fall = (np.where(counts, sign * moved, 0) for sign in (1, -1))
    riser, faller = (int(np.argmax(side)) if len(side) and side.max() >= least else None for side in (rise, fall))
    return Movement(riser, faller)


def risen(returns: Returns, rules: FindingRules) -> bool:
    """Whether the return rate rose by enough, on enough units in both windows."""
    enough = min(returns.gross, returns.gross_before) >= max(1, rules.min_units)
    return enough and returns.points >= rules.return_points


def record(values: Sequence[int], rules: FindingRules) -> int | None:
    """Position of the one month above all others; None where months are few, the best is shared, or nothing sold."""
    best = max(values, default=0)
    if len(values) < rules.record_months or best <= 0 or list(values).count(best) != 1:
        return None
    return list(values).index(best)
