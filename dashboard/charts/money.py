"""How one measure's integers are written and drawn in a given currency."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.sales.amounts import amount_text, symbol
from dashboard.sales.measures import Measure, Unit


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

    def heights(self, values: Iterable[int], measure: Measure) -> list[float]:
        """Bar lengths in major units: for drawing only, never to be added up."""
        scale = 10**self.digits if measure.unit is Unit.MONEY else 1
        return [int(value) / scale for value in values]
