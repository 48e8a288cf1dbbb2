"""The types of all mapped columns, read from the catalogue of the database before anything is asked of the lines."""

import difflib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import NoSuchTableError, SAWarning

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.kinds import NUMBERS, Family, Shape, shape_of
from dashboard.sources.pushdown.mapping import Relation, Source
from dashboard.sources.pushdown.names import check_names

PARTS = ("master", "stock", "receipts", "rates", "loaded")
_NO_WINDOWS = {"mysql": (8,), "mariadb": (10, 2), "clickhouse": (21, 3), "sqlite": (3, 25)}
_NEAR = 3
_ALIKE, _LISTED = 0.5, 20


@dataclass(frozen=True)
class Shapes:
    """Shapes of the mapped columns of one source.

    Attributes:
        dialect: SQLAlchemy's name of it.
        parts: "lines" and the parts of the source in ``PARTS`` -> reference as the mapping writes it -> shape. For
            lines, a reference is a column or ``join.COLUMN``.
        windows: whether the database can number the rows of a group.
    """

    dialect: str
    parts: Mapping[str, Mapping[str, Shape]]
    windows: bool = True

    def line(self, reference: str) -> Shape:
        """The shape of a column of the lines, or of a join."""
        return self.parts["lines"][reference]


def read_shapes(connection: Connection, source: Source) -> Shapes:
    """Look up every mapped column; no foreign keys are read.

    Raises:
        ImportRefused: a table or column that does not exist, with those of like names; or a name that the dialect
            cannot quote.
    """
    dialect = connection.dialect
    check_names(source, _named(source), dialect.name)
    inspector = inspect(connection)
    lines: dict[str, Shape] = {}
    for relation, prefix, references in line_references(source):
        where = f"sources.{source.name}.lines"
        found = _columns(inspector, relation, where)
        for reference in references:
            shape = _one(found, relation, reference.removeprefix(prefix), where)
            lines[reference] = shape_of(shape[0], shape[1] or bool(prefix), dialect.name)
    parts = {"lines": lines}
    for part in PARTS:
        relation_of_part: Relation | None = getattr(source, part)
        if relation_of_part is not None:
            parts[part] = _part(inspector, relation_of_part, f"sources.{source.name}.{part}", dialect.name)
    return Shapes(dialect.name, parts, _can_number(dialect.name, _version(connection)))


def line_references(source: Source) -> Iterator[tuple[Relation, str, list[str]]]:
    """The relations of the lines: each with the prefix of its references, and those that the mapping uses."""
    used = set(_line_columns(source))
    for join in source.lines.joins:
        used |= set(join.on) | {f"{join.name}.{column}" for column in join.on.values()}
    prefixes = {f"{join.name}.": join for join in source.lines.joins}
    yield source.lines, "", sorted(name for name in used if not name.startswith(tuple(prefixes)))
    for prefix, join in prefixes.items():
        yield join, prefix, sorted(name for name in used if name.startswith(prefix))


def _named(source: Source) -> Iterator[tuple[str, Relation, list[str]]]:
    """All relations with the columns that are mapped of them."""
    for relation, prefix, references in line_references(source):
        yield "lines", relation, [reference.removeprefix(prefix) for reference in references]
    for part in PARTS:
        found: Relation | None = getattr(source, part)
        if found is not None:
            yield part, found, list(part_columns(found).values())


def part_columns(relation: Relation) -> dict[str, str]:
    """Canonical name -> column, for one of ``PARTS``."""
    if hasattr(relation, "column"):
        return {"loaded": relation.column}
    listed = relation.columns.model_dump(exclude_none=True)  # type: ignore[attr-defined]
    return {name: str(column) for name, column in listed.items()}


def need(shape: Shape, families: frozenset[Family], where: str, what: str) -> Shape:
    """``shape``, if it is of one of ``families``.

    Raises:
        ImportRefused: it is not; ``where`` is the key of the mapping, ``what`` the kind of value that it needs.
    """
    if shape.family in families:
        return shape
    raise ImportRefused(
        f"{where}: the column is of type {_shown(shape)}, which holds no {what}. Map another column, or make a view "
        f"that casts this one, and map the view."
    )


def need_number(shape: Shape, where: str) -> Shape:
    """``shape``, if it holds numbers; otherwise like :func:`need`."""
    return need(shape, NUMBERS, where, "numbers")


def _line_columns(source: Source) -> Iterator[str]:
    lines = source.lines
    mapped = lines.columns.model_dump(exclude_none=True)
    yield from mapped.pop("key")
    yield from mapped.values()
    yield from lines.only
    yield from (rule.column for rule in lines.leave_out)
    if source.returns.column:
        yield source.returns.column


def _part(inspector: Inspector, relation: Relation, where: str, dialect: str) -> dict[str, Shape]:
    found = _columns(inspector, relation, where)
    return {
        column: shape_of(*_one(found, relation, column, where), dialect) for column in part_columns(relation).values()
    }


def _columns(inspector: Inspector, relation: Relation, where: str) -> dict[str, tuple[object, bool]]:
    with warnings.catch_warnings():
        # A type that the driver does not know is refused where it is needed.
        warnings.simplefilter("ignore", SAWarning)
        try:
            columns = _listed(inspector, relation)
        except NoSuchTableError:
            columns = []
    if not columns:
        raise ImportRefused(_no_table(inspector, relation, where))
    return {column["name"]: (column["type"], bool(column.get("nullable", True))) for column in columns}


def _listed(inspector: Inspector, relation: Relation) -> list[Any]:
    # Asked for the columns of what is not there, ClickHouse fails in words of its own.
    asks_first = inspector.dialect.name == "clickhouse"
    if asks_first and not inspector.has_table(relation.table, schema=relation.namespace):
        return []
    return [*inspector.get_columns(relation.table, schema=relation.namespace)]


def _one(found: Mapping[str, tuple[object, bool]], relation: Relation, column: str, where: str) -> tuple[object, bool]:
    if column in found:
        return found[column]
    names = list(found)
    there = _near(column, names) or f"It has: {', '.join(map(repr, names[:_LISTED]))}."
    raise ImportRefused(f"{where}: the table {_called(relation)} has no column {column!r}. {there}")


def _no_table(inspector: Inspector, relation: Relation, where: str) -> str:
    schema = relation.namespace
    names = [*inspector.get_table_names(schema=schema), *_views(inspector, schema)]
    near = _near(relation.table, names) or (
        "Nothing there has a like name: have SELECT granted on it, or mend its name in the mapping."
    )
    return f"{where}: there is no table or view {_called(relation)} that this account may read. {near}"


def _views(inspector: Inspector, schema: str | None) -> list[str]:
    try:
        return inspector.get_view_names(schema=schema)
    except NotImplementedError:
        return []


def _near(wanted: str, names: list[str]) -> str:
    folded = {name.casefold(): name for name in names}
    near = [folded[name] for name in difflib.get_close_matches(wanted.casefold(), folded, _NEAR, _ALIKE)]
    if not near:
        return ""
    shown = ", ".join(repr(name) for name in near)
    return f"Like it: {shown}. Names are written exactly so, capitals included."


def _called(relation: Relation) -> str:
    return repr(f"{relation.namespace}.{relation.table}" if relation.namespace else relation.table)


def _shown(shape: Shape) -> str:
    return str(shape.type) if shape.family != "other" else type(shape.type).__name__


def _version(connection: Connection) -> tuple[int, ...]:
    known = getattr(connection.dialect, "server_version_info", None)
    if connection.dialect.name == "clickhouse" and not known:
        text = str(connection.exec_driver_sql("SELECT version()").scalar())
        known = tuple(int(part) for part in text.split(".") if part.isdigit())
    return tuple(part for part in known or () if isinstance(part, int))


def _can_number(dialect: str, version: tuple[int, ...]) -> bool:
    return not version or version >= _NO_WINDOWS.get(dialect, ())
