"""Hosts that are not there, stay silent, or refuse: every driver gives up in time, and no other bind waits."""

import gc
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import bind_kit
import pytest
from engines.odbc_kit import driver
from kit import free_port
from refresh_kit import mapping
from test_refresh_processes import until

from dashboard.settings import load_settings
from dashboard.settings.binds import Bind
from dashboard.sources.binds import BindError, open_bind
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.refresh.run import refresh
from dashboard.sources.refresh.status import read_status

# Drivers that fail to connect leave their socket to the collector of garbage.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
HORSE = "correct-horse-9"
URLS = {
    "oracle": "oracle+oracledb://reader@127.0.0.1:{}/?service_name=ERP",
    "postgresql": "postgresql+psycopg://reader@127.0.0.1:{}/erp",
    "mariadb": "mariadb+pymysql://reader@127.0.0.1:{}/erp",
    "clickhouse": "clickhouse+native://reader@127.0.0.1:{}/erp",
    "odbc": "mariadb+pyodbc://reader@127.0.0.1/erp?driver={driver}&port={}",
}


def bind(kind: str, port: int, seconds: float = 0.4) -> Bind:
    library = driver("libmaodbc.so") if kind == "odbc" else ""
    return Bind(url=URLS[kind].format(port, driver=library), password=HORSE, connect_seconds=seconds)


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "bind-deadline":
            thread.join(10)
    gc.collect()


@pytest.fixture
def quiet(_collected: None) -> Iterator[int]:
    with bind_kit.silent() as port:
        yield port


@pytest.mark.parametrize("kind", URLS)
def test_a_silent_host_is_given_up_at_the_deadline(quiet: int, kind: str) -> None:
    began = time.monotonic()
    with open_bind("erp", bind(kind, quiet)) as erp:
        with pytest.raises(BindError, match=r"Bind erp .*no answer within 0\.4 s\. Check host and port") as refusal:  # noqa: SIM117
            with erp.connect():
                pass
        assert refusal.value.kind == "unreachable"
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("kind", URLS)
def test_a_closed_port_is_said_at_once(kind: str) -> None:
    with open_bind("erp", bind(kind, free_port(), 20)) as erp:
        with pytest.raises(BindError, match="nothing there takes connections") as refusal, erp.connect():
            pass
        assert refusal.value.kind == "unreachable"
        assert HORSE not in str(refusal.value)


def test_oracle_s_listener_that_knows_no_service_is_told_apart() -> None:
    with bind_kit.refusing_oracle() as port, open_bind("erp", bind("oracle", port, 20)) as erp:
        with pytest.raises(BindError, match=r"does not know the service.*service_name.*DPY-6001") as refusal:  # noqa: SIM117
            with erp.connect():
                pass
        assert refusal.value.kind == "unreachable"


def test_an_unknown_host_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (
        "mariadb+pymysql://r@no-such-host.invalid/erp",
        "oracle+oracledb://r@no-such-host.invalid/?service_name=X",
    ):
        erp = open_bind("erp", Bind(url=url, password=HORSE))
        with pytest.raises(BindError, match="there is no host of that name"), erp, erp.connect():
            pass


@pytest.mark.parametrize("kind", URLS)
def test_a_refresh_that_waits_for_a_silent_host_is_cancelled_at_once(quiet: int, kind: str, tmp_path: Path) -> None:
    erp = bind(kind, quiet, 8).model_dump() | {"password": HORSE}
    settings = load_settings(var=tmp_path / "var", binds={"erp": erp}, sources={"erp": mapping("erp")})
    cancel, asked = Cancel(), list[float]()

    def ask() -> None:
        until(lambda: any(thread.name == "bind-deadline" for thread in threading.enumerate()))
        time.sleep(0.2)
        asked.append(time.monotonic())
        cancel.request()

    asking = threading.Thread(target=ask)
    asking.start()
    with pytest.raises(Cancelled):
        refresh(settings, cancel=cancel)
    asking.join()
    assert time.monotonic() - asked[0] < 2
    last = read_status(settings.var).last
    assert last
    assert last.outcome == "cancelled"


def test_a_bind_that_is_down_stops_no_other(quiet: int, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    sqlite3.connect(path).close()
    failed: list[str] = []

    def wait() -> None:
        try:
            with open_bind("erp", bind("oracle", quiet, 1.5)) as erp, erp.connect():
                pass
        except BindError as error:
            failed.append(error.kind)

    waiting = threading.Thread(target=wait)
    waiting.start()
    with open_bind("shop", Bind(url=f"sqlite:///{path}")) as shop, shop.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    assert waiting.is_alive()
    waiting.join()
    assert failed == ["unreachable"]
