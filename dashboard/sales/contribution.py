"""Who made a change: what each product adds to it, and which ups and downs cancel each other (domain.md section 9).

A contribution is ``(x1 - x0) / |sum of x1 - sum of x0|``; see :func:`dashboard.sales.movers.contributions`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.ordering import leading
from dashboard.sales.slices import Sums

Places = NDArray[np.intp]
# So many of the largest changes each way are looked through for pairs.
LOOKED_AT = 200


@dataclass(frozen=True)
class PairRules:
    """When ups and downs count as cancelling each other; shares of 1.

    Attributes:
        most: how many pairs are told of.
        tolerance: by how much of the larger one the two changes of a pair may differ.
        least_share: how much of all ups, or of all downs, each side of a pair must be.
        cancel_share: ups and downs nearly cancel where the change is at most this share of the smaller of them.
    """

    most: int = 5
    tolerance: float = 0.1
    least_share: float = 0.02
    cancel_share: float = 0.25


@dataclass(frozen=True)
class Balance:
    """All ups and all downs of a change, in the measure's own integers.

    Attributes:
        ups, downs: sums of the positive and of the negative changes; downs are <= 0.
        risen, fallen: how many products each.
    """

    ups: int
    downs: int
    risen: int
    fallen: int

    @property
    def net(self) -> int:
        """The change itself."""
        return self.ups + self.downs

    def cancels(self, rules: PairRules) -> bool:
        """Whether much moved and little of it is left in the total."""
        smaller = min(self.ups, -self.downs)
        return smaller > 0 and abs(self.net) <= rules.cancel_share * smaller


@dataclass(frozen=True)
class Pair:
    """Positions of two products of one group, of which one rose by about as much as the other fell."""

    riser: int
    faller: int


def balance(change: Sums) -> Balance:
    """Ups and downs of int64[products]."""
    up, down = change > 0, change < 0
    return Balance(int(change[up].sum()), int(change[down].sum()), int(up.sum()), int(down.sum()))


def largest(change: Sums, count: int) -> Places:
    """Positions of the ``count`` largest changes either way, those of 0 left out; of equals the first."""
    moved = np.flatnonzero(change)
    size = -np.abs(change[moved])
    first = leading(size, count)
    return moved[first[np.argsort(size[first], kind="stable")[:count]]]


def offsetting(change: Sums, group: NDArray[np.integer], rules: PairRules) -> list[Pair]:
    """Pairs within a group that nearly cancel each other, the largest first; no product is in two.

    Such a pair is a hint that buyers, or bookings, went from one product to the other; it proves nothing.

    Args:
        change: int64[products].
        group: int codes[products], such as categories.
    """
    total = balance(change)
    risers = _worth(np.where(change > 0, change, 0), rules.least_share * total.ups)
    fallers = _worth(np.where(change < 0, -change, 0), rules.least_share * -total.downs)
    pairs: list[Pair] = []
    for faller in fallers:
        if len(pairs) == rules.most:
            break
        fall = -int(change[faller])
        near = [
            (abs(int(change[riser]) - fall), int(riser))
            for riser in risers
            if group[riser] == group[faller] and _is_near(int(change[riser]), fall, rules.tolerance)
        ]
        if near:
            riser = min(near)[1]
            risers = risers[risers != riser]
            pairs.append(Pair(riser, int(faller)))
    return pairs


def _worth(moved: Sums, least: float) -> Places:
    """Positions of the largest, of those that are at least ``least``."""
    return largest(np.where(moved >= max(1.0, least), moved, 0), LOOKED_AT)


def _is_near(rise: int, fall: int, tolerance: float) -> bool:
    return abs(rise - fall) <= tolerance * max(rise, fall)
