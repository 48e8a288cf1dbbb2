"""A small OpenID provider whose every answer a test can bend, and a site that trusts it."""

import base64
import hashlib
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from kit import PLENTY
from werkzeug.test import TestResponse

from dashboard.accounts import Accounts, Actor, NewUser
from dashboard.settings import load_settings
from dashboard.web.openid import providers
from dashboard.web.server import create_server

CLIENT, SECRET = "salesgate", "se:cret ü/+"
PASSWORD = "violet tram beside lake 4711"
OPERATOR = Actor(0, "operator")
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
ADA = {
    "sub": "ada-1",
    "email": "ada@corp.example",
    "email_verified": True,
    "preferred_username": "ada",
    "given_name": "Ada",
    "family_name": "Lovelace",
}


@dataclass
class Provider:
    """What it answers; a test changes what it likes.

    Attributes:
        person: claims about whoever signs in there.
        changed: claims that the next ID tokens have in place of the right ones; None: they lack it.
        userinfo: what that endpoint answers beside ``sub``.
        sign: makes the ID token out of its claims.
        answers: path -> what to do instead of the right answer.
        asked: paths, in the order they were asked for.
    """

    url: str
    person: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    changed: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    published: list[RSAKey] = field(default_factory=lambda: [KEY])
    sign: Callable[[Mapping[str, Any]], str] = lambda claims: jwt.encode({"alg": "RS256", "kid": "first"}, claims, KEY)
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def consent(self, location: str, **more: str) -> str:
        """Somebody signs in at the address; the path that their browser is sent back to."""
        assert location.startswith(f"{self.url}/authorize?"), location
        asked = dict(parse_qsl(urlsplit(location).query))
        right = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        assert {name: asked[name] for name in right} == right
        assert "openid" in asked["scope"].split()
        assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
        assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        words = {"code": code, "state": asked["state"], "iss": self.url, **more}
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode(words)}"

    def token(self, handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, Any]]:
        form = dict(parse_qsl(handler.rfile.read(int(handler.headers["Content-Length"])).decode()))
        sent = base64.b64decode(handler.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        assert [unquote(part) for part in sent.split(":", 1)] == [CLIENT, SECRET]
        begun = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            begun is None
            or begun["code_challenge"] != challenge.decode()
            or begun["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        access, now = secrets.token_urlsafe(16), int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"], **self.person}
        claims["at_hash"] = (
            base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()
        )
        claims = {name: value for name, value in {**claims, **self.changed}.items() if value is not None}
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": self.sign(claims)}

    def answer(self, handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, Any]]:
        path = urlsplit(handler.path).path
        if path == "/.well-known/openid-configuration":
            known = {name: f"{self.url}/{path}" for name, path in ENDPOINTS.items()}
            return 200, {
                "issuer": self.url,
                "authorization_response_iss_parameter_supported": True,
                **known,
            } | self.discovery
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        if path == "/token":
            return self.token(handler)
        assert path == "/userinfo"
        return 200, {"sub": self.person["sub"], **self.userinfo}


ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "jwks_uri": "keys",
    "userinfo_endpoint": "userinfo",
}


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve one on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            made.asked.append(path)
            if path in made.answers:
                made.answers[path](self)
                return
            code, body = made.answer(self)
            send(self, code, json.dumps(body).encode())

        do_POST = do_GET  # noqa: N815 - as the library calls it

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads, block_on_close = True, False

        def handle_error(self, *_: Any) -> None:
            pass  # who was cut off in the middle of an answer

    server = Server(("127.0.0.1", 0), Handler)
    made = Provider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def send(handler: BaseHTTPRequestHandler, code: int, body: bytes, **headers: str) -> None:
    handler.send_response(code)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@dataclass
class Site:
    """A site with one provider called Example Corp, its accounts, and an Admin and a Sales Manager with passwords."""

    provider: Provider
    server: Flask
    accounts: Accounts

    def browser(self) -> FlaskClient:
        return self.server.test_client()

    def forget(self) -> None:
        """The provider answers as it should, and the site has not asked it yet."""
        fresh = Provider(self.provider.url)
        vars(self.provider).update(vars(fresh))
        providers.init(self.server, self.accounts._store.settings, self.accounts.roles)

    def leave(self, browser: FlaskClient, target: str = "/revenue") -> str:
        """Press the button; where the browser is sent."""
        gone = browser.get(f"/sign-on/company?{urlencode({'next': target})}")
        assert gone.status_code == 303, gone.text
        return str(gone.location)

    def arrive(self, browser: FlaskClient, path: str) -> TestResponse:
        """Come back, as a browser does: the redirect comes from another site."""
        return browser.get(path, headers={"Sec-Fetch-Site": "cross-site"})

    def sign_in(self, browser: FlaskClient, target: str = "/revenue") -> TestResponse:
        return self.arrive(browser, self.provider.consent(self.leave(browser, target)))

    def by_password(self, username: str) -> FlaskClient:
        browser = self.browser()
        data = {"username": username, "password": PASSWORD, "csrf_token": form_token(browser.get("/sign-in"))}
        assert browser.post("/sign-in", data=data).status_code == 303
        return browser

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.accounts.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM audit_events ORDER BY seq").mappings()
            return [dict(row) for row in rows if row["kind"] == kind]


def form_token(page: TestResponse) -> str:
    found = TOKEN.search(page.text)
    assert found, page.text
    return found[1]


def is_signed_in(browser: FlaskClient) -> bool:
    status = browser.get("/session/status").json
    assert status
    return not status["ended"]


@contextmanager
def site(provider: Provider, folder: Path, **settings: Any) -> Iterator[Site]:
    """A new installation; ``settings`` are those of the provider."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    table = {"label": "Example Corp", "issuer": provider.url, "client_id": CLIENT, "client_secret_file": str(secret)}
    loaded = load_settings(var=folder / "var", oidc={"company": {**table, **settings}}, limits=PLENTY)
    accounts = Accounts(loaded)
    made = Site(provider, create_server(loaded, accounts), accounts)
    for role in ("admin", "sales_manager"):
        accounts.create_user(NewUser(role, f"{role}@example.com", role), OPERATOR, PASSWORD)
    yield made
    accounts.close()


def query_of(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
