from collections.abc import Iterator

import pytest
from app_kit import ALL_ROLES, Person, canary_app
from flask import Flask


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = canary_app(tmp_path_factory.mktemp("canary") / "var", seed=2)
    yield made
    made.extensions["salesgate"].accounts.close()


@pytest.fixture(scope="session")
def people(app: Flask) -> dict[str, Person]:
    return {role: Person(app, role) for role in ALL_ROLES}
