"""Read-only proof of database files: they are opened so that the engine itself refuses to write."""

from sqlalchemy import Connection

from dashboard.sources.binds.verdict import Proof, Relations, proved, unknown


def prove_sqlite(connection: Connection, relations: Relations) -> Proof:  # noqa: ARG001
    """SQLite: the file is opened with mode=ro."""
    on = connection.exec_driver_sql("PRAGMA query_only").scalar()
    read_only = connection.engine.url.query.get("mode") == "ro"
    if on and read_only:
        return proved("The SQLite file is opened read-only (mode=ro and query_only).")
    return unknown("The SQLite file was not opened by Salesgate's bind.")


def prove_duckdb(connection: Connection, relations: Relations) -> Proof:  # noqa: ARG001
    """DuckDB: it says itself whether a database is attached read-only."""
    found = connection.exec_driver_sql("SELECT bool_and(readonly) FROM duckdb_databases() WHERE NOT internal").scalar()
    if found:
        return proved("The DuckDB file is opened read-only.")
    return unknown("The DuckDB file was not opened by Salesgate's bind.")
