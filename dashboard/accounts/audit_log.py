"""Reading the audit log: filter, page, export."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from dashboard.access import Permission
from dashboard.accounts.store import Store, done_by
from dashboard.accounts.terms import AccountError, Actor
from dashboard.audit import Kind
from dashboard.audit.lines import csv_line, readable
from dashboard.audit.models import audit_events, audit_head

_LONGEST_PAGE = 500
_LONGEST_TEXT = 255
_FURTHEST = 2**31 - 1
_TEXTS = (audit_events.c.actor, audit_events.c.target, audit_events.c.ip)


@dataclass(frozen=True)
class LogFilter:
    """Which events; an empty field lets all pass. ``text`` is looked for in actor, target and address.

    ``since`` and ``until`` are aware; an event at ``since`` passes, one at ``until`` does not.
    """

    kind: str = ""
    outcome: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class LoggedEvent:
    """One event as it stands in the log; ``detail`` is canonical JSON."""

    seq: int
    at: datetime
    kind: str
    actor: str
    outcome: str
    target: str
    ip: str
    session: str
    detail: str


class AuditLog:
    """What happened."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def search(self, chosen: LogFilter, offset: int = 0, limit: int = 50) -> tuple[list[LoggedEvent], int]:
        """One page, latest first, and how many events there are on all pages."""
        conditions = _conditions(chosen)
        first, most = min(max(offset, 0), _FURTHEST), min(max(limit, 1), _LONGEST_PAGE)
        page = select(audit_events).where(*conditions).order_by(audit_events.c.seq.desc()).offset(first).limit(most)
        with self._store.reading() as connection:
            total = connection.execute(select(func.count()).select_from(audit_events).where(*conditions)).scalar_one()
            return [_event(row) for row in connection.execute(page)], total

    def export(self, chosen: LogFilter, by: Actor) -> Iterator[LoggedEvent]:
        """All of them, oldest first, in constant memory; the export itself is audited, before the first event comes.

        Raises:
            AccountError: ``by`` may not read the audit log.
        """
        if by.permissions is not None and Permission.AUDIT_READ not in by.permissions:
            raise AccountError("Your role does not allow this: it may not read the audit log.")
        with self._store.writing() as connection:
            last = connection.execute(select(audit_head.c.seq)).scalar_one()
            self._store.record(connection, done_by(by, Kind.AUDIT_EXPORTED, "audit log", _asked(chosen)))
        return self._rows(_conditions(chosen), last)

    def _rows(self, conditions: list[ColumnElement[bool]], last: int) -> Iterator[LoggedEvent]:
        # In pieces, each with a connection of its own: a reader who takes the export slowly holds none.
        seq = audit_events.c.seq
        found, after = select(audit_events).where(*conditions, seq <= last).order_by(seq).limit(_LONGEST_PAGE), 0
        while True:
            with self._store.reading() as connection:
                piece = [_event(row) for row in connection.execute(found.where(seq > after))]
            yield from piece
            if len(piece) < _LONGEST_PAGE:
                return
            after = piece[-1].seq


def as_csv(events: Iterable[LoggedEvent]) -> Iterator[str]:
    """Lines of CSV, the first with the names of the columns; no cell is a formula, none breaks its line."""
    names = [field.name for field in fields(LoggedEvent)]
    yield csv_line(names)
    for event in events:
        yield csv_line([_time(event) if name == "at" else getattr(event, name) for name in names])


def as_jsonl(events: Iterable[LoggedEvent]) -> Iterator[str]:
    """Lines of JSON in ASCII, one for each event, with its ``detail`` as an object."""
    for event in events:
        try:
            detail = json.loads(event.detail)
        except ValueError:
            detail = event.detail  # somebody changed it in the database; `audit verify` says so
        yield json.dumps({**event.__dict__, "at": _time(event), "detail": detail}) + "\n"


def _time(event: LoggedEvent) -> str:
    return event.at.astimezone(UTC).isoformat(timespec="microseconds")


def _asked(chosen: LogFilter) -> dict[str, str]:
    asked = {"kind": chosen.kind, "outcome": chosen.outcome, "text": chosen.text}
    times = {"since": chosen.since, "until": chosen.until}
    asked |= {name: moment.isoformat() for name, moment in times.items() if moment is not None}
    return {name: value for name, value in asked.items() if value}


def _conditions(chosen: LogFilter) -> list[ColumnElement[bool]]:
    events = audit_events.c
    conditions: list[ColumnElement[bool]] = []
    if chosen.kind:
        conditions.append(events.kind == readable(chosen.kind, _LONGEST_TEXT))
    if chosen.outcome:
        conditions.append(events.outcome == readable(chosen.outcome, _LONGEST_TEXT))
    # Texts stand in the log as `readable` makes them.
    text = readable(chosen.text.strip(), _LONGEST_TEXT)
    if text:
        conditions.append(or_(*(condition for place in _TEXTS for condition in _contains(place, text))))
    if chosen.since is not None:
        conditions.append(events.happened_at >= chosen.since)
    if chosen.until is not None:
        conditions.append(events.happened_at < chosen.until)
    return conditions


def _contains(place: ColumnElement[str], text: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    # SQLite folds the case of ASCII letters only: others are found as they are typed.
    in_any_case = func.lower(place).contains(text.lower(), autoescape=True)
    return place.contains(text, autoescape=True), in_any_case


def _event(row: Row[Any]) -> LoggedEvent:
    names = (row.actor, row.outcome, row.target, row.ip, row.session_hash, row.detail)
    return LoggedEvent(row.seq, row.happened_at, row.kind, *names)
