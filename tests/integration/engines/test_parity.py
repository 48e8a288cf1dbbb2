"""One data set in every engine, through the whole path: settings, refresh, the rollup in the store; byte for byte."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from engines.dataset import dataset, mapping
from engines.expectation import KEYS, expected, outside
from engines.loading import load, load_clickhouse
from engines.mariadb_kit import PASSWORD
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from dashboard.sales.rollup import VALUE_COLUMNS, Rollup
from dashboard.settings import load_settings
from dashboard.sources.refresh.run import refresh
from dashboard.sources.store import RollupStore

pytest_plugins = ["engines.servers"]
ENGINES = ("duckdb", "sqlite", "postgres", "mariadb", "postgres by odbc", "mariadb by odbc", "clickhouse", "orafce")
# Both cannot have a quotation mark in a name.
NO_QUOTES = {"clickhouse", "orafce"}
# Debian's ClickHouse cannot number rows: repeats by key are left out of what all engines must agree in.
NO_KEYS = {"clickhouse"}
# What an engine's own rollup may say in its own words.
OWN_WORDS = {"imported_at", "sources"}
MONTHS = "amounts by month, in one currency"
CASES: dict[str, dict[str, Any]] = {
    "prices by day, with rates": {},
    MONTHS: {"amount": "amount"},
    "floats, repeats set aside": {"price": "price_float", "key": True},
}
PARTS = {"products", "monthly", "daily", "stock", "receipts", "supply"}
Urls = Callable[[str], str]


@pytest.fixture(scope="module")
def url_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Urls:
    """The URL of an engine with the data in it, filled when it is asked for first."""
    made: dict[str, str] = {}

    def url(name: str) -> str:
        if name not in made:
            made[name] = _filled(request, tmp_path_factory, name, url)
        return made[name]

    return url


def _filled(request: pytest.FixtureRequest, folders: pytest.TempPathFactory, name: str, url_of: Urls) -> str:
    if name.endswith("by odbc"):
        from engines import odbc_kit  # noqa: PLC0415

        plain = name.removesuffix(" by odbc")
        ways = {"postgres": odbc_kit.postgres_through_odbc, "mariadb": odbc_kit.mariadb_through_odbc}
        return ways[plain](url_of(plain))
    if name in {"duckdb", "sqlite"}:
        url = f"{name}:///{folders.mktemp(name) / 'shop'}"
    else:
        server = request.getfixturevalue(name)
        url = server.fresh()
    if name == "clickhouse":
        load_clickhouse(server, url, dataset(quotes=False))
        return str(server.reader(url))
    engine = create_engine(url, poolclass=NullPool)
    load(engine, dataset(name not in NO_QUOTES))
    engine.dispose()
    return str(server.reader(url)) if name == "mariadb" else url


@pytest.mark.parametrize("case", CASES)
def test_every_engine_gives_the_same_rollup(url_of: Urls, case: str, tmp_path: Path) -> None:
    """All arrays, all counts, and what is told of them; the first is compared with plain Python."""
    able = [name for name in ENGINES if not (CASES[case].get("key") and name in NO_KEYS)]
    records = {}
    for name in able:
        records[name], rollup = _refreshed(url_of(name), name, case, tmp_path / name)
        if name == able[0]:
            _check(rollup, case)
    first = records[able[0]]
    assert set(first["digests"]) >= PARTS
    for name, record in records.items():
        assert record["digests"] == first["digests"], name
        assert record == first, name


def _refreshed(url: str, name: str, case: str, var: Path) -> tuple[dict[str, Any], Rollup]:
    """What the store says of the rollup that ``name`` gives, digests of its arrays and all; and the rollup."""
    bind = {"url": url, "allow_writes": True}
    if "salesgate_reader" in url:
        bind["password"] = PASSWORD
    source = _mapping(case, quotes=name not in NO_QUOTES) | {"bind": "erp"}
    settings = load_settings(var=var, binds={"erp": bind}, sources={"shop": source})
    refresh(settings)
    store = RollupStore(var / "rollup")
    rollup = store.current()
    assert rollup is not None
    record = json.loads((var / "rollup" / rollup.version / "info.json").read_text())
    record["info"] = {key: value for key, value in record["info"].items() if key not in OWN_WORDS}
    return record, rollup


def _mapping(case: str, *, quotes: bool) -> dict[str, Any]:
    table = mapping(dataset(quotes), **({"key": False} | CASES[case]))
    if case == MONTHS:
        del table["rates"], table["lines"]["columns"]["currency"]
    # Two of the products differ in a blank behind their code.
    return table | {"codes": {"trim": False}}


def _check(rollup: Rollup, case: str) -> None:
    table = _mapping(case, quotes=True)
    found, keys = dataset(), ("months", "products", "regions", "channels")
    groups = expected(found, table, "day")
    assert _totals(rollup) == _expected_totals(groups, _rates(table))
    lines, units = outside(found, table)
    told = {entry.reason: (entry.lines, entry.units) for entry in rollup.info.set_aside}
    assert told["bad_date"] == (lines, units)
    everything = sum(sums[0] for sums in groups.values()) + lines
    aside = sum(entry.lines for entry in rollup.info.set_aside if not entry.kept)
    assert (rollup.info.lines_read, rollup.info.lines_kept) == (everything, everything - aside)
    assert all(len(getattr(rollup, key)) for key in keys)
    assert rollup.stock is not None
    assert rollup.receipts is not None
    assert rollup.supply is not None
    days = {key[0] for key, sums in groups.items() if key[5] == 0 and key[1]}
    assert (rollup.info.first_day, rollup.info.last_day) == (min(days), max(days))
    assert rollup.info.complete_to == max(days)


def _rates(table: dict[str, Any]) -> dict[date, Decimal] | None:
    if "rates" not in table:
        return None
    return {row[0]: row[2] for row in dataset().rates.rows}


def _totals(rollup: Rollup) -> dict[tuple[str, ...], tuple[int, ...]]:
    """(month, product, region, channel) -> units sold and returned, gross sales, discounts, returned sales."""
    names = VALUE_COLUMNS[:5]
    facts, totals = rollup.monthly, {}
    for position, month in enumerate(rollup.months):
        for row in range(*facts.rows(position, position).indices(len(facts.product))):
            key = (
                month,
                rollup.products.code[facts.product[row]],
                rollup.regions[facts.region[row]],
                rollup.channels[facts.channel[row]],
            )
            totals[key] = tuple(int(facts.values[name][row]) for name in names)
    return totals


def _expected_totals(groups: Any, rates: dict[date, Decimal] | None) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The same from the groups that plain Python has found, with nothing of Salesgate."""
    totals: dict[tuple[str, ...], Counter[int]] = {}
    for key, (_, units, gross, discount, _) in groups.items():
        named = dict(zip(KEYS, key, strict=True))
        code = named["product"]
        if named["verdict"] or not (code and code.strip()):
            continue
        rate = _rate(named, rates)
        before, taken = (_half_up(amount * rate) if rate else 0 for amount in (gross, discount))
        where = ((named[name] or "").strip(" ") or "(none)" for name in ("region", "channel"))
        total = totals.setdefault((f"{named['period']:%Y-%m}", code, *where), Counter())
        sums = (0, units, 0, 0, before - taken) if named["is_return"] else (units, 0, before, taken, 0)
        total.update(dict(enumerate(sums)))
    return {key: tuple(total[place] for place in range(5)) for key, total in totals.items()}


def _rate(named: dict[str, Any], rates: dict[date, Decimal] | None) -> Decimal | None:
    if rates is None or named["currency"] in {None, "EUR"}:
        return Decimal(1)
    return rates.get(named["period"]) if named["currency"].upper() == "USD" else None


def _half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
