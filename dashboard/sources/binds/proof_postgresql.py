"""Read-only proof for PostgreSQL: the catalogue says what the account, and every role it may become, can do."""

from typing import Final

from sqlalchemy import Connection

from dashboard.sources.binds.verdict import Proof, Relations, proved, some, writable

# The session's user, for a role that was set for it could be set back.
_ROLES: Final = """
SELECT rolname || CASE WHEN rolsuper THEN ' (superuser)' WHEN rolcreaterole THEN ' (CREATEROLE)'
  WHEN rolcreatedb THEN ' (CREATEDB)' ELSE '' END
FROM pg_roles
WHERE pg_has_role(session_user, oid, 'MEMBER')
  AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolname IN
       ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program', 'pg_maintain'))
ORDER BY rolname"""
# A role that is not inherited can still be taken on by SET ROLE: so the rights of every role it is a member of.
_TABLES: Final = """
SELECT DISTINCT n.nspname || '.' || c.relname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_roles r ON pg_has_role(session_user, r.oid, 'MEMBER')
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND (c.relowner = r.oid
       OR has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
       OR has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE'))
ORDER BY 1"""
_SCHEMAS: Final = """
SELECT DISTINCT n.nspname
FROM pg_namespace n
JOIN pg_roles r ON pg_has_role(session_user, r.oid, 'MEMBER')
WHERE n.nspname !~ '^pg_(toast|temp)' AND has_schema_privilege(r.oid, n.oid, 'CREATE')
ORDER BY 1"""
_DATABASE: Final = """
SELECT current_database()
FROM pg_roles r
WHERE pg_has_role(session_user, r.oid, 'MEMBER') AND has_database_privilege(r.oid, current_database(), 'CREATE')
LIMIT 1"""
# In this order: what is worst is said.
_QUESTIONS: Final = (
    (_ROLES, "It has, or may take on, the role {}."),
    (_TABLES, "It may write to {}."),
    (_SCHEMAS, "It may create tables in the schema {} (REVOKE CREATE ON SCHEMA ... FROM PUBLIC)."),
    (_DATABASE, "It may create schemas in the database {}."),
)


def prove_postgresql(connection: Connection, relations: Relations) -> Proof:  # noqa: ARG001 - the whole database is
    """PostgreSQL: no role, table, column, schema or database right to write, anywhere in the database."""
    for question, sentence in _QUESTIONS:
        found = [str(row[0]) for row in connection.exec_driver_sql(question)]
        if found:
            return writable(sentence.format(some(found)))
    return proved("PostgreSQL says that the account, with every role it may take on, may write to no table or schema.")
