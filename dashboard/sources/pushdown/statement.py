"""All statements that a source needs, compiled for any dialect; none needs a connection."""

from dashboard.sources.pushdown.beside import (
    bounds_statement,
    duplicates_statement,
    loaded_statement,
    table_statement,
)
from dashboard.sources.pushdown.grouping import count_groups_statement, groups_statement, labels_statement

__all__ = [
    "bounds_statement",
    "count_groups_statement",
    "duplicates_statement",
    "groups_statement",
    "labels_statement",
    "loaded_statement",
    "table_statement",
]
