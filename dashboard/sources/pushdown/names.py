"""Names that a dialect cannot quote, found before any of them stands in a statement."""

from collections.abc import Iterator
from typing import Final

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.elements import CLICKHOUSE
from dashboard.sources.pushdown.mapping import Relation, Source

# Their SQLAlchemy dialects double quotes where the engine wants a backslash, and leave backslashes as they are.
_FRAIL: Final = (*CLICKHOUSE, "hive", "databricks", "bigquery")
_ENDS_A_NAME: Final = frozenset('"\\`')
# They read what a table has by a text with the name in it, as if it could hold binds.
_LOOKS_LIKE_A_BIND: Final = frozenset(":%")


def check_names(source: Source, relations: Iterator[tuple[str, Relation, list[str]]], dialect: str) -> None:
    """Accept the names of tables and columns; ``relations``: key of the mapping, relation, columns.

    Raises:
        ImportRefused: one holds a character that the dialect cannot put into a statement.
    """
    frail = dialect in _FRAIL
    for where, relation, columns in relations:
        tables = [relation.table, *(relation.namespace.split(".") if relation.namespace else ())]
        for names, bad in ((tables, _ENDS_A_NAME | _LOOKS_LIKE_A_BIND), (columns, _ENDS_A_NAME)):
            for name in names:
                found = sorted(letter for letter in set(name) if letter < " " or (frail and letter in bad))
                if found:
                    raise ImportRefused(
                        f"sources.{source.name}.{where}: the name {name!r} holds {found[0]!r}, which cannot be quoted "
                        f"safely in a statement for {dialect}. Map a view that has another name for it."
                    )
