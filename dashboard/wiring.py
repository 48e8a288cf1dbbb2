"""Where the parts meet: the one place that knows pages, web edge, gate and store."""

import logging
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response

from dashboard.access import Permission, Viewer
from dashboard.reports import Gate
from dashboard.sales.rankings import Thresholds
from dashboard.settings import Settings
from dashboard.sources.errors import StoreError
from dashboard.sources.store import RollupStore
from dashboard.web import static_files
from dashboard.web.dash_app import PageModule, mount, settle
from dashboard.web.errors import problem
from dashboard.web.server import create_server

ROLLUP = "rollup"
STATIC = "static"

Denied = Callable[[Viewer, Permission], None]

logger = logging.getLogger(__name__)


def wire(settings: Settings, pages: tuple[PageModule, ...], project: Path) -> Flask:
    """The site with its pages, behind the gate."""
    server = create_server(settings)
    app = mount(server, pages, make_gate(settings))
    server.register_error_handler(StoreError, _no_rollup)
    static_files.init(server, project / "assets", settings.var / STATIC)
    settle(server, app, pages)
    return server


def _no_rollup(error: Exception) -> Response:
    logger.error("the sales data cannot be read: %s", error)
    return problem(503, "The sales data cannot be read just now. Ask an administrator to import them again.")


def make_gate(settings: Settings, denied: Denied = lambda _viewer, _permission: None) -> Gate:
    """The door to the sales data of this installation. ``denied`` is told of refusals; the web edge audits its own."""
    sales = settings.sales
    thresholds = Thresholds(sales.min_age_days, sales.min_sellable_share, sales.min_in_stock_share)
    return Gate(RollupStore(settings.var / ROLLUP), thresholds, sales.small_number_units, denied)
