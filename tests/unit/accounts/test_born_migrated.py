"""What tests get instead of a migration is what a migration leaves; the same statements, done again."""

from pathlib import Path
from typing import Any

import pytest
import quick_database_kit
from postgres_kit import Postgres
from sqlalchemy import Engine, MetaData, inspect

from dashboard.accounts.database import migrate, open_engine
from dashboard.settings import load_settings


def described(engine: Engine) -> dict[str, Any]:
    """Table -> its columns, keys, indexes and rows."""
    with engine.connect() as connection:
        found, tables = inspect(connection), MetaData()
        tables.reflect(connection)
        ask = (found.get_pk_constraint, found.get_foreign_keys, found.get_indexes, found.get_unique_constraints)
        return {
            name: (
                [{**column, "type": str(column["type"])} for column in found.get_columns(name)],
                [sorted(map(str, said)) if isinstance(said, list) else said for said in (one(name) for one in ask)],
                [tuple(row) for row in connection.execute(table.select())],
            )
            for name, table in tables.tables.items()
        }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_repeated_statements_leave_what_a_migration_leaves(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "postgresql" else None

    def made(name: str) -> dict[str, Any]:
        url = server.fresh() if server else f"sqlite:///{tmp_path / name}.db"
        engine = open_engine(load_settings(var=tmp_path, accounts={"url": url}))
        migrate(engine)
        found = described(engine)
        engine.dispose()
        return found

    with quick_database_kit.real():
        wanted = made("real")
    made("watched")
    monkeypatch.setattr(quick_database_kit, "_UPGRADE", None)
    assert made("repeated") == wanted
    assert {"users", "audit_head", "alembic_version"} <= set(wanted)
    if server:
        server.clear()
