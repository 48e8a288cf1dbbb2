"""A few rows of the mapped columns, never more than ``SAMPLE_ROWS``: values as the driver gives them."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from dashboard.sources.doctor.catalogue import type_text
from dashboard.sources.doctor.columns import Mapped, Place, mapped_columns, place, shown
from dashboard.sources.doctor.findings import ColumnLook
from dashboard.sources.doctor.months import next_month
from dashboard.sources.pushdown.mapping import Relation, Source
from dashboard.sources.pushdown.moments import Moments
from dashboard.sources.pushdown.relations import Facts, relation_table
from dashboard.sources.pushdown.shapes import PARTS, Shapes

SAMPLE_ROWS: Final = 1000
_VALUES = 3
_LOOKED_THROUGH = 50
_LONGEST_VALUE = 28
Types = Mapping[Place, Mapping[str, Any]]


def look_at_columns(
    connection: Connection, source: Source, shapes: Shapes, catalogue: Types, newest: date | None
) -> list[ColumnLook]:
    """All mapped columns of ``source``, looked at in a sample of each table; those of the lines in one of a month.

    ``newest`` is the last day with lines; without one, any lines are looked at.
    """
    columns = mapped_columns(source)
    of_lines = [mapped for mapped in columns if mapped.key.startswith(("lines.", "returns."))]
    looks = _looks(connection, lines_sample(source, shapes, of_lines, newest), of_lines, catalogue)
    for key in PARTS:
        mine = [mapped for mapped in columns if mapped.key.startswith(f"{key}.")]
        if mine:
            looks += _looks(connection, table_sample(mine), mine, catalogue)
    return looks


def lines_sample(source: Source, shapes: Shapes, columns: Sequence[Mapped], newest: date | None) -> Select[Any]:
    """Rows of the lines with the joined tables, of the month of ``newest``.

    The columns have no type, so values come as the driver gives them, odd ones too.
    """
    facts = Facts(source, shapes)
    chosen = [facts.column(mapped.reference).label(f"c{number}") for number, mapped in enumerate(columns)]
    statement = select(*chosen).select_from(facts.relation).limit(SAMPLE_ROWS)
    if newest is None:
        return statement
    return statement.where(Moments(source, facts).within(newest.replace(day=1), next_month(newest)))


def table_sample(columns: Sequence[Mapped]) -> Select[Any]:
    """Any rows of one table."""
    rows = relation_table(columns[0].relation, list(dict.fromkeys(mapped.column for mapped in columns)))
    chosen = [rows.c[mapped.column].label(f"c{number}") for number, mapped in enumerate(columns)]
    return select(*chosen).select_from(rows).limit(SAMPLE_ROWS)


def table_values(connection: Connection, relation: Relation, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Column -> a few of its values in some rows of a table or view."""
    statement = table_sample([Mapped(name, relation, name) for name in names])
    rows = connection.execute(statement.limit(_LOOKED_THROUGH)).fetchall()
    return {name: _some([row[number] for row in rows]) for number, name in enumerate(names)}


def value_text(value: object) -> str:
    """``value`` fit for a terminal: short, one line, without control characters."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    plain = "".join(sign if sign.isprintable() else "·" for sign in text)
    return plain if len(plain) <= _LONGEST_VALUE else f"{plain[: _LONGEST_VALUE - 1]}…"


def _looks(
    connection: Connection, statement: Select[Any], columns: Sequence[Mapped], catalogue: Types
) -> list[ColumnLook]:
    rows = connection.execute(statement).fetchall()
    return [
        _look(mapped, catalogue[place(mapped.relation)].get(mapped.column), [row[number] for row in rows])
        for number, mapped in enumerate(columns)
    ]


def _look(mapped: Mapped, kind: Any, values: Sequence[Any]) -> ColumnLook:
    known = dict.fromkeys(repr(value) for value in values if value is not None)
    return ColumnLook(
        key=mapped.key,
        table=shown(mapped.relation),
        column=mapped.column,
        type=type_text(kind),
        rows=len(values),
        nulls=sum(value is None for value in values),
        distinct=len(known),
        values=_some(values),
    )


def _some(values: Sequence[Any]) -> tuple[str, ...]:
    texts = dict.fromkeys(value_text(value) for value in values if value is not None)
    return tuple(islice(texts, _VALUES))
