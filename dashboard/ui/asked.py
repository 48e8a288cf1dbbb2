"""What a user asked of a board, from the address or from its filters: strings that are checked before they count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dashboard.reports import ASKABLE, BadQuestionError, Options, Question
from dashboard.ui.choice import ALL

ROWS = 25
LONGEST_SEARCH = 80
LARGEST_OFFSET = 10**7
QUESTION = ("from", "to", *ASKABLE, "product")
Offers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class TableState:
    """How a table that the server pages stands; ``sort`` empty means as the page likes it.

    Attributes:
        only: key of a filter of that table, empty for all.
        offset, limit: which rows.
    """

    sort: str = ""
    descending: bool = False
    offset: int = 0
    search: str = ""
    only: str = ""
    limit: int = ROWS


@dataclass(frozen=True)
class Asked:
    """A board's filters, extra choices and table states.

    Attributes:
        question: months, dimensions and product; the gate checks them once more.
        extras: name of a select -> value that was on offer.
        tables: part -> state.
    """

    question: Question
    extras: tuple[tuple[str, str], ...] = ()
    tables: tuple[tuple[str, TableState], ...] = ()

    def get(self, name: str) -> str:
        """The value of one of the board's own selects; KeyError if it has no such select."""
        return dict(self.extras)[name]

    def table(self, part: str) -> TableState:
        """The state of the table of one part."""
        return dict(self.tables).get(part, TableState())

    def value(self, name: str) -> str:
        """One filter as it stands in the address; empty for all."""
        if name in {"from", "to"}:
            return self.question.first if name == "from" else self.question.last
        if name == "product":
            return self.question.product or ""
        return "".join(self.question.values(name) or ())

    def address(self, names: Sequence[str], offers: Mapping[str, Offers], newest: str) -> str:
        """The query string that brings this back, without what is the default anyway."""
        values = {name: self.value(name) for name in names}
        if values.get("to") == newest and values.get("from", newest) == newest:
            values |= dict.fromkeys(("from", "to"), "")
        changed = {name: value for name, value in self.extras if value != offers[name][0][0]}
        only = {f"{part}.only": state.only for part, state in self.tables if state.only}
        return urlencode({name: value for name, value in {**values, **changed, **only}.items() if value})


def read(parameters: Mapping[str, Any], options: Options, offers: Mapping[str, Offers], tables: Sequence[str]) -> Asked:
    """What an address or the filters ask for; what is left out is the default, what is not named here is not read.

    Raises:
        BadQuestionError: a value of the wrong type, or one that is not on offer.
    """
    given = {name: text(name, parameters.get(name)) for name in QUESTION}
    newest = options.months[-1]
    dimensions = {name: frozenset({given[name]}) if given[name] else None for name in ASKABLE}
    question = Question(
        given["from"] or given["to"] or newest,
        given["to"] or given["from"] or newest,
        **dimensions,
        product=given["product"] or None,
    )
    extras = tuple((name, _offered(name, parameters.get(name), offer)) for name, offer in offers.items())
    states = ((part, TableState(only=text(part, parameters.get(f"{part}.only"))[:LONGEST_SEARCH])) for part in tables)
    return Asked(question, extras, tuple((part, state) for part, state in states if state.only))


def table_states(given: Any, parts: Sequence[str], *, same: bool) -> tuple[tuple[str, TableState], ...]:
    """The states of the browser's tables, their types checked; ``same`` False: the filters changed, so begin anew.

    Raises:
        BadQuestionError: a value of the wrong type.
    """
    if not isinstance(given, dict):
        raise BadQuestionError("the tables' state must be an object")
    return tuple((part, _state(given[part], same=same)) for part in parts if given.get(part))


def text(name: str, value: object) -> str:
    """A single value as text; empty for none and for all."""
    if value is None or value == ALL:
        return ""
    if not isinstance(value, str):
        raise BadQuestionError(f"{name} must be a single value")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON may hold and an address may not
        raise BadQuestionError(f"{name} is no text") from None
    return value


def _offered(name: str, value: object, offers: Offers) -> str:
    chosen = text(name, value) or offers[0][0]
    if chosen not in {key for key, _ in offers}:
        raise BadQuestionError(f"{chosen!r} is not on offer; choose one of: {', '.join(key for key, _ in offers)}")
    return chosen


def _state(given: Any, *, same: bool) -> TableState:
    if not isinstance(given, dict):
        raise BadQuestionError("a table's state must be an object")
    sort, search, only = (text(name, given.get(name)) for name in ("sort", "search", "only"))
    descending, offset = given.get("descending", False), given.get("offset", 0)
    if not (isinstance(descending, bool) and type(offset) is int and 0 <= offset <= LARGEST_OFFSET):
        raise BadQuestionError("a table's state has a value of the wrong type")
    return TableState(sort, descending, offset if same else 0, search.strip()[:LONGEST_SEARCH], only[:LONGEST_SEARCH])
