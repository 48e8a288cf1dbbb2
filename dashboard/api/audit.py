"""The audit log, for programs that watch it, and whether it is whole."""

from datetime import UTC, datetime

from werkzeug.exceptions import TooManyRequests

from dashboard.access import Permission
from dashboard.accounts import AccountError, LogFilter
from dashboard.api.models.audit import AuditAsked, AuditEvent, AuditList, AuditVerdict, VerdictAsked
from dashboard.api.part import Part, needing
from dashboard.audit import Head, HeadsError
from dashboard.audit.heads import parse
from dashboard.ui.audit_data import BUSY, verdict_of
from dashboard.ui.caller import Caller

AUDIT = needing(Permission.AUDIT_READ)
BUSY_SECONDS = 5

part = Part("audit", "Audit", "What happened: a chain of events that cannot be changed unseen.")


@part.operation("GET", "/audit", AUDIT, returns=AuditList)
def index(caller: Caller, query: AuditAsked) -> AuditList:
    """Events, the latest first. One at `since` is there, one at `until` is not."""
    chosen = LogFilter(query.kind or "", query.outcome or "", query.text, query.since, query.until)
    found, total = caller.accounts.log.search(chosen, query.offset, query.limit)
    items = [AuditEvent.of(event) for event in found]
    return AuditList(items=items, total=total, offset=query.offset, limit=query.limit)


@part.operation("GET", "/audit/verify", AUDIT, returns=AuditVerdict)
def verify(caller: Caller, query: VerdictAsked) -> AuditVerdict:
    """Check the whole chain, one such check at a time; cut-off ends show only against what was noted before."""
    try:
        heads = parse(query.noted, "`noted`")
    except HeadsError as error:
        raise AccountError(str(error)) from None
    verdict = verdict_of(caller, heads)
    if verdict is None:
        raise TooManyRequests(BUSY, retry_after=BUSY_SECONDS)
    line = Head(datetime.now(UTC), verdict.events, verdict.head).as_line() if verdict.ok else ""
    return AuditVerdict(whole=verdict.ok, events=verdict.events, problem=verdict.problem, noted=line)
