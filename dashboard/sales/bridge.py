"""Why net sales changed: price, volume and mix, exact to the minor unit (domain.md section 6).

The split is at the grain of products and takes returns as negative sales. It says nothing of causes: a product sold at
another discount counts as price, a product sold instead of a dearer one as mix.
"""

from dataclasses import dataclass, fields
from math import fsum

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.slices import Sums

Floats = NDArray[np.float64]
LARGEST = 2**63


@dataclass(frozen=True)
class Parts:
    """What a change of net sales is made of, minor units; they add up to the change exactly.

    Attributes:
        volume: more or fewer units altogether, at the average price of the base.
        mix: dearer or cheaper products among these units.
        price: net sales a unit of each product.
        new, lost: products that sold in one of the two windows only.
        fx: exchange rates; the other parts are at constant rates.
        other: products with more returns than sales in a window, or of net sales below zero.
    """

    volume: int = 0
    mix: int = 0
    price: int = 0
    new: int = 0
    lost: int = 0
    fx: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        """All of them together: the change."""
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two windows compared, int64[products] each.

    Attributes:
        units: net units.
        sales: net sales in the reporting currency, minor units.
        constant: the same at one fixed exchange rate a currency.
    """

    units: Sums
    sales: Sums
    constant: Sums


@dataclass(frozen=True, eq=False)
class Bridge:
    """A change of net sales, taken apart.

    Attributes:
        base, current: net sales of the two windows, minor units.
        parts: ``parts.total == current - base``.
        price: int64[products], what each product's price did; they add up to ``parts.price``.
        products: part -> how many products it speaks of; fx counts those that exchange rates moved.
    """

    base: int
    current: int
    parts: Parts
    price: Sums
    products: dict[str, int]


def bridge(base: Side, current: Side) -> Bridge:
    """Volume, mix and price of what sold in both windows; new, lost, exchange rates and other beside them.

    Volume ``(V1 - V0) * R0 / V0``, price ``sum of R1 - R0 * Q1 / Q0``, mix the rest of these products' change, which
    equals ``sum of (Q1 - V1 * Q0 / V0) * (P0 - R0 / V0)``. Parts are rounded by largest remainder, so none is off by a
    minor unit or more and nothing is left over.
    """
    q0, q1, r0, r1 = base.units, current.units, base.constant, current.constant
    both = (q0 > 0) & (q1 > 0) & (r0 >= 0) & (r1 >= 0)
    new = (q0 <= 0) & (q1 > 0) & (r1 >= 0)
    lost = (q0 > 0) & (q1 <= 0) & (r0 >= 0)
    other = (r1 - r0) - np.where(both, r1 - r0, 0) - np.where(new, r1, 0) + np.where(lost, r0, 0)
    fx = (current.sales - base.sales) - (r1 - r0)
    volume, mix, price, prices = _split(q0[both], q1[both], r0[both], r1[both])
    by_product = np.zeros(len(q0), dtype=np.int64)
    by_product[both] = prices
    parts = Parts(volume, mix, price, int(r1[new].sum()), -int(r0[lost].sum()), int(fx.sum()), int(other.sum()))
    counts = {"volume": both, "mix": both, "price": both, "new": new, "lost": lost, "fx": fx != 0, "other": other != 0}
    products = {name: int(mask.sum()) for name, mask in counts.items()}
    return Bridge(int(base.sales.sum()), int(current.sales.sum()), parts, by_product, products)


def _split(q0: Sums, q1: Sums, r0: Sums, r1: Sums) -> tuple[int, int, int, Sums]:
    """Volume, mix, price and each product's price, of products with units and sales >= 0 in both windows."""
    v0, v1, total = int(q0.sum()), int(q1.sum()), int(r1.sum()) - int(r0.sum())
    if not v0:
        return 0, 0, 0, np.zeros(0, dtype=np.int64)
    whole, part = _at_base_prices(q0, q1, r0)
    volume, rest = divmod((v1 - v0) * int(r0.sum()), v0)
    price, mix = int((r1 - whole).sum()), int((whole - r0).sum()) - volume
    fraction = fsum(part.tolist())  # of the same value in whatever order products stand
    volume, mix, price = largest_remainder(
        np.array([volume, mix, price], dtype=np.int64),
        np.array([rest / v0, fraction - rest / v0, -fraction]),
        total,
    ).tolist()
    return volume, mix, price, largest_remainder(r1 - whole, -part, price)


def _at_base_prices(q0: Sums, q1: Sums, r0: Sums) -> tuple[Sums, Floats]:
    """``R0 * Q1 / Q0`` as whole minor units and the fraction left: in integers, where floats would lose cents."""
    each, left = np.divmod(r0, q0)
    if int(left.max(initial=0)) * int(q1.max(initial=0)) >= LARGEST:
        pairs = [divmod(a * b, c) for a, b, c in zip(left.tolist(), q1.tolist(), q0.tolist(), strict=True)]
        more, rest = np.array(pairs, dtype=np.int64).T
    else:
        more, rest = np.divmod(left * q1, q0)
    return each * q1 + more, rest / q0


def largest_remainder(whole: Sums, fraction: Floats, total: int) -> Sums:
    """int64: ``whole + fraction`` rounded so that all of them add up to ``total``; of equal remainders the first.

    ``total`` is within one for each entry of the exact sum, as a rounded sum is.
    """
    down = np.floor(fraction)
    rounded = whole + down.astype(np.int64)
    missing = total - int(rounded.sum())
    # A fraction of 0 is exact: it is raised last, if rounding of the total asks for more than there are others.
    order = np.argsort(down - fraction, kind="stable")
    rounded[order[:missing] if missing >= 0 else order[missing:]] += 1 if missing >= 0 else -1
    return rounded
