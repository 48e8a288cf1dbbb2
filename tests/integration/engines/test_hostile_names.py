"""Names and values that look like SQL stay names and values: in every engine, through the way that a refresh takes."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import (
    Column,
    Date,
    Engine,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    event,
    insert,
    text,
)
from sqlalchemy.pool import NullPool, StaticPool

from dashboard.settings.binds import Bind
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.groups import GROUPS, LEFT_OUT
from dashboard.sources.pushdown.load import load_source
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.statement import bounds_statement, groups_statement, labels_statement, table_statement
from dashboard.sources.pushdown.transfer import fetch

pytest_plugins = ["engines.servers"]
TABLE = "o'r[d]er; DROP TABLE victim; -- :name %s %(x)s ? {z}"
ODD = ' q"`\\'
VALUES = (
    "x' OR '1'='1",
    "x\\' OR 1=1 --x",
    "%",
    "_",
    "\\",
    ":kind %s ? {0}",
    "'; DROP TABLE victim; --",
    "\u202eevil<script>",
    "a\nb",
)
DAY = date(2026, 3, 2)
LIMITS = Bind(url="sqlite:///x", arraysize=3)


@pytest.fixture(params=["sqlite", "duckdb", "postgres", "mariadb", "clickhouse"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database."""
    name = request.param
    if name in {"sqlite", "duckdb"}:
        made = create_engine("sqlite://" if name == "sqlite" else "duckdb:///:memory:", poolclass=StaticPool)
    else:
        made = create_engine(request.getfixturevalue(name).fresh(), poolclass=NullPool)
        event.listen(made, "close", _hang_up)
    yield made
    made.dispose()


def _hang_up(connection: Any, _record: Any) -> None:
    """clickhouse-driver's own close does nothing."""
    if hasattr(connection, "transport"):
        connection.transport.disconnect()


def table_of(engine: Engine) -> str:
    return TABLE if engine.dialect.name != "clickhouse" else TABLE.replace(":", "").replace("%", "")


def fill(engine: Engine) -> dict[str, str]:
    """The lines, one with each of ``VALUES`` and one with none of them, and a bystander; canonical name -> column."""
    # SQLAlchemy reads a backtick out of MariaDB's catalogue twice; ClickHouse's names are below.
    odd = {"clickhouse": "", "mariadb": ODD.replace("`", "")}.get(engine.dialect.name, ODD)
    names = {name: f"{name}'; -- %s :x ? ]{odd}" for name in ("product", "kind", "quantity", "price", "day")}
    rows = [("plain", "plain"), *((value, value) for value in VALUES)]
    if engine.dialect.name == "clickhouse":
        _fill_clickhouse(engine, names, rows)
        return names
    kinds: dict[str, Any] = {"product": String(60), "kind": String(60), "quantity": Integer(), "price": Numeric(18, 2)}
    lines = Table(
        table_of(engine),
        MetaData(),
        *(Column(names[key], kind) for key, kind in kinds.items()),
        Column(names["day"], Date),
    )
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE victim (a INTEGER)"))
        lines.create(connection)
        for product, kind in rows:
            values = {"product": product, "kind": kind, "quantity": 1, "price": 10, "day": DAY}
            connection.execute(insert(lines).values({names[key]: value for key, value in values.items()}))
    return names


def _fill_clickhouse(engine: Engine, names: dict[str, str], rows: list[tuple[str, str]]) -> None:
    kinds = {"product": "String", "kind": "String", "quantity": "Int32", "price": "Decimal(18, 2)", "day": "Date"}
    raw = engine.raw_connection()
    client = raw.driver_connection.transport  # type: ignore[union-attr]
    listed = ", ".join(f"`{names[key]}` {kind}" for key, kind in kinds.items())
    client.execute("CREATE TABLE victim (a Int32) ENGINE = Memory")
    client.execute(f"CREATE TABLE `{table_of(engine)}` ({listed}) ENGINE = Memory")
    data = [(product, kind, 1, 10, DAY) for product, kind in rows]
    client.execute(f"INSERT INTO `{table_of(engine)}` VALUES", data)
    raw.close()


def mapped(engine: Engine, names: dict[str, str], **lines: Any) -> Source:
    columns = {
        "product": names["product"],
        "quantity": names["quantity"],
        "price": names["price"],
        "date": names["day"],
    }
    common = {"bind": "erp", "label": "Shop", "currency": "EUR", "time_zone": "UTC"}
    return load_source("shop", {**common, "lines": {"table": table_of(engine), "columns": columns, **lines}})


def brought(engine: Engine, source: Source, path: Path) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        shapes = read_shapes(connection, source)
        statement = groups_statement(source, shapes, "month", date(2026, 1, 1), date(2027, 1, 1))
        fetch(connection, [statement], path, GROUPS, LIMITS, lambda _: None, Cancel())
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def many(values: tuple[str, ...]) -> tuple[str, ...]:
    """A list so long that it is not sent as binds everywhere."""
    return (*(f"none{number}" for number in range(300)), *values)


def test_hostile_names_and_values_find_their_own_lines_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    names = fill(engine)
    lists: dict[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {"few": lambda values: values, "many": many}
    for length, listed in lists.items():
        for by in ("value", "prefix") if length == "few" else ("value",):
            rules = [{"column": names["kind"], "by": by, "values": listed((value,))} for value in VALUES]
            rows = brought(engine, mapped(engine, names, leave_out=rules), tmp_path / "groups.parquet")
            found = {row["product"]: row["verdict"] for row in rows}
            assert found == {"plain": 0, **{value: LEFT_OUT + place for place, value in enumerate(VALUES)}}, (
                length,
                by,
            )
        for value in VALUES:
            rows = brought(
                engine, mapped(engine, names, only={names["kind"]: listed((value,))}), tmp_path / "groups.parquet"
            )
            assert [row["product"] for row in rows] == [value], (length, value)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM victim")).scalar() == 0


def test_the_other_statements_take_hostile_names_too(engine: Engine, tmp_path: Path) -> None:
    names = fill(engine)
    columns = {"product": names["product"], "name": names["kind"]}
    common = {"bind": "erp", "label": "Shop", "currency": "EUR", "time_zone": "UTC"}
    of_lines = {"quantity": names["quantity"], "price": names["price"], "date": names["day"], "name": names["kind"]}
    table = {"table": table_of(engine), "columns": {**of_lines, "product": names["product"]}}
    source = load_source("shop", {**common, "lines": table, "master": {"table": table_of(engine), "columns": columns}})
    path = tmp_path / "table.parquet"
    with engine.connect() as connection:
        shapes = read_shapes(connection, source)
        assert int(connection.execute(bounds_statement(source, shapes)).one()[2]) == 0
        for statement in (table_statement(source, shapes, "master"), labels_statement(source, shapes)):
            assert statement is not None
            assert fetch(connection, [statement], path, None, LIMITS, lambda _: None, Cancel()) == len(VALUES) + 1


@pytest.mark.parametrize("name", ['a"b', "a\\", 'a\\" FROM system.one --', "a`b", "a\0b"])
@pytest.mark.parametrize("engine", ["clickhouse"], indirect=True)
def test_a_name_that_an_engine_cannot_quote_is_refused_before_it_is_asked(engine: Engine, name: str) -> None:
    names = {key: key for key in ("product", "kind", "quantity", "price", "day")}
    with engine.connect() as connection:
        for change in ({"table": name}, {"schema": name}, {"only": {name: ["x"]}}):
            with pytest.raises(ImportRefused, match="cannot be quoted"):
                read_shapes(connection, mapped(engine, names, **change))
