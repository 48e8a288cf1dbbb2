"""Whoever passes a door uses the right it asks for; who is sent away uses none."""

import pytest
from app_kit import NEEDS, PAGES, Person, callbacks, is_open, page_of
from flask import Flask
from sqlalchemy import delete, select

from dashboard.accounts.models import permission_uses


@pytest.fixture
def unused(app: Flask) -> None:
    """Nobody has used anything yet."""
    site = app.extensions["salesgate"]
    site.uses._noted.clear()
    with site.accounts.engine.begin() as connection:
        connection.execute(delete(permission_uses))


def used(app: Flask) -> set[str]:
    with app.extensions["salesgate"].accounts.engine.connect() as connection:
        return set(connection.execute(select(permission_uses.c.permission)).scalars())


@pytest.mark.parametrize("role", ["sales_manager", "admin"])
@pytest.mark.usefixtures("unused")
def test_opening_a_page_uses_its_right(app: Flask, people: dict[str, Person], role: str) -> None:
    for path in PAGES:
        people[role].open(path)
    needed = {NEEDS[page] for page in PAGES.values() if is_open(page, role)} - {None}
    assert used(app) == needed


@pytest.mark.parametrize("role", ["procurement_manager", "auditor"])
@pytest.mark.usefixtures("unused")
def test_asking_a_callback_uses_its_right(app: Flask, people: dict[str, Person], role: str) -> None:
    for output in callbacks(app):
        people[role].call(output)
    needed = {NEEDS[page_of(output)] for output in callbacks(app) if is_open(page_of(output), role)} - {None}
    assert used(app) == needed
