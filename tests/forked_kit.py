"""Sites out of a process that has imported Salesgate already, and forks for each: that saves seconds every time.

They run what ``python -m dashboard serve`` runs; that itself is started by ``test_serve_command``.
"""

import os
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from dashboard.settings import PROJECT

# What a site imports sooner or later.
_IMPORTED = ["dashboard.cli.site", "dashboard.wiring", "pages"]
_CONTEXT: ForkServerContext = get_context("forkserver")
_CONTEXT.set_forkserver_preload(_IMPORTED)


def start_site(environment: Mapping[str, str], log: Path) -> ForkServerProcess:
    """A site with these variables of the environment and no others, all of whose output goes to ``log``."""
    process = _CONTEXT.Process(target=_serve, args=(dict(environment), log))
    process.start()
    return process


def _serve(environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT)
    with log.open("wb") as output:
        for number in (1, 2):
            os.dup2(output.fileno(), number)
    from dashboard.cli import main  # noqa: PLC0415 - imported already, unless it was first run from another folder

    sys.exit(main(["serve"]))
