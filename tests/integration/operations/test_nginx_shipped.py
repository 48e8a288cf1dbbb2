"""The nginx configuration that is shipped, in front of two stand-ins that note what reaches them."""

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from nginx_kit import NAME, Nginx

from dashboard.web.server import LARGEST_BODY

OWN = {"strict-transport-security", "x-content-type-options", "cache-control", "content-security-policy"}


@dataclass
class StandIn:
    """An application that notes each request; ``drops`` makes it hang up instead of answering."""

    seen: list[tuple[str, str, Message]] = field(default_factory=list)
    drops: bool = False

    def serve(self) -> ThreadingHTTPServer:
        noted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                noted.seen.append((self.command, self.path, self.headers))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if noted.drops:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("X-Request-ID", "0123456789ab")
                self.send_header("Strict-Transport-Security", "max-age=1")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_GET = do_POST = _answer  # noqa: N815 - the names that the base class looks for

            def log_message(self, *given: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


@dataclass
class Site:
    nginx: Nginx
    hosts: list[StandIn]

    @property
    def seen(self) -> list[tuple[str, str, Message]]:
        return [request for host in self.hosts for request in host.seen]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    hosts = [StandIn(), StandIn()]
    servers = [host.serve() for host in hosts]
    nginx = Nginx(tmp_path_factory.mktemp("shipped") / "nginx", [server.server_port for server in servers])
    try:
        nginx.start()
        yield Site(nginx, hosts)
    finally:
        nginx.stop()
        for server in servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def site(running: Site) -> Site:
    """As new: no host counts as one that failed."""
    for host in running.hosts:
        host.seen.clear()
        host.drops = False
    deadline = time.monotonic() + 10
    with running.nginx.client() as client:
        while not all(host.seen for host in running.hosts) and time.monotonic() < deadline:
            if client.get("/").status_code != 200:
                time.sleep(0.1)
    for host in running.hosts:
        host.seen.clear()
    return running


def test_it_is_understood_without_a_warning(site: Site) -> None:
    command = ["nginx", "-t", "-c", str(site.nginx.folder / "nginx.conf"), "-p", str(site.nginx.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/sbin:/usr/bin"})
    assert (done.returncode, "[warn]" in done.stderr) == (0, False), done.stderr


@pytest.mark.promise("ASVS 4.1.3", "ASVS 15.3.4")
def test_what_a_client_says_of_itself_does_not_get_through(site: Site) -> None:
    lies = {
        "X-Forwarded-For": "10.9.8.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "10.9.8.7",
        "Forwarded": "for=10.9.8.7",
        "Proxy": "http://evil.example",
    }
    with site.nginx.client("127.0.0.9") as client:
        answer = client.get("/", headers=lies)
    ((_, _, headers),) = site.seen
    assert headers.get_all("X-Forwarded-For") == ["127.0.0.9"]
    assert headers.get_all("X-Forwarded-Proto") == ["https"]
    assert headers["Host"] == NAME
    assert [name for name in lies if name not in {"X-Forwarded-For", "X-Forwarded-Proto"} and name in headers] == []
    assert answer.headers.get_list("Strict-Transport-Security") == ["max-age=1"]
    assert [name for name in OWN - {"strict-transport-security"} if name in answer.headers] == []
    assert answer.headers["Server"] == "nginx"


@pytest.mark.promise("metrics are never public")
@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/metrics?x=1", "/metrics/../metrics", "/%6detrics"])
def test_metrics_do_not_exist_through_it(site: Site, path: str) -> None:
    with site.nginx.client() as client:
        answer = client.get(path)
    assert (answer.status_code, site.seen) == (404, [])
    assert answer.headers.keys() >= OWN


def test_only_what_can_be_repeated_goes_to_the_other_host(site: Site) -> None:
    site.hosts[0].drops = site.hosts[1].drops = True
    with site.nginx.client() as client:
        posted = client.post("/api/v1/auth/refresh", json={})
        assert (posted.status_code, len(site.seen)) == (503, 1)
        asked = client.get("/api/v1/me")
        assert (asked.status_code, len(site.seen)) == (503, 3)


def test_what_it_says_itself_is_a_problem_document_or_a_sentence(site: Site) -> None:
    site.hosts[0].drops = site.hosts[1].drops = True
    with site.nginx.client() as client:
        away, page = client.get("/api/v1/me"), client.get("/")
        large = client.post("/api/v1/me", content=b"x" * (LARGEST_BODY + 1))
    for answer, code in ((away, 503), (large, 413)):
        assert (answer.status_code, answer.headers["Content-Type"]) == (code, "application/problem+json")
        told = answer.json()
        assert {"type", "title", "status", "detail", "code", "request", "errors"} == told.keys()
        assert told["status"] == code
        assert answer.headers.keys() >= OWN
    assert away.headers["Retry-After"] == "30"
    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/plain")
    assert page.text.startswith("Salesgate cannot be reached just now.")


def test_a_body_of_the_largest_size_gets_through_even_in_chunks(site: Site) -> None:
    with site.nginx.client() as client:
        answer = client.post("/api/v1/me", content=iter([b"x" * (LARGEST_BODY // 2)] * 2))
    assert answer.status_code == 200
    assert site.seen[0][2]["Content-Length"] == str(LARGEST_BODY)


@pytest.mark.promise("ASVS 3.4.1")
def test_without_tls_there_is_only_the_way_to_it_and_other_names_get_nothing(site: Site) -> None:
    plain = f"http://127.0.0.1:{site.nginx.plain_port}"
    moved = httpx.get(f"{plain}/sign-in?next=/units", headers={"Host": NAME})
    assert (moved.status_code, moved.headers["Location"]) == (301, f"https://{NAME}/sign-in?next=/units")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(plain, headers={"Host": "evil.example"})
    context = ssl.create_default_context(cafile=str(site.nginx.folder / "salesgate.crt"))
    context.check_hostname = False
    for name, best in (("evil.example", None), (NAME, ssl.TLSVersion.TLSv1_3)):
        with socket.create_connection(("127.0.0.1", site.nginx.port), timeout=10) as connection:
            if best is None:
                with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
                    context.wrap_socket(connection, server_hostname=name)
            else:
                with context.wrap_socket(connection, server_hostname=name) as secured:
                    assert secured.version() == "TLSv1.3"
    assert site.seen == []


@pytest.mark.promise("ASVS 14.2.1")
def test_its_logs_hold_no_address_of_a_page(site: Site) -> None:
    token = "not-to-be-written-4711"
    site.hosts[0].drops = True
    with site.nginx.client() as client:
        client.get(f"/invitation/{token}")
        client.get(f"/invitation/{token}")
    logs = {path.name: path.read_text() for path in Path(site.nginx.folder).glob("*.log")}
    assert [name for name, text in logs.items() if token in text] == []
    last = json.loads(logs["access.log"].splitlines()[-1])
    assert (last["method"], last["status"], last["request"]) == ("GET", 200, "0123456789ab")
