"""Whether the account of a bind can write: asked of the database, for what the session may do says nothing."""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection

from dashboard.settings.binds import Bind
from dashboard.sources.binds.errors import BindError
from dashboard.sources.binds.explain import innermost, is_of_driver
from dashboard.sources.binds.proof_clickhouse import prove_clickhouse
from dashboard.sources.binds.proof_files import prove_duckdb, prove_sqlite
from dashboard.sources.binds.proof_mssql import prove_mssql
from dashboard.sources.binds.proof_mysql import prove_mysql
from dashboard.sources.binds.proof_oracle import prove_oracle
from dashboard.sources.binds.proof_postgresql import prove_postgresql
from dashboard.sources.binds.verdict import Proof, Relations, unknown

__all__ = ["Proof", "prove_read_only", "require_read_only"]

_PROOFS: Final[dict[str, Callable[[Connection, Relations], Proof]]] = {
    "postgresql": prove_postgresql,
    "mssql": prove_mssql,
    "oracle": prove_oracle,
    "mysql": prove_mysql,
    "mariadb": prove_mysql,
    "clickhouse": prove_clickhouse,
    "clickhousedb": prove_clickhouse,
    "sqlite": prove_sqlite,
    "duckdb": prove_duckdb,
}


def prove_read_only(connection: Connection, relations: Sequence[tuple[str | None, str]]) -> Proof:
    """Whether the account can write anywhere it was looked for; ``relations`` are the mapped (schema, table).

    Functions that write with their owner's rights are not looked into.
    """
    dialect = connection.dialect.name
    if dialect not in _PROOFS:
        return unknown(f"Salesgate does not know how to ask a {dialect} database what its account may do.")
    try:
        return _PROOFS[dialect](connection, relations)
    except Exception as error:
        if not is_of_driver(error, connection.dialect):
            raise
        connection.rollback()
        return unknown(f"The account may not ask what it may do ({type(innermost(error)).__name__}).")


def require_read_only(proof: Proof, name: str, bind: Bind) -> None:
    """Accept a bind whose account cannot write, or one that ``allow_writes`` names.

    Raises:
        BindError: the account can write, or that could not be found out.
    """
    if proof.state == "proved" or bind.allow_writes:
        return
    todo = (
        "Give Salesgate an account that may only SELECT the mapped tables, "
        f"or set allow_writes = true in [binds.{name}] if you accept it"
    )
    wrong = "its account can write" if proof.state == "writable" else "nobody knows whether its account can write"
    raise BindError(f"Bind {name}: {wrong}: {proof.evidence} {todo}.", "writable")
