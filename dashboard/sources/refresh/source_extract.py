"""From a plan to the next extract of a source: what is read anew beside what is kept, in one folder."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from dashboard.sources import engine
from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.companion_tables import create_companions
from dashboard.sources.refresh.contents import counted, fingerprint
from dashboard.sources.refresh.extract import LABELS, Extract, Segment
from dashboard.sources.refresh.extract_store import take_over
from dashboard.sources.refresh.finished import complete_to
from dashboard.sources.refresh.flight import Flight
from dashboard.sources.refresh.labels import MERGED, kept_labels, label_spans, merge_labels
from dashboard.sources.refresh.mappings import parts_of
from dashboard.sources.refresh.plan import Fetch, Plan
from dashboard.sources.refresh.reporter import Progress, iso_now
from dashboard.sources.refresh.source_reading import Brought, Look, SourceReader, Wanted

_ENGINE = "engine"


def read_extract(flight: Flight, plan: Plan, look: Look, first_daily: date, tell: Progress) -> tuple[Extract, Path]:
    """Read what ``plan`` says and put the extract in force; with the folder of its files.

    Raises:
        ImportRefused: the database or the mapping is in the way, there are no lines where there were some, or a small
            table cannot be used.
        Cancelled, LeaseLost: nothing was put in force.
    """
    source = plan.source
    reader = SourceReader(source, flight.settings.binds[source.bind], flight.reporter, flight.cancel)
    pieces = _Pieces.of(plan, look, first_daily, flight.settings.refresh.look_back_months)
    with flight.extracts.draft(source.name) as draft:
        if plan.old is not None:
            for name in pieces.old_files:
                take_over(name, plan.old[1], draft)
        brought = reader.bring(look, pieces.wanted(draft), draft, tell)
        tell("Comparing", 1)
        extract = _made(plan, look, brought, pieces, draft)
        # What cannot be used of one source must not be in the way of the picture of all.
        with engine.connect(draft / _ENGINE, engine.REFRESH_LIMIT) as connection:
            create_companions(connection, parts_of([(source, extract, draft)]), draft / _ENGINE)
        flight.go_on()
        return extract, flight.extracts.write(extract, draft)


@dataclass(frozen=True)
class _Pieces:
    """Segments of groups and of names: those that stay, and those that are read now."""

    kept: tuple[Segment, ...]
    new: tuple[Segment, ...]
    kept_labels: tuple[Segment, ...]
    new_labels: tuple[Segment, ...]

    @classmethod
    def of(cls, plan: Plan, look: Look, first_daily: date, look_back_months: int) -> Self:
        fetched_at, stamp = iso_now(), f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        columns = plan.source.lines.columns
        spans: list[tuple[date, date]] = []
        if columns.name or columns.category:
            today = datetime.now(ZoneInfo(plan.source.time_zone)).date()
            spans = label_spans(plan, min(look.bounds.last or today, today), look_back_months)
        return cls(
            plan.kept(),
            tuple(
                Segment(f"{one.grain}-{one.start:%Y%m}-{stamp}.parquet", one.grain, one.start, one.stop, fetched_at)
                for one in plan.fetches(first_daily)
            ),
            kept_labels(plan) if spans else (),
            tuple(
                Segment(f"labels-{start:%Y%m}-{stamp}.parquet", "month", start, stop, fetched_at)
                for start, stop in spans
            ),
        )

    @property
    def old_files(self) -> list[str]:
        return list(dict.fromkeys(segment.file for segment in (*self.kept, *self.kept_labels)))

    def wanted(self, draft: Path) -> Wanted:
        return Wanted(
            [(Fetch(one.grain, one.start, one.stop), draft / one.file) for one in self.new],
            [((one.start, one.stop), draft / one.file) for one in self.new_labels],
        )


def _made(plan: Plan, look: Look, brought: Brought, pieces: _Pieces, draft: Path) -> Extract:
    source, segments = plan.source, (*pieces.kept, *pieces.new)
    labels, tables = (*pieces.kept_labels, *pieces.new_labels), dict(brought.tables)
    work = draft / _ENGINE
    work.mkdir(mode=0o700)
    with engine.connect(work, engine.REFRESH_LIMIT) as connection:
        if counted(connection, pieces.new, draft)[0] == 0:
            raise ImportRefused(_nothing(plan))
        if labels:
            merge_labels(connection, labels, draft)
            tables[LABELS] = MERGED
        groups, lines, last = counted(connection, segments, draft)
        content = fingerprint(connection, segments, tuple(tables.values()), draft)
    bounds = look.bounds
    # Of what is kept by month no day is known.
    last_day = last or bounds.last
    until, reason = complete_to(source, last_day, brought.loaded, datetime.now(UTC))
    return Extract(
        source=source.name,
        label=source.label,
        bind=source.bind,
        product=look.product,
        digest=plan.digest,
        read_only=look.read_only,
        evidence=look.evidence,
        fetched_at=pieces.new[-1].fetched_at,
        first_day=bounds.first,
        last_day=last_day,
        timed=look.timed,
        complete_to=until,
        complete_to_reason=reason,
        outside_lines=bounds.outside_lines,
        outside_units=bounds.outside_units,
        segments=segments,
        tables=tables,
        content=content,
        groups=groups,
        lines=lines,
        label_segments=labels,
        mapping=source.model_dump_json(by_alias=True),
    )


def _nothing(plan: Plan) -> str:
    table = plan.source.lines.table
    if plan.since is None:
        return f"The table {table} has no lines dated 1970 to 2100 that belong to this source."
    return (
        f"The table {table} has no lines from {plan.since} on, where it had some before. If that is right, read "
        f"everything again: python -m dashboard refresh {plan.source.name} --full."
    )
