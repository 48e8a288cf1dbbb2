"""Two ClickHouse servers of our own on loopback, as one cluster: a table spread over both, and an account to read."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from clickhouse_driver import Client
from engines.process_kit import Process, free_port, hand_over, own_folder

_ACCOUNT = "clickhouse"  # of the system; its package makes it
CLUSTER, READER, PASSWORD = "pair", "salesgate_reader", "Ring-Tailed 2 Coati"


class Node:
    """One server: ``port`` speaks the native protocol on 127.0.0.1."""

    def __init__(self, folder: Path, port: int, shards: tuple[int, ...]) -> None:
        self.port = port
        folder.mkdir()
        (folder / "config.xml").write_text(_config(folder, port, shards), encoding="utf-8")
        (folder / "users.xml").write_text(_users(), encoding="utf-8")
        command = [_program(), f"--config-file={folder / 'config.xml'}"]
        hand_over(folder, _ACCOUNT)
        process = Process(command, folder, _ACCOUNT, port, lambda: self.execute("SELECT 1"))
        self.start, self.stop, self.kill = process.start, process.stop, process.kill

    def execute(self, *statements: str) -> None:
        """Run statements with the account that may do everything."""
        with Client("127.0.0.1", self.port, connect_timeout=5) as client:
            for statement in statements:
                client.execute(statement)

    def ask(self, question: str) -> Any:
        """The one value that ``question`` gives."""
        with Client("127.0.0.1", self.port, connect_timeout=5) as client:
            return client.execute(question)[0][0]


class ClickHouse:
    """Two nodes; the first is the one that is asked."""

    def __init__(self, folder: Path) -> None:
        ports = (free_port(), free_port())
        self.first, self.second = (Node(folder / f"node-{port}", port, ports) for port in ports)
        self._numbers = count(1)

    @property
    def nodes(self) -> tuple[Node, Node]:
        """Both."""
        return self.first, self.second

    def fresh(self) -> str:
        """The SQLAlchemy URL of a new, empty database on both nodes whose account may do everything."""
        name = f"test_{next(self._numbers)}"
        for node in self.nodes:
            node.execute(f"CREATE DATABASE {name}")
        return f"clickhouse+native://default@127.0.0.1:{self.first.port}/{name}"

    def reader(self, url: str) -> str:
        """The URL, without its ``PASSWORD``, of an account that may only read the database of ``url``."""
        return f"clickhouse+native://{READER}@127.0.0.1:{self.first.port}/{url.rsplit('/', 1)[1]}"


def run_clickhouse() -> Iterator[ClickHouse]:
    """Start both nodes, and stop them after the tests."""
    folder = own_folder("clickhouse", _ACCOUNT)
    try:
        servers = ClickHouse(folder)
        try:
            for node in servers.nodes:
                node.start()
            yield servers
        finally:
            for node in servers.nodes:
                node.kill()
    finally:
        shutil.rmtree(folder)


def _config(folder: Path, port: int, shards: tuple[int, ...]) -> str:
    spread = "".join(
        f"<shard><replica><host>127.0.0.1</host><port>{shard}</port></replica></shard>" for shard in shards
    )
    return (
        "<yandex><logger><level>warning</level><console>1</console></logger>"
        f"<tcp_port>{port}</tcp_port><listen_host>127.0.0.1</listen_host><timezone>UTC</timezone>"
        f"<path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path><users_config>users.xml</users_config>"
        f"<format_schema_path>{folder}/schemas/</format_schema_path><user_files_path>{folder}/files/</user_files_path>"
        "<default_profile>default</default_profile><default_database>default</default_database>"
        "<max_concurrent_queries>100</max_concurrent_queries><mark_cache_size>67108864</mark_cache_size>"
        f"<remote_servers><{CLUSTER}>{spread}</{CLUSTER}></remote_servers></yandex>"
    )


def _users() -> str:
    local = "<networks><ip>127.0.0.1</ip></networks><quota>default</quota>"
    # readonly=2 may set limits for itself, such as a longest time for a statement; 1 may not even that.
    return (
        "<yandex><profiles><default/><reader><readonly>1</readonly></reader></profiles>"
        f"<users><default><password></password>{local}<profile>default</profile></default>"
        f"<{READER}><password>{escape(PASSWORD)}</password>{local}<profile>reader</profile></{READER}></users>"
        "<quotas><default/></quotas></yandex>"
    )


def _program() -> str:
    found = shutil.which("clickhouse-server", path="/usr/bin:/usr/sbin:/usr/local/bin")
    if found is None:
        pytest.fail("ClickHouse is not installed. On Debian, as root: sh tests/install-debian.sh clickhouse")
    return found
