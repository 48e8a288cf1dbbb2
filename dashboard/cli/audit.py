"""`audit ...`: whether the audit log is complete and unchanged, its head, and the events themselves."""

import argparse
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.accounts import Accounts
from dashboard.accounts.audit_log import LogFilter, as_csv, as_jsonl
from dashboard.accounts.database import reader_of
from dashboard.accounts.store import utc_now
from dashboard.audit import Head, HeadsError, Kind, heads
from dashboard.audit.noter import heads_file
from dashboard.cli.accounts import OPERATOR, with_accounts
from dashboard.settings import Settings

_DAY = timedelta(days=1)
_FORMATS = {"csv": as_csv, "jsonl": as_jsonl}


def register(subparsers: Any) -> None:
    """Add `audit` with its commands to the sub-parsers of the program's argparse parser."""
    parser = subparsers.add_parser("audit", help="check, note and export the audit log")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    verify = commands.add_parser("verify", help="find events that were changed, removed, moved or cut off")
    verify.add_argument("--heads", type=Path, metavar="FILE", help="heads that were noted; else those noted here")
    verify.set_defaults(run=_verify)
    head = commands.add_parser("head", help="print the head of the log, to be noted in another place")
    head.set_defaults(run=with_accounts(_head))
    _register_export(commands)


def _register_export(commands: Any) -> None:
    export = commands.add_parser("export", help="print the events, oldest first")
    export.add_argument("--since", type=_moment, metavar="DAY", help="from this day or time on (UTC)")
    export.add_argument("--until", type=_until, metavar="DAY", help="to the end of this day, or before this time")
    export.add_argument(
        "--kind", choices=[kind.value for kind in Kind], metavar="KIND", default="", help="sign_in, ..."
    )
    export.add_argument("--outcome", default="", help="ok, failed, locked or denied")
    export.add_argument("--format", choices=_FORMATS, default="csv", help="csv unless jsonl is asked for")
    export.set_defaults(run=with_accounts(_export))


def _verify(args: argparse.Namespace, settings: Settings) -> int:
    path: Path = args.heads or heads_file(settings)
    try:
        noted = heads.noted(path) if args.heads or path.exists() else []
    except HeadsError as error:
        print(error, file=sys.stderr)
        return 1
    return with_accounts(lambda accounts, _args: _check(accounts, noted, path))(args, settings)


def _check(accounts: Accounts, noted: list[Head], path: Path) -> int:
    verdict = accounts.verify_audit(noted)
    if not verdict.ok:
        print(f"The audit log does not hold: {verdict.problem}.", file=sys.stderr)
        print(f"Events before that hold: {verdict.events}.", file=sys.stderr)
        return 1
    print(f"The audit log holds: {verdict.events} events, head {verdict.head}.")
    if noted:
        print(f"It fits the {len(noted)} heads noted in {path}, the last at {noted[-1].at:%Y-%m-%d %H:%M} UTC.")
    else:
        print("Note the head in another place: events cut off the end show only against a noted head.")
    return 0


def _head(accounts: Accounts, _args: argparse.Namespace) -> int:
    with reader_of(accounts.engine).connect() as connection:
        print(heads.read(connection, utc_now()).as_line())
    return 0


def _export(accounts: Accounts, args: argparse.Namespace) -> int:
    chosen = LogFilter(kind=args.kind, outcome=args.outcome, since=args.since, until=args.until)
    for line in _FORMATS[args.format](accounts.log.export(chosen, OPERATOR)):
        sys.stdout.write(line)
    return 0


def _until(text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _moment(text)
    return _moment(min(day, date.max - _DAY).isoformat()) + _DAY


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write it like 2026-01-31, or 2026-01-31T14:00 (UTC)") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
