"""What the pages for DBAs show: the SQL that is sent, and settings that can be used."""

import re
import tomllib
from pathlib import Path

import pytest

from dashboard.settings import PROJECT, load_settings
from dashboard.sources.pushdown.load import load_sources

GOLDEN = PROJECT / "tests" / "unit" / "sources" / "pushdown" / "golden"


@pytest.mark.parametrize(("page", "dialect"), [("oracle.md", "oracle-19"), ("sql-server.md", "mssql")])
def test_the_sql_that_is_shown_is_the_golden_sql(page: str, dialect: str) -> None:
    text = (PROJECT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    shown = re.findall(r"```sql\n(-- groups by month\n.*?)```", text, re.DOTALL)
    golden = (GOLDEN / f"{dialect}.sql").read_text(encoding="utf-8").split("\n\n")[0]
    assert [one.split() for one in shown] == [golden.split()]


@pytest.mark.parametrize("page", ["oracle.md", "sql-server.md", "scale.md"])
def test_the_settings_that_are_shown_can_be_used(page: str, tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        settings = load_settings(var=tmp_path, **tomllib.loads(block))
        assert settings.binds
        assert set(load_sources(settings)) == set(settings.sources)
