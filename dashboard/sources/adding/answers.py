"""What is known of a new source, from flags or from answers, and the mapping that it makes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from dashboard.sources.errors import MappingError
from dashboard.sources.mapping import known_currency, known_zone
from dashboard.sources.pushdown.mapping import Relation

_QUOTED: Final = re.compile(r'"((?:[^"]|"")+)"')
_WHY: Final = "why="


@dataclass(frozen=True)
class JoinAnswer:
    """A table that a line refers to; ``on``: column of the lines -> column of this table."""

    name: str
    relation: Relation
    on: Mapping[str, str]


@dataclass
class Answers:
    """Everything that ``[sources.NAME]`` is made of; what is None is not written.

    Attributes:
        columns: canonical name of the lines -> column.
        beside: "master", "stock", "receipts" or "rates" -> the table, and its columns by canonical name.
        more, of_lines: other keys of the source and of its lines, as settings.toml has them; empty ones are left out.
    """

    name: str
    bind: str
    label: str
    lines: Relation
    currency: str
    time_zone: str
    minor_digits: int | None = None
    timestamps: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    key: Sequence[str] = ()
    amount_is: str | None = None
    joins: list[JoinAnswer] = field(default_factory=list)
    beside: dict[str, tuple[Relation, dict[str, str]]] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    of_lines: dict[str, Any] = field(default_factory=dict)

    def to_table(self) -> dict[str, Any]:
        """The table of settings.toml, without its name."""
        table: dict[str, Any] = {
            "bind": self.bind,
            "label": self.label,
            "currency": self.currency,
            "minor_digits": self.minor_digits,
            "time_zone": self.time_zone,
            "timestamps": self.timestamps,
            "lines": self._lines(),
            **_filled(self.more),
        }
        for name, (found, columns) in self.beside.items():
            table[name] = {**_relation(found), "columns": dict(columns)}
        return {key: value for key, value in table.items() if value is not None}

    def _lines(self) -> dict[str, Any]:
        lines: dict[str, Any] = _relation(self.lines)
        if self.amount_is:
            lines["amount_is"] = self.amount_is
        lines["columns"] = {**self.columns, **({"key": list(self.key)} if self.key else {})}
        lines |= _filled(self.of_lines)
        if self.joins:
            lines["joins"] = [
                {"name": join.name, **_relation(join.relation), "on": dict(join.on)} for join in self.joins
            ]
        return lines


def relation(text: str, schema: str | None = None) -> Relation:
    """``[SCHEMA.]TABLE``; with ``schema``, the whole of ``text`` is the name of the table.

    A name with a dot in it stands in double quotation marks.
    """
    first, rest = _name_and_rest(text)
    if schema or not rest:
        return Relation(table=text if schema else first, schema=schema or None)
    table, more = _name_and_rest(rest[1:])
    if not first or not table or not rest.startswith(".") or (rest.startswith('."') and more):
        raise MappingError(f"{text!r}: write TABLE or SCHEMA.TABLE, a name with a dot in double quotation marks.")
    return Relation(table=table + more, schema=first)


def _name_and_rest(text: str) -> tuple[str, str]:
    quoted = _QUOTED.match(text)
    if quoted:
        return quoted[1].replace('""', '"'), text[quoted.end() :]
    name, dot, rest = text.partition(".")
    return name, dot + rest


def join_answer(words: Sequence[str]) -> JoinAnswer:
    """``NAME [SCHEMA.]TABLE COLUMN=COLUMN ...``; the first column of each pair is one of the lines."""
    pairs = _pairs(words[2:])
    if not pairs:
        raise MappingError(f"join {' '.join(words)!r}: write NAME TABLE COLUMN_OF_THE_LINES=COLUMN_OF_THE_TABLE")
    return JoinAnswer(words[0], relation(words[1]), pairs)


def beside_answer(words: Sequence[str], keys: Sequence[str]) -> tuple[Relation, dict[str, str]]:
    """``[SCHEMA.]TABLE KEY=COLUMN ...``: the table, and its columns by key, as far as they are named."""
    pairs = _pairs(words[1:])
    if pairs is None or not pairs.keys() <= set(keys):
        raise MappingError(f"{' '.join(words)!r}: write TABLE, then KEY=COLUMN with the keys {', '.join(keys)}.")
    return relation(words[0]), pairs


def _pairs(words: Sequence[str]) -> dict[str, str] | None:
    """``LEFT=RIGHT ...``; None if a word is not so."""
    pairs = [word.partition("=") for word in words]
    if not all(left and equals and right for left, equals, right in pairs):
        return None
    return {left: right for left, _equals, right in pairs}


def rule(words: Sequence[str]) -> dict[str, Any]:
    """``COLUMN value|prefix VALUE ... [why=TEXT]``, as settings.toml has it."""
    column, by, *values = (*words, "", "")[: max(len(words), 2)]
    why = {"why": values.pop().removeprefix(_WHY)} if values and values[-1].startswith(_WHY) else {}
    if by not in {"value", "prefix"} or not all([column, *values]) or not values:
        raise MappingError(f"{' '.join(words)!r}: write COLUMN, then value or prefix, then one VALUE or several.")
    return {"column": column, "by": by, "values": values, **why}


def day(text: str) -> date:
    """``2026-01-31`` as a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MappingError(f"{text!r} is no day: write it as 2026-01-31.") from None


def currency(text: str) -> str:
    """``text``, if it is the code of a currency."""
    try:
        return known_currency(text)
    except ValueError as error:
        raise MappingError(f"{error}.") from None


def zone(text: str) -> str:
    """``text``, if it is a time zone."""
    try:
        return known_zone(text)
    except ValueError as error:
        raise MappingError(str(error)) from None


def column_called(wanted: str, columns: Sequence[str]) -> str | None:
    """The column of this name, in the spelling of the database where only upper and lower case differ."""
    if wanted in columns:
        return wanted
    alike = [column for column in columns if column.casefold() == wanted.casefold()]
    return alike[0] if len(alike) == 1 else None


def _filled(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value not in (None, [], {})}


def _relation(relation: Relation) -> dict[str, Any]:
    schema = {"schema": relation.namespace} if relation.namespace else {}
    return {**schema, "table": relation.table}
