"""Holidays of the business: days that a comparison of trading days leaves out, or on which it was closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.calendar import Window, days_in, first_day

EASTER_MONTHS, BLACK_FRIDAY_MONTH = (3, 4), 11
EASTER = (
    "Easter moves between March and April, and the holidays have no day in these months of {years}: "
    "this comparison may show nothing but the move."
)
BLACK_FRIDAY = (
    "The week of Black Friday moves within November, and the holidays have no day in November {years}: "
    "part of a November may fall on the other side."
)


@dataclass(frozen=True, order=True)
class Holiday:
    """One day; ``closed`` means that nothing was sold because nobody opened."""

    day: date
    name: str
    closed: bool = False


@dataclass(frozen=True)
class Holidays:
    """All that are known, by day."""

    days: tuple[Holiday, ...] = ()

    @classmethod
    def of(cls, days: Iterable[Holiday]) -> "Holidays":
        """In the order of days, whatever the order given."""
        return cls(tuple(sorted(days)))

    @cached_property
    def version(self) -> str:
        """A digest: equal for equal holidays, in every process."""
        told = "\n".join(f"{one.day}|{one.closed}|{one.name}" for one in self.days)
        return sha256(told.encode()).hexdigest()[:16]

    def within(self, window: Window) -> tuple[Holiday, ...]:
        """Those of a window."""
        return tuple(one for one in self.days if window.start <= one.day < window.stop)

    def left_out(self, window: Window) -> NDArray[np.bool_]:
        """bool[days]: holidays of any kind."""
        return _mask(self.within(window), window)

    def closed(self, window: Window) -> NDArray[np.bool_]:
        """bool[days]: days on which nobody opened."""
        return _mask([one for one in self.within(window) if one.closed], window)

    def missing(self, months: Sequence[str]) -> tuple[str, ...]:
        """What to say of ``months`` (``YYYY-MM``, of both sides of a comparison) that moving holidays may distort.

        Empty where every year concerned has a day in March or April, and in November.
        """
        easter = self._years_without([key for key in months if _month(key) in EASTER_MONTHS], EASTER_MONTHS)
        friday = self._years_without([key for key in months if _month(key) == BLACK_FRIDAY_MONTH], (11,))
        said = ((EASTER, easter), (BLACK_FRIDAY, friday))
        return tuple(words.format(years=" and ".join(years)) for words, years in said if years)

    def _years_without(self, months: Sequence[str], wanted: tuple[int, ...]) -> list[str]:
        years = {key[:4] for key in months}
        return sorted(year for year in years if not any(self._has_day(f"{year}-{month:02d}") for month in wanted))

    def _has_day(self, key: str) -> bool:
        start = first_day(key)
        return bool(self.within(Window(start, date.fromordinal(start.toordinal() + days_in(key)))))


def _month(key: str) -> int:
    return int(key[5:])


def _mask(days: Iterable[Holiday], window: Window) -> NDArray[np.bool_]:
    mask = np.zeros(window.days, dtype=np.bool_)
    mask[[(one.day - window.start).days for one in days]] = True
    return mask
