"""One application server as it is shipped, with nobody in front: what it says, and how it goes."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_kit import Host, prepare
from kit import PLENTY

from dashboard.settings import load_settings

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
SOON = 5  # seconds; a request that has begun may take longer to arrive


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    prepare(load_settings(var=tmp_path / "var"))
    made = Host(tmp_path / "var", {f"SALESGATE_LIMITS__{name.upper()}": rate for name, rate in PLENTY.items()})
    made.begin()
    try:
        made.wait()
        yield made
    finally:
        made.end()
        made.stop()


def connected(host: Host, sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", host.port), timeout=30)
    client.sendall(sent)
    return client


def everything(client: socket.socket) -> bytes:
    with client:
        return b"".join(iter(lambda: client.recv(65536), b""))


def takes_connections(host: Host) -> bool:
    try:
        connected(host, b"").close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.promise("a host that is stopped loses no request")
@pytest.mark.promise("ASVS 14.2.1")
def test_it_tells_no_address_and_ends_what_has_begun_but_takes_nothing_new(host: Host) -> None:
    token = "not-to-be-told-4711"
    # What the server refuses by itself, before the application sees it.
    assert everything(connected(host, f"GET /invitation/{token}?x=\xff HTTP/1.1\r\n\r\n".encode("latin-1")))
    assert everything(connected(host, f"GET /invitation/{token} HTTP/9.9\r\n\r\n".encode()))
    slow = connected(host, HEALTH[:20])
    time.sleep(0.5)
    host.retire()
    deadline = time.monotonic() + SOON
    while takes_connections(host):
        # One that it takes it must answer. As long as it does, a proxy sends it requests that would end with it.
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert host.is_there()
    slow.sendall(HEALTH[20:])
    assert everything(slow).startswith(b"HTTP/1.1 200")
    host.stop()
    said = host.log.read_text()
    assert said.count("Invalid request from ip=127.0.0.1: Invalid HTTP") == 2, said
    assert token not in said
