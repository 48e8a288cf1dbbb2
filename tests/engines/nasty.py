"""Single lines and moments that are easily got wrong."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

FIRST_DAY: Final = date(2023, 1, 1)
COMMON_LINES: Final = 20_000
_LAST = {"hour": 21, "minute": 59, "second": 59, "microsecond": 999_000}  # a day of Berlin's summer, in UTC
_WINTER = {**_LAST, "hour": 22}

# In UTC: the last moments of months and the first ones of the next, both changes of the clock, and no moments at all.
MOMENTS: Final = (
    datetime(2023, 3, 31, **_LAST),
    datetime(2023, 3, 31, 22),
    datetime(2023, 10, 31, **_WINTER),
    datetime(2023, 10, 31, 23),
    datetime(2024, 2, 29, **_WINTER),
    datetime(2024, 2, 29, 23),
    datetime(2024, 12, 31, **_WINTER),
    datetime(2024, 12, 31, 23),
    datetime(2023, 3, 25, **_WINTER),
    datetime(2023, 3, 25, 23),
    datetime(2023, 3, 26, 0, 59, 59, 999_000),
    datetime(2023, 3, 26, 1),
    datetime(2023, 3, 26, **_LAST),
    datetime(2023, 3, 26, 22),
    datetime(2023, 10, 28, **_LAST),
    datetime(2023, 10, 28, 22),
    datetime(2023, 10, 29, 0, 59, 59, 999_000),
    datetime(2023, 10, 29, 1),
    datetime(2023, 10, 29, **_WINTER),
    datetime(2023, 10, 29, 23),
    datetime(9999, 12, 31),
    datetime(9999, 12, 31, 23, 59, 59),
    datetime(1900, 1, 1),
    None,
)

_ONE, _PRICE = Decimal(1), Decimal("9.99")
_NONE: dict[str, Any] = {"product": "A100", "quantity": _ONE, "price": _PRICE}

# All on one day in one order; what each becomes is told by hand in tests/integration/engines/test_dataset.py.
NASTY_LINES: Final[tuple[dict[str, Any], ...]] = (
    {**_NONE, "product": None},
    {**_NONE, "product": " "},
    {**_NONE, "quantity": None},
    {**_NONE, "quantity": Decimal("1.5")},
    {**_NONE, "quantity": Decimal("-0.001")},
    {**_NONE, "quantity": Decimal(999_999_999), "price": Decimal("0.01")},
    {**_NONE, "quantity": Decimal(1_000_000_000)},
    {**_NONE, "quantity": Decimal(0)},
    {**_NONE, "price": None},
    {**_NONE, "price": Decimal(90_000_000_000_000), "price_float": float("inf")},
    {**_NONE, "price": None, "price_float": float("nan")},
    {**_NONE, "quantity": Decimal(100_000), "price": Decimal(1_000_000_000)},
    {**_NONE, "price": Decimal(0)},
    {**_NONE, "price": Decimal("-9.99")},
    {**_NONE, "quantity": Decimal(-2), "price": Decimal("-9.99")},
    {**_NONE, "price": Decimal("1.0050")},
    {**_NONE, "price": Decimal("1.0049")},
    {**_NONE, "quantity": Decimal(-1), "price": Decimal("1.0050")},
    {**_NONE, "quantity": Decimal(3), "price": Decimal("0.0050")},
    {**_NONE, "price": Decimal("0.0001")},
    {**_NONE, "discount": Decimal("9.9900")},
    {**_NONE, "discount": Decimal("9.9901")},
    {**_NONE, "discount": Decimal("-0.0100")},
    {**_NONE, "quantity": Decimal(-1), "discount": Decimal("-1.0050")},
    {**_NONE, "cost": Decimal(0)},
    {**_NONE, "cost": Decimal("-1")},
    {**_NONE, "quantity": Decimal(2), "cost": Decimal("2.0025")},
    {**_NONE, "currency": "usd"},
    {**_NONE, "kind": None},
    {**_NONE, "kind": "POST-DHL"},
    {**_NONE, "kind": "post-dhl"},
    {**_NONE, "kind": "10%_off"},
    {**_NONE, "kind": "10% off"},
    {**_NONE, "kind": "FREE"},
    {**_NONE, "kind": "FREE "},
    {**_NONE, "kind": "free"},
    {**_NONE, "kind": "Übung", "quantity": None},
    {**_NONE, "kind": "übung"},
    {**_NONE, "quantity": None, "price": None},
)
