import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.access import built_in_roles
from dashboard.reports import Gate, Question, Reports
from dashboard.reports.stock import Standing, standing
from dashboard.sales.rollup import Rollup
from dashboard.settings import Settings, load_settings
from dashboard.sources.demo.world import World, make_world
from dashboard.sources.store import RollupStore

BUYER = next(role.viewer(1, "petra") for role in built_in_roles() if role.key == "procurement_manager")


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()


@pytest.fixture(scope="session")
def demo_settings(tmp_path_factory: pytest.TempPathFactory, imported_demo: Path) -> Settings:
    """Settings of an installation that holds the demo data."""
    var = tmp_path_factory.mktemp("demo") / "var"
    shutil.copytree(imported_demo, var)
    return load_settings(var=var)


@pytest.fixture(scope="session")
def demo_folder(demo_settings: Settings) -> Path:
    return demo_settings.var


@pytest.fixture(scope="session")
def demo(demo_settings: Settings) -> Rollup:
    rollup = RollupStore(demo_settings.var / "rollup").current()
    assert rollup is not None
    return rollup


@pytest.fixture(scope="session")
def asked(demo: Rollup) -> Reports:
    return Gate(Fixed(demo)).open(BUYER)


@pytest.fixture(scope="session")
def held(asked: Reports) -> Standing:
    found = standing(asked, Question("2026-11", "2026-11"))
    assert isinstance(found, Standing)
    return found
