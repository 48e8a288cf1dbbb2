"""What is known of a new source, from flags or from answers, and the mapping that it makes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashboard.sources.errors import MappingError
from dashboard.sources.mapping import known_zone
from dashboard.sources.pushdown.mapping import Relation


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
        beside: "master" or "stock" -> the table, and its columns by canonical name.
        only: column -> values.
    """

    name: str
    bind: str
    label: str
    lines: Relation
    currency: str
    time_zone: str
    minor_digits: int | None = None
    timestamps: str | None = None
    complete_to: date | None = None
    columns: dict[str, str] = field(default_factory=dict)
    key: Sequence[str] = ()
    amount_is: str | None = None
    joins: list[JoinAnswer] = field(default_factory=list)
    only: dict[str, list[str]] = field(default_factory=dict)
    returns: dict[str, Any] | None = None
    beside: dict[str, tuple[Relation, dict[str, str]]] = field(default_factory=dict)

    def to_table(self) -> dict[str, Any]:
        """The table of settings.toml, without its name."""
        table: dict[str, Any] = {
            "bind": self.bind,
            "label": self.label,
            "currency": self.currency,
            "minor_digits": self.minor_digits,
            "time_zone": self.time_zone,
            "timestamps": self.timestamps,
            "complete_to": self.complete_to,
            "lines": self._lines(),
            "returns": self.returns,
        }
        for name, (found, columns) in self.beside.items():
            table[name] = {**_relation(found), "columns": dict(columns)}
        return {key: value for key, value in table.items() if value is not None}

    def _lines(self) -> dict[str, Any]:
        lines: dict[str, Any] = _relation(self.lines)
        if self.amount_is:
            lines["amount_is"] = self.amount_is
        lines["columns"] = {**self.columns, **({"key": list(self.key)} if self.key else {})}
        if self.only:
            lines["only"] = self.only
        if self.joins:
            lines["joins"] = [
                {"name": join.name, **_relation(join.relation), "on": dict(join.on)} for join in self.joins
            ]
        return lines


def relation(text: str, schema: str | None = None) -> Relation:
    """``[SCHEMA.]TABLE``; with ``schema``, the whole of ``text`` is the name of the table."""
    namespace, dot, table = text.partition(".")
    if schema or not dot:
        return Relation(table=text, schema=schema or None)
    if not namespace or not table:
        raise MappingError(f"{text!r}: write TABLE or SCHEMA.TABLE.")
    return Relation(table=table, schema=namespace)


def join_answer(words: Sequence[str]) -> JoinAnswer:
    """``NAME [SCHEMA.]TABLE COLUMN=COLUMN ...``; the first column of each pair is one of the lines."""
    pairs = [word.partition("=") for word in words[2:]]
    if not pairs or not all(left and equals and right for left, equals, right in pairs):
        raise MappingError(f"join {' '.join(words)!r}: write NAME TABLE COLUMN_OF_THE_LINES=COLUMN_OF_THE_TABLE")
    return JoinAnswer(words[0], relation(words[1]), {left: right for left, _equals, right in pairs})


def currency(text: str) -> str:
    """``text``, if it is the code of a currency."""
    if not re.fullmatch("[A-Z]{3}", text):
        raise MappingError(f"{text!r} is no currency: write three capital letters, such as EUR.")
    return text


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


def _relation(relation: Relation) -> dict[str, Any]:
    schema = {"schema": relation.namespace} if relation.namespace else {}
    return {**schema, "table": relation.table}
