"""The embedded engine: DuckDB with a memory limit, without the network, and quoting for its SQL."""

import os
from pathlib import Path

import duckdb

MEMORY_LIMIT = "400MB"
# A refresh also holds what it puts together, and the drivers of the sources.
REFRESH_LIMIT = "160MB"
MAX_THREADS = 4

# What is freed goes back to the system at once: else it adds up, whatever the memory limit.
GIVES_BACK = {"allocator_flush_threshold": "4MB", "allocator_bulk_deallocation_flush_threshold": "4MB"}
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # Extensions would be fetched from the network; everything we use is built in.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    **GIVES_BACK,
}


def connect(folder: Path, memory_limit: str = MEMORY_LIMIT) -> duckdb.DuckDBPyConnection:
    """A database in ``folder``, which also takes what does not fit into memory. The session's clock is UTC."""
    threads = min(MAX_THREADS, os.cpu_count() or 1)
    connection = duckdb.connect(
        str(folder / "work.duckdb"),
        config={**_CONFIG, "memory_limit": memory_limit, "temp_directory": str(folder), "threads": str(threads)},
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    # The folder goes when the work is done: what is in memory then need not be brought into the file.
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    return connection


def refusal(sql: str, value: str) -> str | None:
    """Why the engine cannot use ``value`` in ``sql``; None if it can."""
    with duckdb.connect(":memory:", config=_CONFIG) as connection:
        try:
            connection.execute(sql, [value])
        except duckdb.Error as error:
            return str(error).splitlines()[0]
    return None


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: tuple[str, ...]) -> str:
    """``texts`` as a parenthesised SQL list."""
    return "(" + ", ".join(literal(text) for text in texts) + ")"


def name(text: str) -> str:
    """``text`` as a quoted SQL name."""
    return '"' + text.replace('"', '""') + '"'
