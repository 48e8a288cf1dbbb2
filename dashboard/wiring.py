"""Where the parts meet: the one place that knows pages, web edge, gate and store."""

import logging
from functools import partial
from pathlib import Path
from typing import cast

from flask import Flask, Response

from dashboard.api import mounting as api
from dashboard.jobs import Background, Task, refresh_task, site_tasks
from dashboard.reports import open_gate
from dashboard.settings import Settings
from dashboard.sources.errors import StoreError
from dashboard.sources.refresh.control import is_due, start_refresh
from dashboard.web import compression, static_files
from dashboard.web.dash_app import PageModule, mount, settle
from dashboard.web.errors import problem
from dashboard.web.metrics import MetricsPort
from dashboard.web.server import create_server
from dashboard.web.site import EXTENSION, Site

STATIC = "static"
BACKGROUND = "salesgate_background"
_PORT_SECONDS = 1  # without metrics, when the worker that served them has ended

logger = logging.getLogger(__name__)


def wire(settings: Settings, pages: tuple[PageModule, ...], project: Path) -> Flask:
    """The site with its pages, behind the gate."""
    server = create_server(settings)
    api.init(server, settings)
    gate = open_gate(settings)
    gate.holidays = server.extensions[EXTENSION].accounts.calendar.current
    app = mount(server, pages, gate)
    server.register_error_handler(StoreError, _no_rollup)
    server.extensions[EXTENSION].files = static_files.init(server, project / "assets", settings.var / STATIC)
    compression.init(server)
    settle(server, app, pages)
    return server


def start_background(server: Flask) -> Background:
    """Send mails and do what else goes on beside the requests, in a thread of this process: call it after a fork.

    A second call changes nothing.
    """
    if BACKGROUND in server.extensions:
        return cast(Background, server.extensions[BACKGROUND])
    site: Site = server.extensions[EXTENSION]
    port = MetricsPort(server, site.settings)
    tasks = site_tasks(site.accounts, site.settings)
    if site.settings.metrics.port:
        tasks.append(Task("serving the metrics", _PORT_SECONDS, port.serve))
    if site.settings.sources and site.settings.refresh.every_minutes:
        start = partial(start_refresh, site.settings, if_due=True)
        tasks.append(refresh_task(partial(is_due, site.settings), start))
    failed = None
    if site.meters is not None:
        failed = site.meters.failed
        site.meters.expect(task.name for task in tasks)
    background = server.extensions[BACKGROUND] = Background(tasks, failed, port.stop)
    background.start()
    return background


def _no_rollup(error: Exception) -> Response:
    logger.error("the sales data cannot be read: %s", error)
    return problem(503, "The sales data cannot be read just now. Ask an administrator to import them again.")
