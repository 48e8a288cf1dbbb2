"""What was read from one source: dataclasses, and how they are written down."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final

from dashboard.sources.pushdown.groups import Grain

# Lines dated outside are counted as such and are in no segment.
FIRST_DAY: Final = date(1970, 1, 1)
AFTER_LAST_DAY: Final = date(2101, 1, 1)
LABELS: Final = "labels"
MASTER: Final = "master"
STOCK: Final = "stock"
RECEIPTS: Final = "receipts"
RATES: Final = "rates"
_DAYS = ("first_day", "last_day", "complete_to")


@dataclass(frozen=True)
class Segment:
    """Groups of one fetch that still count: periods of ``file`` with ``start <= period < stop``.

    Attributes:
        file: Parquet of the shape ``GROUPS``, in the folder of the extract.
        start, stop: firsts of months.
        fetched_at: ISO 8601 UTC.
    """

    file: str
    grain: Grain
    start: date
    stop: date
    fetched_at: str


@dataclass(frozen=True)
class Extract:
    """Everything that is known of one source here.

    Attributes:
        source: its name in settings.toml; label: for people; bind: the name of its database; product: of which make.
        digest: of the mapping that it was read with.
        read_only: "proved", "writable" or "unknown"; evidence: one sentence on that for people.
        fetched_at: when the newest segment was read; ISO 8601 UTC.
        first_day, last_day: business dates of the first line and of the last counted one; None without any.
        timed: whether the dates of the lines have a time of day.
        complete_to: last finished business date; None without lines. complete_to_reason: who says so.
        outside_lines, outside_units: lines without a date, or with one outside 1970-2100.
        segments: oldest first; no period is in two.
        tables: of "labels", "master", "stock", "receipts" and "rates" those that the source has -> Parquet file.
        content: says whether two extracts hold the same, however they were put together.
        groups, lines: how many groups there are, and the lines that they stand for.
        label_segments: what ``tables["labels"]`` was added up from.
        mapping: the source as JSON, as it was when this was read; empty: as it is now.
    """

    source: str
    label: str
    bind: str
    product: str
    digest: str
    read_only: str
    evidence: str
    fetched_at: str
    first_day: date | None
    last_day: date | None
    timed: bool
    complete_to: date | None
    complete_to_reason: str
    outside_lines: int
    outside_units: int
    segments: tuple[Segment, ...]
    tables: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    groups: int = 0
    lines: int = 0
    label_segments: tuple[Segment, ...] = ()
    mapping: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all its files."""
        pieces = (*self.segments, *self.label_segments)
        return (*dict.fromkeys(segment.file for segment in pieces), *self.tables.values())


def as_record(extract: Extract) -> dict[str, Any]:
    """The extract as JSON can hold it, but for its dates, which ``str`` makes texts of."""
    return asdict(extract)


def from_record(record: Mapping[str, Any]) -> Extract:
    """The inverse, after the dates became texts; ValueError, KeyError or TypeError where it is none."""
    values = dict(record)
    values |= {name: _day(values[name]) for name in _DAYS}
    for name in ("segments", "label_segments"):
        values[name] = tuple(_segment(entry) for entry in values[name])
    return Extract(**values)


def _segment(entry: Mapping[str, Any]) -> Segment:
    days = {name: date.fromisoformat(entry[name]) for name in ("start", "stop")}
    return Segment(**{**entry, **days})


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
