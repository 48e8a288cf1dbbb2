"""Clients that are slow, idle or greedy do not keep others waiting; with real sockets at a served site."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit import Served, serve, with_users

from dashboard.cli.worker import LARGEST_HEAD, READ_SECONDS, Arrival
from dashboard.web.server import LARGEST_BODY

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
UNFINISHED = {
    "nothing": b"",
    "half a head": b"POST /sign-in HTTP/1.1\r\nHost: x\r\n",
    "half a body": b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na",
    "half a chunk": b"POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\na",
    "too much to come": b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\na",
    "an answer not read": b"GET /sign-in HTTP/1.0\r\n\r\n",
}


@pytest.fixture(scope="module")
def two_threads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serve(with_users(tmp_path_factory.mktemp("slow") / "var"), SALESGATE_SERVER__THREADS="2")


def connect(site: Served, stack: ExitStack, sent: bytes = b"") -> socket.socket:
    address = urlsplit(site.url)
    client = stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))
    client.sendall(sent)
    return client


def answer(client: socket.socket) -> bytes:
    """All that comes until the server closes, or its first answer as a whole."""
    received = b""
    while b'"ok"' not in received and (more := client.recv(65536)):
        received += more
    return received


def is_closed(client: socket.socket, more: bytes, pause: float) -> bool:
    """Whether the server breaks the connection off while the client goes on sending."""
    try:
        for _ in range(100):
            client.sendall(more)
            time.sleep(pause)
    except OSError:
        return True
    return False


@pytest.mark.parametrize("what", UNFINISHED)
def test_clients_that_do_not_finish_keep_nobody_waiting(two_threads: Served, what: str) -> None:
    with ExitStack() as stack:
        for _ in range(8):
            connect(two_threads, stack, UNFINISHED[what])
        time.sleep(0.3)
        started = time.monotonic()
        for _ in range(5):
            with urlopen(f"{two_threads.url}/health", timeout=10) as response:
                assert response.status == 200
        assert time.monotonic() - started < READ_SECONDS / 5


def test_a_client_that_goes_on_sending_single_bytes_is_left_in_time(two_threads: Served) -> None:
    with ExitStack() as stack:
        client = connect(two_threads, stack, UNFINISHED["half a head"] + b"X-Long: ")
        started = time.monotonic()
        assert is_closed(client, b"x", 0.2)
        assert READ_SECONDS - 1 < time.monotonic() - started < READ_SECONDS + 4


def test_a_request_in_pieces_is_answered(two_threads: Served) -> None:
    with ExitStack() as stack:
        client = connect(two_threads, stack)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(len(HEALTH)):
            client.sendall(HEALTH[place : place + 1])
        assert answer(client).startswith(b"HTTP/1.1 200")


def test_a_connection_takes_one_request_after_the_other_and_several_at_once(two_threads: Served) -> None:
    with ExitStack() as stack:
        client = connect(two_threads, stack, HEALTH)
        assert answer(client).startswith(b"HTTP/1.1 200")
        client.sendall(HEALTH + HEALTH[:20])
        assert answer(client).startswith(b"HTTP/1.1 200")
        client.sendall(HEALTH[20:])
        assert answer(client).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(("what", "status"), [("half a chunk", b"411"), ("too much to come", b"413")])
def test_what_is_not_taken_is_refused_and_the_connection_closed(two_threads: Served, what: str, status: bytes) -> None:
    with ExitStack() as stack:
        client = connect(two_threads, stack, UNFINISHED[what])
        assert answer(client).startswith(b"HTTP/1.1 " + status)
        assert is_closed(client, HEALTH, 0.02)


def test_a_body_that_comes_late_arrives_as_a_whole(two_threads: Served) -> None:
    body = b"username=a&password=" + b"x" * 60_000
    head = f"POST /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    with ExitStack() as stack:
        client = connect(two_threads, stack, head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n")
        for place in range(0, len(body), 10_000):
            time.sleep(0.05)
            client.sendall(body[place : place + 10_000])
        assert b"out of date" in answer(client)  # the form was read: what it lacks is its token


REQUESTS = st.builds(
    lambda name, body, rest: (
        f"POST /x HTTP/1.1\r\nHost: x\r\n{name}: {len(body)}\r\nX-Last: 1\r\n\r\n".encode() + body,
        rest,
    ),
    st.sampled_from(["Content-Length", "content-length", "CONTENT-LENGTH"]),
    st.binary(max_size=200),
    st.binary(max_size=50),
)


@given(REQUESTS, st.lists(st.integers(1, 90), min_size=1, max_size=40))
def test_a_request_is_whole_with_its_last_byte_however_it_comes(
    request_: tuple[bytes, bytes], sizes: list[int]
) -> None:
    whole, rest = request_
    arrival, place, turn = Arrival(), 0, 0
    while place < len(whole):
        assert not arrival.done
        size = min(sizes[turn % len(sizes)], len(whole) - place)
        arrival.add(whole[place : place + size])
        place, turn = place + size, turn + 1
    assert (arrival.done, arrival.whole, arrival.measured) == (True, True, True)
    arrival.add(rest)
    assert bytes(arrival.data) == whole + rest


@pytest.mark.parametrize(
    ("sent", "done", "whole"),
    [
        (b"x" * LARGEST_HEAD, False, True),
        (b"x" * (LARGEST_HEAD + 1), True, False),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % LARGEST_BODY, False, True),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1), True, False),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n", True, False),
    ],
)
def test_nothing_beyond_a_limit_is_collected(sent: bytes, done: bool, whole: bool) -> None:
    arrival = Arrival()
    arrival.add(sent)
    assert (arrival.done, arrival.whole) == (done, whole)
