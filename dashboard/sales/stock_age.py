"""How long the goods in stock have been lying there: the newest receipts are still there (first in, first out)."""

from datetime import date

import numpy as np

from dashboard.sales.rollup import Receipts
from dashboard.sales.slices import Mask, Sums

# Last day of each band; the band after the last has no end.
BAND_DAYS = (30, 60, 90, 180, 365)
BANDS = ("0–30 days", "31–60 days", "61–90 days", "91–180 days", "181–365 days", "over 365 days", "not known")
UNKNOWN = len(BANDS) - 1


def layers(receipts: Receipts, on_hand: Sums, day: date) -> Sums:
    """int64[receipts]: units of each receipt that are still there on ``day``; 0 of later ones.

    What is sold is taken from the oldest receipt, so that ``on_hand`` is made of the newest ones.
    """
    units = np.where(receipts.day <= np.datetime64(day, "D"), np.maximum(receipts.units, 0), 0).astype(np.int64)
    through = np.cumsum(units)
    # What came in after a receipt of the same product: the sum up to the product's last row, less the sum up to this.
    ends = np.searchsorted(receipts.product, receipts.product, side="right") - 1
    newer = through[ends] - through
    left: Sums = np.clip(on_hand[receipts.product] - newer, 0, units)
    return left


def ages(receipts: Receipts, on_hand: Sums, day: date) -> Sums:
    """int64[bands, products]: the units on hand by age; rows are :data:`BANDS` and add up to ``max(on_hand, 0)``.

    Units beyond all receipts on file came before the first of them: their age is not known.
    """
    left = layers(receipts, on_hand, day)
    old = (np.datetime64(day, "D") - receipts.day).astype(np.int64)
    band = np.searchsorted(BAND_DAYS, old, side="left")
    size = len(on_hand)
    found = np.bincount(band * size + receipts.product, weights=left, minlength=len(BANDS) * size).astype(np.int64)
    table = found.reshape(len(BANDS), size)
    table[UNKNOWN] = np.maximum(on_hand, 0) - table[:UNKNOWN].sum(axis=0)
    return table


def first_receipts(receipts: Receipts, size: int) -> Sums:
    """datetime64[D][products]: the day of each product's first receipt; NaT where there is none."""
    first = np.full(size, "NaT", dtype="datetime64[D]")
    products, rows = np.unique(receipts.product, return_index=True)
    first[products] = receipts.day[rows]
    return first


def received(receipts: Receipts, start: date, stop: date, size: int) -> Sums:
    """int64[products]: units received from ``start`` to the day before ``stop``."""
    inside: Mask = (receipts.day >= np.datetime64(start, "D")) & (receipts.day < np.datetime64(stop, "D"))
    sums = np.bincount(receipts.product[inside], weights=receipts.units[inside], minlength=size)
    return sums.astype(np.int64)
