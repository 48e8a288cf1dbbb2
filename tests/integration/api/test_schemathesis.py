"""schemathesis over the whole document, with all of its checks: as nobody, as each role, and with an API key.

Nothing is left out but what stands in :data:`EXPECTED` and :func:`_settings`, each with its reason.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from api_kit import Api, Client, canary_api
from integration.app.app_kit import canary_app
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import StopReason, events
from schemathesis.transport.wsgi import WSGITransport

from dashboard.access import Permission
from dashboard.api.mounting import DOCUMENT
from dashboard.api.problems import WORDS

SEED = 20261121
EXAMPLES = 4  # a fuzzed operation; the coverage phase adds its own for every bound of every field
# What counts as an answer to valid data beside schemathesis's own list: what a schema cannot tell, such as a password
# that is too common or a month of which there are no data. `refused_not_invalid` holds such answers to their codes.
EXPECTED = ["2xx", "400", "401", "403", "404", "429", "503"]
REFUSALS = {"refused", "bad_question"}
KEY_SCOPES = (Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE)
# No limit and no lock is in the way: those have tests of their own.
# How a request is read does not depend on who sends it, and nobody's is turned away before: wrong values in every field
# are tried as those two who may most. The others send wrong values in the fuzzing phase.
THOROUGH = {"sales_manager", "admin"}
PLENTY = {
    **{
        f"SALESGATE_LIMITS__{name}": "1000000 per minute"
        for name in ("REQUESTS_PER_USER", "REQUESTS_PER_KEY", "REQUESTS_PER_ADDRESS")
    },
    "SALESGATE_SIGN_IN__ATTEMPTS_BEFORE_LOCK": "100",
}
_FIGURES = {f"GET /api/v1/analytics/{name}" for name in ("monthly", "best", "worst", "products", "options")}
# What must have been done at least once: a run that is turned away everywhere shows nothing.
SERVED = {
    "nobody": set[str](),
    "procurement_manager": {*_FIGURES, "GET /api/v1/me", "GET /api/v1/analytics/stock/worklist"},
    "sales_manager": {*_FIGURES, "GET /api/v1/me", "PATCH /api/v1/me/profile", "POST /api/v1/me/keys"},
    "admin": {"GET /api/v1/users", "GET /api/v1/roles", "GET /api/v1/audit", "GET /api/v1/users/{id}"},
    "key": {*_FIGURES, "GET /api/v1/me"},
}
NOT_OURS = ("max_redirects", "verify", "cert", "proxies")


@schemathesis.check
def refused_not_invalid(_context: Any, response: Any, case: Any) -> None:
    """What the document calls valid may be refused for what it says, never for how it looks."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    if {"Authorization", "X-API-Key"} <= set(case.headers or ()):
        return  # two credentials at once: what OpenAPI cannot forbid
    said = json.loads(response.content)
    assert said["code"] in REFUSALS, f"valid by the document, refused as {said['code']}: {said['detail']}"


@schemathesis.check
def code_is_told(_context: Any, response: Any, case: Any) -> None:
    """The word by which programs tell problems apart is one of those that the document lists for the status."""
    if response.status_code in WORDS:
        said = json.loads(response.content)
        assert said["code"] in WORDS[response.status_code], f"{response.status_code} {said['code']} is not documented"


def signed_in(api: Api, role: str) -> type:
    """Puts credentials on each case; a sign-in that an example has ended is begun anew, for it may do that."""

    class SignedIn:
        client = _client(api, role)

        def get(self, _case: Any, _context: Any) -> dict[str, str]:
            tokens = self.client.tokens
            if tokens and api.accounts.tokens.load(tokens.access) is None:
                SignedIn.client = api.sign_in(role)
            return self.client.headers

        def set(self, case: Any, data: dict[str, str], _context: Any) -> None:
            case.headers = {**(case.headers or {}), **data}

    return SignedIn


def _settings(who: str) -> SchemathesisConfig:
    generation = {
        "max-examples": EXAMPLES,
        "deterministic": True,
        "no-shrink": True,
        "database": "none",
        "with-security-parameters": who == "nobody",  # others send their own
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "suppress-health-check": ["all"],
            "continue-on-failure": True,
            "generation": generation,
            "checks": {"positive_data_acceptance": {"expected-statuses": EXPECTED}},
            "phases": {
                "coverage": {"generation": {"mode": "all" if who in THOROUGH else "positive"}},
                "stateful": {"max-steps": 4, "generation": {**generation, "max-examples": 10}},
            },
        }
    )


@pytest.fixture
def throwaway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An installation of its own: examples delete what they find."""
    for name, value in PLENTY.items():
        monkeypatch.setenv(name, value)
    _mend(monkeypatch)
    api = canary_api(canary_app(tmp_path / "var", seed=2))
    yield api
    api.accounts.close()


def _mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own probes of an application in process are sent with settings of sockets, which that does not take."""
    send = WSGITransport.send

    def without(self: Any, case: Any, **more: Any) -> Any:
        return send(self, case, **{name: value for name, value in more.items() if name not in NOT_OURS})

    monkeypatch.setattr(WSGITransport, "send", without)


def _client(api: Api, who: str) -> Client:
    if who == "nobody":
        return api.nobody
    return api.with_key("sales_manager", *KEY_SCOPES) if who == "key" else api.sign_in(who)


@pytest.mark.promise("ASVS 15.3.5", "ASVS 16.5.1", "ASVS 4.1.1")
@pytest.mark.parametrize("who", ["nobody", "procurement_manager", "sales_manager", "admin", "key"])
def test_every_operation_keeps_to_the_document(throwaway: Api, who: str) -> None:
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, throwaway.app, config=_settings(who))
    if who != "nobody":
        schema.auth(refresh_interval=None)(signed_in(throwaway, who))
    run = _run(schema)
    assert not run.failures, "\n\n".join(run.failures.values())
    assert run.tried == {operation.ok().label for operation in schema.get_all_operations()}
    if who == "nobody":
        assert run.served <= {label for label in run.tried if "/auth/" in label}
    assert run.served >= SERVED[who]


@dataclass
class Run:
    """What failed, once for each operation and kind of failure; which operations were tried, and which did it."""

    failures: dict[str, str] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    served: set[str] = field(default_factory=set)


def _run(schema: Any) -> Run:
    run = Run()
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(event.recorder, run)
        elif isinstance(event, events.NonFatalError):
            run.failures[f"{event.label} {event.value!r}"] = f"{event.label}: {event.value!r}"
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.EngineFinished):
            assert event.stop_reason is StopReason.COMPLETED
    return run


def _note(recorder: Any, run: Run) -> None:
    labels = {case_id: node.value.operation.label for case_id, node in recorder.cases.items()}
    run.tried |= set(labels.values())
    answers = {case_id: one.response for case_id, one in recorder.interactions.items() if one.response}
    run.served |= {labels[case_id] for case_id, said in answers.items() if said.status_code < 300 and case_id in labels}
    for case_id, checks in recorder.checks.items():
        for failed in (check for check in checks if check.failure_info is not None):
            failure, said = failed.failure_info.failure, answers.get(case_id)
            answer = f"{said.status_code} {said.content[:300]!r}" if said else "no answer"
            name = f"{labels[case_id]}: {failed.name}: {failure.title}"
            run.failures.setdefault(name, f"{name}\n{failure.message}\n{failed.failure_info.code_sample}\n{answer}")
