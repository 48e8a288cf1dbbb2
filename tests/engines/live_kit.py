"""What the live tests of SQL Server and Oracle share: settings of a bind, the whole path, and what must come of it."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from engines.catalogue import source_of
from engines.dataset import Dataset, mapping
from engines.expectation import KEYS, SUMS, expected, fold, outside
from sqlalchemy import make_url, text

from dashboard.settings import Settings, load_settings
from dashboard.sources.binds import BindError, OpenBind, open_bind, prove_read_only
from dashboard.sources.doctor.examine import examine
from dashboard.sources.doctor.trial import rows_of
from dashboard.sources.proving.prove import prove
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.pushdown.groups import GROUPS
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.statement import bounds_statement, count_groups_statement, groups_statement
from dashboard.sources.pushdown.transfer import fetch
from dashboard.sources.refresh.run import refresh
from dashboard.sources.refresh.verify import Sample, verify
from dashboard.sources.store import RollupStore

START, STOP = date(2022, 1, 1), date(2026, 1, 1)
MAPPINGS: dict[str, tuple[dict[str, Any], Any]] = {
    "joined, by month": ({}, "month"),
    "joined, by day": ({}, "day"),
    "amounts": ({"amount": "amount"}, "month"),
    "floats": ({"price": "price_float"}, "month"),
    "days without times": ({"joined": False, "date": "day"}, "day"),
}
_ASKED_AFTER, _MOST_SECONDS = 1.0, 8.0


def settings_of(url: str, var: Path, source: Mapping[str, Any] | None = None, **limits: Any) -> Settings:
    """An installation with one bind, whose account may write, and one source at most."""
    parsed = make_url(url)
    bind = {
        "url": parsed.set(password=None).render_as_string(),
        "password": parsed.password or "",
        "allow_writes": True,
        "connect_seconds": 30,
        **limits,
    }
    sources = {} if source is None else {"shop": dict(source) | {"bind": "live"}}
    return load_settings(var=var, binds={"live": bind}, sources=sources)


def opened(settings: Settings) -> OpenBind:
    """The bind of :func:`settings_of`."""
    return open_bind("live", settings.binds["live"])


def placed(source: dict[str, Any], schema: str) -> dict[str, Any]:
    """The mapping with every table in ``schema``."""
    found = {
        name: {**part, "schema": schema} if name in {"lines", "master", "stock", "receipts", "rates"} else part
        for name, part in source.items()
    }
    joins = [{**join, "schema": schema} for join in found["lines"].get("joins", ())]
    # Two of the products differ in a blank behind their code.
    return found | {"lines": {**found["lines"], "joins": joins}, "codes": {"trim": False}}


def renamed(found: Dataset, prefix: str) -> Dataset:
    """The data with ``prefix`` before the name of every table."""
    names = ("lines", "orders", "products", "stock", "receipts", "rates", "empty")
    tables = {name: getattr(found, name) for name in names}
    return Dataset(**{name: replace(table, name=prefix + table.name) for name, table in tables.items()})


def check_groups(settings: Settings, found: Dataset, schema: str | None, case: str) -> None:
    """The groups of a mapping, as a refresh brings them, are those that plain Python expects."""
    changes, grain = MAPPINGS[case]
    table = mapping(found, **changes)
    source = source_of(placed(table, schema) if schema else table)
    with opened(settings) as bind, bind.connect() as connection:
        shapes = read_shapes(connection, source)
        statement = groups_statement(source, shapes, grain, START, STOP)
        rows = rows_of(connection, statement, GROUPS, bind.settings).to_pylist()
        counted = connection.execute(count_groups_statement(source, shapes, grain, START, STOP)).scalar_one()
        first, last, lines, units = connection.execute(bounds_statement(source, shapes)).one()
    groups = fold(tuple(row[name] for name in (*KEYS, *SUMS)) for row in rows)
    wanted = expected(found, table, grain)
    assert {key: groups.get(key) for key in wanted | groups if groups.get(key) != wanted.get(key)} == {}
    assert counted == len(rows)
    days = {key[0] for key in expected(found, table, "day")}
    assert (str(first)[:10], str(last)[:10]) == (min(days).isoformat(), max(days).isoformat())
    assert (int(lines), int(units or 0)) == outside(found, table)


def check_commands(settings: Settings, found: Dataset) -> None:
    """Doctor finds no fault, prove passes, and a refresh is served and verified."""
    findings = examine(settings, [], lambda _step: None).all_findings()
    assert [(where, one.where, one.what) for where, one in findings if one.level == "fault"] == []
    report = prove(settings, "live", 30, None, lambda _step: None)
    assert [(step.what, step.note) for step in report.steps if not step.ok] == []
    assert [month for month in report.months if not month.ok] == []
    assert report.passed
    done = refresh(settings, "full")
    assert [one.reason for one in done.sources] == [""]
    assert done.sources[0].extract
    assert done.sources[0].extract.lines == sum(sums[0] for sums in expected(found, mapping(found)).values())
    assert RollupStore(settings.var / "rollup").current() is not None
    assert verify(settings, Sample(6, seed=1)).ok
    assert refresh(settings, "incremental").ok


def check_proof(settings: Settings, relations: list[tuple[str | None, str]], state: str) -> None:
    """What the read-only proof says of the account."""
    with opened(settings) as bind, bind.connect() as connection:
        proof = prove_read_only(connection, relations)
    assert proof.state == state, proof.evidence


def check_deadline(settings: Settings, endless: str) -> None:
    """A statement without end is stopped at the deadline of the bind, which must be short."""
    began = time.monotonic()
    with pytest.raises(BindError) as failed, opened(settings) as bind, bind.connect() as connection:
        connection.exec_driver_sql(endless).all()
    assert failed.value.kind == "timeout", str(failed.value)
    assert time.monotonic() - began < settings.binds["live"].statement_seconds + 30


def check_cancel(settings: Settings, endless: str, folder: Path) -> None:
    """A statement without end is left within seconds of a request."""
    cancel = Cancel()
    with opened(settings) as bind, bind.connect() as connection:
        threading.Timer(_ASKED_AFTER, cancel.request).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            fetch(connection, [text(endless)], folder / "rows", None, bind.settings, lambda _rows: None, cancel)
        assert time.monotonic() - began < _ASKED_AFTER + _MOST_SECONDS
    assert list(folder.iterdir()) == []
