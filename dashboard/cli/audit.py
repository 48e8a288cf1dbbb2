"""`audit verify`: whether the audit log is complete and unchanged."""

import argparse
import sys
from typing import Any

from dashboard.accounts import Accounts
from dashboard.cli.accounts import with_accounts


def register(subparsers: Any) -> None:
    """Add `audit` with its command to the sub-parsers of the program's argparse parser."""
    parser = subparsers.add_parser("audit", help="check the audit log")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    verify = commands.add_parser("verify", help="find events that were changed, removed or moved")
    verify.set_defaults(run=with_accounts(_verify))


def _verify(accounts: Accounts, _args: argparse.Namespace) -> int:
    verdict = accounts.verify_audit()
    if not verdict.ok:
        print(f"The audit log does not hold: {verdict.problem}.", file=sys.stderr)
        print(f"Events before that hold: {verdict.events}.", file=sys.stderr)
        return 1
    print(f"The audit log holds: {verdict.events} events, head {verdict.head}.")
    print("Note the head in another place: events cut off the end show only against a noted head.")
    return 0
