"""Running ``refresh``: the work in a thread, so that Ctrl-C reaches a database that is busy."""

import logging
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from dashboard import audit
from dashboard.accounts import Accounts
from dashboard.accounts.leases import Leases
from dashboard.audit.events import Detail
from dashboard.cli.accounts import OPERATOR, with_accounts
from dashboard.cli.importing import Bar
from dashboard.cli.refresh_words import refreshed_text, status_text, verified_text
from dashboard.observing.meters import open_meters
from dashboard.settings import Settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.memory import give_back
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.refresh.control import cancel_refresh, is_due
from dashboard.sources.refresh.flight import NotDue
from dashboard.sources.refresh.lease import RefreshRunning
from dashboard.sources.refresh.run import RefreshReport, refresh
from dashboard.sources.refresh.status import read_status
from dashboard.sources.refresh.verify import Sample, VerifyReport, verify

CANCELLED, BUSY = 130, 3
_POLL_SECONDS = 0.2

Made = TypeVar("Made")
logger = logging.getLogger(__name__)


def run_refresh(args: Namespace, settings: Settings) -> int:
    """Refresh, verify, cancel or tell; the exit code."""
    if args.status:
        print(status_text(read_status(settings.var), list(settings.sources)))
        return 0
    if args.cancel:
        asked = cancel_refresh(settings)
        print("The refresh was asked to stop." if asked else "No refresh is running.")
        return 0
    give_back()
    return with_accounts(lambda accounts, given: _Command(accounts, given, settings).run())(args, settings)


class _Command:
    def __init__(self, accounts: Accounts, args: Namespace, settings: Settings) -> None:
        self._accounts, self._args, self._settings = accounts, args, settings
        self._lease, self._cancel = Leases(accounts.engine), Cancel()
        self._meters = open_meters(settings)

    def run(self) -> int:
        try:
            with Bar() as bar:
                return self._verify(bar) if self._args.verify else self._refresh(bar)
        except RefreshRunning as busy:
            return self._busy(busy)
        except NotDue:
            return 0
        except Cancelled as cancelled:
            self._say(str(cancelled))
            self._count("cancelled")
            self._record("failed", {"reason": "cancelled"})
            return CANCELLED
        except ImportRefused as refused:
            self._say(f"Not refreshed. {refused}\nThe figures read before, if any, are still in use.")
            self._count("failed")
            self._record("failed", {"reason": str(refused)})
            return 1

    def _refresh(self, bar: Bar) -> int:
        mode = "full" if self._args.full else "incremental"
        names, tell = self._args.sources or None, bar.tell
        report: RefreshReport = self._in_thread(
            lambda: refresh(self._settings, mode, names, tell, self._cancel, self._lease, self._due)  # type: ignore[arg-type]
        )
        self._tell(refreshed_text(report), ok=report.ok)
        self._count("ok" if report.ok else "failed")
        if report.changed or not report.ok or not self._args.scheduled:
            groups = sum(one.extract.groups for one in report.sources if one.extract)
            failed = "; ".join(f"{one.name}: {one.reason}" for one in report.sources if not one.ok)
            detail: Detail = {"mode": mode, "groups": groups, "version": report.version, "reason": failed}
            self._record("ok" if report.ok else "failed", detail)
        return 0 if report.ok else 1

    def _due(self) -> bool:
        return not self._args.if_due or is_due(self._settings)

    def _verify(self, bar: Bar) -> int:
        rules, args = self._settings.refresh, self._args
        months = None if args.all else args.months or rules.verify_months
        sample = Sample(months) if args.seed is None else Sample(months, args.seed)
        names = args.sources or None
        report: VerifyReport = self._in_thread(
            lambda: verify(self._settings, sample, names, bar.tell, self._cancel, self._lease)
        )
        self._tell(verified_text(report, figures=not args.scheduled), ok=report.ok)
        compared = sum(len(one.months) for one in report.sources)
        drifted = sum(len(one.drifts) for one in report.sources)
        self._record("ok" if report.ok else "failed", {"months": compared, "drifted": drifted, "seed": report.seed})
        return 0 if report.ok else 1

    def _in_thread(self, work: Callable[[], Made]) -> Made:
        """What ``work`` returns or raises; Ctrl-C and a polite end of the process ask it to stop."""
        made: list[Made] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                made.append(work())
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run, name="refresh", daemon=True)
        with _signals(self._cancel):
            thread.start()
            while thread.is_alive():
                thread.join(_POLL_SECONDS)
        if failed:
            raise failed[0]
        return made[0]

    def _busy(self, busy: RefreshRunning) -> int:
        if self._args.scheduled:
            return 0
        running = read_status(self._settings.var).running
        since = f" It began at {running.started[11:16]} UTC ({running.holder})." if running else ""
        print(f"{busy}{since}", file=sys.stderr)
        return BUSY

    def _tell(self, text: str, *, ok: bool) -> None:
        if not self._args.scheduled:
            print(text)
        elif not ok:
            logger.warning("%s", text)

    def _say(self, text: str) -> None:
        if self._args.scheduled:
            logger.warning("%s", text)
        else:
            print(text, file=sys.stderr)

    def _count(self, outcome: str) -> None:
        if self._meters is not None and not self._args.verify:
            self._meters.refreshed(outcome)

    def _record(self, outcome: str, detail: Detail) -> None:
        kind = audit.Kind.DATA_VERIFIED if self._args.verify else audit.Kind.DATA_REFRESHED
        target = ", ".join(self._args.sources or self._settings.sources) or "no source"
        told = {name: value for name, value in detail.items() if value != ""}
        self._accounts.record(audit.Event(kind, OPERATOR.user_id, OPERATOR.username, outcome, target, detail=told))


@contextmanager
def _signals(cancel: Cancel) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask for the end; a second Ctrl-C ends the process, which leaves nothing half done either."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(_number: int, _frame: object) -> None:
        if cancel.requested:
            raise KeyboardInterrupt
        cancel.request()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
