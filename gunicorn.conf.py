"""For ``gunicorn app:server``, as containers start it. Everything is set in settings.toml or by the environment."""

import os
import sys

from dashboard.observing import logs
from dashboard.settings import SettingsError, load_settings

try:
    settings = load_settings()
except SettingsError as error:
    print(error, file=sys.stderr)  # noqa: T201 - there is no log yet
    sys.exit(os.EX_CONFIG)  # to start once more would not mend it: the service unit knows this code
logs.set_up(settings)

# Loading it takes seconds: what is wrong with the settings is said before.
from dashboard.accounts import AccountError  # noqa: E402
from dashboard.cli.serving import make_ready, options  # noqa: E402

wsgi_app = "app:server"
globals().update(options(settings))


def on_starting(_server: object) -> None:
    """Once, in the parent process, before any worker."""
    try:
        make_ready(settings)
    except (AccountError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(1)
