"""The text of every statement in every dialect. After a change that is meant, look at the difference and write it anew:

PYTHONPATH=.:tests python tests/unit/sources/pushdown/golden_kit.py
"""

import re

import pytest
from engines.dialects import NAMES, dialect
from golden_kit import GOLDEN, START, STOP, compiled, shapes, source

from dashboard.sources.pushdown.statement import groups_statement

_OURS = re.compile(r"(:|%\(|@)param_\d+|\?|%s")


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_as_it_was_looked_at(name: str) -> None:
    assert compiled(name) == (GOLDEN / f"{name}.sql").read_text(encoding="utf-8")


def test_there_is_no_text_of_an_unknown_dialect() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "clickhouse"])
def test_no_bind_stands_in_what_is_selected_or_grouped_by(name: str) -> None:
    """A bind there makes SELECT and GROUP BY differ for Oracle, SQL Server and PostgreSQL."""
    written_for = dialect(name)
    text = str(groups_statement(source(), shapes(written_for.name), "month", START, STOP).compile(dialect=written_for))
    outer, grouped = text.split("FROM", 1)[0], text.rsplit("GROUP BY", 1)[1]
    assert not _OURS.search(outer)
    assert not _OURS.search(grouped)


@pytest.mark.parametrize("name", ["mssql", "oracle-19", "oracle-11.2"])
def test_the_column_of_dates_is_compared_bare_with_a_value_of_its_own_type(name: str) -> None:
    """A wider type on the other side would convert the column, line by line, and no index would serve."""
    text = (GOLDEN / f"{name}.sql").read_text(encoding="utf-8")
    kind = "DATETIME" if name == "mssql" else "DATE"
    assert re.search(rf"WHERE joined_1.sold_at >= CAST\(:param_\d+ AS {kind}\)", text)
