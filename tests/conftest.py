"""Fixtures that several rooms share: installations with data for the whole run, and sites served for browsers."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from dashboard.settings import PROJECT, Settings, load_settings

SHARED = PROJECT.parent / "shared" / "data"
START_SECONDS = 90


@pytest.fixture(scope="session")
def online_retail() -> Path:
    """Real sales; the machine that develops Salesgate has them beside the project."""
    path = SHARED / "online_retail_ii.parquet"
    if not path.exists():
        pytest.skip(f"the real sales data are not here: {path}")
    return path


@dataclass(frozen=True)
class Installation:
    """A var folder with data and the three demo users."""

    var: Path
    credentials: dict[str, dict[str, str]]

    @property
    def settings(self) -> Settings:
        return load_settings(var=self.var)


def command(var: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m dashboard`` on an installation of its own."""
    variables = {**os.environ, **environment, "SALESGATE_VAR": str(var)}
    return subprocess.run(
        [sys.executable, "-m", "dashboard", *arguments],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _with_users(var: Path) -> Installation:
    from dashboard.accounts.demo import ensure_demo_users  # noqa: PLC0415

    return Installation(var, ensure_demo_users(load_settings(var=var)))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Demo data and demo users, made by the commands a newcomer uses."""
    var = tmp_path_factory.mktemp("demo") / "var"
    made = command(var, "demo")
    assert made.returncode == 0, made.stderr
    return _with_users(var)


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory, online_retail: Path) -> Installation:
    """Online Retail II, imported by the README's own words."""
    var = tmp_path_factory.mktemp("retail") / "var"
    made = command(var, "import", str(online_retail), "--mapping", "docs/mappings/online_retail_ii.toml")
    assert made.returncode == 0, made.stderr
    return _with_users(var)


@dataclass(frozen=True)
class Served:
    """A site that answers at ``url``."""

    url: str
    installation: Installation


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(installation: Installation, **environment: str) -> Iterator[Served]:
    """Serve an installation as ``make run`` does, until the test is done; stopping it must be clean."""
    port = free_port()
    variables = {**os.environ, **environment, "SALESGATE_VAR": str(installation.var), "PORT": str(port)}
    variables["SALESGATE_SIGN_IN__LIMIT_PER_ADDRESS"] = environment.get("LIMIT", "1000 per minute")
    process = subprocess.Popen([sys.executable, "-m", "dashboard", "serve"], cwd=PROJECT, env=variables)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield Served(url, installation)
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the site ended before it answered"
        try:
            with urlopen(f"{url}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the site did not answer in time")


@pytest.fixture(scope="session")
def site(demo: Installation) -> Iterator[Served]:
    """The demo, served."""
    yield from serve(demo)


@pytest.fixture(scope="session")
def retail_site(retail: Installation) -> Iterator[Served]:
    """Online Retail II, served."""
    yield from serve(retail)


@pytest.fixture
def own(demo: Installation, tmp_path: Path) -> Installation:
    """A copy of the demo that a test may change."""
    var = tmp_path / "var"
    shutil.copytree(demo.var, var, ignore=shutil.ignore_patterns("import.lock"))
    return Installation(var, json.loads((var / "demo-credentials.json").read_text()))
