"""``python -m dashboard import`` and ``demo``: sales data from a file, or made-up data to look around with."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from dashboard.settings import Settings


def register(subparsers: Any) -> None:
    """Add the commands of this module to the ``subparsers`` of :mod:`argparse`; each sets ``run(args, settings)``."""
    command: ArgumentParser = subparsers.add_parser(
        "import", help="read a sales file", description="Read a CSV, Parquet or XLSX file; see docs/how-to/import.md."
    )
    command.add_argument("file", type=Path, metavar="FILE", help="the sales file")
    command.add_argument(
        "--mapping",
        required=True,
        metavar="MAPPING",
        help="a mapping file (.toml), or the name of one in settings.toml",
    )
    _offer_force(command)
    command.set_defaults(run=_import)
    demo: ArgumentParser = subparsers.add_parser(
        "demo",
        help="make the demo data again",
        description="Put invented sales in force, the same every time, in place of what was imported before.",
    )
    _offer_force(demo)
    demo.set_defaults(run=_demo)


def _offer_force(command: ArgumentParser) -> None:
    command.add_argument(
        "--force", action="store_true", help="even though sources are configured, whose next refresh replaces it"
    )


# The engine is imported only when it is used: its threads would not survive the fork of the server.


def _import(args: Namespace, settings: Settings) -> int:
    from dashboard.cli.importing import run_import  # noqa: PLC0415

    return run_import(args, settings)


def _demo(args: Namespace, settings: Settings) -> int:
    from dashboard.cli.importing import run_demo  # noqa: PLC0415

    return run_demo(args, settings)
