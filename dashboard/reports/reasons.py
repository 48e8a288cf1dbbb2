"""The figures that explanations of anomalies are tested on, read when the first flag asks for them."""

from datetime import timedelta
from functools import cached_property

from dashboard.access import Permission
from dashboard.reports.context import Context
from dashboard.sales.anomaly_reasons import (
    Cause,
    Reason,
    Swing,
    data_gap,
    price,
    returns,
    season,
    silent_days,
    stock_out,
)
from dashboard.sales.calendar import Window, month_number, month_window, shift
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.rankings import stock_days
from dashboard.sales.slices import Sums

FOUR_WEEKS = timedelta(weeks=4)


class Evidence:
    """What may be told to this viewer of some months and those before.

    Args:
        months: those looked at, oldest first.
        uses_stock: whether stock may be told of.
    """

    def __init__(self, context: Context, measure: Measure, months: tuple[str, ...], *, uses_stock: bool) -> None:
        self._context, self._measure, self._uses_stock = context, measure, uses_stock
        self._rules = context.rules.anomalies
        self._first, self._last = shift(months[0], -self._rules.prior_months), months[-1]
        self._priced = Permission.MEASURE_REVENUE in context.may
        self._stock: dict[str, tuple[Sums, Sums]] = {}
        self._gaps: dict[str, int] = {}

    @property
    def tested(self) -> tuple[Cause, ...]:
        """What can be tested for this viewer and these data."""
        stock = (Cause.STOCK_OUT,) if self._uses_stock else ()
        prices = (Cause.PRICE,) if self._priced else ()
        return (*stock, *prices, Cause.CALENDAR, Cause.RETURNS, Cause.DATA_GAP)

    def reasons(self, place: int, month: str, swing: Swing, last_swing: float) -> tuple[Reason, ...]:
        """The explanations found; ``last_swing`` is NaN where the season is no candidate."""
        found = (
            self._of_stock(place, month, swing),
            self._of_price(place, month, swing),
            season(swing, last_swing, self._rules),
            self._of_returns(place, month, swing),
            data_gap(swing, self._gap(month), self._rules),
        )
        return tuple(reason for reason in found if reason is not None)

    def _recent(self, month: str) -> int:
        return month_number(month) - month_number(self._first)

    def _of_stock(self, place: int, month: str, swing: Swing) -> Reason | None:
        stock = self._context.rollup.stock
        if not self._uses_stock or stock is None:
            return None
        if month not in self._stock:
            self._stock[month] = stock_days(self._context.rollup, stock, month_window(month, month))
        observed, in_stock = self._stock[month]
        return stock_out(swing, int(in_stock[place]), int(observed[place]), self._rules)

    def _of_price(self, place: int, month: str, swing: Swing) -> Reason | None:
        if not self._priced:
            return None
        at = self._recent(month)
        sales, units = self._sales[:, place], self._units[:, place]
        past = slice(at - self._rules.prior_months, at)
        now, before = (int(sales[at]), int(units[at])), (int(sales[past].sum()), int(units[past].sum()))
        return price(swing, now, before, self._rules, is_money=self._measure.unit is Unit.MONEY)

    def _of_returns(self, place: int, month: str, swing: Swing) -> Reason | None:
        at = self._recent(month)
        column = self._returned[:, place]
        return returns(swing, int(column[at]), column[at - self._rules.prior_months : at].tolist(), self._rules)

    def _gap(self, month: str) -> int:
        """Days of the month on which nothing was sold, though there were sales around; 0 before the daily figures."""
        if month not in self._gaps:
            rollup, window = self._context.rollup, month_window(month, month)
            start = max(window.start - FOUR_WEEKS, rollup.first_daily)
            span = Window(start, min(window.stop + FOUR_WEEKS, rollup.info.last_day + timedelta(days=1)))
            silent = silent_days(self._context.view.by_day(MEASURES["gross_units"], span))
            before = max(0, (window.start - start).days)
            self._gaps[month] = int(silent[before : before + window.days].sum())
        return self._gaps[month]

    def _matrix(self, key: str) -> Sums:
        """int64[months, products] from ``prior_months`` before the months looked at."""
        return self._context.view.by_product_month(MEASURES[key], self._first, self._last)

    @cached_property
    def _units(self) -> Sums:
        return self._matrix("net_units")

    @cached_property
    def _sales(self) -> Sums:
        return self._matrix("net_sales")

    @cached_property
    def _returned(self) -> Sums:
        return self._matrix("returned_sales" if self._measure.unit is Unit.MONEY else "returned_units")
