"""Every column that a mapping names, with the key that names it."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.sources.pushdown.mapping import Join, Relation, Source

Place = tuple[str | None, str]


@dataclass(frozen=True)
class Mapped:
    """A column that the mapping names.

    Attributes:
        key: of the mapping, within the source. join: name of the join it is of; None: of ``relation`` itself.
    """

    key: str
    relation: Relation
    column: str
    join: str | None = None

    @property
    def reference(self) -> str:
        """The column as the mapping of the lines writes it."""
        return f"{self.join}.{self.column}" if self.join else self.column


def place(relation: Relation) -> Place:
    """Schema and name, which tell one table from another."""
    return relation.namespace, relation.table


def shown(relation: Relation) -> str:
    """The table as people write it, with its schema."""
    return f"{relation.namespace}.{relation.table}" if relation.namespace else relation.table


def relations(source: Source) -> dict[str, Relation]:
    """Key of the mapping -> table or view, each that the source names."""
    lines = source.lines
    found: dict[str, Relation] = {"lines": lines, **{f"lines.joins.{join.name}": join for join in lines.joins}}
    for key in ("master", "stock", "receipts", "rates", "loaded"):
        relation = getattr(source, key)
        if relation is not None:
            found[key] = relation
    return found


def mapped_columns(source: Source) -> tuple[Mapped, ...]:
    """The mapped columns: of the lines in the order of their keys, then of the joins and the other tables."""
    found = [_of_lines(source, key, name) for key, name in _line_keys(source)]
    for join in source.lines.joins:
        found += _join_columns(source, join)
    for key in ("master", "stock", "receipts", "rates"):
        relation = getattr(source, key)
        if relation is not None:
            named = relation.columns.model_dump(exclude_none=True)
            found += [Mapped(f"{key}.columns.{name}", relation, column) for name, column in named.items()]
    if source.loaded is not None:
        found.append(Mapped("loaded.column", source.loaded, source.loaded.column))
    return tuple(found)


def _line_keys(source: Source) -> Iterator[tuple[str, str]]:
    lines = source.lines
    for name, column in lines.columns.model_dump(exclude_none=True).items():
        if name == "key":
            yield from (("lines.columns.key", part) for part in column)
        else:
            yield f"lines.columns.{name}", column
    yield from (("lines.only", column) for column in lines.only)
    yield from (("lines.leave_out.column", rule.column) for rule in lines.leave_out)
    if source.returns.column:
        yield "returns.column", source.returns.column


def _join_columns(source: Source, join: Join) -> Iterator[Mapped]:
    key = f"lines.joins.{join.name}.on"
    for line_column, column in join.on.items():
        yield _of_lines(source, key, line_column)
        yield Mapped(key, join, column, join.name)


def _of_lines(source: Source, key: str, name: str) -> Mapped:
    """``name`` is a column of the lines, or ``join.COLUMN``."""
    first, dot, column = name.partition(".")
    joins = {join.name: join for join in source.lines.joins}
    if dot and first in joins:
        return Mapped(key, joins[first], column, first)
    return Mapped(key, source.lines, name)
