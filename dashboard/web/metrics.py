"""``/metrics`` for Prometheus: behind a token on the site, or on a port of its own; never open to everybody."""

import hmac
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, start_http_server
from sqlalchemy.exc import SQLAlchemyError

from dashboard.observing.meters import Reading, open_meters
from dashboard.reports.monitoring import figures_state, sources_state
from dashboard.settings import Settings, SettingsError
from dashboard.web import health
from dashboard.web.site import site

SHORTEST = 32  # characters of a token: no limit is in the way of guessing it
TOKEN = "salesgate_metrics_token"  # noqa: S105 - a name

blueprint = Blueprint("metrics", __name__)


def init(server: Flask, settings: Settings) -> None:
    """Begin to count, if somebody can read it.

    Raises:
        SettingsError: the file of the token cannot be read, or holds too little.
    """
    server.extensions[TOKEN] = _token(settings.metrics.token_file)
    here = server.extensions["salesgate"]
    here.meters = open_meters(settings)
    if here.meters is not None:
        here.accounts.listen(here.meters.heard)


@blueprint.get("/metrics")
def show() -> Response:
    """What was counted, for who has the token; 404 where none is set."""
    expected, meters = current_app.extensions[TOKEN], site().meters
    if not expected or meters is None:
        abort(404)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        abort(401)
    return Response(meters.exposition(readings), content_type=CONTENT_TYPE_LATEST)


class MetricsPort:
    """The port of its own. Of the workers that share it one serves; when it ends, another one takes over."""

    def __init__(self, server: Flask, settings: Settings) -> None:
        self._server, self._given = server, settings.metrics
        self._serving: Any = None

    def serve(self) -> None:
        """Serve from now on, unless this process or another one does."""
        meters = self._server.extensions["salesgate"].meters
        if self._serving is None and meters is not None and self._given.port:
            with suppress(OSError):  # another worker has it
                registry = meters.registry(self._readings)
                self._serving, _ = start_http_server(self._given.port, self._given.host, registry)

    def stop(self) -> None:
        """Let another worker have it."""
        if self._serving is not None:
            self._serving.shutdown()
            self._serving.server_close()

    def _readings(self) -> list[Reading]:
        with self._server.app_context():
            return list(readings())


def readings() -> Iterable[Reading]:
    """The values of this moment. What cannot be asked just now is left out; ``accounts_up`` says so."""
    yield from _of_accounts()
    redis = health.redis_state()
    if redis != health.NONE:
        yield Reading("redis_up", "Whether the Redis that counts limits answers.", redis == health.OK)
    yield from _of_figures()
    yield from _of_sources()


def _of_accounts() -> Iterable[Reading]:
    condition = site().accounts.condition
    try:
        sessions, mails = condition.open_sessions(), condition.mails_waiting()
    except SQLAlchemyError:
        yield Reading("accounts_up", "Whether the accounts database answers.", 0)
        return
    yield Reading("accounts_up", "Whether the accounts database answers.", 1)
    for kind in ("web", "api"):
        yield Reading("sessions_open", "Sessions in force.", sessions.get(kind, 0), {"kind": kind})
    yield Reading("mails_waiting", "Mails that are to be sent.", mails)


def _of_figures() -> Iterable[Reading]:
    found = figures_state(site().gate)
    for state in type(found.readable):
        text = "Whether there are figures: 1 for the state that holds."
        yield Reading("figures", text, found.readable is state, {"state": state})
    if found.read_at is not None:
        yield Reading("figures_age_seconds", "Since the figures were put in force.", time() - found.read_at.timestamp())


def _of_sources() -> Iterable[Reading]:
    overview = sources_state(site().gate)
    for one in overview.sources:
        if one.as_of is not None:
            age = time() - one.as_of.timestamp()
            yield Reading("source_age_seconds", "Since a source was read.", age, {"source": one.name})
    if overview.last is not None:
        text = "When the last refresh ended, in seconds since 1970."
        yield Reading("refresh_ended_seconds", text, overview.last.at.timestamp(), {"outcome": overview.last.outcome})


def _token(file: str) -> str:
    if not file:
        return ""
    try:
        token = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"metrics.token_file: {file} cannot be read: {error}") from None
    if len(token) < SHORTEST or not token.isascii() or not token.isprintable():
        raise SettingsError(f"metrics.token_file: {file} must hold at least {SHORTEST} random characters")
    return token
