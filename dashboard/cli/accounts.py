"""Opening the accounts database for a command, and saying in words what went wrong with it."""

import argparse
import sys
from collections.abc import Callable
from functools import wraps

from sqlalchemy.exc import SQLAlchemyError

from dashboard.accounts import AccountError, Accounts, Actor
from dashboard.settings import Settings, SettingsError

OPERATOR = Actor(0, "command line")

Work = Callable[[Accounts, argparse.Namespace], int]
Run = Callable[[argparse.Namespace, Settings], int]


def with_accounts(work: Work) -> Run:
    """A command's ``run(args, settings)``: its exit code is that of ``work``, or 1 after a message on stderr."""

    @wraps(work)
    def run(args: argparse.Namespace, settings: Settings) -> int:
        try:
            accounts = Accounts(settings)
            try:
                return work(accounts, args)
            finally:
                accounts.close()
        except BrokenPipeError:
            raise
        except (AccountError, SettingsError, SQLAlchemyError, ImportError, OSError) as error:
            print(_in_words(error), file=sys.stderr)
            return 1

    return run


def _in_words(error: Exception) -> str:
    if isinstance(error, AccountError):
        return "\n".join(error.reasons)
    if isinstance(error, SettingsError):
        return str(error)
    if isinstance(error, ImportError):
        return f"The driver for accounts.url is not installed: {error}"
    # Not the whole error: that would show the statement with its values.
    return f"The accounts database cannot be used: {getattr(error, 'orig', None) or error}"
