"""An installation of accounts in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_kit import HandClock

from dashboard.accounts import Accounts
from dashboard.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(var=tmp_path / "var")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def accounts(settings: Settings, clock: HandClock) -> Iterator[Accounts]:
    made = Accounts(settings, clock=clock)
    yield made
    made.close()
