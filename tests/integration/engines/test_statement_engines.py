"""One data set with every nasty case gives the same groups in every engine: those that plain Python expects."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest
from engines.dataset import Dataset, dataset, mapping
from engines.expectation import expected, fold, outside
from engines.loading import load, load_clickhouse
from sqlalchemy import Engine, StaticPool, create_engine
from sqlalchemy.pool import NullPool

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.groups import KEYS, SUMS
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.statement import (
    bounds_statement,
    count_groups_statement,
    duplicates_statement,
    groups_statement,
)

pytest_plugins = ["engines.servers"]
START, STOP = date(2022, 1, 1), date(2026, 1, 1)
# What of the mapping differs, and the grain that is asked for.
MAPPINGS: dict[str, tuple[dict[str, Any], Any]] = {
    "joined, by month": ({}, "month"),
    "joined, by day": ({}, "day"),
    "amounts": ({"amount": "amount"}, "month"),
    "floats": ({"price": "price_float"}, "month"),
    "days without times": ({"joined": False, "date": "day"}, "day"),
}
ENGINES = ["sqlite", "duckdb", "postgres", "mariadb", "clickhouse", "orafce"]
NO_WINDOWS = {"clickhouse"}
NO_QUOTES = {"clickhouse", "orafce"}


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest) -> tuple[str, Engine, Dataset]:
    """An engine with the data set in it."""
    name = request.param
    found = dataset(name not in NO_QUOTES)
    if name in {"sqlite", "duckdb"}:
        engine = create_engine("sqlite://" if name == "sqlite" else "duckdb:///:memory:", poolclass=StaticPool)
        load(engine, found)
        return name, engine, found
    server = request.getfixturevalue(name)
    url = server.fresh()
    engine = create_engine(url, poolclass=NullPool)
    if name == "clickhouse":
        load_clickhouse(server, url, found)
    else:
        load(engine, found)
    return name, engine, found


@pytest.mark.parametrize("case", MAPPINGS)
def test_the_groups_are_those_that_plain_python_expects(filled: tuple[str, Engine, Dataset], case: str) -> None:
    name, engine, found = filled
    changes, grain = MAPPINGS[case]
    table = mapping(found, **{**changes, "key": name not in NO_WINDOWS})
    source = source_of(table)
    with engine.connect() as connection:
        shapes = read_shapes(connection, source)
        statement = groups_statement(source, shapes, grain, START, STOP)
        rows = [_row(row) for row in connection.execute(statement).mappings()]
        counted = connection.execute(count_groups_statement(source, shapes, grain, START, STOP)).scalar_one()
    groups = fold(rows)
    assert groups == expected(found, table, grain)
    assert counted == len(rows)


def test_bounds_count_what_no_group_has(filled: tuple[str, Engine, Dataset]) -> None:
    _, engine, found = filled
    table = mapping(found, key=False)
    source = source_of(table)
    with engine.connect() as connection:
        shapes = read_shapes(connection, source)
        first, last, lines, units = connection.execute(bounds_statement(source, shapes)).one()
        twice = connection.execute(duplicates_statement(source, shapes, source.lines.joins[0])).all()
    days = {key[0] for key in expected(found, table, "day")}
    assert (_day(first), _day(last)) == (min(days), max(days))
    assert (int(lines), int(units)) == outside(found, table)
    assert twice == []


def test_two_halves_hold_what_the_whole_holds(filled: tuple[str, Engine, Dataset]) -> None:
    """Whatever months are asked for, a line is in one of them: also around midnight, and where a key stands twice."""
    name, engine, found = filled
    source = source_of(mapping(found, key=name not in NO_WINDOWS))
    middle = date(2024, 3, 1)
    with engine.connect() as connection:
        shapes = read_shapes(connection, source)
        halves, whole = [], []
        for start, stop, into in ((START, middle, halves), (middle, STOP, halves), (START, STOP, whole)):
            found_rows = connection.execute(groups_statement(source, shapes, "month", start, stop)).mappings()
            into += [_row(row) for row in found_rows]
    assert fold(halves) == fold(whole)
    assert len(halves) == len(whole)


def test_repeats_are_refused_where_rows_cannot_be_numbered(filled: tuple[str, Engine, Dataset]) -> None:
    name, engine, found = filled
    source = source_of(mapping(found))
    with engine.connect() as connection:
        shapes = read_shapes(connection, source)
        assert shapes.windows == (name not in NO_WINDOWS)
        if not shapes.windows:
            with pytest.raises(ImportRefused, match=r"has no ROW_NUMBER.*Leave key out"):
                groups_statement(source, shapes, "month", START, STOP)


def source_of(table: Mapping[str, Any]) -> Source:
    """The mapping as settings would give it."""
    return Source.model_validate(_tuples({**table, "name": "shop", "bind": "erp"}))


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def _row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row as it is expected: an empty text of an engine that has no other nothing is None."""
    period = _day(row["period"]) if "period" in row else date(int(row["period_year"]), int(row["period_month"]), 1)
    texts = [row[name] if row[name] != "" else None for name in KEYS[1:5]]
    return (period, *texts, *(int(row[name]) for name in (*KEYS[5:], *SUMS)))


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    return date.fromisoformat(value) if isinstance(value, str) else value
