"""The nine boxes of ABC by XYZ, how much lies in each, and what one usually does with it (domain.md section 4)."""

from dataclasses import dataclass

import numpy as np

from dashboard.sales.abc import CLASSES, Codes
from dashboard.sales.slices import Sums
from dashboard.sales.xyz import STEADINESS

# Advice, not a rule: what textbooks agree on for each pair of importance and steadiness.
POLICIES = {
    "AX": "Never let it run out: order often, in even amounts, on a close forecast.",
    "AY": "Plan it with the season and events in mind, keep a safety stock, and look at it every week.",
    "AZ": "Agree quick supply with the supplier, and decide each larger order by hand.",
    "BX": "Order automatically at a fixed reorder point; check once a month.",
    "BY": "Order automatically with a safety stock; check it by hand before the season turns.",
    "BZ": "Keep little in stock, ask for a shorter lead time, and order when demand shows.",
    "CX": "Order seldom, in large packs, with as little work as can be.",
    "CY": "Set a lowest and a highest stock, order between the two, and accept that it may run out at times.",
    "CZ": "Order only when a customer asks, or take it out of the range.",
    "AU": "Important but too new or too seldom in stock to judge: watch it every week.",
    "BU": "Too early to judge: look again when six months are full.",
    "CU": "Too early to judge, or nothing sold: decide by hand whether it stays.",
}
BOXES = tuple(a + x for a in CLASSES for x in STEADINESS)


@dataclass(frozen=True)
class Box:
    """One box: ``key`` such as AX, how many products, what they add up to, and the policy usual for it."""

    key: str
    products: int
    value: int
    policy: str


def boxes(abc: Codes, xyz: Codes, values: Sums) -> tuple[Box, ...]:
    """All twelve boxes in the order of :data:`BOXES`; every product is in exactly one.

    Args:
        abc, xyz: int8[products], positions in ``CLASSES`` and ``STEADINESS``.
        values: int64[products].
    """
    cell = abc.astype(np.intp) * len(STEADINESS) + xyz
    counts, sums = np.bincount(cell, minlength=len(BOXES)), np.zeros(len(BOXES), dtype=np.int64)
    np.add.at(sums, cell, values)
    return tuple(Box(key, int(counts[i]), int(sums[i]), POLICIES[key]) for i, key in enumerate(BOXES))
