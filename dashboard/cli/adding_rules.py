"""Questions and flags of ``sources add`` on what lines count, on the days of a source, and on its product codes."""

from argparse import Namespace
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, TypeVar

from dashboard.cli.adding_tables import BesideTables, split
from dashboard.cli.asking import Asker
from dashboard.cli.sources import CONSTANTS
from dashboard.sources.adding.answers import day, relation, rule
from dashboard.sources.errors import ImportRefused, MappingError

_ASSUMED = "assumed"
_BY_QUANTITY = "negative_quantity"
_RULE = "COLUMN value VALUE ..., or COLUMN prefix VALUE ..."
# Key of a column and its name -> the name as the database spells it.
Find = Callable[[str, str], str]
Made = TypeVar("Made")


def given_keys(args: Namespace) -> dict[str, Any]:
    """Keys of the source that its flags alone make; None or an empty one is not given.

    Raises:
        MappingError: a day that is none.
    """
    return {
        "start": args.start and _flag("start", partial(day, args.start)),
        "stop": args.stop and _flag("stop", partial(day, args.stop)),
        "complete_to": args.complete_to and _flag("complete-to", partial(_finished_day, args.complete_to)),
        "yields_to": args.yields_to,
        "constants": {name: text for name in CONSTANTS if (text := getattr(args, f"constant_{name}")) is not None},
        "codes": _given(case=args.codes_case, trim=args.codes_trim),
        "products": _given(pattern=args.products_pattern, not_products=args.not_products),
    }


def _flag(flag: str, make: Callable[[], Made]) -> Made:
    try:
        return make()
    except ImportRefused as error:
        raise MappingError(f"--{flag}: {error}") from None


def _finished_day(text: str) -> Any:
    if text == _ASSUMED:
        return text
    finished = day(text)
    if finished > date.today():
        raise MappingError(f"{text!r} has not come yet: a finished day is one that is over.")
    return finished


def _given(**keys: Any) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value is not None}


class Rules:
    """What is told of the lines of one source beside their columns; ``find`` refuses a column that is not there."""

    def __init__(self, args: Namespace, asker: Asker, beside: BesideTables, find: Find) -> None:
        self._args, self._ask, self._beside, self._find = args, asker, beside, find

    def key(self) -> list[str]:
        """Columns that name one line, as far as they are given."""
        return [self._find("key", column) for column in self._args.key or ()]

    def of_lines(self) -> dict[str, Any]:
        """Keys of the lines on what counts; None or an empty one is not given."""
        return {"repeats": self._args.repeats, "only": self._only(), "leave_out": self._leave_out()}

    def _only(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for column, *values in self._args.only or ():
            if not values:
                raise MappingError(f"--only {column}: write the values behind the column.")
            found.setdefault(self._find("only", column), []).extend(values)
        return found

    def _leave_out(self) -> list[dict[str, Any]]:
        """Rules for lines that are no sales: those of flags, else those asked for."""
        given = self._args.leave_out
        if given or not self._ask.asks:
            return [_flag("leave-out", partial(self._rule, "leave_out", words)) for words in given or ()]
        rules: list[dict[str, Any]] = []
        question = f"Lines that are no sales, such as cancelled ones: {_RULE}"
        while one := self._ask.made(
            f"{question} (Enter: {'no more' if rules else 'none'})", "", lambda text: self._asked("leave_out", text)
        ):
            rules.append(one)
        return rules

    def returns(self) -> dict[str, Any] | None:
        """Which lines are returns; None: those with a negative quantity."""
        by, column, values = self._args.returns_by, self._args.returns_column, self._args.returns_values
        if by is None and not column and not values and self._ask.asks:
            return self._ask.made(
                f"Returns: {_RULE} (Enter: lines with a negative quantity)",
                "",
                lambda text: self._asked("returns", text),
            )
        if by in {None, _BY_QUANTITY}:
            if column or values:
                raise MappingError("--returns-column and --returns-values go with --returns-by prefix or value.")
            return None
        if not column or not values:
            raise MappingError(f"--returns-by {by} needs --returns-column and --returns-values.")
        return {"by": by, "column": self._find("returns", column), "values": values}

    def finished(self) -> dict[str, Any]:
        """How far the figures go: ``complete_to`` or ``loaded``, where they are neither given nor assumed."""
        if self._args.loaded:
            if self._args.complete_to not in {None, _ASSUMED}:
                raise MappingError("--loaded and a day by --complete-to: give one of them, for the day would win.")
            return _flag("loaded", partial(self._loaded, self._args.loaded))
        if self._args.complete_to or not self._ask.asks:
            return {}
        question = "Finished up to: a day, or TABLE COLUMN where the load says it (Enter: the last day with lines"
        return self._ask.made(f"{question}, at most yesterday)", "", self._asked_finished)

    def _asked_finished(self, text: str) -> dict[str, Any]:
        words = split(text, 1)
        if len(words) > 1:
            return self._loaded(words)
        return {"complete_to": _finished_day(words[0])} if words else {}

    def _loaded(self, words: list[str]) -> dict[str, Any]:
        if len(words) != len(("TABLE", "COLUMN")):
            raise MappingError(f"{' '.join(words)!r}: write the table, then its column.")
        table = self._beside.there(relation(words[0]))
        column = self._beside.column(words[1], table)
        schema = {"schema": table.namespace} if table.namespace else {}
        return {"loaded": {**schema, "table": table.table, "column": column}}

    def _asked(self, key: str, text: str) -> dict[str, Any] | None:
        return self._rule(key, split(text)) if text else None

    def _rule(self, key: str, words: list[str]) -> dict[str, Any]:
        made = rule(words)
        if key == "returns" and "why" in made:
            raise MappingError("why= is for lines that are left out.")
        return {**made, "column": self._find(key, made["column"])}
