"""The door to the sources: how they stand, and refreshing them. Every method asks for the viewer's right first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from dashboard.access import Permission, Scope, Viewer, allows, require
from dashboard.reports.source_notices import in_general, news_words, troubles, writable
from dashboard.reports.source_reading import read_overview
from dashboard.reports.source_states import Notice, Overview, SourceNews, State
from dashboard.sales.rollup import DataInfo, Rollup
from dashboard.settings import Settings

Mode = Literal["incremental", "full", "verify"]
MODES: tuple[Mode, ...] = ("incremental", "full", "verify")
SOURCES, DATA = ("Sources", "/sources"), ("Data", "/data")
FIGURES = frozenset(permission for permission in Permission if not permission.is_administrative)
NONE_CONFIGURED = "No source is configured."
RUNNING = "A refresh is under way already. Wait for its end, or cancel it."
NOT_RUNNING = "No refresh is under way any more."


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SourceWatch:
    """What is known of the sources of one installation.

    Attributes:
        settings: None where there are no sources at all.
        current: the rollup in force, for the lines that each source brought.
        now: the present moment, in UTC.
    """

    settings: Settings | None = None
    current: Callable[[], Rollup | None] = lambda: None
    now: Callable[[], datetime] = _now

    def overview(self, viewer: Viewer) -> Overview:
        """All of it; Forbidden without the right to manage sources."""
        require(viewer, Permission.SOURCES_MANAGE)
        return self._overview(self._info())

    def start(self, viewer: Viewer, mode: Mode) -> str:
        """Begin a refresh in a process of its own; why it cannot begin, or nothing.

        Raises:
            Forbidden: without the right to manage sources.
        """
        require(viewer, Permission.SOURCES_MANAGE)
        # Not before they are needed: most processes that open the gate never refresh.
        from dashboard.sources.errors import ImportRefused  # noqa: PLC0415
        from dashboard.sources.refresh.asking import note_asking  # noqa: PLC0415
        from dashboard.sources.refresh.control import start_refresh  # noqa: PLC0415

        if self.settings is None or not self.settings.sources:
            return NONE_CONFIGURED
        if self._overview(None).running is not None:
            return RUNNING
        try:
            note_asking(self.settings.var)
            start_refresh(self.settings, mode)
        except ImportRefused as refused:
            return str(refused)
        except OSError as error:
            return f"The refresh cannot be started: {error.strerror}."
        return ""

    def cancel(self, viewer: Viewer) -> str:
        """Ask the refresh under way to stop; why it cannot be asked, or nothing.

        Raises:
            Forbidden: without the right to manage sources.
        """
        require(viewer, Permission.SOURCES_MANAGE)
        from dashboard.sources.refresh.control import cancel_refresh  # noqa: PLC0415

        if self.settings is None or not self.settings.sources:
            return NONE_CONFIGURED
        try:
            return "" if cancel_refresh(self.settings) else NOT_RUNNING
        except OSError as error:
            return f"The refresh cannot be asked to stop: {error.strerror}."

    def news(self, viewer: Viewer, info: DataInfo) -> tuple[SourceNews, ...]:
        """How the sources of the figures stand, for those who see figures; of a part of the company, all in one."""
        overview = self._overview(info)
        late = overview.late_hours
        if viewer.scope != Scope():
            return _in_one(overview)
        return tuple(
            SourceNews(
                source.label,
                source.as_of,
                source.state,
                news_words(source, late),
                source.lines,
                source.lines_kept,
            )
            for source in overview.sources
        )

    def notices(self, viewer: Viewer) -> tuple[Notice, ...]:
        """Lines for the top of every page; none for those who neither see figures nor manage sources."""
        manages = allows(viewer, Permission.SOURCES_MANAGE)
        if not manages and not viewer.permissions & FIGURES:
            return ()
        overview = self._overview(None)
        whole = manages or viewer.scope == Scope()
        told = [
            *(troubles(overview) if whole else [in_general(overview)]),
            writable(overview.sources) if manages else "",
        ]
        return tuple(_linked(text, viewer) for text in told if text)

    def _overview(self, info: DataInfo | None) -> Overview:
        if self.settings is None or not self.settings.sources:
            return Overview(())
        return read_overview(self.settings, info, self.now())

    def _info(self) -> DataInfo | None:
        from dashboard.sources.errors import StoreError  # noqa: PLC0415

        try:
            rollup = self.current()
        except StoreError:  # the state of the sources is what helps then
            return None
        return None if rollup is None else rollup.info


def _in_one(overview: Overview) -> tuple[SourceNews, ...]:
    """One entry for all sources: their names, dates and number tell of what the viewer may not see."""
    if not overview.sources:
        return ()
    words = in_general(overview)
    state = State.LATE if words else State.READ
    return (SourceNews("The company's figures", None, state, words.rstrip(".") or "up to date"),)


def _linked(text: str, viewer: Viewer) -> Notice:
    """With the page that says more, where the viewer may open it."""
    for (name, address), needed in ((SOURCES, Permission.SOURCES_MANAGE), (DATA, Permission.MEASURE_UNITS)):
        if allows(viewer, needed):
            return Notice(f"{text} See {name}", address)
    return Notice(text, "")
