"""What a page's findings are made of, asked of the gate: nothing in it follows from what the viewer may not see."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dashboard.access import Permission
from dashboard.reports.answers import Change, ChangeKind, Monthly
from dashboard.reports.changes import DAYS_FORGIVEN, change
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import Question
from dashboard.sales.calendar import Against, Window, first_day, is_unfinished
from dashboard.sales.findings import (
    Concentration,
    Returns,
    concentration,
    movement,
    record,
    risen,
)
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.rankings import IN_WORST, STATES, State, stock_days
from dashboard.sales.slices import Mask, Sums


@dataclass(frozen=True)
class Mover:
    """A product that moved, and from what to what."""

    product: str
    name: str
    current: int
    base: int


@dataclass(frozen=True)
class Extreme:
    """The one best or worst product.

    Attributes:
        of: how many products it was chosen from.
        days: ``(days in stock, days with a snapshot)``; None where stock is not known or not to be seen.
    """

    product: str
    name: str
    value: int
    of: int
    days: tuple[int, int] | None = None


@dataclass(frozen=True)
class Record:
    """The best of ``of`` full months."""

    month: str
    value: int
    of: int


@dataclass(frozen=True)
class Facts:
    """What may be worth a sentence about one measure; None where nothing is, or where the sample is small.

    Attributes:
        window: the days counted, in the months asked for.
        total: the measure over them.
        most: how many sentences are told at most, by the settings.
        changes: of the headline, those that may be stated.
        compared: the change whose windows ``riser``, ``faller`` and ``returns`` compare.
        silent: ``(sold nothing, ranked)`` products.
    """

    measure: Measure
    window: Window
    total: int
    most: int = 0
    changes: tuple[Change, ...] = ()
    compared: Change | None = None
    best: Extreme | None = None
    worst: Extreme | None = None
    silent: tuple[int, int] | None = None
    riser: Mover | None = None
    faller: Mover | None = None
    concentration: Concentration | None = None
    returns: Returns | None = None
    record: Record | None = None


def facts(reports: Reports, question: Question, measure_key: str) -> Facts:
    """The facts about one measure.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    measure = MEASURES[measure_key]
    months = reports.monthly(measure_key, question)  # the page's chart asks for it anyway
    key = ("findings", measure_key)
    return reports.ask({measure.permission}, key, question, lambda context: _Facts(context, measure, months).all())


class _Facts:
    """Gathers the facts of one context."""

    def __init__(self, context: Context, measure: Measure, months: Monthly) -> None:
        self._months = months.frame
        self._context, self._measure, self._rules = context, measure, context.rules.findings
        asked = context.question
        # Stock has neither region nor channel nor source: about some of them nothing of it is told.
        self._tell_stock = context.uses_stock and context.everywhere and asked.everywhere
        info = context.rollup.info
        self._window = _counted(context.window, max(info.last_day, info.complete_to))
        self._values = context.view.by_product(measure, asked.first, asked.last)
        self._state = context.states()

    def all(self) -> Facts:
        """The facts; where the months have no day yet, none but the measure."""
        if not self._window.days:
            return Facts(self._measure, self._window, 0)
        changes = self._changes()
        compared = changes[0] if changes else None
        riser, faller = self._moved(compared)
        universe = self._context.view.universe
        return Facts(
            measure=self._measure,
            window=self._window,
            total=int(self._values.sum()),
            most=self._rules.most,
            changes=changes,
            compared=compared,
            best=self._extreme(universe & (self._state != STATES.index(State.NOT_IN_RANGE)), 1),
            worst=self._extreme(self._ranked, -1),
            silent=self._silent(),
            riser=riser,
            faller=faller,
            concentration=concentration(self._values, self._rules),
            returns=self._returns(compared),
            record=self._record(),
        )

    def _changes(self) -> tuple[Change, ...]:
        """Those with two windows and a sample; of several months only the one against the same season."""
        context, several = self._context, self._context.question.first != self._context.question.last
        months = (context.question.first, context.question.last)
        against = (Against.YEAR_BEFORE,) if several else (Against.PREVIOUS, Against.YEAR_BEFORE)
        found = [change(context.view, self._measure, months, one, context.rules.small_number) for one in against]
        return tuple(one for one in found if one.kind not in {ChangeKind.UNKNOWN, ChangeKind.COUNTS})

    @property
    def _ranked(self) -> Mask:
        """bool[products]: those that a worst list may name."""
        fit = np.isin(self._state, [STATES.index(state) for state in IN_WORST])
        return self._context.view.universe & fit

    def _says_something(self, products: int) -> bool:
        return products >= self._rules.min_products and self._window.days >= self._rules.min_days

    def _extreme(self, able: Mask, sign: int) -> Extreme | None:
        """The product of the largest ``sign * value``, if it stands alone among enough of them."""
        places = np.flatnonzero(able)
        if not self._says_something(len(places)):
            return None
        values = sign * self._values[places]
        top = int(np.argmax(values))
        if int((values == values[top]).sum()) > 1 or (sign > 0 and values[top] <= 0):
            return None
        place, products = int(places[top]), self._context.rollup.products
        days = self._days(place) if sign < 0 else None
        return Extreme(products.code[place], products.name[place], int(self._values[place]), len(places), days)

    def _days(self, place: int) -> tuple[int, int] | None:
        stock = self._context.rollup.stock
        if stock is None or not self._tell_stock:
            return None
        observed, in_stock = stock_days(self._context.rollup, stock, self._context.window)
        return (int(in_stock[place]), int(observed[place])) if observed[place] else None

    def _silent(self) -> tuple[int, int] | None:
        ranked = self._ranked
        count, nothing = int(ranked.sum()), int((ranked & (self._values == 0)).sum())
        return (nothing, count) if nothing and self._says_something(count) else None

    def _moved(self, compared: Change | None) -> tuple[Mover | None, Mover | None]:
        sums = self._sums(self._measure, compared)
        if sums is None or not self._says_something(int(self._context.view.universe.sum())):
            return None, None
        small = self._context.rules.small_number if self._measure.unit is Unit.UNITS else 0
        found = movement(*sums, small, self._rules)
        return self._mover(found.riser, sums), self._mover(found.faller, sums)

    def _mover(self, place: int | None, sums: tuple[Sums, Sums]) -> Mover | None:
        if place is None:
            return None
        products = self._context.rollup.products
        return Mover(products.code[place], products.name[place], int(sums[0][place]), int(sums[1][place]))

    def _sums(self, measure: Measure, compared: Change | None) -> tuple[Sums, Sums] | None:
        """int64[products] twice, of the two windows compared; None where the data do not reach."""
        if compared is None or compared.current_window is None or compared.base_window is None:
            return None
        view = self._context.view
        current = view.by_product_window(measure, compared.current_window)
        base = view.by_product_window(measure, compared.base_window)
        return None if current is None or base is None else (current, base)

    def _returns(self, compared: Change | None) -> Returns | None:
        """Units returned of units sold: told to those who may see units."""
        if compared is None or Permission.MEASURE_UNITS not in self._context.may:
            return None
        windows = (compared.current_window, compared.base_window)
        sums = [self._total(key, window) for window in windows for key in ("returned_units", "gross_units")]
        known = [value for value in sums if value is not None]
        if len(known) < len(sums):
            return None
        found = Returns(*known)
        return found if risen(found, self._rules) else None

    def _total(self, key: str, window: Window | None) -> int | None:
        return None if window is None else self._context.view.total(MEASURES[key], window)

    def _record(self) -> Record | None:
        """The best full month of all, where it is one of those asked for."""
        context, info = self._context, self._context.rollup.info
        full = [
            (key, value)
            for key, value in zip(self._months["month"], self._months["value"].tolist(), strict=True)
            if not is_unfinished(key, info.complete_to) and (info.first_day - first_day(key)).days <= DAYS_FORGIVEN
        ]
        place = record([value for _, value in full], self._rules)
        if place is None or not context.question.first <= full[place][0] <= context.question.last:
            return None
        return Record(*full[place], len(full))


def _counted(window: Window, last_day: date) -> Window:
    """The days of ``window`` that have figures; empty where none has."""
    return Window(window.start, max(window.start, min(window.stop, last_day + timedelta(days=1))))
