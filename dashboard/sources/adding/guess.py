"""Which column of a table may be what, by its name and type."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Date, DateTime, Integer, Numeric, String, types

from dashboard.sources.adding.words import WORDS

LINE_COLUMNS: Final = (
    *("product", "quantity", "date", "amount", "price", "discount", "tax", "cost"),
    *("region", "channel", "currency", "name", "category"),
)
MASTER_COLUMNS: Final = ("product", "name", "category", "cost", "launch", "end")
STOCK_COLUMNS: Final = ("date", "product", "available")
RECEIPT_COLUMNS: Final = ("date", "product", "units")
RATE_COLUMNS: Final = ("date", "currency", "rate")
_NUMBERS: Final = frozenset({"quantity", "amount", "price", "discount", "tax", "cost", "available", "units", "rate"})
_DAYS: Final = frozenset({"date", "launch", "end"})
_SAME, _PART = 1000, 500
_KEYS: Final = ("id", "no", "nr", "number", "nummer", "code", "key")
# A short word is part of too many others.
_LEAST_PART = 5


def guess(columns: Mapping[str, Any], wanted: Iterable[str] = LINE_COLUMNS) -> dict[str, str]:
    """Canonical name -> column of ``columns`` (name -> SQLAlchemy type), as far as their names tell.

    A column stands for one thing only. Of amount and price, only the better guess is given, for a mapping takes one;
    a tax is given with an amount only.
    """
    scored = [
        (score, -position, canonical, column)
        for canonical in wanted
        for position, (column, kind) in enumerate(columns.items())
        if _fits(canonical, kind) and (score := _score(canonical, column))
    ]
    found: dict[str, str] = {}
    scores: dict[str, int] = {}
    for score, _position, canonical, column in sorted(scored, reverse=True):
        if canonical not in found and column not in found.values():
            found[canonical], scores[canonical] = column, score
    days = [column for column, kind in columns.items() if isinstance(kind, Date | DateTime)]
    if found and "date" in wanted and "date" not in found and len(days) == 1:
        found["date"] = days[0]
    if "amount" in found and "price" in found:
        found.pop("price" if scores["amount"] >= scores["price"] else "amount")
    if "amount" not in found:
        found.pop("tax", None)
    return {canonical: found[canonical] for canonical in wanted if canonical in found}


def matching(lines: Iterable[str], table: Iterable[str], name: str) -> dict[str, str]:
    """Column of the lines -> column of the table ``name`` that it seems to refer to; as far as names tell.

    A column that both have, else ``order_id`` and the ``id`` of ``orders``.
    """
    theirs = {_folded(column): column for column in table}
    same = {column: theirs[_folded(column)] for column in lines if _folded(column) in theirs.keys() - set(_KEYS)}
    if same:
        first = next((one for one in same if _is_key(one)), next(iter(same)))
        return {first: same[first]}
    own = next((theirs[key] for key in _KEYS if key in theirs), None)
    singular = _folded(name).removesuffix("s")
    refers = [column for column in lines if _folded(column) in {f"{singular}{key}" for key in _KEYS}]
    return {refers[0]: own} if own is not None and refers else {}


def _is_key(column: str) -> bool:
    return _folded(column).endswith(_KEYS)


def _score(canonical: str, column: str) -> int:
    """How much the name tells; 0: nothing."""
    name, parts = _folded(column), _parts(column)
    for place, word in enumerate(WORDS[canonical]):
        if word == name:
            return _SAME - place
        if word in parts or (len(word) >= _LEAST_PART and word in name):
            return _PART - place
    return 0


def _folded(text: str) -> str:
    """Small letters and digits only, without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum() and sign.isascii())


def _parts(column: str) -> frozenset[str]:
    spaced = "".join(f" {sign}" if sign.isupper() and before.islower() else sign for before, sign in _pairs(column))
    words = "".join(sign if sign.isalnum() else " " for sign in spaced).split()
    return frozenset(_folded(word) for word in words)


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    return zip(" " + text, text, strict=False)


def _fits(canonical: str, kind: Any) -> bool:
    if isinstance(kind, types.NullType):
        return True
    if canonical in _NUMBERS:
        return isinstance(kind, Numeric | Integer) or _called(kind, ("DECIMAL", "INT", "FLOAT", "DOUBLE", "MONEY"))
    if canonical in _DAYS:
        return isinstance(kind, Date | DateTime | String) or _called(kind, ("DATE", "TIME", "TEXT"))
    if canonical == "product":
        return not isinstance(kind, Date | DateTime)
    return not isinstance(kind, Date | DateTime | types.Float)


def _called(kind: Any, names: Iterable[str]) -> bool:
    """Types of a dialect's own are told by their names."""
    return any(name in type(kind).__name__.upper() for name in names)
