"""When and how much to order (domain.md section 5). Arrays have one entry a product; days and units."""

import numpy as np
from numpy.typing import ArrayLike

from dashboard.sales.demand import Floats
from dashboard.sales.rollup import Ints
from dashboard.sales.slices import Sums

# Sums of floats that should be whole are whole.
SLACK = 1e-9


def safety_stock(
    demand: ArrayLike, demand_sd: ArrayLike, lead: ArrayLike, lead_sd: ArrayLike, review: float, z: float
) -> Floats:
    """``z * sqrt((L + R) * s_d^2 + d^2 * s_L^2)``: units held against demand and delivery that are not as usual.

    Args:
        demand, demand_sd: units a day, of days in stock.
        lead, lead_sd: days that the supplier takes.
        review: days between two looks at the stock; 0 where it is watched all the time.
        z: normal quantile of the service level.
    """
    d, sd, days, spread = (np.asarray(x, dtype=np.float64) for x in (demand, demand_sd, lead, lead_sd))
    stock: Floats = z * np.sqrt((days + review) * sd**2 + d**2 * spread**2)
    return stock


def reorder_point(demand: ArrayLike, lead: ArrayLike, review: float, safety: ArrayLike) -> Floats:
    """``d * (L + R) + SS``: order when stock and orders under way are at or below this."""
    point: Floats = np.asarray(demand, dtype=np.float64) * (np.asarray(lead) + review) + np.asarray(safety)
    return point


def order_quantity(need: Floats, minimum: Ints, pack: Ints, room: Floats) -> Sums:
    """int64[products]: units to order, 0 or a multiple of ``pack`` that is at least ``minimum``.

    Args:
        need: units that are missing to the order-up-to level.
        minimum, pack: smallest order and case size, at least 1.
        room: units beyond which the goods would be too old or last too long; where not even the smallest order fits,
            the quantity is 0.
    """
    wanted = _up(np.maximum(np.ceil(need - SLACK), 1).astype(np.int64), minimum, pack)
    limit = np.clip(np.floor(room + SLACK), 0, 2**53).astype(np.int64) // pack * pack
    smallest = _up(np.ones_like(minimum), minimum, pack)
    fitting: Sums = np.where(limit < smallest, 0, np.minimum(wanted, limit)).astype(np.int64)
    return fitting


def _up(units: Ints, minimum: Ints, pack: Ints) -> Ints:
    rounded: Ints = -(-np.maximum(units, minimum) // pack) * pack
    return rounded
