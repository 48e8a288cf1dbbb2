"""The Flask application: sign-in, gate, headers and errors. Dash is mounted on it afterwards."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.accounts import Accounts
from dashboard.accounts.keys import secret_key
from dashboard.settings import Settings
from dashboard.web import (
    api_docs,
    audit_export,
    confirm,
    cookies,
    csrf,
    enrol,
    errors,
    gate,
    headers,
    health,
    invitation,
    limits,
    mail_links,
    metrics,
    recovery,
    registration,
    second_step,
    session,
    sign_in,
    single_sign_on,
    source_state,
    watching,
)
from dashboard.web.openid import providers
from dashboard.web.site import EXTENSION, Site, asset
from dashboard.web.viewer import login_manager

LARGEST_BODY = 1024 * 1024  # bytes
MOST_FORM_PARTS = 50
PARTS = (
    sign_in,
    single_sign_on,
    second_step,
    enrol,
    confirm,
    invitation,
    registration,
    mail_links,
    recovery,
    session,
    health,
    metrics,
    audit_export,
    api_docs,
    source_state,
)


def create_server(settings: Settings, accounts: Accounts | None = None) -> Flask:
    """The site without its Dash pages; ``server.extensions["salesgate"]`` is its :class:`Site`.

    ``accounts`` are opened from the settings unless they are open already.

    Raises:
        SettingsError: a setting that cannot be used.
        AccountError: ``var`` holds something else than a secret key under its name.
    """
    server = Flask(__name__, static_folder=None)
    server.secret_key = secret_key(settings.var)
    _configure(server, settings)
    server.extensions[EXTENSION] = Site(settings, accounts or Accounts(settings))
    server.jinja_env.globals.update(asset=asset, product=settings.title)
    watching.init(server)
    headers.init(server)
    errors.init(server)
    gate.init(server)
    csrf.init(server)
    login_manager().init_app(server)
    for part in PARTS:
        server.register_blueprint(part.blueprint)
    limits.init(server, settings)
    metrics.init(server, settings)
    providers.init(server, settings, server.extensions[EXTENSION].accounts.roles)
    return server


def _configure(server: Flask, settings: Settings) -> None:
    server.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=gate.LARGEST_FORM, MAX_FORM_PARTS=MOST_FORM_PARTS
    )
    cookies.configure(server, settings)
    # Werkzeug's own redirects for doubled slashes would carry the Host header, which the client chooses.
    server.url_map.merge_slashes = False
    hops = settings.server.proxy_hops
    if hops:
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
