"""An office with an outbox in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from outbox_kit import Office, open_office
from postgres_kit import Postgres


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ == "test_outbox" and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of the database that every office of this test uses."""
    name: str = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    server: Postgres = request.getfixturevalue("postgres")
    monkeypatch.setenv("SALESGATE_ACCOUNTS__URL", server.fresh())
    yield name
    server.clear()


@pytest.fixture
def office(tmp_path: Path, database: str) -> Iterator[Office]:
    made = open_office(tmp_path / "var")
    yield made
    made.accounts.close()
