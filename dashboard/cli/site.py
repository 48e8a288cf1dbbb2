"""The site under gunicorn, and what an installation needs before that."""

import errno
import os
import socket
import subprocess
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from dashboard.accounts import AccountError
from dashboard.accounts.demo import Credentials, ensure_demo_users
from dashboard.cli import serving
from dashboard.mail.senders import OUTBOX, shown
from dashboard.settings import PROJECT, Settings
from dashboard.sources.store import ROLLUP, RollupStore


def run_site(settings: Settings, *, demo: bool) -> int:
    """Prepare what is missing, then serve until interrupted; exit code 1 with the reason where that cannot be."""
    try:
        _check_address(settings)
        credentials = _prepare(settings, demo=demo)
    except (AccountError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    Site(settings, _welcome(settings, credentials)).run()
    return 0


class Site(BaseApplication):  # type: ignore[misc]
    """Gunicorn with workers of several threads each. Several workers count their limits together, in Redis.

    Args:
        welcome: printed when the first worker is ready to answer.
    """

    def __init__(self, settings: Settings, welcome: str) -> None:
        self._settings, self._welcome = settings, welcome
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn where and how to serve."""
        for name, value in serving.options(self._settings).items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._greet)

    def load(self) -> Flask:
        """The application, made in the worker: database connections do not survive a fork."""
        from dashboard import create_app  # noqa: PLC0415

        return create_app(self._settings)

    def _greet(self, worker: Any) -> None:
        if worker.age == 1:
            print(self._welcome, flush=True)
        serving.begin(worker)


def _prepare(settings: Settings, *, demo: bool) -> Credentials:
    serving.make_ready(settings)
    if not demo:
        return {}
    # Where sources are configured, their figures are on the way.
    if not settings.sources and not RollupStore(settings.var / ROLLUP).has_data():
        _make_demo(settings)
    return ensure_demo_users(settings)


def _make_demo(settings: Settings) -> None:
    """In a process of its own: the threads of its engine would not survive the fork of the server."""
    print("Making the demo data ...", flush=True)
    environment = {**os.environ, "SALESGATE_VAR": str(settings.var)}
    command = [sys.executable, "-m", "dashboard", "demo"]
    made = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode:
        raise OSError(made.stderr.strip())


def _check_address(settings: Settings) -> None:
    _check(settings.server.host, settings.server.port, "PORT={}")
    if settings.metrics.port:
        _check(settings.metrics.host, settings.metrics.port, "SALESGATE_METRICS__PORT={}")


def _check(host: str, port: int, other: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno in {errno.EADDRINUSE, errno.EACCES}
            hint = (
                f"Choose another port, such as {other.format(port + 1)}."
                if taken
                else "HOST must be an address of this machine."
            )
            raise OSError(f"Cannot listen on {host}:{port}: {error.strerror}. {hint}") from None


def _welcome(settings: Settings, credentials: Credentials) -> str:
    listening = serving.address(settings.server.host, settings.server.port)
    lines = [f"{settings.title} is at {settings.public_url}/ (listening on {listening}; Ctrl-C stops it)"]
    if credentials:
        lines.append("Demo sign-ins (kept in demo-credentials.json of the var folder):")
        width = max(len(role) for role in credentials)
        lines += [f"  {role:<{width}}  {c['username']}  {c['password']}" for role, c in credentials.items()]
    if not settings.mail.host:
        lines.append(f"Mails land in {shown(settings.var / OUTBOX)}/ (no mail server is set: [mail] in settings.toml)")
    return "\n".join(lines)
