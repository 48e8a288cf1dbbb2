"""What the web edge knows of this installation; kept as ``server.extensions["salesgate"]``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app

from dashboard.access import Permission, Viewer, allows
from dashboard.accounts import Accounts
from dashboard.observing.meters import Meters
from dashboard.settings import Settings
from dashboard.ui.caller import Listed
from dashboard.web.denials import Denials
from dashboard.web.uses import Uses

EXTENSION = "salesgate"
SIGN_IN_ASSETS = (
    "bootstrap.min.css",
    "salesgate.css",
    "gate.css",
    "theme.js",
    "favicon.svg",
    "passkeys.js",
    "sign-in.js",
    "strength.js",
)


def plain_asset_url(name: str) -> str:
    """Address of the asset ``name`` where nothing fingerprints it."""
    return f"/assets/{name}"


@dataclass
class Site:
    """The parts of the site that pages, gate and headers share.

    Attributes:
        settings: the settings in force.
        accounts: users and their sessions.
        pages: path -> the permission its page needs, or None where being signed in is enough; in the order of the menu.
        listed: the same with their names, for pages that explain them.
        asset_url: asset name -> address, so that a build step may put a fingerprint in.
        public_assets: names of the assets that the pages before sign-in need; the only ones served to anybody.
        static_prefixes: where files stand that are the same for everybody and may be cached.
        dash: the Dash application, once it is mounted.
        gate: the door to the sales data, from then on.
        files: the static files in memory, once they are served from there.
        script_hashes: CSP sources such as ``'sha256-...'`` of inline scripts that may run.
        api_guard: answers requests to the API that may not pass; None where there is no API.
        api_document: the OpenAPI document; None where there is no API.
        denials: which refusals were audited just now.
        uses: which rights were used just now.
        meters: what is counted for monitors; None where nobody could read it.
    """

    settings: Settings
    accounts: Accounts
    pages: dict[str, Permission | None] = field(default_factory=dict)
    listed: tuple[Listed, ...] = ()
    asset_url: Callable[[str], str] = plain_asset_url
    public_assets: list[str] = field(default_factory=lambda: list(SIGN_IN_ASSETS))
    static_prefixes: tuple[str, ...] = ("/assets/", "/_dash-component-suites/")
    script_hashes: list[str] = field(default_factory=list)
    api_guard: Callable[[], None] | None = None
    api_document: dict[str, Any] | None = None
    denials: Denials = field(default_factory=Denials)
    uses: Uses = field(init=False)
    meters: Meters | None = None
    dash: Any = None
    gate: Any = None
    files: Any = None

    def __post_init__(self) -> None:
        self.uses = Uses(self.accounts)

    def is_public_asset(self, path: str) -> bool:
        """Whether ``path`` is a file that the pages before sign-in need."""
        return any(path in {plain_asset_url(name), urlsplit(self.asset_url(name)).path} for name in self.public_assets)

    def is_static(self, path: str) -> bool:
        """Whether ``path`` is a file that holds nothing of anybody."""
        return path.startswith(self.static_prefixes)

    def home(self, viewer: Viewer) -> str | None:
        """Path of the first page that ``viewer`` may see, or None where there is none."""
        open_to_viewer = (path for path, needed in self.pages.items() if needed is None or allows(viewer, needed))
        return next(open_to_viewer, None)


def asset(name: str) -> str:
    """Address of the asset ``name``, for the templates."""
    return site().asset_url(name)


def site() -> Site:
    """The site of the application that serves this request."""
    return cast(Site, current_app.extensions[EXTENSION])
