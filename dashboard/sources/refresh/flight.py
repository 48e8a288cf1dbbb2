"""The frame of a refresh: one at a time, told of while it goes on, and its end noted however it comes."""

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dashboard.settings import Settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.pushdown.load import load_sources
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.extract_store import SOURCES, ExtractStore
from dashboard.sources.refresh.lease import Held, Lease, single_flight
from dashboard.sources.refresh.reporter import Progress, Reporter
from dashboard.sources.store import ROLLUP, RollupStore

_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ENGINE_S_WORDS = ("could not write", "no space", "file too large", "quota exceeded")
_NO_SPACE = "No space left in the data folder. Free some and refresh again; the figures before are in use."


class NotDue(ImportRefused):
    """Somebody else has read the sources since it was decided to: there is nothing to do."""


@dataclass(frozen=True)
class Flight:
    """What the parts of a refresh share.

    Attributes:
        sources: all of settings.toml, by name.
        extracts, rollups: where they lie; ``folder`` is that of the extracts.
        held: asked before anything is put in force.
    """

    settings: Settings
    sources: Mapping[str, Source]
    extracts: ExtractStore
    rollups: RollupStore
    folder: Path
    reporter: Reporter
    cancel: Cancel
    held: Held

    def go_on(self) -> None:
        """Raise Cancelled or LeaseLost where this refresh must put nothing more in force."""
        self.cancel.check()
        self.held.check()


@contextmanager
def flight(
    settings: Settings,
    mode: str,
    tell: Progress,
    cancel: Cancel,
    lease: Lease,
    due: Callable[[], bool] = lambda: True,
) -> Iterator[Flight]:
    """Everything that a refresh needs, for as long as it is the only one.

    Args:
        due: asked when nobody else can refresh any more.

    Raises:
        RefreshRunning: another one is under way.
        NotDue: nothing was begun.
        Cancelled: the end was asked for.
        ImportRefused: no space, no memory, or whatever else is refused inside; what is served stays.
    """
    folder = settings.var / ROLLUP / SOURCES
    with (
        _only_one(folder, lease, due) as held,
        Reporter(settings.var, folder, mode, tell, cancel) as reporter,
    ):
        rollups = RollupStore(settings.var / ROLLUP)
        try:
            sources = load_sources(settings)
            if not sources:
                raise ImportRefused("No source is configured: python -m dashboard sources add writes one.")
            extracts = ExtractStore(folder)
            yield Flight(settings, sources, extracts, rollups, folder, reporter, cancel, held)
        except (Cancelled, KeyboardInterrupt) as stopped:
            _note(reporter, "cancelled", str(stopped))
            raise
        except ImportRefused as refused:
            _note(reporter, "failed", str(refused))
            raise
        except (duckdb.Error, OSError, MemoryError) as error:
            words = in_words(error)
            _note(reporter, "failed", words)
            raise ImportRefused(words) from error
        except BaseException as error:
            _note(reporter, "failed", f"An error of the program: {type(error).__name__}.")
            raise


@contextmanager
def _only_one(folder: Path, lease: Lease, due: Callable[[], bool]) -> Iterator[Held]:
    """Lock and lease, where it is still due: the one that held them may have ended a moment ago."""
    with single_flight(folder, lease) as held:
        if not due():
            raise NotDue("The sources were read a moment ago.")
        yield held


def chosen(sources: Mapping[str, Source], names: Sequence[str] | None) -> list[str]:
    """The names of the sources that are meant, in the order of the settings; ImportRefused where one is unknown."""
    unknown = sorted(set(names or ()) - set(sources))
    if unknown:
        raise ImportRefused(f"There is no source {unknown[0]!r} in settings.toml (there: {', '.join(sources)}).")
    return [name for name in sources if not names or name in names]


def in_words(error: Exception) -> str:
    """What is wrong with this machine, and what to do."""
    first = (str(error).splitlines() or [type(error).__name__])[0]
    if isinstance(error, OSError):
        if error.errno in _FULL_DISK:
            return _NO_SPACE
        return f"{error.filename or 'The data folder'}: {error.strerror or first}. Check the permissions."
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return "Not enough memory or temporary space in the data folder. Free some and refresh again."
    if _no_space(error):
        return _NO_SPACE
    return f"The groups cannot be added up ({first[:200]})."


def is_for_want_of_room(error: duckdb.Error) -> bool:
    """Whether the engine failed for want of memory or of space on the disk."""
    return isinstance(error, duckdb.OutOfMemoryException) or _no_space(error)


def _no_space(error: Exception) -> bool:
    return any(words in str(error).lower() for words in _ENGINE_S_WORDS)


def _note(reporter: Reporter, outcome: str, reason: str) -> None:
    reporter.end(ok=False, outcome=outcome, reason=reason, version="", changed=False)
