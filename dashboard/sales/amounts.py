"""Amounts in words: exact decimal text out of integers. Minor units become a decimal point, never a float."""

from dashboard.sales.measures import Measure, Unit

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "CHF": "CHF ", "INR": "₹"}


def decimal_text(minor: int, digits: int, *, grouped: bool = False) -> str:
    """``-123456`` with two digits is ``-1234.56``, grouped ``-1,234.56``."""
    whole, rest = divmod(abs(minor), 10**digits)
    text = f"{whole:,}" if grouped else str(whole)
    fraction = f".{rest:0{digits}d}" if digits else ""
    return f"{'-' if minor < 0 else ''}{text}{fraction}"


def amount_text(value: int, measure: Measure, currency: str, digits: int) -> str:
    """For people: ``14,883`` units, or ``£34,422.09``; a minus sign stands before the currency."""
    if measure.unit is Unit.UNITS:
        return f"{value:,}".replace("-", "−")
    sign = "−" if value < 0 else ""
    return f"{sign}{symbol(currency)}{decimal_text(abs(value), digits, grouped=True)}"


def symbol(currency: str) -> str:
    """What stands before an amount; the ISO code and a space for currencies without a symbol of their own."""
    return SYMBOLS.get(currency, f"{currency} ")
