"""An installation of accounts in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_kit import HandClock
from postgres_kit import Postgres

from dashboard.accounts import Accounts
from dashboard.settings import Settings, load_settings

# What races, locks or sorts is tested on the database of one host and on that of many.
ON_BOTH = (
    "test_access_review",
    "test_administration",
    "test_administration_races",
    "test_api_tokens_races",
    "test_api_keys",
    "test_audit_log",
    "test_devices",
    "test_fresh",
    "test_invitations",
    "test_mail_change",
    "test_pending",
    "test_recovery",
    "test_recovery_steps",
    "test_registration",
    "test_registration_links",
    "test_role_book",
    "test_role_requests",
    "test_second_step",
    "test_second_step_mail",
    "test_sessions",
    "test_sign_in",
    "test_sign_in_begin",
    "test_standing",
    "test_unlocking",
    "test_users",
    "test_users_listed",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in ON_BOTH and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of the database that every installation of this test uses."""
    name: str = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    server: Postgres = request.getfixturevalue("postgres")
    monkeypatch.setenv("SALESGATE_ACCOUNTS__URL", server.fresh())
    yield name
    server.clear()


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    return load_settings(var=tmp_path / "var")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def accounts(settings: Settings, clock: HandClock) -> Iterator[Accounts]:
    made = Accounts(settings, clock=clock)
    yield made
    made.close()
