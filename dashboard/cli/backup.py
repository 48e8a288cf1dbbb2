"""`backup` and `restore`: all of the accounts database in one file, and back."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from dashboard import audit
from dashboard.accounts import AccountError, Accounts
from dashboard.accounts.backup import make_backup
from dashboard.accounts.backup_file import Manifest
from dashboard.accounts.database import open_engine
from dashboard.accounts.keys import secret_key
from dashboard.accounts.restoring import How, restore_backup
from dashboard.accounts.store import utc_now
from dashboard.cli.accounts import OPERATOR, with_accounts
from dashboard.settings import Settings, SettingsError


def register(subparsers: Any) -> None:
    """Add `backup` and `restore` to the sub-parsers of the program's argparse parser."""
    backup = subparsers.add_parser("backup", help="write users, roles and the audit log to a file; the site may run")
    backup.add_argument("file", type=Path, help="a new file, which only its owner can read")
    backup.set_defaults(run=_backup)
    restore = subparsers.add_parser("restore", help="put a backup back; the site must be stopped")
    restore.add_argument("file", type=Path)
    restore.add_argument("--check", action="store_true", help="only try whether it could be restored; changes nothing")
    restore.add_argument("--replace", action="store_true", help="remove what is in the database now")
    restore.add_argument(
        "--keep-sessions", action="store_true", help="for a move to another database: nobody is signed out"
    )
    restore.add_argument(
        "--broken-log", action="store_true", help="even if the audit log was broken before the backup was made"
    )
    restore.set_defaults(run=_restore)


def _backup(args: argparse.Namespace, settings: Settings) -> int:
    return with_accounts(lambda accounts, _args: _write(accounts, settings, args.file))(args, settings)


def _write(accounts: Accounts, settings: Settings, path: Path) -> int:
    accounts.record(audit.Event(audit.Kind.BACKUP_MADE, OPERATOR.user_id, OPERATOR.username, "ok", path.name))
    try:
        made = make_backup(accounts.engine, secret_key(settings.var), path, utc_now)
    except OSError as error:
        raise AccountError(f"The backup cannot be written to {path}: {error.strerror}.") from None
    print(f"{path}: {_content(made)}.")
    print("Keep secret_key of the var folder in another place: without it nobody can use this file.")
    return _said_of_log(accounts.verify_audit())


def _said_of_log(verdict: audit.Verdict) -> int:
    """Exit code 1 where the log is broken: whoever learned of it at a restore only would have no good backup left."""
    if verdict.ok:
        return 0
    print(f"The backup is written, but the audit log does not hold: {verdict.problem}.", file=sys.stderr)
    print("Keep your older backups. This one can be restored with --broken-log only.", file=sys.stderr)
    return 1


def _restore(args: argparse.Namespace, settings: Settings) -> int:
    try:
        return _check(args, settings) if args.check else _put_back(args, settings)
    except (AccountError, SettingsError, SQLAlchemyError, ImportError, OSError) as error:
        print(_in_words(error, args.file), file=sys.stderr)
        return 1


def _check(args: argparse.Namespace, settings: Settings) -> int:
    with TemporaryDirectory(dir=settings.var, prefix="restore-") as folder:
        accounts = settings.accounts.model_copy(update={"url": f"sqlite:///{folder}/accounts.db"})
        how = How(broken_log=args.broken_log)
        made, _ = _restored(settings.model_copy(update={"accounts": accounts}), args.file, how)
    print(f"{args.file} can be restored: {_content(made)}.")
    return 0


def _put_back(args: argparse.Namespace, settings: Settings) -> int:
    made, verdict = _restored(settings, args.file, How(args.replace, args.keep_sessions, args.broken_log))
    print(f"Restored {args.file}: {_content(made)}.")
    holds = "holds" if verdict.ok else f"does not hold: {verdict.problem}. Up to there it has"
    print(f"The audit log {holds}: {verdict.events} events, head {verdict.head}.")
    if not args.keep_sessions:
        print("Everybody has to sign in again; links that were mailed before are dead.")
    print("Changes since the backup are undone: look through disabled users and API keys before you start the site.")
    return 0


def _restored(settings: Settings, path: Path, how: How) -> tuple[Manifest, audit.Verdict]:
    if not (settings.var / "secret_key").exists():
        raise AccountError(f"Put secret_key into {settings.var} first: the one of the site that the backup is of.")
    engine = open_engine(settings)
    try:
        return restore_backup(engine, secret_key(settings.var), path, how, utc_now)
    finally:
        engine.dispose()


def _content(made: Manifest) -> str:
    moment = f"{made.made_at:%Y-%m-%d %H:%M} UTC"
    return f"users: {made.rows('users')}, events: {made.events}, as of {moment}, head {made.head}"


def _in_words(error: Exception, path: Path) -> str:
    if isinstance(error, AccountError):
        return "\n".join(error.reasons)
    if isinstance(error, OSError):
        return f"{path} cannot be read: {error.strerror}."
    if isinstance(error, SettingsError):
        return str(error)
    # Not the whole error: that would show the statement with its values.
    return f"The accounts database cannot be used: {getattr(error, 'orig', None) or error}"
