"""Read-only proof for MariaDB and MySQL: SHOW GRANTS, and those of every role the account may take on."""

from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dashboard.sources.binds.grants import Grants, read_grants
from dashboard.sources.binds.verdict import Proof, Relations, proved, some, unknown, writable

_PUBLIC: Final = "PUBLIC"


def prove_mysql(connection: Connection, relations: Relations) -> Proof:  # noqa: ARG001 - all grants are looked at
    """MariaDB and MySQL: nothing granted beyond SELECT and its like."""
    before = connection.exec_driver_sql("SELECT CURRENT_ROLE()").scalar() if _is_mariadb(connection) else None
    try:
        return _prove(connection)
    finally:
        if _is_mariadb(connection):
            connection.exec_driver_sql(f"SET ROLE {_quoted(before)}" if before else "SET ROLE NONE")


def _prove(connection: Connection) -> Proof:
    left, seen = ["", _PUBLIC], set()
    writing: list[str] = []
    strange: list[str] = []
    while left:
        role = left.pop()
        if role in seen:
            continue
        seen.add(role)
        found = _granted(connection, role)
        if found is None:
            if role != _PUBLIC:
                return unknown(f"It may take on the role {role}, and may not ask what that one can do.")
            continue
        writing += found.writing
        strange += found.strange
        left += found.roles
    if writing:
        return writable(f"It is granted {some(writing)}.")
    if strange:
        return unknown(f"SHOW GRANTS says what Salesgate does not understand: {some(strange)}.")
    return proved("SHOW GRANTS lists nothing beyond SELECT, for the account and every role it may take on.")


def _granted(connection: Connection, role: str) -> Grants | None:
    """The grants of a role, of the account itself for ""; None if they may not be seen, or there is no such role."""
    found = _asked(connection, f"SHOW GRANTS FOR {role}" if role else "SHOW GRANTS")
    if found is None and role != _PUBLIC and _asked(connection, f"SET ROLE {role}") is not None:
        # MariaDB tells it of a role that is taken on.
        found = _asked(connection, f"SHOW GRANTS FOR {role}")
    return found


def _asked(connection: Connection, statement: str) -> Grants | None:
    try:
        result = connection.exec_driver_sql(statement)
        return read_grants(str(row[0]) for row in (result.all() if result.returns_rows else ()))
    except DBAPIError:
        if statement == "SHOW GRANTS":
            raise
        connection.rollback()
        return None


def _is_mariadb(connection: Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def _quoted(role: str) -> str:
    return "`" + role.replace("`", "``") + "`"
