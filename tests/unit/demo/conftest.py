from pathlib import Path

import pytest

from dashboard.sales.rollup import Rollup
from dashboard.settings import Settings, load_settings
from dashboard.sources.demo import build_demo
from dashboard.sources.demo.world import World, make_world
from dashboard.sources.store import RollupStore


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()


@pytest.fixture(scope="session")
def demo_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an installation that holds the demo data; imported once a session."""
    settings = load_settings(var=tmp_path_factory.mktemp("demo") / "var")
    build_demo(settings)
    return settings


@pytest.fixture(scope="session")
def demo_folder(demo_settings: Settings) -> Path:
    return demo_settings.var


@pytest.fixture(scope="session")
def demo(demo_settings: Settings) -> Rollup:
    rollup = RollupStore(demo_settings.var / "rollup").current()
    assert rollup is not None
    return rollup
