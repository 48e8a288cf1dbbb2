"""The providers of this site; kept as ``server.extensions["salesgate_providers"]``."""

import time
from collections.abc import Callable
from typing import cast

from flask import Flask, abort, current_app

from dashboard.access import Roles
from dashboard.settings import Settings, SettingsError
from dashboard.web.openid.client import ProviderClient

EXTENSION = "salesgate_providers"


def init(server: Flask, settings: Settings, roles: Roles, clock: Callable[[], float] = time.monotonic) -> None:
    """Make a client for each provider of the settings; no network is needed for that.

    Raises:
        SettingsError: a secret that cannot be read, a role that there is not, or one issuer twice.
    """
    issuers = [provider.issuer for provider in settings.oidc.values()]
    for name, provider in settings.oidc.items():
        if issuers.count(provider.issuer) > 1:
            raise SettingsError(f"oidc.{name}.issuer: {provider.issuer} stands in two tables; keep one")
        for role in provider.roles.values():
            if role not in roles:
                known = ", ".join(one.key for one in roles)
                raise SettingsError(f"oidc.{name}.roles: there is no role {role!r}; known are {known}")
    server.extensions[EXTENSION] = {
        name: ProviderClient(name, provider, f"{settings.public_url}/sign-on/{name}/callback", clock)
        for name, provider in settings.oidc.items()
    }


def client_of(name: str) -> ProviderClient:
    """The client of that provider; 404 where there is none."""
    known = cast(dict[str, ProviderClient], current_app.extensions[EXTENSION])
    return known.get(name) or abort(404)
