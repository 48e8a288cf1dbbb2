"""What the refresh notes about its sources, the settings and the figures in force, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from dashboard.reports.source_states import LastRun, Overview, ReadOnly, Run, SourceState, State
from dashboard.sales.calendar import first_day
from dashboard.sales.rollup import DataInfo
from dashboard.settings import Settings
from dashboard.settings.binds import Refresh

if TYPE_CHECKING:
    from dashboard.sources.refresh.status import RefreshStatus, SourceStatus, Verified

MOST_MONTHS = 3


def read_overview(settings: Settings, info: DataInfo | None, now: datetime) -> Overview:
    """The sources of the settings, in their order, as the last refresh left them.

    Args:
        info: of the figures in force, for the lines of each source.
        now: tells which of them are late.
    """
    from dashboard.sources.refresh.status import read_status  # noqa: PLC0415

    status, rules = read_status(settings.var), settings.refresh
    noted = {one.name: one for one in status.sources}
    kept = {one.name: one.lines_kept for one in info.sources} if info else {}
    states = []
    for name, table in settings.sources.items():
        state = replace(_configured(settings, name, table), lines_kept=kept.get(name))
        states.append(_late(_noted(state, noted.get(name)), now, rules.late_hours))
    last = _last(status)
    return Overview(tuple(states), _run(status, states), last, _due(last, rules), rules.every_minutes, rules.late_hours)


def _due(last: LastRun | None, rules: Refresh) -> datetime | None:
    from dashboard.sources.refresh.control import AGAIN_MINUTES  # noqa: PLC0415

    if last is None or not rules.every_minutes:
        return None
    soon = last.outcome == "failed"
    return last.at + timedelta(minutes=min(rules.every_minutes, AGAIN_MINUTES) if soon else rules.every_minutes)


def _configured(settings: Settings, name: str, table: Mapping[str, Any]) -> SourceState:
    key = str(table.get("bind", ""))
    bind = settings.binds.get(key)
    address = _place(bind.url) if bind else "there is no such bind in settings.toml"
    accepted = bool(bind and bind.allow_writes)
    return SourceState(name, str(table.get("label") or name), key, address=address, accepted=accepted)


def _place(url: str) -> str:
    """Where the database is: host, port and name, or the path of a file. No user name, and nothing of the options."""
    try:
        parts = make_url(url)
    except ArgumentError:
        return "its url cannot be read"
    name = parts.database or ""
    if not parts.host:
        return name
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.host}{port}{f'/{name}' if name else ''}"


def _noted(state: SourceState, noted: "SourceStatus | None") -> SourceState:
    if noted is None:
        return state
    as_of = _moment(noted.as_of)
    good = State.READ if as_of else State.NEVER
    return replace(
        state,
        product=noted.product,
        state=good if noted.ok else State.FAILED,
        kind=noted.kind,
        reason=noted.reason,
        as_of=as_of,
        lines=noted.lines if as_of else None,
        groups=noted.rows if as_of else None,
        read_only=ReadOnly(noted.read_only) if noted.read_only else None,
        evidence=noted.evidence,
        drift=_drift(noted.verified),
        verified=noted.verified.words if noted.verified else "",
        verified_at=_moment(noted.verified.at) if noted.verified else None,
    )


def _drift(verified: "Verified | None") -> str:
    months = [f"{first_day(key):%B %Y}" for key in verified.drifted] if verified else []
    more = len(months) - MOST_MONTHS
    return f"{', '.join(months[:MOST_MONTHS])}{f' and {more} more' if more > 0 else ''}"


def _late(state: SourceState, now: datetime, hours: float) -> SourceState:
    old = state.as_of is not None and now - state.as_of > timedelta(hours=hours)
    return replace(state, state=State.LATE) if old and state.state is State.READ else state


def _run(status: "RefreshStatus", states: Sequence[SourceState]) -> Run | None:
    run = status.running
    if run is None:
        return None
    source = next((state.label for state in states if state.name == run.source), run.source)
    return Run(run.mode, source, run.step, run.share, run.rows, _moment(run.started), run.holder)


def _last(status: "RefreshStatus") -> LastRun | None:
    last = status.last
    at = _moment(last.at) if last else None
    return LastRun(at, last.mode, last.outcome, last.reason, last.seconds) if last and at else None


def _moment(text: str) -> datetime | None:
    """A moment as it is noted, in UTC; None for none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
