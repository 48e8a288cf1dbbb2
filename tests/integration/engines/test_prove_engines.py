"""The proof on real servers, with the common data set: plain sums and the rollup agree, nasty lines and all."""

from pathlib import Path
from typing import Any

from engines.dataset import dataset, mapping
from engines.loading import load
from engines.mariadb_kit import PASSWORD, MariaDB
from engines.odbc_kit import postgres_through_odbc
from postgres_kit import Postgres
from sqlalchemy import create_engine, make_url

from dashboard.settings import Settings, load_settings
from dashboard.sources.proving.prove import prove


def fill(url: str) -> None:
    """The common data set in the database of ``url``."""
    engine = create_engine(url)
    load(engine, dataset())
    engine.dispose()


def settings_of(url: str, var: Path, **changes: Any) -> Settings:
    parsed = make_url(url)
    bind = {
        "url": parsed.set(password=None).render_as_string(),
        "password": PASSWORD if "mariadb" in url else "",
        "allow_writes": True,
    }
    source = mapping(dataset(), **changes) | {"bind": "dwh"}
    return load_settings(var=var, binds={"dwh": bind}, sources={"shop": source})


def check(settings: Settings, months: int = 2) -> None:
    report = prove(settings, "dwh", months, None, lambda _step: None)
    assert [(step.what, step.note) for step in report.steps if not step.ok] == []
    assert [month.differences for month in report.months if not month.ok] == []
    assert len(report.months) == months
    assert report.passed


def test_a_file_over_all_months(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'dwh'}"
    fill(url)
    check(settings_of(url, tmp_path, key=False), months=30)


def test_postgresql_through_odbc(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.fresh()
    fill(url)
    check(settings_of(postgres_through_odbc(url), tmp_path))
    postgres.clear()


def test_mariadb(mariadb: MariaDB, tmp_path: Path) -> None:
    url = mariadb.fresh()
    fill(url)
    check(settings_of(mariadb.reader(url), tmp_path, key=False))
