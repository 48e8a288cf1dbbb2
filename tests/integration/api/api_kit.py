"""Programs at the API, in process: an application with people in it, and clients that are signed in as them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyotp
from flask import Flask
from integration.app.app_kit import ALL_ROLES
from integration.app.app_kit import PASSWORD as CANARY_PASSWORD
from integration.app.app_kit import ROLES as DEMO_ROLES
from kit import PLENTY
from unit.web.web_kit import PASSWORD, Clock, install
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from dashboard.access import Permission
from dashboard.accounts import Accounts, Actor, Method, NewApiKey, Origin, SessionKind, Tokens, User
from dashboard.accounts.demo import ensure_demo_users
from dashboard.api import mounting
from dashboard.api.part import PREFIX
from dashboard.mail import Message
from dashboard.mail.models import outbox

HERE = Origin("127.0.0.1", "Program/1.0")
PROBLEM = "application/problem+json"
ANSWERS = "documented_answers"


@dataclass
class Client:
    """A program. Paths are those behind ``/api/v1``; no cookie is kept.

    Attributes:
        headers: sent with every request.
        tokens: what its sign-in gave; None for nobody and for a key.
    """

    app: Flask
    headers: dict[str, str] = field(default_factory=dict)
    tokens: Tokens | None = None

    def call(self, method: str, path: str, json: Any = None, **more: Any) -> TestResponse:
        """``json`` is left out where it is None; ``more`` as the test client of Flask takes it."""
        headers = {**self.headers, **more.pop("headers", {})}
        body = {} if json is None else {"json": json}
        client = self.app.test_client(use_cookies=False)
        answer = client.open(f"{PREFIX}{path}", method=method, headers=headers, **body, **more)
        _require_documented(self.app, answer)
        return answer

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, json, **more)

    def put(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("PUT", path, json, **more)

    def patch(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("PATCH", path, json, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self.call("DELETE", path, **more)


@dataclass
class Api:
    """An application with an API, and its people.

    Attributes:
        people: role -> user name and password.
        clock: where the installation has one that is set by hand.
    """

    app: Flask
    people: dict[str, tuple[str, str]]
    clock: Clock | None = None

    @property
    def accounts(self) -> Accounts:
        found = self.app.extensions["salesgate"].accounts
        assert isinstance(found, Accounts)
        return found

    @property
    def nobody(self) -> Client:
        return Client(self.app)

    def user(self, role: str) -> User:
        """The user of that role."""
        found = self.accounts.find(self.people[role][0])
        assert found
        return found

    def sign_in(self, role: str, totp: pyotp.TOTP | None = None) -> Client:
        """A new sign-in of the user of that role, past the limits of the web; ``totp`` where they have set one up."""
        ins = self.accounts.sign_ins
        step = ins.begin(*self.people[role], HERE, kind=SessionKind.API)
        assert step, role
        if totp:
            code = totp.at(self.accounts._store.clock())
            step = ins.second(step.pending, Method.TOTP, code, HERE, kind=SessionKind.API)
        tokens = self.accounts.tokens.issue(step.session)
        return Client(self.app, bearer(tokens.access), tokens)

    def with_key(self, role: str, *scopes: Permission, networks: tuple[str, ...] = ()) -> Client:
        """A program with a new API key of the user of that role."""
        user = self.user(role)
        actor = Actor(user.id, user.username, HERE, permissions=self.accounts.roles[user.role].permissions)
        _, secret = self.accounts.keys.make(NewApiKey("test", frozenset(scopes), 30, networks), actor)
        return Client(self.app, {"X-API-Key": secret})

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """What was audited, the oldest first."""
        with self.accounts.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM audit_events ORDER BY seq").mappings()
            return [dict(row) for row in rows if kind in {"", row["kind"]}]

    def mails(self, kind: str = "") -> list[Message]:
        """What was put into the outbox, the oldest first."""
        with self.accounts.engine.connect() as connection:
            bodies = [row.body for row in connection.execute(outbox.select().order_by(outbox.c.id))]
        found = [Message.from_json(self.accounts.vault.open(body)) for body in bodies]
        return [mail for mail in found if kind in {"", mail.kind.value}]


def _require_documented(app: Flask, answer: TestResponse) -> None:
    """Whatever an operation answers in any test must be a status that its description has, of the kind it says."""
    asked = answer.request
    try:
        endpoint, _ = app.url_map.bind("").match(asked.path, asked.method)
    except HTTPException:
        return  # no operation: 404 or 405
    documented = _answers(app).get((endpoint, asked.method))
    if documented is not None:
        where = f"{asked.method} {asked.path}: {answer.status_code} is not documented"
        assert answer.status_code in documented, where
        kinds = documented[answer.status_code]
        assert answer.mimetype in (kinds or {"", None}), f"{where} as {answer.mimetype}"


def _answers(app: Flask) -> dict[tuple[str, str], dict[int, set[str]]]:
    """Endpoint and method -> status -> kinds of bodies that the document has for it."""
    if ANSWERS not in app.extensions:
        described = app.extensions["salesgate"].api_document
        shared, endpoints = described["components"]["responses"], {}
        for part in mounting.PARTS:
            endpoints |= {name.removeprefix("api_").replace(".", "_"): name for name in part.accesses}
        app.extensions[ANSWERS] = {
            (endpoints[said["operationId"]], method.upper()): {
                int(status): set(shared.get(one.get("$ref", "").rpartition("/")[2], one).get("content", ()))
                for status, one in said["responses"].items()
            }
            for methods in described["paths"].values()
            for method, said in methods.items()
        }
    return cast(dict[tuple[str, str], dict[int, set[str]]], app.extensions[ANSWERS])


def bearer(access: str) -> dict[str, str]:
    """The header of an access token."""
    return {"Authorization": f"Bearer {access}"}


def problem_of(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a problem document, which must be a well-formed one."""
    assert answer.mimetype == PROBLEM, answer.text
    said = answer.get_json()
    assert said["status"] == answer.status_code
    assert said["detail"]
    return answer.status_code, str(said["code"])


def small_api(var: Path, **settings: Any) -> Api:
    """An installation of its own without pages and data, quickly made, with a clock that is set by hand."""
    made = install(var, **{"limits": PLENTY, **settings})
    mounting.init(made.server, made.site.settings)
    return Api(made.server, {role: (role, PASSWORD) for role in made.users}, made.clock)


def canary_api(app: Flask) -> Api:
    """The people of :func:`integration.app.app_kit.canary_app`, whose figures are made up."""
    known = ensure_demo_users(app.extensions["salesgate"].settings)
    demo = {role: (known[role]["username"], known[role]["password"]) for role in DEMO_ROLES}
    own = {name: (name, CANARY_PASSWORD) for name in ALL_ROLES if name not in demo}
    return Api(app, {**demo, **own})
