"""Two databases of different makes in one picture: what the filter says of each is what its own SQL says."""

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
from refresh_kit import Shop, current, lines, mapping, settings_of

from dashboard.access import Permission, Viewer
from dashboard.reports import Question, Reports, open_gate
from dashboard.settings import Settings
from dashboard.sources.refresh.run import refresh

OWN = "SELECT sum(qty), CAST(round(100 * sum(amount)) AS BIGINT) FROM sales"


def picture(folder: Path) -> tuple[Settings, dict[str, tuple[int, int]]]:
    """Settings of a SQLite and a DuckDB file, and what each sums to by its own engine."""
    web = Shop(folder / "web.db", lines(range(5), region="South"))
    office = folder / "office.duckdb"
    with duckdb.connect(str(office)) as connection:
        connection.execute(
            "CREATE TABLE sales (sold_on DATE, code VARCHAR, qty INTEGER, amount DECIMAL(12, 2), region VARCHAR)"
        )
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", lines(range(3), region="North"))
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", lines(range(2), region="South"))
        own = {"Shop office": connection.execute(OWN).fetchall()[0]}
    with sqlite3.connect(web.path) as other:
        own["Shop web"] = other.execute(OWN).fetchone()
    binds: dict[str, Any] = {"web": web.bind(), "office": {"url": f"duckdb:///{office}", "allow_writes": True}}
    sources = {name: mapping(name) for name in binds}
    return settings_of(folder / "var", {}, binds=binds, sources=sources), own


def opened(config: Settings) -> Reports:
    may = frozenset({Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE})
    return open_gate(config, lambda _viewer, _permission: None).open(Viewer(1, "sam", "sam", may))


def test_the_filter_says_of_each_source_what_its_own_sql_says(tmp_path: Path) -> None:
    config, own = picture(tmp_path)
    assert refresh(config).ok
    reports, months = opened(config), current(config).months
    assert reports.options().source == ("Shop office", "Shop web")
    whole = Question(months[0], months[-1])
    for key, place in (("net_units", 0), ("net_sales", 1)):
        split = reports.breakdown(key, "source", whole).frame
        assert dict(zip(split["name"], split["value"], strict=True)) == {
            name: sums[place] for name, sums in own.items()
        }
        for name, sums in own.items():
            asked = Question(months[0], months[-1], source=frozenset({name}))
            assert reports.headline(key, asked).value == sums[place]
        assert reports.headline(key, whole).value == sum(sums[place] for sums in own.values())


def test_a_picture_from_before_is_made_anew_though_nothing_else_is_new(tmp_path: Path, monkeypatch: Any) -> None:
    config, _ = picture(tmp_path)
    with monkeypatch.context() as before:
        before.setattr("dashboard.sources.refresh.picture._RULES", 1)
        assert refresh(config).changed
    assert refresh(config).changed
    assert not refresh(config).changed
