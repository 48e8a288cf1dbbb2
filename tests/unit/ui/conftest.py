from collections.abc import Iterator
from pathlib import Path

import pytest
from admin_kit import People

from dashboard.accounts import Accounts
from dashboard.settings import load_settings


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    settings = load_settings(var=tmp_path / "var")
    accounts = Accounts(settings)
    yield People(settings, accounts)
    accounts.close()
