"""``python -m dashboard import`` and ``demo``: sales data from a file, or invented data to look around with."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dashboard import audit
from dashboard.accounts import Accounts
from dashboard.cli.accounts import OPERATOR, with_accounts
from dashboard.settings import Settings
from dashboard.sources.demo import build_demo
from dashboard.sources.errors import ImportRefused, MappingError
from dashboard.sources.importer import ImportReport, import_file
from dashboard.sources.mapping import Mapping, load_mapping
from dashboard.sources.report import report_text

QUIET_SECONDS = 0.3


def run_import(args: Namespace, settings: Settings) -> int:
    """Import a file; exit code 0, or 1 with the reason on standard error."""
    if _is_futile(args, settings):
        return 1
    return _reported(
        lambda bar: import_file(args.file, find_mapping(args.mapping, settings), settings, bar.tell), settings
    )


def run_demo(args: Namespace, settings: Settings) -> int:
    """Rebuild the demo data; exit code 0, or 1 with the reason on standard error."""
    if _is_futile(args, settings):
        return 1
    return _reported(lambda bar: build_demo(settings, bar.tell), settings)


def find_mapping(wanted: str, settings: Settings) -> Mapping:
    """The mapping that settings.toml names ``wanted``, else the file of that name.

    Raises:
        MappingError: neither exists, or it cannot be used.
    """
    if wanted in settings.mappings:
        return load_mapping(settings.mappings[wanted], f"mappings.{wanted}")
    if not wanted.endswith(".toml") and not Path(wanted).exists():
        names = ", ".join(sorted(settings.mappings)) or "none"
        raise MappingError(f"{wanted}: no mapping of this name in settings.toml (there: {names}), and no such file.")
    return load_mapping(Path(wanted))


def _is_futile(args: Namespace, settings: Settings) -> bool:
    """Whether the next refresh of the sources would replace what is imported now; said on standard error."""
    if not settings.sources or args.force:
        return False
    print(
        f"Not imported. The figures come from {', '.join(settings.sources)} ([sources.*] in settings.toml): the next "
        "refresh would replace what is imported. With --force it is imported all the same.",
        file=sys.stderr,
    )
    return True


def _reported(work: "Callable[[Bar], ImportReport]", settings: Settings) -> int:
    try:
        with Bar() as bar:
            report = work(bar)
    except ImportRefused as refused:
        print(f"Not imported. {refused}\nThe data imported before, if any, are still in use.", file=sys.stderr)
        return 1
    print(report_text(report))
    return with_accounts(lambda accounts, _args: _audited(accounts, report))(Namespace(), settings)


def _audited(accounts: Accounts, report: ImportReport) -> int:
    info = report.info
    detail: dict[str, str | int | bool | None] = {
        "lines_read": info.lines_read,
        "lines_kept": info.lines_kept,
        "version": report.version,
    }
    kind = audit.Kind.DATA_IMPORTED
    accounts.record(audit.Event(kind, None, OPERATOR.username, "ok", target=info.source, detail=detail))
    return 0


class Bar(AbstractContextManager["Bar"]):
    """A progress bar on standard error: only on a terminal, and only once the work has taken a moment."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._started = time.monotonic()
        self._task: TaskID | None = None

    def tell(self, step: str, share: float) -> None:
        """Show ``step`` at ``share`` (0 to 1)."""
        if self._task is None:
            if not sys.stderr.isatty():
                return
            self._task = self._progress.add_task(step, total=1.0)
        self._progress.update(self._task, description=step, completed=share)
        if time.monotonic() - self._started > QUIET_SECONDS:
            self._progress.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._progress.stop()
