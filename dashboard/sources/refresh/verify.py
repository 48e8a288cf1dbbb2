"""Verify: finished months are added up again in the database and compared, group by group, with what is kept here."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.sales.calendar import first_day, month_key, month_number, month_of, shift
from dashboard.settings import Settings
from dashboard.sources import engine
from dashboard.sources.errors import ImportRefused, StoreError
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.refresh.contents import Difference, compare, first_period
from dashboard.sources.refresh.extract import Extract
from dashboard.sources.refresh.flight import Flight, chosen, flight
from dashboard.sources.refresh.lease import HOST_ONLY, Lease, LeaseLost
from dashboard.sources.refresh.plan import Fetch, mapping_digest, open_since
from dashboard.sources.refresh.reporter import VERIFY, Progress, iso_now
from dashboard.sources.refresh.source_reading import SourceReader
from dashboard.sources.refresh.status import SourceStatus, Verified

_MOST_NAMED = 12


@dataclass(frozen=True)
class Sample:
    """Which finished months are compared.

    Attributes:
        months: how many of each source, chosen at random; None: all.
        seed: the same seed chooses the same months.
    """

    months: int | None
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(10**6))

    def of(self, months: Sequence[str]) -> list[str]:
        """Those that are chosen, in their order."""
        if self.months is None or self.months >= len(months):
            return list(months)
        return sorted(random.Random(self.seed).sample(list(months), self.months))  # noqa: S311 - a sample, no secret


@dataclass(frozen=True)
class VerifiedSource:
    """What became of one source.

    Attributes:
        name, label, currency, minor_digits: of the source.
        months: that were compared; drifts: those of them that differ.
        fault: why nothing could be compared; empty if it could.
    """

    name: str
    label: str
    currency: str
    minor_digits: int
    months: tuple[str, ...] = ()
    drifts: Mapping[str, Difference] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class VerifyReport:
    """What was compared; ``seed`` chooses the same months again."""

    seed: int
    sources: tuple[VerifiedSource, ...]

    @property
    def ok(self) -> bool:
        """Whether all of it could be compared, and nothing differs."""
        return not any(one.fault or one.drifts for one in self.sources)


def verify(
    settings: Settings,
    sample: Sample,
    sources: Sequence[str] | None = None,
    tell: Progress = lambda _step, _share: None,
    cancel: Cancel | None = None,
    lease: Lease = HOST_ONLY,
) -> VerifyReport:
    """Compare the ``sample`` of the finished months of ``sources`` (all unless named). Changes nothing but the status.

    Raises:
        RefreshRunning: a refresh is under way; Cancelled: the end was asked for.
        ImportRefused: the sources cannot be used, or there is no space.
    """
    with flight(settings, VERIFY, tell, cancel or Cancel(), lease) as shared:
        names = chosen(shared.sources, sources)
        found = []
        for number, name in enumerate(names):
            shared.reporter.step("Looking at the source", number / len(names), name)
            found.append(_attempt(shared, name, sample, (number / len(names), 1 / len(names))))
            _note(shared, found[-1])
        return VerifyReport(sample.seed, tuple(found))


def finished_months(first: date | None, since: date | None) -> list[str]:
    """The months from ``first`` on that no refresh reads again by itself, oldest first."""
    if first is None or since is None:
        return []
    return [month_key(number) for number in range(month_number(month_of(first)), month_number(month_of(since)))]


def _attempt(shared: Flight, name: str, sample: Sample, part: tuple[float, float]) -> VerifiedSource:
    source = shared.sources[name]
    blank = VerifiedSource(name, source.label, source.currency, source.minor_digits)
    try:
        return _compared(shared, blank, sample, part)
    except (Cancelled, LeaseLost):
        raise
    except (ImportRefused, StoreError) as refused:
        return replace(blank, fault=str(refused))


def _compared(shared: Flight, blank: VerifiedSource, sample: Sample, part: tuple[float, float]) -> VerifiedSource:
    source = shared.sources[blank.name]
    bind, rules = shared.settings.binds[source.bind], shared.settings.refresh
    found = shared.extracts.current(source.name)
    if found is None or found[0].digest != mapping_digest(source, bind):
        raise ImportRefused("It was not read yet with this mapping: refresh first, then verify.")
    extract, folder = found
    since = open_since(extract, rules.look_back_months)
    reader = SourceReader(source, bind, shared.reporter, shared.cancel)
    begin, width = part
    with shared.extracts.draft(source.name) as draft, engine.connect(draft) as connection:
        months = sample.of(finished_months(first_period(connection, extract.segments, folder), since))
        wanted = [(_fetch_of(extract, month), draft / f"{month}.parquet") for month in months]
        reader.months(
            reader.look(), wanted, lambda step, share: shared.reporter.step(step, begin + width * share, source.name)
        )
        differences = {
            month: compare(connection, extract.segments, folder, (fetch.start, fetch.stop), path)
            for month, (fetch, path) in zip(months, wanted, strict=True)
        }
    drifts = {month: one for month, one in differences.items() if one.groups}
    return replace(blank, months=tuple(months), drifts=drifts)


def _fetch_of(extract: Extract, month: str) -> Fetch:
    """The month as the extract has it: by day or by month."""
    start, stop = first_day(month), first_day(shift(month, 1))
    by_day = any(one.grain == "day" and one.start <= start < one.stop for one in extract.segments)
    return Fetch("day" if by_day else "month", start, stop)


def _note(shared: Flight, one: VerifiedSource) -> None:
    source = shared.sources[one.name]
    before = shared.reporter.status.source(one.name) or SourceStatus(source.name, source.label, source.bind)
    noted = Verified(iso_now(), len(one.months), tuple(one.drifts), _words(one))
    shared.reporter.source(replace(before, verified=noted))


def _words(one: VerifiedSource) -> str:
    """Without figures: who looks after sources may not see them all."""
    if one.fault:
        return f"Nothing could be compared: {one.fault}"
    if not one.months:
        return "There is no finished month yet that could be compared."
    if not one.drifts:
        return f"{_months(len(one.months))} compared with the source: all the same."
    named = list(one.drifts)[:_MOST_NAMED]
    more = f" and {len(one.drifts) - len(named)} more" if len(one.drifts) > len(named) else ""
    return (
        f"{len(one.drifts)} of {_months(len(one.months))} compared differ from the source: {', '.join(named)}{more}. "
        f"Read everything again to take the changes over."
    )


def _months(count: int) -> str:
    return "1 finished month" if count == 1 else f"{count} finished months"
