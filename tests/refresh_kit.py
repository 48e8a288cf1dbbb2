"""Shops in SQLite files, read as sources."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dashboard.sales.rollup import Rollup
from dashboard.settings import Settings, load_settings
from dashboard.sources.refresh.extract import AFTER_LAST_DAY, FIRST_DAY, Extract, Segment
from dashboard.sources.store import RollupStore

Line = tuple[str, str, int, str, str]
TODAY = date.today()
FIRST_OF_MONTH = TODAY.replace(day=1)

EXTRACT = Extract(
    source="erp",
    label="ERP",
    bind="erp",
    product="SQLite 3",
    digest="d",
    read_only="proved",
    evidence="So it is.",
    fetched_at="2026-11-21T10:00:00+00:00",
    first_day=date(2024, 1, 2),
    last_day=None,
    timed=True,
    complete_to=date(2026, 11, 20),
    complete_to_reason="Set.",
    outside_lines=1,
    outside_units=2,
    segments=(Segment("a.parquet", "month", FIRST_DAY, AFTER_LAST_DAY, "2026-11-21T10:00:00+00:00"),),
    tables={"master": "master.parquet"},
    content="c",
    label_segments=(Segment("l.parquet", "month", FIRST_DAY, AFTER_LAST_DAY, "2026-11-21T10:00:00+00:00"),),
)


def months_ago(months: int) -> date:
    """The first of the month so many months before this one."""
    number = TODAY.year * 12 + TODAY.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def lines(months: Iterable[int], days: Iterable[int] = (3, 10), region: str = "North") -> list[Line]:
    """Two products sold on some days of the months that are so many back."""
    found = []
    for back in months:
        for day in days:
            when = min(months_ago(back) + timedelta(days=day - 1), TODAY - timedelta(days=1))
            found += [(f"{when}", "A1", 2, "10.00", region), (f"{when}", "B2", 1, "3.33", region)]
    return found


class Shop:
    """A database file with a table ``sales``."""

    def __init__(self, path: Path, rows: Iterable[Line] = ()) -> None:
        self.path = path
        self.run("CREATE TABLE sales (sold_on DATE, code TEXT, qty INTEGER, amount NUMERIC(12, 2), region TEXT)")
        self.add(rows)

    def run(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)

    def add(self, rows: Iterable[Line]) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", list(rows))

    def bind(self, **limits: Any) -> dict[str, Any]:
        return {"url": f"sqlite:///{self.path}", "allow_writes": True, **limits}


def mapping(bind: str, **more: Any) -> dict[str, Any]:
    """The table of ``[sources.x]``."""
    columns = {"product": "code", "quantity": "qty", "date": "sold_on", "amount": "amount", "region": "region"}
    return {
        "bind": bind,
        "label": f"Shop {bind}",
        "currency": "EUR",
        "time_zone": "UTC",
        "lines": {"table": "sales", "columns": columns},
        **more,
    }


def settings_of(var: Path, shops: dict[str, Shop], **more: Any) -> Settings:
    """An installation that reads each shop by a source of the same name."""
    given = {
        "binds": {name: shop.bind() for name, shop in shops.items()},
        "sources": {name: mapping(name) for name in shops},
    }
    return load_settings(var=var, **(given | more))


def current(settings: Settings) -> Rollup:
    rollup = RollupStore(settings.var / "rollup").current()
    assert rollup is not None
    return rollup


def totals(settings: Settings) -> dict[str, int]:
    """Sums over all months in force."""
    return {name: int(values.sum()) for name, values in current(settings).monthly.values.items()}


def write_settings(path: Path, shops: dict[str, Shop], **sections: dict[str, Any]) -> dict[str, str]:
    """A settings.toml that reads each shop; the environment that names it."""
    tables: dict[str, Any] = {"binds": {name: shop.bind() for name, shop in shops.items()}}
    tables |= {"sources": {name: mapping(name) for name in shops}, **sections}
    path.write_text("\n".join(f"{name} = {toml(table)}" for name, table in tables.items()), encoding="utf-8")
    return {"SALESGATE_SETTINGS": str(path)}


def toml(value: Any) -> str:
    """As TOML writes it inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)
