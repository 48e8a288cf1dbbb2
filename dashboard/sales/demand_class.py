"""How demand comes: often or seldom, in even or uneven amounts (Syntetos, Boylan and Croston 2005; domain.md 4)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.blocks import blocks, joined
from dashboard.sales.slices import Mask, Sums

SMOOTH, ERRATIC, INTERMITTENT, LUMPY, NO_DEMAND = range(5)
DEMAND_CLASSES = ("smooth", "erratic", "intermittent", "lumpy", "no demand")

Codes = NDArray[np.int8]
Rates = NDArray[np.float64]


@dataclass(frozen=True)
class DemandCuts:
    """Where demand stops being smooth: periods from one demand to the next, and squared variation of the amounts."""

    adi: float = 1.32
    cv2: float = 0.49


@dataclass(frozen=True, eq=False)
class Demand:
    """The demand class of each product.

    Attributes:
        code: int8[products], position in :data:`DEMAND_CLASSES`.
        adi: float64[products], periods divided by periods with demand; NaN without demand.
        cv2: float64[products], squared sample standard deviation over mean of the periods with demand; 0 for a single
            one, NaN without.
    """

    code: Codes
    adi: Rates
    cv2: Rates


def demand_class(units: Sums, counted: Mask | None = None, cuts: DemandCuts | None = None) -> Demand:
    """The class of each product's demand; a period whose net is 0 or below has none.

    Args:
        units: int64[periods, products], net units.
        counted: bool[periods, products], periods that count; None for all.
        cuts: an interval or a variation at its cut is already on the far side of it.
    """
    return joined(
        [
            _classes(units[:, part], None if counted is None else counted[:, part], cuts or DemandCuts())
            for part in blocks(units.shape[1])
        ]
    )


def _classes(units: Sums, counted: Mask | None, cuts: DemandCuts) -> Demand:
    sold = (units > 0) if counted is None else (units > 0) & counted
    periods = np.full(units.shape[1], len(units)) if counted is None else counted.sum(axis=0)
    times = sold.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        adi = np.where(times > 0, periods / times, np.nan)
        cv2 = np.where(times > 0, _squared_variation(np.where(sold, units, 0), sold, times), np.nan)
    seldom, uneven = adi >= cuts.adi, cv2 >= cuts.cv2
    code = np.where(seldom, np.where(uneven, LUMPY, INTERMITTENT), np.where(uneven, ERRATIC, SMOOTH))
    return Demand(np.where(times > 0, code, NO_DEMAND).astype(np.int8), adi, cv2)


def _squared_variation(sizes: Sums, sold: Mask, times: Sums) -> Rates:
    mean = sizes.sum(axis=0) / times
    spread = (np.where(sold, sizes - mean, 0.0) ** 2).sum(axis=0)
    variance: Rates = spread / np.maximum(times - 1, 1) / mean**2
    return variance
