"""The types of the common data set as a database would report them, for statements that are compiled and not run."""

from collections.abc import Mapping
from typing import Any

from engines.dataset import Dataset, Kind
from sqlalchemy import types
from sqlalchemy.dialects import mssql, oracle

from dashboard.sources.pushdown.kinds import shape_of
from dashboard.sources.pushdown.mapping import Relation, Source
from dashboard.sources.pushdown.shapes import PARTS, Shapes, line_references, part_columns

TYPES: dict[str, dict[Kind, types.TypeEngine[Any]]] = {
    "mssql": {
        "whole": types.INTEGER(),
        "text": mssql.NVARCHAR(60),
        "decimal": types.DECIMAL(18, 4),
        "float": mssql.DOUBLE_PRECISION(),
        "moment": mssql.DATETIME2(3),
        "day": mssql.DATE(),
    },
    "oracle": {
        "whole": oracle.NUMBER(9, 0),
        "text": oracle.VARCHAR2(60),
        "decimal": oracle.NUMBER(18, 4),
        "float": oracle.BINARY_DOUBLE(),
        "moment": oracle.DATE(),
        "day": oracle.DATE(),
    },
}


def source_of(table: Mapping[str, Any]) -> Source:
    """The mapping as settings would give it."""
    return Source.model_validate(_tuples({**table, "name": "shop", "bind": "erp"}))


def shapes_of(found: Dataset, source: Source, dialect: str, **changed: types.TypeEngine[Any]) -> Shapes:
    """The shapes of all that ``source`` maps; ``changed``: types of columns by their key of the data set."""
    tables = {table.name: {column.name: column for column in table.columns} for table in found.tables}
    known = TYPES[dialect]

    def shape(relation: Relation, name: str, nullable: bool = False) -> Any:
        column = tables[relation.table][name]
        kind = changed.get(column.key, known[column.kind])
        return shape_of(kind, nullable or not column.filled, dialect)

    lines = {
        reference: shape(relation, reference.removeprefix(prefix), bool(prefix))
        for relation, prefix, references in line_references(source)
        for reference in references
    }
    parts = {"lines": lines}
    for part in PARTS:
        relation = getattr(source, part)
        if relation is not None:
            parts[part] = {name: shape(relation, name) for name in part_columns(relation).values()}
    return Shapes(dialect, parts)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value
