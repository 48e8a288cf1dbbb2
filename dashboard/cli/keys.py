"""`keys ...`: the keys that sign access tokens of the API."""

import argparse
from datetime import datetime
from typing import Any

from dashboard.accounts import Accounts
from dashboard.cli.accounts import OPERATOR, with_accounts

_HEADINGS = ("KEY", "MADE (UTC)", "STATE")


def register(subparsers: Any) -> None:
    """Add `keys` with its commands to the sub-parsers of the program's argparse parser."""
    parser = subparsers.add_parser("keys", help="list and replace the keys that sign access tokens of the API")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    listing = commands.add_parser("list", help="show the keys; never their secrets")
    listing.set_defaults(run=with_accounts(_list))
    rotation = commands.add_parser("rotate", help="sign with a new key; what was signed before stays good for its time")
    rotation.add_argument(
        "--at-once",
        action="store_true",
        help="for a key that others may know: what was signed before is refused from the next request on",
    )
    rotation.set_defaults(run=with_accounts(_rotate))


def _list(accounts: Accounts, _args: argparse.Namespace) -> int:
    states = accounts.tokens.keys.states()
    rows = [_HEADINGS, *((one.kid, f"{one.created_at:%Y-%m-%d %H:%M}", _state(one.retired_at)) for one in states)]
    for kid, made, state in rows:
        print(f"{kid:16}  {made:16}  {state}")
    return 0


def _state(retired_at: datetime | None) -> str:
    return "in use" if retired_at is None else f"signs nothing since {retired_at:%Y-%m-%d %H:%M}"


def _rotate(accounts: Accounts, args: argparse.Namespace) -> int:
    made = accounts.tokens.keys.rotate(OPERATOR, at_once=args.at_once)
    before = (
        "What was signed before is refused from now on; programs get new tokens by their refresh tokens."
        if args.at_once
        else "What was signed before stays good for its time."
    )
    print(f"Access tokens are signed with {made.kid} now. {before}")
    return 0
