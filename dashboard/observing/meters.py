"""What is counted for Prometheus. Labels come from closed lists: no user, no address, no product, no sales figure."""

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from dashboard.audit import Event, Kind
from dashboard.observing import slots
from dashboard.settings import Settings

FOLDER = "metrics"
UNKNOWN = "unknown"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OUTCOMES = frozenset({"ok", "failed", "locked", "denied"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
_WORDS = re.compile(r"[a-z_]{1,20}( [a-z_]{1,20}){0,3}")
_LONGEST_LABEL = 120


@dataclass(frozen=True)
class Reading:
    """A value of this moment, asked for when the monitor reads.

    Attributes:
        name: without the prefix ``salesgate_``.
        text: what it is.
        labels: of the value; the same names for all readings of one name.
    """

    name: str
    text: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


Readings = Callable[[], Iterable[Reading]]


class Meters:
    """The counters of this process. All processes of an installation are read together, whichever is asked.

    Args:
        folder: where processes put what they have counted.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        # By this the library finds the folder; whatever it counts from now on is shared by files.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        values.ValueClass = values.MultiProcessValue(slots.Slot(folder))  # type: ignore[no-untyped-call]
        counter = partial(Counter, namespace="salesgate", registry=None)
        self._requests = counter("requests", "Requests answered.", ["route", "method", "status"])
        self._seconds = Histogram(
            "salesgate_request_seconds", "Time to answer.", ["route"], registry=None, buckets=BUCKETS
        )
        self._under_way = Gauge(
            "salesgate_requests_under_way",
            "Requests that are being answered.",
            registry=None,
            multiprocess_mode="livesum",
        )
        self._events = counter("audit_events", "Events of the audit log.", ["kind", "outcome"])
        self._sign_ins = counter("sign_ins", "Sign-ins, and attempts that failed.", ["outcome", "methods", "by"])
        self._lockouts = counter("lockouts", "Accounts that were locked.", ["by"])
        self._factor_failures = counter("second_factor_failures", "Second factors that were wrong.", ["method"])
        self._reuses = counter("token_reuses", "Refresh tokens that came a second time.")
        self._limits = counter("limits_reached", "Requests refused by a limit.", ["limit"])
        self._refusals = counter("refusals", "Requests refused: 401, 403.", ["status"])
        self._refreshes = counter("refreshes", "Refreshes of the sources that ended.", ["outcome"])
        self._failures = counter("background_failures", "Background tasks that failed.", ["task"])
        self._stand_at_zero()

    def _stand_at_zero(self) -> None:
        # Prometheus sees no rise in a counter that appears with its first event.
        for counter, labels in (
            (self._lockouts, ("guesses", "admin")),
            (self._refusals, ("401", "403")),
            (self._refreshes, ("ok", "failed", "cancelled")),
        ):
            for label in labels:
                counter.labels(label)

    def expect(self, tasks: Iterable[str]) -> None:
        """Background tasks of these names run from now on."""
        for task in tasks:
            self._failures.labels(task)

    def begin(self) -> None:
        """A request came in."""
        self._under_way.inc()

    def end(self) -> None:
        """It is over."""
        self._under_way.dec()

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered; ``route`` is a template of the site or :data:`UNKNOWN`, never an address."""
        known = method if method in METHODS else "other"
        self._requests.labels(route[:_LONGEST_LABEL], known, f"{status // 100}xx").inc()
        self._seconds.labels(route[:_LONGEST_LABEL]).observe(seconds)
        if status in {401, 403}:
            self._refusals.labels(str(status)).inc()

    def limited(self, limit: str) -> None:
        """A limit of that name refused a request."""
        self._limits.labels(limit).inc()

    def failed(self, task: str) -> None:
        """A background task of that name failed."""
        self._failures.labels(task).inc()

    def refreshed(self, outcome: str) -> None:
        """A refresh ended: "ok", "failed" or "cancelled"."""
        self._refreshes.labels(outcome).inc()

    def heard(self, event: Event) -> None:
        """An event was written to the audit log."""
        outcome = event.outcome if event.outcome in OUTCOMES else "other"
        self._events.labels(event.kind.value, outcome).inc()
        if event.kind is Kind.SIGN_IN:
            methods, by = _words(event.detail.get("methods")), _words(event.detail.get("kind"))
            self._sign_ins.labels(outcome, methods, by).inc()
        if outcome == "locked" or event.kind is Kind.USER_LOCKED:
            self._lockouts.labels("admin" if event.kind is Kind.USER_LOCKED else "guesses").inc()
        if event.kind is Kind.SECOND_FACTOR_CHECKED and outcome != "ok":
            self._factor_failures.labels(_words(event.detail.get("method"))).inc()
        if event.kind is Kind.TOKEN_REUSED:
            self._reuses.inc()

    def exposition(self, readings: Readings) -> bytes:
        """All of it in Prometheus' text format, with the values of this moment."""
        return generate_latest(self.registry(readings))

    def registry(self, readings: Readings) -> CollectorRegistry:
        """What a server of its own reads from."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
        ProcessCollector(namespace="salesgate", registry=registry)
        registry.register(_Moment(lambda: [*readings(), self._processes()]))
        return registry

    def _processes(self) -> Reading:
        return Reading("processes", "Processes that count here.", slots.count(self._folder))


class _Moment:
    """Asks for the values of this moment whenever somebody reads."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for one in self._readings():
            name = f"salesgate_{one.name}"
            family = families.setdefault(name, GaugeMetricFamily(name, one.text, labels=list(one.labels)))
            family.add_metric(list(one.labels.values()), one.value)
        return families.values()

    def describe(self) -> Iterable[GaugeMetricFamily]:
        # Nothing is read only because the registry wants to know the names.
        return ()


def open_meters(settings: Settings) -> Meters | None:
    """The counters of this process; None where the settings name no place for a monitor to read them."""
    given = settings.metrics
    return Meters(settings.var / FOLDER) if given.port or given.token_file else None


def _words(value: object) -> str:
    """Words of the program's own; whatever else gets there is no label."""
    return value if isinstance(value, str) and _WORDS.fullmatch(value) else "none"
