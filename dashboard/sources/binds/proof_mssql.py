"""Read-only proof for SQL Server: roles, rights in server and database, and rights on every table."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, text

from dashboard.sources.binds.verdict import Proof, Relations, proved, some, unknown, writable

MEMBERSHIPS: Final = """
SELECT name FROM (VALUES ('sysadmin'), ('securityadmin'), ('serveradmin'), ('dbcreator')) AS s(name)
WHERE IS_SRVROLEMEMBER(name) = 1
UNION ALL
SELECT name FROM (VALUES ('db_owner'), ('db_datawriter'), ('db_ddladmin'), ('db_securityadmin'), ('db_accessadmin'))
AS d(name) WHERE IS_ROLEMEMBER(name) = 1"""
RIGHTS: Final = """
SELECT permission_name FROM fn_my_permissions(NULL, 'SERVER')
UNION
SELECT permission_name FROM fn_my_permissions(NULL, 'DATABASE')"""
TABLES: Final = """
SELECT s.name + '.' + o.name
FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
CROSS JOIN (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('ALTER')) AS r(name)
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
  AND HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', r.name) = 1
GROUP BY s.name, o.name"""
# HAS_PERMS_BY_NAME is NULL for what the account cannot see.
MAPPED: Final = """
SELECT COALESCE(HAS_PERMS_BY_NAME(:name, 'OBJECT', 'SELECT'), -1), COALESCE(
    HAS_PERMS_BY_NAME(:name, 'OBJECT', 'INSERT') | HAS_PERMS_BY_NAME(:name, 'OBJECT', 'UPDATE')
    | HAS_PERMS_BY_NAME(:name, 'OBJECT', 'DELETE') | HAS_PERMS_BY_NAME(:name, 'OBJECT', 'ALTER'), -1)"""

_HARMLESS: Final = frozenset({"SELECT", "SHOWPLAN", "UNMASK", "SELECT ALL USER SECURABLES"})


def prove_mssql(connection: Connection, relations: Relations) -> Proof:
    """SQL Server: member of no writing role, no writing right in server or database, none on any table or view."""
    memberships = _column(connection, MEMBERSHIPS)
    rights = _column(connection, RIGHTS)
    tables = _column(connection, TABLES)
    mapped = []
    for schema, table in relations:
        name = quoted(schema, table)
        row = connection.execute(text(MAPPED), {"name": name}).one()
        mapped.append((name, int(row[0]), int(row[1])))
    return judge_mssql(memberships, rights, tables, mapped)


def judge_mssql(
    memberships: Sequence[str],
    rights: Iterable[str],
    tables: Sequence[str],
    mapped: Iterable[tuple[str, int, int]],
) -> Proof:
    """The verdict on what was answered; ``mapped``: (name, may select, may write), 1, 0, or -1 for what is not seen."""
    if memberships:
        return writable(f"It is a member of {some(memberships)}.")
    more = sorted({right for right in rights if not _harmless(right)})
    if more:
        return writable(f"It has the right {some(more)}.")
    written = [*tables, *(name for name, _, write in mapped if write == 1)]
    if written:
        return writable(f"It may write to {some(written)}.")
    unseen = [name for name, _, write in mapped if write == -1]
    if unseen:
        return unknown(f"SQL Server does not say what the account may do with {some(unseen)}.")
    return proved("SQL Server says that the account has no writing role, right or table in this database.")


def _harmless(right: str) -> bool:
    return right in _HARMLESS or right.startswith(("CONNECT", "VIEW "))


def quoted(schema: str | None, table: str) -> str:
    """A table's name for HAS_PERMS_BY_NAME; ``schema`` may be "database.schema" as in SQLAlchemy."""
    parts = [*(schema.split(".") if schema else ()), table]
    return ".".join("[" + part.replace("]", "]]") + "]" for part in parts)


def _column(connection: Connection, statement: str) -> list[str]:
    return [str(row[0]) for row in connection.exec_driver_sql(statement)]
