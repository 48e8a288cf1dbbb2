"""What gunicorn is told, whoever starts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kit import free_port
from sqlalchemy import QueuePool

from dashboard.accounts import AccountError
from dashboard.accounts.database import open_engine
from dashboard.cli.serving import make_ready, options
from dashboard.cli.site import Site, run_site
from dashboard.cli.worker import CollectingWorker
from dashboard.settings import PROJECT, SettingsError, load_settings

REDIS = {"storage": "redis://127.0.0.1:6379/0"}


def test_serve_and_gunicorn_are_told_the_same(tmp_path: Path) -> None:
    server = {"workers": 3, "threads": 5, "port": 8099, "max_requests": 1000}
    settings = load_settings(var=tmp_path, server=server, limits=REDIS)
    told = options(settings)
    cfg = Site(settings, "").cfg
    assert (cfg.workers, cfg.threads, cfg.worker_class, cfg.address) == (3, 5, CollectingWorker, [("127.0.0.1", 8099)])
    assert (cfg.max_requests, cfg.max_requests_jitter, cfg.preload_app) == (1000, 100, False)
    assert 0 < cfg.limit_request_line <= 8190
    assert cfg.graceful_timeout == told["graceful_timeout"] > 0
    names = set(cfg.settings)
    assert set(told) <= names


def test_the_file_that_is_shipped_checks_out_and_loads_no_engine(tmp_path: Path) -> None:
    environment = {**os.environ, "SALESGATE_VAR": str(tmp_path / "var"), "PORT": "8098"}
    code = "import runpy, sys; told = runpy.run_path('gunicorn.conf.py'); print(told['bind'], 'duckdb' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["127.0.0.1:8098", "False"], done.stderr
    wrong = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config"],
        cwd=PROJECT,
        env={**environment, "SALESGATE_SERVER__THREADS": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert wrong.returncode == os.EX_CONFIG
    assert "server.threads" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_database_that_is_away_at_the_start_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = "postgresql+psycopg://somebody:not-to-be-shown@127.0.0.1:1/nothing"
    settings = load_settings(var=tmp_path, server={"port": free_port()}, accounts={"url": away})
    with pytest.raises(AccountError, match="The accounts database cannot be used: connection failed") as raised:
        make_ready(settings)
    assert "not-to-be-shown" not in str(raised.value)
    assert run_site(settings, demo=False) == 1
    said = capsys.readouterr().err
    assert said.startswith("The accounts database cannot be used: connection failed")
    assert "not-to-be-shown" not in said


@pytest.mark.parametrize(("given", "size", "overflow"), [({}, 8, 4), ({"pool_size": 3, "max_overflow": 0}, 3, 0)])
def test_the_pool_is_that_of_the_settings(tmp_path: Path, given: dict[str, int], size: int, overflow: int) -> None:
    for url in ("", "postgresql+psycopg://nobody@127.0.0.1:1/nothing"):
        engine = open_engine(load_settings(var=tmp_path, accounts={"url": url, **given}))
        pool = engine.pool
        assert isinstance(pool, QueuePool)
        assert (pool.size(), pool._max_overflow, pool._timeout) == (size, overflow, 15)
        assert engine.hide_parameters
        engine.dispose()


def test_a_pool_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="pool_timeout"):
        load_settings(var=tmp_path, accounts={"pool_timeout": 0})
