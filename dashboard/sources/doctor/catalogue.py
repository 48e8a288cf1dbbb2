"""What a database says it has: tables, views, columns and their types. No foreign keys are looked at."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError, NoSuchTableError, SAWarning, SQLAlchemyError
from sqlalchemy.types import NullType, to_instance

from dashboard.sources.binds.explain import innermost
from dashboard.sources.doctor.columns import Mapped, Place, place, shown
from dashboard.sources.doctor.findings import Finding
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.mapping import Relation

# Schemas that belong to the database itself.
_SYSTEM: Final = frozenset(
    {
        *(
            "information_schema",
            "sys",
            "guest",
            "mysql",
            "performance_schema",
            "system",
            "_temporary_and_external_tables",
        ),
        *("db_owner", "db_accessadmin", "db_securityadmin", "db_ddladmin", "db_backupoperator", "db_datareader"),
        *("db_datawriter", "db_denydatareader", "db_denydatawriter", "ctxsys", "xdb", "mdsys", "ordsys", "wmsys"),
        *("outln", "dbsnmp", "audsys", "gsmadmin_internal", "lbacsys", "dvsys", "olapsys", "ordplugins", "orddata"),
        *("ojvmsys", "appqossys", "dbsfwuser", "remote_scheduler_agent"),
    }
)
_SYSTEM_PREFIXES: Final = ("pg_", "apex_")
_LISTED = 3
# MariaDB and MySQL: SHOW command denied.
_NOT_GRANTED = 1142


@dataclass(frozen=True)
class Found:
    """A table or view."""

    schema: str | None
    name: str
    view: bool

    @property
    def shown(self) -> str:
        """With its schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


class Catalogue:
    """The catalogue of one connection; every answer is remembered."""

    def __init__(self, connection: Connection) -> None:
        self._inspector = inspect(connection)
        self._types: dict[Place, dict[str, Any]] = {}

    def types(self, relation: Relation) -> dict[str, Any]:
        """Column -> SQLAlchemy type, in the table's order.

        Raises:
            ImportRefused: there is no such table, or the account may not see it; the message names near ones.
        """
        key = place(relation)
        if key not in self._types:
            columns = self._columns(relation)
            if not columns:
                raise ImportRefused(self._no_table(relation))
            self._types[key] = {str(column["name"]): to_instance(column["type"]) for column in columns}
        return self._types[key]

    def schemas(self) -> list[str]:
        """The schemas that are not the database's own."""
        return [name for name in self._inspector.get_schema_names() if not _is_system(name)]

    def tables(self, schema: str | None) -> list[Found]:
        """Tables and views of ``schema``; None: of the account's own."""
        found = [Found(schema, name, False) for name in self._inspector.get_table_names(schema=schema)]
        try:
            views = self._inspector.get_view_names(schema=schema)
        except (NotImplementedError, SQLAlchemyError):
            views = []
        known = {table.name for table in found}
        return found + [Found(schema, name, True) for name in views if name not in known]

    def has_key(self, relation: Relation) -> bool:
        """Whether the table has a primary key, as far as the database tells."""
        try:
            found = self._inspector.get_pk_constraint(relation.table, schema=relation.namespace)
        except (NotImplementedError, SQLAlchemyError):
            return False
        return bool(found.get("constrained_columns"))

    def _columns(self, relation: Relation) -> Sequence[Any]:
        with warnings.catch_warnings():
            # A type that the driver does not know is told where it matters.
            warnings.simplefilter("ignore", SAWarning)
            try:
                return self._inspector.get_columns(relation.table, schema=relation.namespace)
            except NoSuchTableError:
                return []
            except DBAPIError as error:
                # Some databases refuse to look into a schema that they do not have, or at a table that is not granted.
                there = relation.namespace in {None, *self._inspector.get_schema_names()}
                if there and innermost(error).args[:1] != (_NOT_GRANTED,):
                    raise
                return []

    def _no_table(self, relation: Relation) -> str:
        if relation.namespace not in {None, *self._inspector.get_schema_names()}:
            return (
                f"there is no schema {relation.namespace!r} that this account can see."
                f"{_near(str(relation.namespace), self.schemas())} Mend its name, or grant what the guide of the "
                "database says."
            )
        names = [found.name for found in self.tables(relation.namespace)]
        where = f" in the schema {relation.namespace!r}" if relation.namespace else ""
        hint = _near(relation.table, names)
        return (
            f"there is no table or view {relation.table!r}{where} that this account can see.{hint} Mend the name, name "
            "its schema, or grant SELECT on it."
        )


def missing_column(mapped: Mapped, columns: Iterable[str]) -> Finding:
    """The fault of a mapped column that its table does not have."""
    names = list(columns)
    hint = _near(mapped.column, names) or f" It has: {', '.join(map(repr, names[:20]))}."
    return Finding("fault", mapped.key, f"{shown(mapped.relation)} has no column {mapped.column!r}.{hint}")


def type_text(kind: Any) -> str:
    """A type as the database calls it."""
    return "of a type that the driver does not know" if isinstance(kind, NullType) else str(kind)


def _near(wanted: str, names: list[str]) -> str:
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(wanted.casefold(), folded, n=_LISTED, cutoff=0.5)
    return f" Did you mean {' or '.join(repr(folded[name]) for name in near)}?" if near else ""


def _is_system(schema: str) -> bool:
    return schema.casefold() in _SYSTEM or schema.casefold().startswith(_SYSTEM_PREFIXES)
