"""Installations to test the web edge with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kit import PLENTY
from web_kit import Installation, install


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = install(tmp_path / "var", limits=PLENTY)
    yield made
    made.accounts.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for a whole file of tests that leave no trace in each other's way."""
    made = install(tmp_path_factory.mktemp("shared") / "var", limits=PLENTY)
    yield made
    made.accounts.close()
