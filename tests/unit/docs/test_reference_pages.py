"""The reference pages say what the code does."""

import re
from pathlib import Path

from dashboard.access import Permission, built_in_roles
from dashboard.sales.measures import MEASURES
from dashboard.settings import PROJECT
from pages import PAGES

REFERENCE = PROJECT / "docs" / "reference"
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def rows(name: str) -> set[tuple[str, ...]]:
    lines = (REFERENCE / name).read_text(encoding="utf-8").splitlines()
    return {tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("|")}


def test_permissions_and_roles_are_those_of_the_code() -> None:
    page = rows("permissions.md")
    assert {(f"`{p.value}`", p.meaning) for p in Permission} <= page
    for role in built_in_roles():
        granted = [f"`{p.value}`" for p in Permission if p in role.permissions]
        assert (role.name, f"`{role.key}`", ", ".join(granted)) in page


def test_measures_are_those_of_the_code() -> None:
    page = rows("measures.md")
    for m in MEASURES.values():
        assert (m.name, f"`{m.key}`", f"`{m.permission.value}`", m.definition) in page


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")]
    assert len(pages) > 8
    for page in pages:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / Path(target)).exists(), f"{page.name}: {target}"


def test_the_pages_and_what_they_need_are_those_of_the_site() -> None:
    page = rows("permissions.md")
    for one in PAGES:
        needed = f"`{one.PERMISSION.value}`" if one.PERMISSION else "every signed-in user"
        assert (one.NAME, needed) in page
