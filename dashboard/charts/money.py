"""How one measure's integers are written and drawn in a given currency."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.sales.amounts import amount_text, symbol
from dashboard.sales.measures import Measure, Unit
from dashboard.sales.ratios import Form, Ratio, nearest

FEW = 10


@dataclass(frozen=True)
class Money:
    """The reporting currency: ISO code and decimals of its minor unit."""

    currency: str
    digits: int

    def text(self, value: int, measure: Measure) -> str:
        """The exact value for people."""
        return amount_text(int(value), measure, self.currency, self.digits)

    def unit(self, measure: Measure) -> str:
        """What stands in a title: ``units`` or the currency."""
        return self.currency if measure.unit is Unit.MONEY else "units"

    def title(self, measure: Measure) -> str:
        """The measure with its unit: ``Net units``, or ``Net sales, EUR``."""
        return f"{measure.name}, {self.currency}" if measure.unit is Unit.MONEY else measure.name

    def prefix(self, measure: Measure) -> str:
        """What stands before an axis label."""
        return symbol(self.currency) if measure.unit is Unit.MONEY else ""

    def ratio(self, ratio: Ratio, top: int, bottom: int) -> str:
        """A quotient for people: ``12.3 %`` or ``£2.45``; a dash where there is nothing to divide by."""
        if bottom <= 0:
            return "–"
        if ratio.form is Form.PRICE:
            return self.text(nearest(top, bottom), ratio.top)
        return f"{top / bottom * 100:,.1f} %".replace("-", "−")

    def rate(self, value: float, measure: Measure) -> str:
        """So much a day: two decimals, one from ten units on."""
        if measure.unit is Unit.MONEY:
            return self.text(round(value), measure)
        decimals = 1 if abs(value) >= FEW else 2
        return f"{value:,.{decimals}f}".replace("-", "−")

    def heights(self, values: Iterable[float], measure: Measure) -> list[float]:
        """Bar lengths in major units: for drawing only, never to be added up."""
        scale = 10**self.digits if measure.unit is Unit.MONEY else 1
        return [float(value) / scale for value in values]
