"""A provider and a site that trusts it."""

from collections.abc import Iterator
from pathlib import Path

import provider_kit
import pytest
from provider_kit import Provider, Site


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provider_kit.provider() as made:
        yield made


@pytest.fixture
def here(provider: Provider, tmp_path: Path) -> Iterator[Site]:
    with provider_kit.site(provider, tmp_path) as made:
        yield made
