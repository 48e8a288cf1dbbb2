"""The verdict on each line and its sums, as the file import judges (``dashboard.sources.classify``); see VERDICTS."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import and_, case, func, or_
from sqlalchemy.sql.elements import ColumnElement

from dashboard.sources.pushdown import numbers
from dashboard.sources.pushdown.elements import CLICKHOUSE, Factor, MinorSum, MinorUnits, Whole, number
from dashboard.sources.pushdown.groups import VERDICTS
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.numbers import LARGEST_QUANTITY, LARGEST_VALUE, Number

Value = ColumnElement[Any]
Test = ColumnElement[bool]
_LARGEST_MINOR = 10**15
_HALF = Decimal("0.5")
_DIGITS, _CLICKHOUSE_DIGITS = 38, 18
# Sums of integers are of a wider type there, so that they cannot overflow.
_WIDE_SUMS = frozenset({"postgresql", "duckdb"})


@dataclass(frozen=True)
class Seen:
    """The numbers of a line by their part in it (columns of the statement inside), and its marks."""

    quantity: Number
    value: Number
    tax: Number | None
    discount: Number | None
    cost: Number | None
    is_return: Value
    left_out: Value | None


@dataclass(frozen=True)
class Sum:
    """What is added up.

    Attributes:
        sql: of one line; no less than zero on lines that count.
        exact: sums of it are exact, and scaled to minor units afterwards; otherwise each line is rounded first.
    """

    sql: Value
    exact: bool


class Judge:
    """The tests and sums of one source."""

    def __init__(self, source: Source, seen: Seen, dialect: str) -> None:
        self._seen = seen
        self._digits = source.minor_digits
        self._each = source.lines.columns.price is not None
        self._net = source.lines.amount_is == "net" and not self._each
        self._signs = source.returns.by == "negative_quantity"
        # All quantities of a group then have one sign, and those of one verdict alone are no units at all.
        self._one_sign = dialect in _WIDE_SUMS and seen.quantity.whole and self._signs and seen.left_out is None
        self._room = _CLICKHOUSE_DIGITS if dialect in CLICKHOUSE else _DIGITS
        limit = min(Decimal(LARGEST_VALUE), (_LARGEST_MINOR - _HALF).scaleb(-self._digits))
        # ClickHouse compares decimals with whole numbers only.
        self._limit: Value = number(f"{limit.to_integral_value(ROUND_CEILING) if dialect in CLICKHOUSE else limit:f}")
        self._floor = int(limit)

    def verdict(self) -> Value:
        """The position in VERDICTS, or that of a leave_out rule; repeats are not looked for."""
        tests: list[tuple[Test, Value]] = []
        if self._seen.left_out is not None:
            tests.append((self._seen.left_out.is_not(None), self._seen.left_out))
        if self._seen.tax is None and not self._net:
            # Nearly every line is sound: this one test spares it all others.
            tests.append((and_(*self._sound()), number(0)))
        for reason, faults in self._faults().items():
            if faults:
                tests.append((or_(*faults), number(VERDICTS.index(reason))))
        return case(*tests, else_=number(0))

    def line_units(self) -> Value:
        """What of a line :meth:`all_units` adds up."""
        return self._seen.quantity.sql if self._one_sign else self.units()

    def all_units(self, column: Value, verdict: Value) -> Value:
        """BIGINT: absolute units of a group."""
        if not self._one_sign:
            return Whole(func.sum(column))
        none = verdict == number(VERDICTS.index("bad_quantity"))
        return case((none, number(0)), else_=func.abs(Whole(func.sum(column))))

    def units(self) -> Value:
        """BIGINT: absolute units, 0 where there are none that can be read."""
        return numbers.units(self._seen.quantity)

    def gross(self) -> Sum:
        """The line's value before discount."""
        parts = [part for part in (self._seen.value, self._seen.tax, self._added()) if part]
        plain = self._seen.tax is None and not self._net
        if not plain:
            return Sum(self._local(), self._is_exact(parts, each=self._each))
        return self._times(self._seen.value) if self._each else self._own(self._seen.value)

    def discount(self) -> Sum | None:
        """The discount of the line."""
        return self._own(self._seen.discount) if self._seen.discount else None

    def cost(self) -> Sum | None:
        """The cost of the line's units."""
        return self._times(self._seen.cost) if self._seen.cost else None

    def costed(self) -> Value:
        """1 on lines that know a cost above zero, and not beyond all bounds."""
        found = self._seen.cost
        if found is None:
            return number(0)
        tests: list[Test] = [found.sql > number(0)]
        if not self._fits_times(found):
            tests.append(found.sql * Factor(self.units()) < self._limit)
        return case((and_(*tests), number(1)), else_=number(0))

    def minor(self, total: Sum, column: Value, counted: Test) -> Value:
        """The sum, in minor units, over the lines of a group; 0 for groups that do not count."""
        if total.exact:
            return case((counted, MinorSum(func.sum(column), number(self._digits))), else_=number(0))
        line = MinorUnits(column, number(self._digits))
        return Whole(func.sum(case((counted, line), else_=number(0))))

    def _sound(self) -> list[Test]:
        quantity, value, discount = self._seen.quantity, self._seen.value, self._seen.discount
        tests: list[Test] = [quantity.sql > number(0)]
        if not numbers.fits(quantity, LARGEST_QUANTITY):
            tests.append(quantity.sql < number(LARGEST_QUANTITY))
        if not quantity.whole:
            tests.append(~numbers.is_fraction(quantity))
        tests.append(value.sql > number(0))
        if not self._fits(value):
            tests.append(value.sql < number(self._floor // LARGEST_QUANTITY if self._each else self._floor))
        if discount is not None:
            tests += [discount.sql >= number(0), discount.sql <= value.sql]
        return tests

    def _faults(self) -> dict[str, list[Test]]:
        quantity, value, tax, discount = self._seen.quantity, self._seen.value, self._seen.tax, self._seen.discount
        faults: dict[str, list[Test]] = {"bad_quantity": [], "bad_price": [], "price_not_positive": []}
        if quantity.nullable:
            faults["bad_quantity"].append(quantity.sql.is_(None))
        if not numbers.fits(quantity, LARGEST_QUANTITY):
            faults["bad_quantity"].append(numbers.is_outside(quantity.sql, LARGEST_QUANTITY))
        if not quantity.whole:
            faults["bad_quantity"].append(numbers.is_fraction(quantity))
        faults["bad_price"] += [part.sql.is_(None) for part in (value, tax) if part and part.nullable]
        if not self._fits(value) or tax or self._net:
            faults["bad_price"].append(func.abs(self._local()) >= self._limit)
        faults["price_not_positive"].append(self._signed() <= number(0))
        faults["not_sold"] = [quantity.sql == number(0)]
        if not self._signs:
            faults["not_sold"].append(and_(quantity.sql < number(0), self._seen.is_return == number(0)))
        faults["bad_discount"] = self._bad_discount(discount) if discount else []
        return faults

    def _bad_discount(self, discount: Number) -> list[Test]:
        signed = self._positive(discount.sql)
        missing = [discount.sql.is_(None)] if discount.nullable else []
        return [*missing, signed < number(0), signed > self._local()]

    def _signed(self) -> Value:
        """The value as read, with what is taken off or put on it; absolute on returns."""
        signed = self._positive(self._seen.value.sql)
        if self._seen.tax:
            signed = signed - self._positive(self._seen.tax.sql)
        added = self._added()
        if added:
            signed = signed + case((added.sql.is_(None), number(0)), else_=self._positive(added.sql))
        return signed

    def _local(self) -> Value:
        """The line's value before discount, absolute on returns."""
        if self._each:
            # Multiplied before the sign goes: SQL Server's abs has 38 digits, and a product of those loses places.
            return self._positive(self._seen.value.sql * Factor(self.units()))
        return self._signed()

    def _added(self) -> Number | None:
        """What a net amount lacks."""
        return self._seen.discount if self._net else None

    def _positive(self, sql: Value) -> Value:
        return case((self._seen.is_return == number(1), func.abs(sql)), else_=sql)

    def _own(self, found: Number) -> Sum:
        return Sum(func.abs(found.sql), self._is_exact([found], each=False))

    def _times(self, found: Number) -> Sum:
        quantity = self._seen.quantity
        exact = self._is_exact([found], each=True)
        if exact and quantity.whole and found.digits + (found.scale or 0) + quantity.digits <= self._room:
            return Sum(func.abs(found.sql * quantity.sql), exact)
        return Sum(func.abs(found.sql * Factor(self.units())), exact)

    def _is_exact(self, parts: list[Number], *, each: bool) -> bool:
        room = self._room - (numbers.QUANTITY_DIGITS if each else 0) - self._digits
        return all(
            part.scale is not None and part.scale <= self._digits and part.digits + part.scale <= room for part in parts
        )

    def _fits(self, found: Number) -> bool:
        return self._fits_times(found) if self._each else numbers.fits(found, self._floor)

    def _fits_times(self, found: Number) -> bool:
        return numbers.fits(found, self._floor // LARGEST_QUANTITY)
