"""``serve``: the site, ready to sign in to. With ``--demo`` it fills an empty installation with demo data and users."""

from argparse import ArgumentParser, Namespace
from typing import Any

from dashboard.settings import Settings


def register(subparsers: Any) -> None:
    """Add `serve` to the sub-parsers of the program's argparse parser."""
    parser: ArgumentParser = subparsers.add_parser("serve", help="start the site")
    parser.add_argument("--demo", action="store_true", help="make demo users, and demo data where there are none")
    parser.set_defaults(run=run)


def run(args: Namespace, settings: Settings) -> int:
    """Serve until interrupted; exit code 1 with the reason where that cannot be."""
    # Imported here: no other command needs Flask and Dash, which take two seconds.
    from dashboard.cli.site import run_site  # noqa: PLC0415

    return run_site(settings, demo=args.demo)
