"""What a viewer asks about: months and values of dimensions, checked against what that viewer may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.access import DIMENSIONS
from dashboard.reports.answers import Options
from dashboard.sales.calendar import month_number

# What a question may name values of: the dimensions of row scopes, and the source, which no role is narrowed to.
ASKABLE = (*DIMENSIONS, "source")


class BadQuestionError(Exception):
    """A question that cannot be answered; the message says what was wrong and what would be right."""


@dataclass(frozen=True)
class Question:
    """Months ``first`` to ``last``, both included, and the values that count; None for a dimension means all."""

    first: str
    last: str
    region: frozenset[str] | None = None
    category: frozenset[str] | None = None
    channel: frozenset[str] | None = None
    source: frozenset[str] | None = None
    product: str | None = None

    def values(self, dimension: str) -> frozenset[str] | None:
        """The values asked for of one dimension."""
        values: frozenset[str] | None = getattr(self, dimension)
        return values

    @property
    def everywhere(self) -> bool:
        """Whether all regions, channels and sources are meant: stock is kept for the company, not for some of them."""
        return self.region is None and self.channel is None and self.source is None


def check(question: Question, options: Options) -> None:
    """Raise :class:`BadQuestionError` unless the data have the months and the viewer may choose every value."""
    first, last = _months(question)
    if first > last:
        raise BadQuestionError(f"the first month, {question.first}, is after the last, {question.last}")
    low, high = options.months[0], options.months[-1]
    for key in (question.first, question.last):
        if not low <= key <= high:
            raise BadQuestionError(f"there are no data for {key}; choose a month from {low} to {high}")
    for dimension in ASKABLE:
        _check_values(dimension, question.values(dimension), options.values(dimension))


def _months(question: Question) -> tuple[int, int]:
    try:
        return month_number(question.first), month_number(question.last)
    except ValueError as error:
        raise BadQuestionError(str(error)) from None


def _check_values(dimension: str, wanted: Iterable[str] | None, known: Sequence[str]) -> None:
    for value in sorted(wanted or ()):
        if value not in known:
            raise BadQuestionError(f"there is no {dimension} {value!r}; choose one of: {', '.join(known) or 'none'}")
