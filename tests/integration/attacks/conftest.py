from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_kit import accounts_of, make_app
from flask import Flask


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = make_app(tmp_path / "var")
    yield made
    accounts_of(made).close()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for a file of tests that do not get in each other's way."""
    made = make_app(tmp_path_factory.mktemp("lasting") / "var")
    yield made
    accounts_of(made).close()
