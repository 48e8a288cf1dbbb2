"""The Python client against the running server, and against servers that are in trouble."""

import json
import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, get_type_hints

import pyotp
import pytest
from kit import Installation, Served, enrol_totp, serve
from salesgate_client import (
    Client,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    SalesgateError,
    SecondFactorNeeded,
    ServerUnavailable,
    SignedOut,
    Tokens,
    TooMany,
    Unavailable,
    models,
    paging,
)

from dashboard.access import Permission
from dashboard.accounts import Accounts, Actor, NewApiKey
from dashboard.settings import load_settings

SECRET = "violet tram beside lake 4711"


@pytest.fixture(scope="module")
def served(demo: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A copy of the demo that these tests change."""
    var = tmp_path_factory.mktemp("client") / "var"
    shutil.copytree(demo.var, var, ignore=shutil.ignore_patterns("import.lock"))
    yield from serve(Installation(var, json.loads((var / "demo-credentials.json").read_text())))


@pytest.fixture(scope="module")
def accounts(served: Served) -> Iterator[Accounts]:
    made = Accounts(load_settings(var=served.installation.var))
    yield made
    made.close()


@pytest.fixture(scope="module")
def authenticator(served: Served, accounts: Accounts) -> pyotp.TOTP:
    """The app of the sales manager."""
    return enrol_totp(accounts, served.installation.credentials["sales_manager"]["username"])


@dataclass
class Programs:
    """Clients of the served site, closed with the test."""

    served: Served
    opened: ExitStack

    def __call__(self, **more: Any) -> Client:
        return self.opened.enter_context(Client(self.served.url, **more))

    def signed_in(self, role: str, **more: Any) -> Client:
        client, me = self(**more), self.served.installation.credentials[role]
        client.sign_in(me["username"], me["password"])
        return client


@pytest.fixture
def programs(served: Served) -> Iterator[Programs]:
    with ExitStack() as opened:
        yield Programs(served, opened)


def test_a_sign_in_with_a_second_factor(programs: Programs, authenticator: pyotp.TOTP) -> None:
    client = programs()
    me = programs.served.installation.credentials["sales_manager"]
    with pytest.raises(NotSignedIn):
        client.me()
    with pytest.raises(NotSignedIn) as wrong:
        client.sign_in(me["username"], SECRET)
    assert wrong.value.problem.code == "wrong_credentials"
    with pytest.raises(SecondFactorNeeded) as step:
        client.sign_in(me["username"], me["password"])
    assert "totp" in step.value.methods
    with pytest.raises(NotSignedIn):
        client.second_factor(step.value.pending, "totp", "000000")
    client.second_factor(step.value.pending, "totp", authenticator.now())
    assert client.me()["role"] == "sales_manager"
    assert client.analytics.monthly("net_sales")["measure"]["minor_digits"] == 2


def test_threads_refresh_once_and_go_on(programs: Programs) -> None:
    pairs: list[Tokens | None] = []
    client = programs.signed_in("procurement_manager", on_tokens=pairs.append)
    first = pairs[0]
    assert first
    client._credentials._tokens = Tokens(first.access, first.refresh, expires=0.0)
    with ThreadPoolExecutor(12) as pool:
        names = list(pool.map(lambda _: client.me()["username"], range(40)))
    assert len(set(names)) == 1
    assert len(pairs) == 2  # the sign-in, and one refresh


def test_a_token_that_the_server_turns_away_is_renewed(programs: Programs) -> None:
    client = programs.signed_in("procurement_manager")
    good = client._credentials.held()
    assert good
    client._credentials._tokens = Tokens("eyJmb28.bar.baz", good.refresh, good.expires)
    assert client.me()["by_key"] is False


def test_a_sign_in_that_has_ended(programs: Programs) -> None:
    kept: list[Tokens | None] = []
    client = programs.signed_in("procurement_manager", on_tokens=kept.append)
    other = programs(on_tokens=kept.append)
    refresh = kept[-1].refresh if kept[-1] else ""
    other.resume(refresh)
    assert other.me()["role"] == "procurement_manager"
    other.sign_out()
    with pytest.raises(NotSignedIn):
        other.me()
    with pytest.raises(SignedOut):
        client.me()
    assert kept[-1] is None
    with pytest.raises(SignedOut):
        programs().resume(refresh)


def test_profile(programs: Programs) -> None:
    with programs.signed_in("procurement_manager") as client:
        before = client.profile()
        assert client.change_profile(first_name="Robin")["first_name"] == "Robin"
        assert client.profile() == {**before, "first_name": "Robin"}
        with pytest.raises(Invalid) as wrong:
            client.change_profile(role="admin")
    assert [(one.place, one.field) for one in wrong.value.problem.errors] == [("body", "role")]


def test_users(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    client = programs.signed_in("admin")
    found = list(client.users(sort="username"))
    assert [one["username"] for one in found] == sorted(
        me["username"] for me in programs.served.installation.credentials.values()
    )
    assert client.user(found[0]["id"])["username"] == found[0]["username"]
    with pytest.raises(NotFound):
        client.user(2_000_000_000)
    made = client.invite("new.person", "new.person@example.com", "sales_manager")
    client.change_user(made["id"], "disable")
    assert [one["username"] for one in client.users(state="disabled")] == ["new.person"]
    with pytest.raises(Forbidden):
        next(programs.signed_in("procurement_manager").users())


def test_analytics(programs: Programs, accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 40)
    figures = programs.signed_in("procurement_manager").analytics
    months = figures.options()["months"][-3:]
    asked = figures.monthly("net_units", first=months[0], last=months[-1])
    assert [one["month"] for one in asked["months"]] == months
    total = sum(one["value"] for one in asked["months"])
    assert figures.headline("net_units", first=months[0], last=months[-1])["value"] == total
    split = figures.breakdown("net_units", "region", first=months[0], last=months[-1])
    assert (split["total"], sum(part["value"] for part in split["parts"])) == (total, total)
    rows = list(figures.products("net_units", first=months[0], last=months[-1]))
    assert len(rows) > 40
    assert figures.product(rows[0]["product"])["product"] == rows[0]["product"]
    best = figures.best("net_units", limit=3, first=months[0], last=months[-1])["items"]
    assert best[0]["rank"] == 1
    assert figures.worst("net_units", region=figures.options()["region"][:2])["items"]
    assert figures.findings()
    assert figures.worklist().keys() >= {"items"}
    assert figures.stock()
    assert figures.data_status()["last_day"] >= months[-1]
    with pytest.raises(Forbidden):
        figures.monthly("net_sales")
    with pytest.raises(NotFound):
        figures.product("no such product / at all")
    with pytest.raises(Invalid):
        figures.monthly("net_units", first="1900-01", last="1900-02")


def test_an_api_key(programs: Programs, accounts: Accounts) -> None:
    user = accounts.find(programs.served.installation.credentials["procurement_manager"]["username"])
    assert user
    scope = Permission.MEASURE_UNITS
    actor = Actor(user.id, user.username, permissions=accounts.roles[user.role].permissions)
    key, secret = accounts.keys.make(NewApiKey("till", frozenset({scope}), 30, ()), actor)
    client = programs(api_key=secret)
    assert (client.me()["by_key"], client.me()["permissions"]) == (True, [scope.value])
    assert secret not in repr(client)
    accounts.keys.revoke(user.id, key.id, actor)
    with pytest.raises(NotSignedIn):
        client.me()


def test_its_types_are_those_of_the_document(programs: Programs) -> None:
    schemas = programs()._wire.send("GET", "/openapi.json", headers={})["components"]["schemas"]
    names = {"Options": "Offered", "User": "UserAnswer", "Profile": "OwnProfile"}
    for name, kind in vars(models).items():
        if isinstance(kind, type) and hasattr(kind, "__total__"):
            told = schemas[names.get(name, name)]["properties"]
            assert get_type_hints(kind).keys() <= told.keys(), name


# Servers in trouble


class Trouble(BaseHTTPRequestHandler):
    """Answers what the test has put down, one after the other, and the last one for ever."""

    answers: list[tuple[int, dict[str, str], bytes]]
    asked: list[str]

    def _answer(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def _problem(status: int, code: str) -> bytes:
    return json.dumps({"status": status, "code": code, "detail": "Later.", "request": "r1", "errors": []}).encode()


@pytest.fixture
def trouble() -> Iterator[tuple[str, type[Trouble]]]:
    class Here(Trouble):
        answers, asked = [], []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", Here
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_call_that_changes_nothing_is_repeated_within_its_deadline(trouble: tuple[str, type[Trouble]]) -> None:
    url, server = trouble
    busy, down = (429, {"Retry-After": "0"}, _problem(429, "too_many")), (503, {}, b"<html>")
    server.answers[:] = [busy, down, (200, {}, b'{"role": "admin"}')]
    with Client(url, api_key="sgk_secret") as client:
        assert client.me()["role"] == "admin"
        server.answers[:] = [(429, {"Retry-After": "3600"}, _problem(429, "too_many"))]
        with pytest.raises(TooMany) as many:
            client.me()
        assert (many.value.retry_after, many.value.problem.code) == (3600, "too_many")
        server.answers[:] = [down]
        with pytest.raises(ServerUnavailable) as later:
            client.call("POST", "users", body={})
    assert isinstance(later.value, Unavailable)
    assert [line.split()[0] for line in server.asked] == ["GET"] * 4 + ["POST"]


def test_a_server_that_does_not_answer_or_is_another(trouble: tuple[str, type[Trouble]]) -> None:
    url, server = trouble
    server.answers[:] = [(200, {}, b"<html>hello</html>")]
    with Client(url, api_key="sgk_secret") as client, pytest.raises(Unavailable):
        client.me()
    server.answers[:] = [(302, {"Location": "http://evil.example/"}, b"")]
    with Client(url, api_key="sgk_secret") as client, pytest.raises(SalesgateError):
        client.me()
    with Client("http://127.0.0.1:9", api_key="sgk_secret", timeout=1) as gone, pytest.raises(Unavailable):
        gone.me()


@pytest.mark.parametrize(
    "url", ["http://sales.example.com", "ftp://127.0.0.1", "https://sam:secret@sales.example.com", "sales.example.com"]
)
def test_addresses_that_would_give_secrets_away(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Client(url)


def test_secrets_are_in_no_log_and_no_text(programs: Programs, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    kept: list[Tokens | None] = []
    client = programs.signed_in("procurement_manager", on_tokens=kept.append)
    client.me()
    tokens = kept[0]
    assert tokens
    password = programs.served.installation.credentials["procurement_manager"]["password"]
    with pytest.raises(NotSignedIn) as wrong:
        client.sign_in("nobody.at.all", SECRET)
    told = f"{caplog.text} {client!r} {tokens!r} {wrong.value!r} {vars(client)!r} {wrong.value.problem!r}"
    for secret in (tokens.access, tokens.refresh, password, SECRET):
        assert secret not in told


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(models.__file__).with_name("py.typed").exists()
