"""The lines with the tables that they refer to, as one FROM clause."""

from typing import Any

from sqlalchemy import and_, column, select, table
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause, TableClause

from dashboard.sources.pushdown.elements import CLICKHOUSE, OrNull
from dashboard.sources.pushdown.kinds import Shape
from dashboard.sources.pushdown.mapping import Join, Relation, Source
from dashboard.sources.pushdown.shapes import Shapes, line_references


def relation_table(relation: Relation, names: list[str]) -> TableClause:
    """The table or view, with the columns ``names``."""
    return table(relation.table, *(column(name) for name in names), schema=relation.namespace)


class Facts:
    """The lines and their joins: ``relation`` to select from; a line without a partner stays."""

    def __init__(self, source: Source, shapes: Shapes) -> None:
        self.shapes = shapes
        self._columns: dict[str, ColumnElement[Any]] = {}
        # Old versions of ClickHouse join only what they have selected before, and put zeros where there is no partner.
        self._nested = shapes.dialect in CLICKHOUSE and bool(source.lines.joins)
        found = list(line_references(source))
        self.relation: FromClause = self._add("line", *found[0])
        for position, (join, (relation, prefix, references)) in enumerate(
            zip(source.lines.joins, found[1:], strict=True), 1
        ):
            joined = self._add(f"joined_{position}", relation, prefix, references)
            pairs = [self.column(left) == self.column(f"{join.name}.{right}") for left, right in join.on.items()]
            self.relation = self.relation.outerjoin(joined, and_(*pairs))

    def column(self, reference: str) -> ColumnElement[Any]:
        """The column that the mapping writes as ``reference``."""
        return self._columns[reference]

    def shape(self, reference: str) -> Shape:
        """Its shape."""
        return self.shapes.line(reference)

    def _add(self, name: str, relation: Relation, prefix: str, references: list[str]) -> FromClause:
        names = {reference: reference.removeprefix(prefix) for reference in references}
        aliased: FromClause = relation_table(relation, list(names.values())).alias(name)
        if self._nested:
            keys = set(relation.on.values()) if isinstance(relation, Join) else set(names.values())
            selected = [each if each.name in keys else OrNull(each).label(each.name) for each in aliased.c]
            aliased = select(*selected).subquery(name)
        self._columns |= {reference: aliased.c[name] for reference, name in names.items()}
        return aliased
