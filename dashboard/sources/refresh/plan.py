"""What a refresh has to read of a source: all of it, or the newest months."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from dashboard.sales.calendar import first_day, month_of, shift
from dashboard.settings.binds import Bind, Refresh
from dashboard.sources.pushdown.groups import Grain
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.extract import AFTER_LAST_DAY, FIRST_DAY, Extract, Segment

# Judged here and not in the database: a change of these needs nothing to be read again.
JUDGED_HERE = {"label", "yields_to", "complete_to", "loaded", "products"}
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Fetch:
    """Groups to be read: of business days ``start <= day < stop``, both firsts of months."""

    grain: Grain
    start: date
    stop: date


@dataclass(frozen=True)
class Plan:
    """What to read of one source.

    Attributes:
        source: whose.
        digest: of its mapping as it is now.
        since: first of the month from which on everything is read; None: all of it, and the old extract goes.
        why: why all of it, for people; empty if it was asked for or is not so.
        old: the extract in force, and where its files are.
    """

    source: Source
    digest: str
    since: date | None
    why: str = ""
    old: tuple[Extract, Path] | None = None

    @property
    def full(self) -> bool:
        """Whether everything is read."""
        return self.since is None

    def kept(self) -> tuple[Segment, ...]:
        """The segments of the old extract that stay, cut where the new ones begin."""
        if self.since is None or self.old is None:
            return ()
        return tuple(
            replace(segment, stop=min(segment.stop, self.since))
            for segment in self.old[0].segments
            if segment.start < self.since
        )

    def fetches(self, first_daily: date) -> tuple[Fetch, ...]:
        """What to ask for: days from ``first_daily`` on, months before."""
        start = self.since or FIRST_DAY
        if self.source.rates or start >= first_daily:
            return (Fetch("day", start, AFTER_LAST_DAY),)
        return (Fetch("month", start, first_daily), Fetch("day", first_daily, AFTER_LAST_DAY))


def make_plan(
    source: Source,
    bind: Bind,
    old: tuple[Extract, Path] | None,
    refresh: Refresh,
    now: datetime,
    *,
    full: bool,
) -> Plan:
    """The plan for ``source``; ``now`` is aware and in UTC."""
    digest = mapping_digest(source, bind)
    since = None if full or old is None else open_since(old[0], refresh.look_back_months)
    why = "" if old is None or full else _why_full(old[0], digest, refresh.full_every_days, now)
    return Plan(source, digest, None if why else since, why, old)


def with_days_from(plan: Plan, first_daily: date) -> Plan:
    """The plan; for everything, where what it keeps has no days although they are wanted now."""
    if any(segment.grain == "month" and segment.stop > first_daily for segment in plan.kept()):
        return replace(plan, since=None, why="Daily figures are wanted further back than before.")
    return plan


def first_daily_of(newest: Iterable[date], daily_months: int) -> date:
    """The first day that daily figures are kept of; ``newest`` holds the last day of each source."""
    days = list(newest)
    return first_day(shift(month_of(max(days)), 1 - daily_months)) if days else FIRST_DAY


def mapping_digest(source: Source, bind: Bind) -> str:
    """A new one wherever the database would have to be asked again; 16 characters."""
    told = json.dumps([source.model_dump(mode="json", exclude=JUDGED_HERE), bind.url], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def open_since(old: Extract, look_back_months: int) -> date | None:
    """The first of the month from which on figures may still change; None where nothing can be said."""
    if old.complete_to is None or old.last_day is None:
        return None
    newest = month_of(min(old.complete_to, old.last_day))
    try:
        return max(first_day(shift(newest, -look_back_months)), FIRST_DAY)
    except ValueError:
        return None


def _why_full(old: Extract, digest: str, full_every_days: float, now: datetime) -> str:
    if old.digest != digest:
        return "The mapping or the address of the database changed."
    oldest = min((segment.fetched_at for segment in old.segments), default=old.fetched_at)
    age = (now - datetime.fromisoformat(oldest)).total_seconds() / _DAY_SECONDS
    if full_every_days and age >= full_every_days:
        return f"The oldest figures were read {age:.0f} days ago."
    return ""
