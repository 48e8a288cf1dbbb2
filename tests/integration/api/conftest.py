from collections.abc import Iterator
from pathlib import Path

import pytest
from api_kit import Api, Client, canary_api, small_api
from integration.app.app_kit import ALL_ROLES, OWN_ROLES, canary_app
from unit.web.web_kit import OPERATOR, PASSWORD

from dashboard.accounts import NewUser


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The whole application over made-up figures, with a user for each role; for tests that change nothing."""
    made = canary_api(canary_app(tmp_path_factory.mktemp("api") / "var", seed=2))
    yield made
    made.accounts.close()


@pytest.fixture(scope="session")
def clients(api: Api) -> dict[str, Client]:
    """Role -> a program that is signed in as its user."""
    return {role: api.sign_in(role) for role in ALL_ROLES}


@pytest.fixture
def own_api(tmp_path: Path) -> Iterator[Api]:
    """A small installation that a test may change, with a clock that is set by hand."""
    made = small_api(tmp_path / "var")
    yield made
    made.accounts.close()


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Api]:
    """The same, with two who manage beside ``admin``, the original Admin: the Admin ``anna``, and ``helpdesk``."""
    made = small_api(tmp_path / "var", roles=OWN_ROLES, session={"fresh_minutes": 5})
    for username, role in (("anna", "admin"), ("helpdesk", "helpdesk")):
        made.accounts.create_user(NewUser(username, f"{username}@example.com", role), OPERATOR, PASSWORD)
        made.people[username] = (username, PASSWORD)
    yield made
    made.accounts.close()
