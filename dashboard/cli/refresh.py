"""``python -m dashboard refresh``: the figures read anew from the databases that settings.toml names as sources."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from dashboard.settings import Settings

_MOST_MONTHS = 1200


def register(subparsers: Any) -> None:
    """Add `refresh` to the sub-parsers of the program's argparse parser."""
    parser: ArgumentParser = subparsers.add_parser(
        "refresh",
        help="read the figures from the sources",
        description="Read the newest months of every source and put the figures in force. Exit code 0 if all is well, "
        "1 if a source failed or differs, 3 if a refresh is running already.",
    )
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="only these; else all of settings.toml")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--full", action="store_true", help="read everything again")
    what.add_argument("--verify", action="store_true", help="compare finished months with the source; changes nothing")
    what.add_argument("--cancel", action="store_true", help="ask the refresh that is running to stop")
    what.add_argument("--status", action="store_true", help="say how the sources stand")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--months", type=_count, metavar="N", help="with --verify: how many months, chosen at random")
    which.add_argument("--all", action="store_true", help="with --verify: every finished month")
    parser.add_argument("--seed", type=int, metavar="N", help="with --verify: choose the months as that time")
    parser.add_argument("--scheduled", action="store_true", help="quietly: as the site does it")
    due = "only where the last refresh is older than refresh.every_minutes"
    parser.add_argument("--if-due", action="store_true", help=due)
    parser.set_defaults(run=run)


def run(args: Namespace, settings: Settings) -> int:
    """Refresh, verify, cancel or tell; see the description for exit codes."""
    # Imported here: other commands need neither the engine nor the drivers, and its threads do not survive a fork.
    from dashboard.cli.refreshing import run_refresh  # noqa: PLC0415

    return run_refresh(args, settings)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_MONTHS):
        raise ArgumentTypeError(f"write a number of months from 1 to {_MOST_MONTHS}")
    return int(text)
