"""Is the process alive, is the site ready, how is the database? Strangers learn "ok" or not, and nothing else."""

import logging
from typing import Any

from flask import Blueprint, Response, abort, jsonify
from sqlalchemy.exc import SQLAlchemyError

from dashboard.access import Permission, allows
from dashboard.accounts.condition import Database
from dashboard.reports.monitoring import FiguresState, Readable, figures_state, sources_state
from dashboard.web import limits
from dashboard.web.errors import problem
from dashboard.web.site import site
from dashboard.web.viewer import identify

NOT_READY = "The site is not ready: the log of the server says why."
OK, AWAY, NONE = "ok", "away", "none"

blueprint = Blueprint("health", __name__)
logger = logging.getLogger(__name__)


@blueprint.get("/health")
def health() -> Response:
    """200 while the process answers. Nothing is asked of the database: restarting this process would not mend that."""
    return jsonify(status=OK)


@blueprint.get("/ready")
def ready() -> Response:
    """200 while people can sign in and look at figures, if there are any; 503 otherwise.

    A Redis that is away does not count: the site goes on without it, and every host would be taken out at once.
    """
    if _database() is None or _figures().readable is Readable.DAMAGED:
        abort(503, NOT_READY)
    return jsonify(status=OK)


@blueprint.get("/db_check")
def db_check() -> Response:
    """As ``/ready``; whoever manages sources gets the details, too."""
    database, figures = _database(), _figures()
    is_ready = database is not None and figures.readable is not Readable.DAMAGED
    told = _details(database, figures) if database is not None and _may_know() else {}
    if not is_ready:
        return problem(503, NOT_READY, **told)
    return jsonify(status=OK, **told)


def redis_state() -> str:
    """Whether the Redis that counts limits answers: "ok", "away", or "none" where there is none."""
    answers = limits.counters().shared_answers()
    return NONE if answers is None else (OK if answers else AWAY)


def _database() -> Database | None:
    """How the accounts database answers; None where it does not, or its tables are of another version."""
    try:
        found = site().accounts.condition.database()
    except SQLAlchemyError as error:
        logger.error("not ready: the accounts database does not answer (%s)", type(error).__name__)
        return None
    if not found.current:
        logger.error("not ready: the tables of the accounts database are of another version of Salesgate")
        return None
    return found


def _figures() -> FiguresState:
    found = figures_state(site().gate)
    if found.readable is Readable.DAMAGED:
        logger.error("not ready: the sales data are damaged; import or refresh them again")
    return found


def _may_know() -> bool:
    signed_in = identify(touch=False)
    return signed_in is not None and allows(signed_in.viewer, Permission.SOURCES_MANAGE)


def _details(database: Database, figures: FiguresState) -> dict[str, Any]:
    sources = sources_state(site().gate)
    return {
        "database": {
            "dialect": database.dialect,
            "version": database.version,
            "milliseconds": database.milliseconds,
            "pool_size": database.pool_size,
            "in_use": database.in_use,
        },
        "redis": redis_state(),
        "figures": {
            "state": figures.readable,
            "read_at": None if figures.read_at is None else figures.read_at.isoformat(),
            "complete_to": None if figures.complete_to is None else figures.complete_to.isoformat(),
        },
        "sources": [
            {"name": one.name, "state": one.state, "as_of": None if one.as_of is None else one.as_of.isoformat()}
            for one in sources.sources
        ],
    }
