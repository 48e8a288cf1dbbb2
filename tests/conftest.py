"""Fixtures that several rooms share: installations with data for the whole run, and sites served for browsers."""

import json
import os
import shutil
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import hashing_kit
import once_kit
import pytest
import quick_database_kit
from hypothesis import settings
from kit import Installation, Served, command, serve, with_users
from postgres_kit import Postgres, run_postgres

from dashboard.settings import PROJECT

# Admins must have a second factor; most tests are about something else. Those that are about it take this away.
os.environ.setdefault("SALESGATE_SECOND_FACTOR__GRACE_UNTIL", "2099-12-31")

# Dozens of sites and commands are started: each would compile all of the project by itself, for seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

hashing_kit.make_cheap()
quick_database_kit.make_quick()
once_kit.begin()
# How long an example takes depends on what else the machine does: speed is for `make bench`.
settings.register_profile("salesgate", deadline=None)
settings.load_profile("salesgate")

pytest_plugins = ("engines.servers",)

SHARED = PROJECT.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the run, let files that wait for servers and browsers alternate with others.

    They come first, lest one of them is left for the end, when the other processes have nothing to do any more.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    unit = Path(__file__).parent / "unit"
    waiting = [found for path, found in files.items() if not path.is_relative_to(unit)]
    busy = [found for path, found in files.items() if path.is_relative_to(unit)]
    items[:] = [item for pair in zip_longest(waiting, busy, fillvalue=[]) for found in pair for item in found]


@pytest.fixture(scope="module")
def real_hashing() -> Iterator[None]:
    """For a file of tests about hashing itself, or about how long it takes."""
    with hashing_kit.real():
        yield


@pytest.fixture(scope="module")
def real_database() -> Iterator[None]:
    """For a file of tests about migrations, or about how a database is opened."""
    with quick_database_kit.real():
        yield


@pytest.fixture(scope="session")
def online_retail() -> Path:
    """Real sales; the machine that develops Salesgate has them beside the project."""
    path = SHARED / "online_retail_ii.parquet"
    if not path.exists():
        pytest.skip(f"the real sales data are not here: {path}")
    return path


def imported(name: str, *arguments: str) -> Path:
    """A var folder that one command has filled, to be copied."""

    def make(folder: Path) -> None:
        made = command(folder / "var", *arguments)
        assert made.returncode == 0, made.stderr

    return once_kit.made_once(name, make) / "var"


def copied(source: Path, var: Path) -> Path:
    shutil.copytree(source, var, ignore=shutil.ignore_patterns("import.lock"))
    return var


@pytest.fixture(scope="session")
def imported_demo() -> Path:
    """Demo data, made by the command a newcomer uses; to be copied."""
    return imported("demo", "demo")


@pytest.fixture(scope="session")
def raw_demo() -> Path:
    """The demo's files as they are before the import; to be read."""
    from dashboard.sources.demo.world import make_world  # noqa: PLC0415 - few tests need it, and it takes a second
    from dashboard.sources.demo.write import write_world  # noqa: PLC0415

    return once_kit.made_once("raw-demo", lambda folder: write_world(make_world(), folder))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, imported_demo: Path) -> Installation:
    """Demo data and demo users."""
    return with_users(copied(imported_demo, tmp_path_factory.mktemp("demo") / "var"))


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory, online_retail: Path) -> Installation:
    """Online Retail II, imported by the README's own words."""
    mapping = "docs/mappings/online_retail_ii.toml"
    made = imported("retail", "import", str(online_retail), "--mapping", mapping)
    return with_users(copied(made, tmp_path_factory.mktemp("retail") / "var"))


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
    var = copied(demo.var, tmp_path / "var")
    return Installation(var, json.loads((var / "demo-credentials.json").read_text()))
