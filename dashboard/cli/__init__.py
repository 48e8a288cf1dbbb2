"""``python -m dashboard``: what an operator does from the command line."""

import argparse
import os
import sys
from collections.abc import Sequence

from dashboard.cli import audit, backup, data, doctor, keys, refresh, report, serve, sources, users
from dashboard.observing import logs
from dashboard.settings import SettingsError, load_settings

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Wrong arguments end the program with code 2, as argparse does."""
    args = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        logs.set_up(settings)
        code: int = args.run(args, settings)
        sys.stdout.flush()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="Salesgate from the command line.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for part in (serve, data, sources, doctor, refresh, report, users, keys, audit, backup):
        part.register(commands)
    return parser
