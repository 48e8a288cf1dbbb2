"""``python -m dashboard doctor`` and ``prove``: whether the databases can be read, and are read right."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from dashboard.settings import Settings


def register(subparsers: Any) -> None:
    """Add the commands of this module to the ``subparsers`` of :mod:`argparse`; each sets ``run(args, settings)``."""
    doctor: ArgumentParser = subparsers.add_parser(
        "doctor",
        help="look at the databases that sales are read from",
        description="Connect to each bind, look at what the sources name, add one month up, and say what to mend.",
    )
    doctor.add_argument("names", nargs="*", metavar="NAME", help="binds or sources; all unless given")
    doctor.add_argument("--json", action="store_true", help="JSON instead of tables")
    doctor.set_defaults(run=_doctor)
    prove: ArgumentParser = subparsers.add_parser(
        "prove",
        help="prove that a database is read right",
        description="Run every kind of statement on a bind and compare the months with plain sums; see "
        "docs/how-to/sources.md.",
    )
    prove.add_argument("bind", metavar="BIND")
    prove.add_argument(
        "--months", type=int, default=12, metavar="N", help="finished months to compare; 12 unless given"
    )
    prove.add_argument("--out", type=Path, metavar="FOLDER", help="where the report goes; the present folder")
    prove.add_argument(
        "--scratch", metavar="SCHEMA", help="also make a table of test cases in this schema, and drop it again"
    )
    prove.set_defaults(run=_prove)


# The engines are imported only when they are used: their threads would not survive the fork of the server.


def _doctor(args: Namespace, settings: Settings) -> int:
    from dashboard.cli.examining import run_doctor  # noqa: PLC0415

    return run_doctor(args, settings)


def _prove(args: Namespace, settings: Settings) -> int:
    from dashboard.cli.proving import run_prove  # noqa: PLC0415

    return run_prove(args, settings)
