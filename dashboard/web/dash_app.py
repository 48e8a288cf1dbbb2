"""Dash, mounted behind the gate. Pages are registered one by one; nothing is found by looking into a folder."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Protocol

import dash
from dash import ClientsideFunction, Dash, html
from dash.development.base_component import Component
from flask import Flask, request
from flask_wtf.csrf import generate_csrf

from dashboard.access import Permission, Viewer, allows, require
from dashboard.reports import Gate
from dashboard.settings import PROJECT
from dashboard.ui import saved_views
from dashboard.ui.board import SCRIPTS as BOARD_SCRIPTS
from dashboard.ui.caller import Caller, Listed
from dashboard.ui.shell import Entry, shell
from dashboard.ui.source_notices import with_notices
from dashboard.web.callbacks import guard_callbacks
from dashboard.web.page_html import page_html
from dashboard.web.site import Site, site
from dashboard.web.static_files import BUNDLE
from dashboard.web.viewer import current_caller, current_sign_in, current_viewer

STYLES, MANAGE_STYLE, BOARD_STYLE = ("salesgate.css",), "manage.css", "board.css"
VIEWS_SCRIPT = "views.js"


class PageModule(Protocol):
    """What a module of ``pages/`` declares."""

    PATH: str
    NAME: str
    HAS_CHARTS: bool
    PERMISSION: Permission | None  # None: being signed in is enough
    SCRIPTS: tuple[str, ...]  # what this page needs besides; links to such a page load it in full
    __name__: str

    def layout(self, caller: Caller, parameters: Mapping[str, Any]) -> Component:
        """The page for the parameters of its address."""

    def register(self, app: "Callbacks") -> None:
        """Declare the page's callbacks."""


class GatedDash(Dash):
    """Dash with our own page around it.

    Attributes:
        chart_pages: paths where charts are drawn at once.
        own_scripts: path -> the scripts of that page alone.
    """

    chart_pages: frozenset[str] = frozenset()
    own_scripts: Mapping[str, tuple[str, ...]] = {}

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        """The HTML that carries the app: our own head, and only the scripts that are needed."""
        own = self.own_scripts.get(request.path, ())
        # The bundle on every page, for Dash's router moves between pages without loading them; a page's own scripts
        # come with a full load.
        more = BOARD_STYLE if own == BOARD_SCRIPTS else MANAGE_STYLE
        scripts, styles = (BUNDLE, *own), (*STYLES, *((more,) if own else ()))
        return page_html(parts, site().asset_url, scripts, styles, charts=request.path in self.chart_pages)


class Callbacks:
    """Declares callbacks; every one carries the permission that is asked for again whenever it runs."""

    def __init__(self, app: Dash) -> None:
        self._app = app

    def callback(
        self, permission: Permission | None, *wiring: Any, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """See :class:`dashboard.ui.caller.Registrar`."""

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(function)
            def guarded(*values: Any) -> Any:
                viewer = current_viewer()
                if permission is not None:
                    _pass(viewer, permission)
                return function(current_caller(), *values)

            guarded.permission = permission  # type: ignore[attr-defined]
            self._app.callback(*wiring, **options)(guarded)
            return function

        return declare

    def clientside(self, name: str, *wiring: Any, **options: Any) -> None:
        """See :class:`dashboard.ui.caller.Registrar`."""
        self._app.clientside_callback(ClientsideFunction("salesgate", name), *wiring, **options)


def mount(server: Flask, pages: Sequence[PageModule], gate: Gate) -> Dash:
    """Put the pages on ``server``; menu and gate learn of them in the order given."""
    here: Site = server.extensions["salesgate"]
    app = GatedDash(
        "salesgate",
        server=server,  # type: ignore[arg-type]
        title=here.settings.title,
        update_title=None,  # type: ignore[arg-type]
        assets_folder=str(PROJECT / "assets"),
        include_assets_files=False,
        include_pages_meta=False,
        use_pages=True,
        pages_folder="",
        suppress_callback_exceptions=True,
        enable_mcp=False,
        add_log_handler=False,
    )
    here.dash, here.gate = app, gate
    app.chart_pages = frozenset(page.PATH for page in pages if page.HAS_CHARTS)
    app.own_scripts = {page.PATH: page.SCRIPTS for page in pages}
    callbacks = Callbacks(app)
    here.listed = tuple(
        Listed(page.NAME, page.PATH, page.PERMISSION, saved_views.parameters_of(page)) for page in pages
    )
    saved_views.register(callbacks)
    for page in pages:
        here.pages[page.PATH] = page.PERMISSION
        title = f"{page.NAME} · {here.settings.title}"
        dash.register_page(page.__name__, path=page.PATH, name=page.NAME, title=title, layout=_guarded(page))
        page.register(callbacks)
    guard_callbacks(server, app.callback_map)
    return app


def settle(server: Flask, app: Dash, pages: Sequence[PageModule]) -> None:
    """Let Dash finish what it puts off to the first request, and take the hashes of its inline scripts."""
    # Dash checks the layout at its first request, when nobody is signed in: ours, which asks who is, comes after that.
    app.layout = html.Div(dash.page_container)
    server.test_client().get("/health")
    app.layout = lambda: _layout(pages)
    server.extensions["salesgate"].script_hashes[:] = app.csp_hashes()


def _pass(viewer: Viewer, permission: Permission) -> None:
    require(viewer, permission)
    site().uses.note(viewer, permission)


def _guarded(page: PageModule) -> Callable[..., Component]:
    # Dash passes the query string as keyword arguments: they reach the page as data, never as arguments.
    def layout(**parameters: Any) -> Component:
        viewer = current_viewer()
        if page.PERMISSION is not None:
            _pass(viewer, page.PERMISSION)
        caller = current_caller()
        return with_notices(page.layout(caller, parameters), caller, page.PATH)

    return layout


def _layout(pages: Sequence[PageModule]) -> Component:
    signed_in, here = current_sign_in(), site()
    menu = [
        Entry(page.NAME, page.PATH, in_full=bool(page.SCRIPTS))
        for page in pages
        if page.PERMISSION is not None and allows(signed_in.viewer, page.PERMISSION)
    ]
    me = (signed_in.name, signed_in.role_name, generate_csrf())
    kept = {page.path for page in here.listed if page.parameters}
    views = saved_views.menu(here.asset_url(VIEWS_SCRIPT)) if kept & {entry.path for entry in menu} else []
    return shell(here.settings.title, menu, *me, dash.page_container, signed_in.factor_due, views)
