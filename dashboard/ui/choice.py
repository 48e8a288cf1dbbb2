"""What a user chose, from the address or from the filters: strings that are checked before they count."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from dashboard.reports import ASKABLE, BadQuestionError, Options, Question, Reports
from dashboard.reports.gate import NO_RATES
from dashboard.ui.spec import RANKING_SIZES

DEFAULT_SIZE = 10
# What a select sends for all values: browsers and components treat an empty value as nothing chosen.
ALL = "*"
# Names in the address; what is not named here is not read from it.
PARAMETERS = ("from", "to", *ASKABLE, "show", "zero", "split", "product", "lists", "rank")
# The pair of lists, and what the first pair is ranked by: value -> label, the first is the default.
LISTS = {"ends": "Best and worst", "movers": "Rise and fall"}
RANKS = {"total": "Total", "day": "Per stock day"}


@dataclass(frozen=True)
class Choice:
    """The state of the filters; an empty string means all.

    Attributes:
        first, last: months, both included.
        size: how many products a ranking shows.
        zero_sellers: whether products that sold nothing are in the worst list.
        split: the dimension of the breakdown.
        product: code of the product that the page is drilled into.
        lists: which pair of lists, a key of :data:`LISTS`.
        rank: what best and worst are ranked by, a key of :data:`RANKS`.
    """

    first: str
    last: str
    region: str = ""
    category: str = ""
    channel: str = ""
    source: str = ""
    size: int = DEFAULT_SIZE
    zero_sellers: bool = True
    split: str = ""
    product: str = ""
    lists: str = "ends"
    rank: str = "total"

    @property
    def question(self) -> Question:
        """The question about all products of the choice."""
        chosen = {name: _one(getattr(self, name)) for name in ASKABLE}
        return Question(self.first, self.last, **chosen, product=None)

    @property
    def drilled(self) -> Question:
        """The same about the product that the page is drilled into, if there is one."""
        return replace(self.question, product=self.product or None)

    def address(self, default: "Choice") -> str:
        """The query string that brings this choice back, without what is the default anyway."""
        mine, usual = self._parameters(), default._parameters()
        changed = [name for name in mine if mine[name] != usual[name]]
        # One month alone would be read as both ends.
        changed = ["from", "to", *changed] if {"from", "to"} & set(changed) else changed
        return urlencode({name: mine[name] for name in mine if name in changed})

    def _parameters(self) -> dict[str, str]:
        values = (self.first, self.last, *(getattr(self, name) for name in ASKABLE))
        rest = (str(self.size), "1" if self.zero_sellers else "0", self.split, self.product, self.lists, self.rank)
        return dict(zip(PARAMETERS, (*values, *rest), strict=True))


def default_choice(options: Options) -> Choice:
    """The newest month and everything in it."""
    newest = options.months[-1]
    return Choice(newest, newest, split=split_dimensions(options)[0])


def split_dimensions(options: Options) -> tuple[str, ...]:
    """The dimensions worth a split: more than one value; at least one, so that there is always a chart."""
    return tuple(name for name in ASKABLE if len(options.values(name)) > 1) or (ASKABLE[0],)


def from_parameters(parameters: Mapping[str, Any], options: Options) -> Choice:
    """The choice that an address or the filters ask for; what is left out is the default.

    Raises:
        BadQuestionError: a value of the wrong type, or one that is not on offer.
    """
    usual = default_choice(options)
    given = {name: _text(name, parameters.get(name)) for name in PARAMETERS}
    return Choice(
        first=given["from"] or given["to"] or usual.first,
        last=given["to"] or given["from"] or usual.last,
        region=given["region"],
        category=given["category"],
        channel=given["channel"],
        source=given["source"],
        size=_size(given["show"]),
        zero_sellers=given["zero"] != "0",
        split=_offered(given["split"] or usual.split, split_dimensions(options)),
        product=given["product"],
        lists=_offered(given["lists"] or "ends", tuple(LISTS)),
        rank=_offered(given["rank"] or "total", tuple(RANKS)),
    )


def checked(choice: Choice, reports: Reports, measure: str) -> Choice:
    """``choice`` if the gate answers its questions; raises what the gate raises."""
    reports.headline(measure, choice.drilled)
    check_rank(choice, reports)
    return choice


def check_rank(choice: Choice, reports: Reports) -> None:
    """Raise :class:`BadQuestionError` for a ranking per day in stock that this viewer cannot have."""
    if choice.rank == "day" and not reports.rates_known:
        raise BadQuestionError(NO_RATES)


def _one(value: str) -> frozenset[str] | None:
    return frozenset({value}) if value else None


def _text(name: str, value: object) -> str:
    if value is None or value == ALL:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if not isinstance(value, str | int):
        raise BadQuestionError(f"{name} must be a single value")
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON may hold and an address may not
        raise BadQuestionError(f"{name} is no text") from None
    return text


def _size(text: str) -> int:
    return int(_offered(text or str(DEFAULT_SIZE), tuple(str(size) for size in RANKING_SIZES)))


def _offered(value: str, offers: tuple[str, ...]) -> str:
    if value not in offers:
        raise BadQuestionError(f"{value!r} is not on offer; choose one of: {', '.join(offers)}")
    return value
