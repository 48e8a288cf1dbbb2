"""Up to which day the figures of all sources together are finished: as far as the one that goes least far."""

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.mappings import Part

# A shop that closed, or one that hardly sells, must not make months of all others unfinished.
QUIET_DAYS = 31


def complete_to(parts: Sequence[Part], failed: Mapping[str, str], first: date) -> tuple[date, str]:
    """The complete-to date, and one or two sentences on which source says so; ``failed`` is why by name of source.

    A source that owned days of the past only holds nobody back, nor does one that was read and has had no lines for
    more than ``QUIET_DAYS`` days, unless its mapping says how far it goes.

    Raises:
        ImportRefused: there is no date, or it lies before ``first``, the first day with counted lines.
    """
    dated = [part for part in parts if part.extract.complete_to]
    if not dated:
        raise ImportRefused("No source says how far its figures go. Read them again, in full.")
    newest = max(_day(part) for part in dated)
    quiet = [part for part in dated if part.source.name not in failed and _quiet(part, newest)]
    running = [part for part in dated if not _ended(part) and part not in quiet]
    least = min(running, key=_day) if running else max(dated, key=_day)
    until, label = _day(least), least.source.label
    if until < first:
        raise ImportRefused(
            f"{label}: its figures are complete to {until}, before the first line of all sources ({first}). "
            "Correct complete_to or loaded in its mapping, or read it again."
        )
    return until, " ".join((*_sentences(least, running, failed), *map(_of_quiet, quiet)))


def _sentences(least: Part, running: Sequence[Part], failed: Mapping[str, str]) -> list[str]:
    extract, label = least.extract, least.source.label
    if len(running) < 2:  # noqa: PLR2004
        told = [extract.complete_to_reason]
    elif all(_day(part) == _day(least) for part in running):
        told = [f"All {len(running)} sources go that far. {label}: {extract.complete_to_reason}"]
    else:
        told = [f"{label} goes no further. {extract.complete_to_reason}"]
    if least.source.name in failed:
        told.append(f"{label} could not be read since {extract.fetched_at[:10]}.")
    return told


def _day(part: Part) -> date:
    return part.extract.complete_to or date.max


def _quiet(part: Part, newest: date) -> bool:
    source = part.source
    assumed = source.complete_to == "assumed" and source.loaded is None and not _ended(part)
    return assumed and (newest - _day(part)).days > QUIET_DAYS


def _ended(part: Part) -> bool:
    stop = part.source.stop
    return stop is not None and stop <= date.fromisoformat(part.extract.fetched_at[:10])


def _of_quiet(part: Part) -> str:
    day = _day(part)
    return f"{part.source.label} has had no lines since {day.day} {day:%B %Y} and holds nothing back."
