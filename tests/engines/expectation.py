"""What must come out of a data set: each line judged alone in plain Python, with nothing of Salesgate.

It knows the rules of docs/how-to/import.md as a person would tell them; it shares no code with what it checks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engines.dataset import Dataset, Row, Table

KEYS = ("period", "product", "region", "channel", "currency", "verdict", "is_return", "costed")
SUMS = ("lines", "units", "gross_minor", "discount_minor", "cost_minor")
REASONS = (
    "",
    "bad_date",
    "bad_quantity",
    "bad_price",
    "price_not_positive",
    "not_sold",
    "bad_discount",
    "repeat",
)
LEFT_OUT = 100
_QUANTITIES, _AMOUNTS = Decimal(10) ** 9, Decimal(10) ** 13
Key = tuple[Any, ...]
Groups = dict[Key, tuple[int, ...]]


@dataclass(frozen=True)
class Line:
    """One line after judging; ``day`` is None where the date is none, or outside 1970 to 2100."""

    day: date | None
    key: Key
    sums: tuple[int, ...]


def expected(found: Dataset, source: Mapping[str, Any], grain: Literal["day", "month"] = "month") -> Groups:
    """The groups of a source: values of ``KEYS`` -> values of ``SUMS``; lines without a usable date are in none."""
    return fold(
        (line.day if grain == "day" else line.day.replace(day=1), *line.key, *line.sums)
        for line in judged(found, source)
        if line.day
    )


def outside(found: Dataset, source: Mapping[str, Any]) -> tuple[int, int]:
    """How many lines have no date, or one outside 1970 to 2100, and how many units are on them."""
    without = [line for line in judged(found, source) if line.day is None]
    return len(without), sum(line.sums[1] for line in without)


def fold(rows: Iterable[Row]) -> Groups:
    """Rows of ``KEYS`` and ``SUMS`` as groups; of lines that are not counted only lines and units are told apart."""
    groups: dict[Key, list[int]] = {}
    for row in rows:
        key, sums = row[: len(KEYS)], row[len(KEYS) :]
        if key[5]:
            key, sums = (*key[:7], 0), (*sums[:2], 0, 0, 0)
        total = groups.setdefault(key, [0] * len(SUMS))
        for position, value in enumerate(sums):
            total[position] += value
    return {key: tuple(total) for key, total in groups.items()}


def judged(found: Dataset, source: Mapping[str, Any]) -> Iterator[Line]:
    """Each line that belongs to the source, in the order of the data."""
    seen: Counter[Key] = Counter()
    for values in _records(found, source):
        if all(values[column] in wanted for column, wanted in source["lines"].get("only", {}).items()):
            yield _judge(values, source, seen)


def _records(found: Dataset, source: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines by column of the database, and ``join.column`` of what they refer to."""
    tables = {table.name: table for table in found.tables}
    joins = [(join, _index(tables[join["table"]], join)) for join in source["lines"].get("joins", ())]
    lines = tables[source["lines"]["table"]]
    for row in lines.rows:
        values = dict(zip((column.name for column in lines.columns), row, strict=True))
        for join, index in joins:
            joined = index.get(tuple(values[column] for column in join["on"]), {})
            columns = tables[join["table"]].columns
            values |= {f"{join['name']}.{column.name}": joined.get(column.name) for column in columns}
        yield values


def _index(table: Table, join: Mapping[str, Any]) -> dict[Key, dict[str, Any]]:
    rows = [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]
    return {tuple(row[column] for column in join["on"].values()): row for row in rows}


def _judge(values: Mapping[str, Any], source: Mapping[str, Any], seen: Counter[Key]) -> Line:
    mapped = source["lines"]["columns"]
    given = {name: values[column] for name, column in mapped.items() if name != "key"}
    day = _day(given["date"], source)
    quantity = given["quantity"]
    whole = quantity is not None and quantity == quantity.to_integral_value() and abs(quantity) < _QUANTITIES
    units = int(quantity) if whole else None
    is_return = _is_return(values, units, source)
    gross, discount = _money(given, units, is_return)
    reason = _reason(given, day, units, is_return, gross, discount)
    rule = _rule(values, source["lines"].get("leave_out", ()))
    verdict = REASONS.index(reason) if rule is None else LEFT_OUT + rule
    if verdict == 0 and "key" in mapped:
        seen[tuple(values[column] for column in mapped["key"])] += 1
        if seen[tuple(values[column] for column in mapped["key"])] > 1:
            verdict = REASONS.index("repeat")
    cost = given.get("cost")
    costed = int(cost is not None and cost > 0 and verdict == 0)
    money = (_minor(gross), _minor(discount), _minor(cost * abs(units)) if costed else 0) if verdict == 0 else (0, 0, 0)
    texts = (given["product"], given.get("region"), given.get("channel"), given.get("currency"))
    return Line(day, (*texts, verdict, is_return, costed), (1, abs(units or 0), *money))


def _day(moment: date | datetime | None, source: Mapping[str, Any]) -> date | None:
    if moment is None or not 1970 <= moment.year <= 2100:
        return None
    if not isinstance(moment, datetime):
        return moment
    if source.get("timestamps", "local") == "utc":
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(source["time_zone"])).date()
    return moment.date()


def _is_return(values: Mapping[str, Any], units: int | None, source: Mapping[str, Any]) -> int:
    rule = source.get("returns", {"by": "negative_quantity"})
    if rule["by"] == "negative_quantity":
        return int(units is not None and units < 0)
    return int(_rule(values, [rule]) is not None)


def _rule(values: Mapping[str, Any], rules: Iterable[Mapping[str, Any]]) -> int | None:
    """The position of the first rule that holds."""
    for position, rule in enumerate(rules):
        text = values[rule["column"]]
        if text is None:
            continue
        if rule["by"] == "value" and text.strip(" ") in rule["values"]:
            return position
        if rule["by"] == "prefix" and text.startswith(tuple(rule["values"])):
            return position
    return None


def _money(given: Mapping[str, Any], units: int | None, is_return: int) -> tuple[Decimal | None, Decimal]:
    """The line's value before discount, and its discount; what is no number is None."""
    value, discount = _number(given.get("price", given.get("amount"))), given.get("discount") or Decimal(0)
    if is_return:
        value, discount = None if value is None else abs(value), abs(discount)
    if value is not None and "price" in given:
        value = value * abs(units) if units is not None else None
    return value, discount


def _number(value: Decimal | float | None) -> Decimal | None:
    if isinstance(value, float):
        value = Decimal(repr(value))
    return value if value is not None and value.is_finite() and abs(value) < _AMOUNTS else None


def _reason(
    given: Mapping[str, Any],
    day: date | None,
    units: int | None,
    is_return: int,
    gross: Decimal | None,
    discount: Decimal,
) -> str:
    value = _number(given.get("price", given.get("amount")))
    tests = {
        "bad_date": day is None,
        "bad_quantity": units is None,
        "bad_price": value is None or (gross is not None and abs(gross) >= _AMOUNTS),
        "price_not_positive": value is not None and (abs(value) if is_return else value) <= 0,
        "not_sold": units == 0 or (units is not None and units < 0 and not is_return),
        "bad_discount": gross is not None and not 0 <= discount <= gross,
    }
    return next((reason for reason, holds in tests.items() if holds), "")


def _minor(amount: Decimal | None) -> int:
    """Hundredths, half up; ``amount`` is never negative here."""
    assert amount is not None
    assert amount >= 0
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
