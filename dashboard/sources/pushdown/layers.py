"""Statements in layers: what one layer calls a column, the layer over it uses by that name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

Value = ColumnElement[Any]


@dataclass(frozen=True)
class Layer:
    """Columns over a relation, of the rows that pass all ``tests``.

    Attributes:
        flat: layers become one statement, with each name written out. ClickHouse asks all nodes of a cluster to add
            up only where the spread table stands in the very statement that groups; it computes what is written twice
            once.
    """

    columns: Mapping[str, Value]
    relation: FromClause
    tests: Sequence[ColumnElement[bool]]
    flat: bool

    def with_columns(self, columns: Mapping[str, Value]) -> "Layer":
        """The same rows with other columns."""
        return replace(self, columns=columns)

    def where(self, test: ColumnElement[bool]) -> "Layer":
        """Fewer rows."""
        return replace(self, tests=(*self.tests, test))

    def under(self, name: str) -> "Layer":
        """A layer over this one, called ``name``, with its columns."""
        if self.flat:
            return self
        inner = self._selected(self.columns).subquery(name)
        return Layer({column: inner.c[column] for column in self.columns}, inner, (), self.flat)

    def grouped(self, columns: Mapping[str, Value], keys: Sequence[Value]) -> Select[Any]:
        """One row for each group of equal ``keys``."""
        if not self.flat:
            return self._selected(columns).group_by(*keys)
        # ClickHouse takes the name of a result for the column of the same name that it is made of: a detour.
        inner = self._selected({f"_{name}": column for name, column in columns.items()}).group_by(*keys)
        groups = inner.subquery("groups")
        return select(*(groups.c[f"_{name}"].label(name) for name in columns))

    def _selected(self, columns: Mapping[str, Value]) -> Select[Any]:
        listed = [column.label(name) for name, column in columns.items()]
        return select(*listed).select_from(self.relation).where(*self.tests)
