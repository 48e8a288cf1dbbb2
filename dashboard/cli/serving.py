"""How gunicorn serves the site, whether ``serve`` or ``gunicorn`` itself starts it."""

import gc
import re
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger
from sqlalchemy.exc import SQLAlchemyError

from dashboard.accounts import AccountError, Accounts
from dashboard.api.problems import LONGEST_LINE
from dashboard.cli.worker import CollectingWorker
from dashboard.observing import logs, slots
from dashboard.observing.meters import FOLDER
from dashboard.settings import PROJECT, Settings
from dashboard.web.static_files import prepare
from dashboard.wiring import BACKGROUND, STATIC, start_background

GRACE_SECONDS = 20  # for requests under way when a worker is to end
KEEPALIVE_SECONDS = 5
JITTER = 10  # workers are not replaced all at once: a tenth of their requests more or less
_QUOTED = re.compile(r"(Invalid request from ip=\S*: [^:]*):.*", re.DOTALL)
_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat, which must not wait for a disk


def options(settings: Settings) -> dict[str, Any]:
    """Gunicorn's settings. Nothing is loaded before the fork: database connections and engines do not survive one."""
    server = settings.server
    return {
        "bind": address(server.host, server.port),
        "workers": server.workers,
        "worker_class": CollectingWorker,
        "threads": server.threads,
        "preload_app": False,
        "max_requests": server.max_requests,
        "max_requests_jitter": server.max_requests // JITTER,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": KEEPALIVE_SECONDS,
        "limit_request_line": LONGEST_LINE,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else None,
        "loglevel": "warning",
        "logger_class": _logger(settings.log_format),
        "control_socket_disable": True,
        "post_worker_init": begin,
        "worker_exit": finish,
    }


def make_ready(settings: Settings) -> None:
    """What an installation needs before it is served: its folder, its tables, its files compressed.

    Raises:
        AccountError: the accounts database cannot be used.
        OSError: the folder cannot be written.
    """
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        Accounts(settings).close()
    except SQLAlchemyError as error:
        # Not the whole error: that would show the statement with its values.
        raise AccountError(f"The accounts database cannot be used: {getattr(error, 'orig', None) or error}") from None
    prepare(PROJECT / "assets", settings.var / STATIC)
    slots.tidy(settings.var / FOLDER)


def begin(worker: Any) -> None:
    """A worker has loaded the site and is about to answer."""
    # What is loaded now stays. Looking through it again for garbage takes half a second when a worker ends, and a
    # pause now and then before.
    gc.freeze()
    start_background(worker.wsgi)


def finish(_server: Any, worker: Any) -> None:
    """A worker ends."""
    # One that could not load the site has none.
    background = getattr(getattr(worker, "wsgi", None), "extensions", {}).get(BACKGROUND)
    if background is not None:
        background.stop()


def address(host: str, port: int) -> str:
    """Host and port as they stand in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _logger(kind: str) -> type[Logger]:
    class ServerLogger(Logger):  # type: ignore[misc]
        """Gunicorn's own lines, in the same form as ours."""

        def setup(self, cfg: Any) -> None:
            """As gunicorn does, and then dressed."""
            super().setup(cfg)
            logs.dress([*self.error_log.handlers, *self.access_log.handlers], kind)

        def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
            """Without what was asked for: an address may end with a one-time token."""
            super().warning(_QUOTED.sub(r"\1", msg), *args, **kwargs)

        def exception(self, msg: str, *_args: Any, **kwargs: Any) -> None:
            """Likewise."""
            super().exception(msg.partition(" %")[0], **kwargs)

    return ServerLogger
