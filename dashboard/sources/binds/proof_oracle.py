"""Read-only proof for Oracle: system rights, rights on tables by grant or role, and tables of the account's own."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from dashboard.sources.binds.verdict import Proof, Relations, proved, some, writable

# Also of roles that the session has not enabled: it could.
SYSTEM: Final = """
SELECT privilege FROM session_privs
UNION SELECT privilege FROM user_sys_privs
UNION SELECT privilege FROM role_sys_privs"""
# What Oracle itself grants to PUBLIC on its own tables is the same for every account.
TABLES: Final = """
SELECT owner || '.' || table_name, privilege FROM user_tab_privs_recd
UNION SELECT owner || '.' || table_name, privilege FROM role_tab_privs WHERE role <> 'PUBLIC'
UNION SELECT owner || '.' || table_name, privilege FROM user_col_privs_recd"""
PUBLIC: Final = "SELECT table_schema, table_name, privilege FROM all_tab_privs WHERE grantee = 'PUBLIC'"
OWN: Final = "SELECT table_name FROM user_tables"
USER: Final = "SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') FROM dual"

_HARMLESS: Final = frozenset(
    {
        "CREATE SESSION",
        "ALTER SESSION",
        "SET CONTAINER",
        "SELECT ANY TABLE",
        "READ ANY TABLE",
        "SELECT ANY DICTIONARY",
        "SELECT ANY SEQUENCE",
        "FLASHBACK ANY TABLE",
        "UNLIMITED TABLESPACE",
    }
)
_WRITING: Final = frozenset({"INSERT", "UPDATE", "DELETE", "ALTER"})


def prove_oracle(connection: Connection, relations: Relations) -> Proof:
    """Oracle: no system right but to connect and read, no right to write on any table, no tables of its own."""
    system = [str(row[0]) for row in connection.exec_driver_sql(SYSTEM)]
    tables = [(str(row[0]), str(row[1])) for row in connection.exec_driver_sql(TABLES)]
    own = [str(row[0]) for row in connection.exec_driver_sql(OWN)]
    user = str(connection.exec_driver_sql(USER).scalar())
    mapped = {_folded(name) for _, name in relations}
    tables += [(f"{row[0]}.{row[1]}", str(row[2])) for row in connection.exec_driver_sql(PUBLIC) if row[1] in mapped]
    owners = [_folded(schema) for schema, _ in relations if schema]
    return judge_oracle(system, tables, own, user, owners)


def judge_oracle(
    system: Iterable[str], tables: Iterable[tuple[str, str]], own: Sequence[str], user: str, owners: Sequence[str]
) -> Proof:
    """The verdict on what was answered: system rights, (table, right), own tables, account, owners of mapped tables."""
    more = sorted({right for right in system if right not in _HARMLESS})
    if more:
        return writable(f"It has the system privilege {some(more)}.")
    written = sorted({f"{right} on {table}" for table, right in tables if right in _WRITING})
    if written:
        return writable(f"It has {some(written)}.")
    if own or user in owners:
        return writable(f"It is {user}, the owner of {some(own) if own else 'the mapped tables'}.")
    return proved("Oracle says that the account may connect and read, and may write to no table.")


def _folded(name: str) -> str:
    """As Oracle keeps a name: SQLAlchemy's lower case means "without quotes", which is upper case there."""
    return name.upper() if name == name.lower() else name
