"""Fixtures that several rooms share: installations with data for the whole run, and sites served for browsers."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hashing_kit
import pytest
from hypothesis import settings
from kit import Installation, Served, command, serve, with_users
from postgres_kit import Postgres, run_postgres

from dashboard.settings import PROJECT

# Admins must have a second factor; most tests are about something else. Those that are about it take this away.
os.environ.setdefault("SALESGATE_SECOND_FACTOR__GRACE_UNTIL", "2099-12-31")

# Dozens of sites and commands are started: each would compile all of the project by itself, for seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

hashing_kit.make_cheap()
# How long an example takes depends on what else the machine does: speed is for `make bench`.
settings.register_profile("salesgate", deadline=None)
settings.load_profile("salesgate")

pytest_plugins = ("engines.servers",)

SHARED = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def real_hashing() -> Iterator[None]:
    """For a file of tests about hashing itself, or about how long it takes."""
    with hashing_kit.real():
        yield


@pytest.fixture(scope="session")
def online_retail() -> Path:
    """Real sales; the machine that develops Salesgate has them beside the project."""
    path = SHARED / "online_retail_ii.parquet"
    if not path.exists():
        pytest.skip(f"the real sales data are not here: {path}")
    return path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Demo data and demo users, made by the commands a newcomer uses."""
    var = tmp_path_factory.mktemp("demo") / "var"
    made = command(var, "demo")
    assert made.returncode == 0, made.stderr
    return with_users(var)


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory, online_retail: Path) -> Installation:
    """Online Retail II, imported by the README's own words."""
    var = tmp_path_factory.mktemp("retail") / "var"
    made = command(var, "import", str(online_retail), "--mapping", "docs/mappings/online_retail_ii.toml")
    assert made.returncode == 0, made.stderr
    return with_users(var)


@pytest.fixture(scope="session")
def site(demo: Installation) -> Iterator[Served]:
    """The demo, served."""
    yield from serve(demo)


@pytest.fixture(scope="session")
def retail_site(retail: Installation) -> Iterator[Served]:
    """Online Retail II, served."""
    yield from serve(retail)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server with no database yet."""
    yield from run_postgres()


@pytest.fixture
def own(demo: Installation, tmp_path: Path) -> Installation:
    """A copy of the demo that a test may change."""
    var = tmp_path / "var"
    shutil.copytree(demo.var, var, ignore=shutil.ignore_patterns("import.lock"))
    return Installation(var, json.loads((var / "demo-credentials.json").read_text()))
