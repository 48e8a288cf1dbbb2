from collections.abc import Iterator

import pytest
from browser_kit import Visitor, launch
from kit import Served
from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with launch() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser, site: Served) -> Iterator[type[Visitor]]:
    """Makes visitors of the demo site; what went wrong in their browsers fails the test."""
    visitors: list[Visitor] = []

    def make(role: str | None = None, served: Served | None = None, **options: object) -> Visitor:
        visitor = Visitor(chromium, served or site, **options)
        visitors.append(visitor)
        if role:
            visitor.sign_in(role)
        return visitor

    yield make  # type: ignore[misc]
    for visitor in visitors:
        visitor.close()
