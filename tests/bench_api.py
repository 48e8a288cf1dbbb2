"""Analytics by API from two workers, beside a bare route of the same processes: part of `make bench`.

The bare route answers the very same bytes from memory, without gate, session, limits and audit. Both are asked in turns
over connections that are kept alive, by one process that needs a few microseconds a request.
"""

import os
import secrets
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response
from kit import Installation, free_port
from redis_kit import RedisServer

from dashboard.access import Permission
from dashboard.accounts import Accounts, Actor, NewApiKey, Origin, SessionKind
from dashboard.cli.site import Site
from dashboard.observing import logs
from dashboard.settings import PROJECT, load_settings
from dashboard.settings.sections import Limits

WORKERS, CONNECTIONS, ROUNDS, SECONDS = 2, 8, 5, 1.0
TARGET, SHARE = 500, 0.8  # requests a second, and of the bare route's rate: the lower counts
BARE = "/bare"
ASKED = ("monthly", "best", "products?column=return_rate&limit=25")
HERE = Origin("127.0.0.1", "bench")


def run(installation: Installation) -> None:
    """Serve the installation, and print rates and ratios for an access token and for an API key."""
    token, key = _credentials(installation)
    print(
        f"analytics by API, {WORKERS} workers, gate, limits in Redis, audit, metrics and log on, beside the bare route:"
    )
    with _served(installation) as url:
        for name, headers in (("token", f"Authorization: Bearer {token}"), ("key", f"X-API-Key: {key}")):
            for asked in ASKED:
                _compare(url, f"/api/v1/analytics/{asked}", headers, name)


def serve(var: Path) -> None:
    """The site as the command serves it, with the bare route before it. Runs in a process of its own."""
    settings = load_settings(var=var)
    logs.set_up(settings)
    BareBefore(settings, "").run()


class BareBefore(Site):
    """The site, and before it a Flask application of a single route, which the site's gate and hooks never see."""

    def load(self) -> Flask:
        """The application; what comes for the bare route never reaches it."""
        server = super().load()
        site, bare = server.wsgi_app, _bare()

        def choose(environ: dict[str, Any], start_response: Any) -> Any:
            return (bare if environ["PATH_INFO"].startswith(BARE) else site)(environ, start_response)

        server.wsgi_app = choose  # type: ignore[method-assign]
        return server


def _bare() -> Flask:
    server = Flask("bare", static_folder=None)
    answers: dict[str, bytes] = {}

    def answer(size: int) -> Response:
        body = answers.setdefault(str(size), b'{"a":"' + b"x" * (size - 8) + b'"}')
        return Response(body, mimetype="application/json")

    server.add_url_rule(f"{BARE}/<int:size>", "bare", answer)
    return server


def _credentials(installation: Installation) -> tuple[str, str]:
    """An access token and an API key of the demo's sales manager."""
    me = installation.credentials["sales_manager"]
    accounts = Accounts(installation.settings)
    try:
        step = accounts.sign_ins.begin(me["username"], me["password"], HERE, kind=SessionKind.API)
        user = accounts.find(me["username"])
        assert step
        assert user
        actor = Actor(user.id, user.username, HERE, permissions=accounts.roles[user.role].permissions)
        scopes = frozenset({Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE})
        _, secret = accounts.keys.make(NewApiKey("bench", scopes, 30), actor)
        return accounts.tokens.issue(step.session).access, secret
    finally:
        accounts.close()


@contextmanager
def _served(installation: Installation) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        redis, port = RedisServer(Path(folder)), free_port()
        token_file = Path(folder) / "metrics-token"
        token_file.write_text(secrets.token_hex(32))
        redis.start()
        limits = dict.fromkeys(Limits.model_fields, "10000000 per minute") | {"storage": redis.url}
        environment = {
            **os.environ,
            **{f"SALESGATE_LIMITS__{name.upper()}": value for name, value in limits.items()},
            "SALESGATE_SERVER__WORKERS": str(WORKERS),
            "SALESGATE_SERVER__PUBLIC_URL": installation.settings.public_url,  # it stands in the token
            "SALESGATE_METRICS__TOKEN_FILE": str(token_file),
            "SALESGATE_VAR": str(installation.var),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PORT": str(port),
        }
        command = [sys.executable, __file__, str(installation.var)]
        with (Path(folder) / "site.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
            redis.stop()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the site ended before it answered"
        try:
            _connected(url).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the site did not answer in time")


def _compare(url: str, path: str, headers: str, name: str) -> None:
    one = _request(url, path, headers)
    size = len(_ask_once(url, one))
    two = _request(url, f"{BARE}/{size}", "")
    assert len(_ask_once(url, two)) == size
    pairs = [(_rate(url, two), _rate(url, one)) for _ in range(ROUNDS + 1)][1:]
    bare, api = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    share = statistics.median(mine / floor for floor, mine in pairs)
    wanted = min(TARGET, SHARE * bare)
    print(
        f"    {name}, {path.rpartition('/')[2]}, {size:,} bytes: {api:.0f} a second, {share:.2f} of the bare route's"
        f" {bare:.0f}; wanted {wanted:.0f}: {api / wanted:.2f} times that",
        flush=True,
    )


def _request(url: str, path: str, headers: str) -> bytes:
    more = f"{headers}\r\n" if headers else ""
    return f"GET {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n{more}\r\n".encode()


def _ask_once(url: str, request: bytes) -> bytes:
    """The body of one answer, which must be a good one."""
    with _connected(url) as client:
        client.sendall(request)
        got = bytearray()
        while not _is_whole(got):
            got += client.recv(1 << 20)
    head, _, body = bytes(got).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head + body
    return body


def _rate(url: str, request: bytes) -> float:
    """Answers a second over several connections, each of which asks as soon as it was answered."""
    poller, count = selectors.DefaultSelector(), 0
    clients = [_connected(url) for _ in range(CONNECTIONS)]
    for client in clients:
        poller.register(client, selectors.EVENT_READ, bytearray())
        client.sendall(request)
    started = time.perf_counter()
    ends = started + SECONDS
    while (now := time.perf_counter()) < ends:
        for key, _ in poller.select(1):
            count += _take(key, request)
    for client in clients:
        client.close()
    poller.close()
    return count / (now - started)


def _take(key: selectors.SelectorKey, request: bytes) -> int:
    client: Any = key.fileobj
    more = client.recv(1 << 20)
    assert more, "the server closed a connection"
    key.data.extend(more)
    if not _is_whole(key.data):
        return 0
    assert key.data.startswith(b"HTTP/1.1 200"), bytes(key.data[:500])
    key.data.clear()
    client.sendall(request)
    return 1


def _is_whole(got: bytearray) -> bool:
    end = got.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(got[:end]).lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return len(got) >= end + 4 + length


def _connected(url: str) -> socket.socket:
    where = urlsplit(url)
    client = socket.create_connection((where.hostname or "", where.port or 0), timeout=10)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
