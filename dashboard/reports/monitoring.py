"""What a monitor may know of the figures: whether they can be read and how old they are, never what they say."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from dashboard.reports.gate import Gate
from dashboard.reports.source_reading import read_overview
from dashboard.reports.source_states import Overview
from dashboard.sources.errors import StoreError

_STAMP = "%Y%m%dT%H%M%S%fZ"  # versions of the figures begin with it


class Readable(StrEnum):
    """Whether there are figures."""

    OK = "ok"
    MISSING = "missing"  # nothing was imported yet
    DAMAGED = "damaged"


@dataclass(frozen=True)
class FiguresState:
    """The figures in force.

    Attributes:
        read_at: when they were put in force, in UTC; None where there are none.
        complete_to: their last finished day.
    """

    readable: Readable
    read_at: datetime | None = None
    complete_to: date | None = None


def figures_state(gate: Gate) -> FiguresState:
    """How the figures of ``gate`` stand."""
    try:
        rollup = gate.store.current()
    except StoreError:
        return FiguresState(Readable.DAMAGED)
    if rollup is None:
        return FiguresState(Readable.MISSING)
    return FiguresState(Readable.OK, _moment(rollup.version), rollup.info.complete_to)


def sources_state(gate: Gate) -> Overview:
    """How the sources behind ``gate`` stand. Names and addresses are in it: not for everybody."""
    watch = gate.watch
    if watch.settings is None or not watch.settings.sources:
        return Overview(())
    return read_overview(watch.settings, None, watch.now())


def _moment(version: str) -> datetime | None:
    try:
        return datetime.strptime(version.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
