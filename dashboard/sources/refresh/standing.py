"""How a source stands after an attempt to read it, for the status file."""

from dataclasses import replace

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.extract import Extract
from dashboard.sources.refresh.status import SourceStatus

# Faults that are not the database's: the mapping, the lines, the row cap.
DATA = "data"


def stand(
    source: Source, extract: Extract | None, fault: ImportRefused | None, before: SourceStatus | None, tried: str
) -> SourceStatus:
    """The new status of ``source``: ``extract`` is what is in use of it, ``before`` what was said last."""
    base = before or SourceStatus(source.name, source.label, source.bind)
    kind = "" if fault is None else str(getattr(fault, "kind", DATA))
    now = replace(
        base,
        label=source.label,
        bind=source.bind,
        ok=fault is None,
        reason="" if fault is None else str(fault),
        kind=kind,
        tried=tried,
    )
    if extract is not None:
        now = replace(
            now,
            product=extract.product,
            as_of=extract.fetched_at,
            rows=extract.groups,
            lines=extract.lines + extract.outside_lines,
            complete_to=str(extract.complete_to or ""),
            read_only=extract.read_only,
            evidence=extract.evidence,
        )
    return replace(now, read_only="writable", evidence=now.reason) if kind == "writable" else now
