"""Serves a real OpenID provider (Canaille, in memory) on this machine: run by the Python of ``.venv-provider``.

``canaille_site.py PORT REDIRECT_URI ...``: a client ``salesgate`` and the people of :data:`PEOPLE`.
"""

import sys
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.oidc import provider
from werkzeug.serving import WSGIRequestHandler, make_server

SECRET = "the client's secret"
PASSWORD = "provider's own password"
PEOPLE = {
    "ada": ("Ada", "Lovelace", "ada@corp.example"),
    "bob": ("Bob", "Builder", "bob@corp.example"),
    "cleo": ("Cleo", "Patra", "cleo@corp.example"),
}
GROUPS = {"sales": ["ada", "bob"], "purchasing": ["bob", "cleo"]}


class Quiet(WSGIRequestHandler):
    """Addresses hold codes: they are not printed."""

    def log_request(self, *_: Any) -> None:
        """Nothing."""


def main() -> None:
    port, redirects = int(sys.argv[1]), sys.argv[2:]
    app = create_app(
        {
            "SECRET_KEY": "of a server that lives for a test",
            "SERVER_NAME": f"localhost:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "SESSION_COOKIE_SECURE": False,
            "CANAILLE": {"NAME": "Example Corp", "DATABASE": "memory", "SMTP": None},
            "CANAILLE_OIDC": {"TRUSTED_DOMAINS": ["localhost"]},  # nobody is asked to agree
        }
    )
    vouch_for_addresses()
    with app.app_context(), Backend.instance.session():
        fill(redirects)
    make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet).serve_forever()


def vouch_for_addresses() -> None:
    """Canaille has no claim ``email_verified``, though it can verify addresses."""
    told = provider.generate_user_claims
    provider.generate_user_claims = lambda *given: {**told(*given), "email_verified": True}


def fill(redirects: list[str]) -> None:
    """Make the client, the people and their groups."""
    save = Backend.instance.save
    people = {}
    for name, (given, family, email) in PEOPLE.items():
        people[name] = models.User(
            user_name=name,
            given_name=given,
            family_name=family,
            formatted_name=f"{given} {family}",
            display_name=name,
            emails=[email],
            password=PASSWORD,
        )
        save(people[name])
    for name, members in GROUPS.items():
        save(models.Group(display_name=name, members=[people[member] for member in members]))
    client = models.Client(
        client_id="salesgate",
        client_name="Salesgate",
        client_secret=SECRET,
        client_uri="http://localhost",
        redirect_uris=redirects,
        token_endpoint_auth_method="client_secret_basic",
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups"],
    )
    save(client)
    client.audience = [client]
    save(client)


if __name__ == "__main__":
    main()
