"""``python -m dashboard prove``."""

import os
import sys
from argparse import Namespace
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.status import Status

from dashboard.settings import Settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.proving.prove import prove
from dashboard.sources.proving.report import ProofReport


def run_prove(args: Namespace, settings: Settings) -> int:
    """Write the report beside printing it; exit code 1 if anything failed."""
    try:
        with Status("proving", console=Console(stderr=True)) as status:
            report = prove(
                settings, args.bind, max(1, args.months), args.scratch, lambda step: status.update(f"{step} ...")
            )
        text = report.to_text()
        paths = _write(report, text, args.out or Path())
    except ImportRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    print(text)
    print(f"Written: {' and '.join(str(path) for path in paths)}. Please send us both; they hold no sales figures.")
    return 0 if report.passed else 1


def _write(report: ProofReport, text: str, folder: Path) -> tuple[Path, ...]:
    """Both files, for the operator's own eyes until they are sent."""
    stem = f"salesgate-proof-{report.bind}-{date.today():%Y%m%d}"
    written = []
    for suffix, content in ((".json", report.to_json()), (".txt", text)):
        path = folder / f"{stem}{suffix}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
        written.append(path)
    return tuple(written)
