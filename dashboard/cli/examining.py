"""``python -m dashboard doctor`` and ``sources list``."""

import json
import sys
from argparse import Namespace
from dataclasses import asdict

from rich.console import Console
from rich.status import Status

from dashboard.cli.diagnosis import print_diagnosis
from dashboard.settings import Settings
from dashboard.sources.binds.secret import shown_url
from dashboard.sources.doctor.columns import shown
from dashboard.sources.doctor.examine import examine
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.load import load_sources


def run_doctor(args: Namespace, settings: Settings) -> int:
    """Print what was found; exit code 1 on a fault, 0 with warnings or without."""
    console = Console(stderr=True)
    try:
        # On a terminal only: a line that says what is being looked at, and is gone at the end.
        with Status("looking", console=console) as status:
            diagnosis = examine(settings, args.names, lambda step: status.update(f"{step} ..."))
    except ImportRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    if args.json:
        found = {"sound": diagnosis.sound, **asdict(diagnosis)}
        print(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return 0 if diagnosis.sound else 1
    if not settings.binds:
        print("settings.toml has no [binds.NAME] yet; docs/how-to/sources.md shows how to write one.")
    else:
        print_diagnosis(diagnosis)
    return 0 if diagnosis.sound else 1


def run_list(args: Namespace, settings: Settings) -> int:
    """Print the sources of settings.toml; exit code 1 if they cannot be used."""
    try:
        sources = load_sources(settings)
    except ImportRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    rows = [
        {
            "name": source.name,
            "label": source.label,
            "bind": source.bind,
            "lines": shown(source.lines),
            "url": shown_url(settings.binds[source.bind]),
        }
        for source in sources.values()
    ]
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif not rows:
        print("No sources yet: python -m dashboard sources add")
    else:
        widths = {key: max(len(key), *(len(row[key]) for row in rows)) for key in rows[0]}
        for row in [{key: key for key in rows[0]}, *rows]:
            print("  ".join(f"{text:<{widths[key]}}" for key, text in row.items()).rstrip())
    return 0
