"""Refresh: read every source anew, put the picture together, swap. A source that fails keeps what it had."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlalchemy.exc import SQLAlchemyError

from dashboard.settings import Settings
from dashboard.sources.errors import ImportRefused, StoreError
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.refresh.extract import Extract
from dashboard.sources.refresh.flight import Flight, chosen, flight
from dashboard.sources.refresh.lease import HOST_ONLY, Lease, LeaseLost
from dashboard.sources.refresh.picture import put_together
from dashboard.sources.refresh.plan import Plan, first_daily_of, make_plan, with_days_from
from dashboard.sources.refresh.reporter import Progress, iso_now
from dashboard.sources.refresh.source_extract import read_extract
from dashboard.sources.refresh.source_reading import Look, SourceReader
from dashboard.sources.refresh.standing import stand

LOOKED, READ = 0.1, 0.8  # shares of the whole


@dataclass(frozen=True)
class SourceResult:
    """What became of one source.

    Attributes:
        name, label: of it.
        ok: whether it was read; reason: why not.
        full: whether all of it was read; why: the reason for that where nobody had asked for it.
        extract: what is in use of it now; None if there is nothing.
    """

    name: str
    label: str
    ok: bool
    reason: str = ""
    full: bool = False
    why: str = ""
    extract: Extract | None = None


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did.

    Attributes:
        version: of the rollup that is now in force.
        changed: whether it is a new one.
        sources: those that were to be read.
        seconds: wall time.
    """

    version: str
    changed: bool
    sources: tuple[SourceResult, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether every source was read."""
        return all(one.ok for one in self.sources)


def refresh(
    settings: Settings,
    mode: Literal["incremental", "full"] = "incremental",
    sources: Sequence[str] | None = None,
    tell: Progress = lambda _step, _share: None,
    cancel: Cancel | None = None,
    lease: Lease = HOST_ONLY,
    due: Callable[[], bool] = lambda: True,
) -> RefreshReport:
    """Read ``sources`` (all unless named) and put the new picture in force.

    The row cap of a bind holds while rows stream in: what exceeds it is neither kept in memory nor left on the disk.

    Args:
        due: whether there is a need at all; asked when no other process can refresh any more.

    Raises:
        RefreshRunning: another process refreshes; NotDue: there is no need; Cancelled: the end was asked for.
        ImportRefused: no source could be read, or the picture cannot be put together; what was served still is.
    """
    with flight(settings, mode, tell, cancel or Cancel(), lease, due) as shared:
        return _Refresh(shared, chosen(shared.sources, sources), full=mode == "full").run()


@dataclass
class _Refresh:
    flight: Flight
    names: list[str]
    full: bool
    plans: dict[str, Plan] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    faults: dict[str, ImportRefused] = field(default_factory=dict)

    def run(self) -> RefreshReport:
        for number, name in enumerate(self.names):
            self._tell("Looking at the source", LOOKED * number / len(self.names), name)
            self.plans[name] = self._plan(name)
            self._attempt(name, partial(self._look, name))
        first_daily = self._first_daily()
        reachable = list(self.looks)
        for number, name in enumerate(reachable):
            width = (READ - LOOKED) / len(reachable)
            begin = LOOKED + width * number
            self._attempt(name, partial(self._read, name, first_daily, (begin, width)))
        if len(self.faults) == len(self.names):
            self._note_sources()
            raise ImportRefused(_all_failed(self.faults))
        self._tell("Adding up", READ)
        faults = {name: str(fault) for name, fault in self.faults.items()}
        version, changed = put_together(self.flight, self.names, faults)
        self._note_sources()
        return self._report(version, changed)

    def _plan(self, name: str) -> Plan:
        source, settings = self.flight.sources[name], self.flight.settings
        bind, now = settings.binds[source.bind], datetime.now(UTC)
        try:
            old = self.flight.extracts.current(name)
        except StoreError as damaged:
            plan = make_plan(source, bind, None, settings.refresh, now, full=True)
            return Plan(source, plan.digest, None, str(damaged))
        return make_plan(source, bind, old, settings.refresh, now, full=self.full)

    def _attempt(self, name: str, work: Callable[[], None]) -> None:
        """Do it; a fault of one source stops no other."""
        self.flight.go_on()
        try:
            work()
        except (Cancelled, LeaseLost):
            raise
        except ImportRefused as refused:
            self._give_up(name, refused)
        except (SQLAlchemyError, NotImplementedError, pa.ArrowException) as error:
            self._give_up(name, ImportRefused(f"It cannot be read ({type(error).__name__}: {_first_line(error)})."))

    def _give_up(self, name: str, fault: ImportRefused) -> None:
        self.looks.pop(name, None)
        self.faults[name] = fault

    def _look(self, name: str) -> None:
        plan = self.plans[name]
        bind = self.flight.settings.binds[plan.source.bind]
        self.looks[name] = SourceReader(plan.source, bind, self.flight.reporter, self.flight.cancel).look()

    def _read(self, name: str, first_daily: date, part: tuple[float, float]) -> None:
        self.plans[name] = with_days_from(self.plans[name], first_daily)
        begin, width = part

        def tell(step: str, share: float) -> None:
            self._tell(step, begin + width * share, name)

        read_extract(self.flight, self.plans[name], self.looks[name], first_daily, tell)

    def _first_daily(self) -> date:
        """By the newest day of all sources, also of those that are not read now; a day to come is a slip."""
        newest = []
        for name, source in self.flight.sources.items():
            look, old = self.looks.get(name), self._in_use(name)
            last = look.bounds.last if look else old.last_day if old else None
            if last is not None:
                newest.append(min(last, datetime.now(ZoneInfo(source.time_zone)).date()))
        return first_daily_of(newest, self.flight.settings.sales.daily_months)

    def _in_use(self, name: str) -> Extract | None:
        try:
            found = self.flight.extracts.current(name)
        except StoreError:
            return None
        return found[0] if found else None

    def _tell(self, step: str, share: float, source: str = "") -> None:
        self.flight.cancel.check()
        self.flight.reporter.step(step, share, source)

    def _note_sources(self) -> None:
        reporter, tried = self.flight.reporter, iso_now()
        for name in self.names:
            before = reporter.status.source(name)
            if name in self.plans and name not in self.faults and self.plans[name].full and before is not None:
                before = replace(before, verified=None)
            reporter.source(stand(self.flight.sources[name], self._in_use(name), self.faults.get(name), before, tried))
        reporter.keep_only(list(self.flight.sources))

    def _report(self, version: str, changed: bool) -> RefreshReport:
        results = tuple(self._result(name) for name in self.names)
        reasons = " ".join(one.reason for one in results if not one.ok)
        ok = not reasons
        outcome = "ok" if ok else "failed"
        last = self.flight.reporter.end(ok=ok, outcome=outcome, reason=reasons, version=version, changed=changed)
        return RefreshReport(version, changed, results, last.seconds)

    def _result(self, name: str) -> SourceResult:
        fault, plan, extract = self.faults.get(name), self.plans[name], self._in_use(name)
        label = self.flight.sources[name].label
        reason = "" if fault is None else str(fault)
        return SourceResult(name, label, fault is None, reason, plan.full, plan.why, extract)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


def _all_failed(faults: Mapping[str, ImportRefused]) -> str:
    return "\n".join(f"{name}: {fault}" for name, fault in faults.items())
