"""Up to which day the figures of all sources together are finished: as far as the one that goes least far."""

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.mappings import Part


def complete_to(parts: Sequence[Part], failed: Mapping[str, str], first: date) -> tuple[date, str]:
    """The complete-to date, and one or two sentences on which source says so; ``failed`` is why by name of source.

    A source that owned days of the past only holds nobody back.

    Raises:
        ImportRefused: there is no date, or it lies before ``first``, the first day with counted lines.
    """
    dated = [part for part in parts if part.extract.complete_to]
    running = [part for part in dated if not _ended(part)]
    if not dated:
        raise ImportRefused("No source says how far its figures go. Read them again, in full.")
    least = min(running, key=_day) if running else max(dated, key=_day)
    until, label = _day(least), least.source.label
    if until < first:
        raise ImportRefused(
            f"{label}: its figures are complete to {until}, before the first line of all sources ({first}). "
            "Correct complete_to or loaded in its mapping, or read it again."
        )
    return until, " ".join(_sentences(least, running, failed))


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


def _ended(part: Part) -> bool:
    stop = part.source.stop
    return stop is not None and stop <= date.fromisoformat(part.extract.fetched_at[:10])
