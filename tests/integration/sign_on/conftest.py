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


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """What :func:`shared` gives out."""
    with provider_kit.provider() as provider, provider_kit.site(provider, tmp_path_factory.mktemp("shared")) as made:
        yield made


@pytest.fixture
def shared(kept: Site) -> Site:
    """One site for a whole file of tests in which nobody gets in; it knows nothing of its provider yet."""
    kept.forget()
    return kept


@pytest.fixture
def here(provider: Provider, tmp_path: Path) -> Iterator[Site]:
    with provider_kit.site(provider, tmp_path) as made:
        yield made
