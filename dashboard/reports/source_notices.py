"""Sentences about sources that are late, failed, changed in their closed months, or can be written to."""

from collections.abc import Iterator, Sequence

from dashboard.reports.source_states import LastRun, Overview, ReadOnly, SourceState, State, moment

MOST = 2  # sources that a line names


def news_words(source: SourceState, late_hours: float) -> str:
    """The state of one source for managers, in a few words; that its account can write is not kept from them."""
    writes = "; its account can write to the database" if source.read_only is ReadOnly.WRITABLE else ""
    return f"{_state(source, late_hours)}{writes}"


def _state(source: SourceState, late_hours: float) -> str:
    if source.state is State.FAILED:
        return f"the refresh failed: {source.why}"
    if source.state is State.NEVER:
        return "never read: its figures are missing"
    if source.drift:
        return f"closed months changed in the source since they were read: {source.drift}"
    return f"late: read more than {late_hours:g} hours ago" if source.state is State.LATE else "up to date"


def troubles(overview: Overview) -> Iterator[str]:
    """What whoever reads figures must know: of which sources they are old, missing or changed since."""
    bad = [source for source in overview.sources if source.state is not State.READ]
    if bad:
        more = len(bad) - MOST
        told = [_trouble(source) for source in bad[:MOST]]
        yield " ".join([*told, f"The same goes for {more} more of the sources." if more > 0 else ""]).strip()
    elif overview.last is not None and _is_failed(overview):
        yield _failed(overview.last)
    changed = [source for source in overview.sources if source.drift]
    if changed:
        told = [f"{source.label} ({source.drift})" for source in changed]
        yield f"Closed months changed in the source since they were read: {_and(told)}."


def in_general(overview: Overview) -> str:
    """The same for viewers of a part of the company: which source, since when and which months is not told them."""
    if any(source.state is not State.READ for source in overview.sources):
        return "Not every source of the company could be read lately: some figures may be old or missing."
    if _is_failed(overview):
        return "The last refresh of the company's figures failed: figures are those from before it."
    return "Closed months changed since they were read." if any(source.drift for source in overview.sources) else ""


def writable(sources: Sequence[SourceState]) -> str:
    """The warning about accounts that can write, for administrators; empty where there is none."""
    found = [source.label for source in sources if source.read_only is ReadOnly.WRITABLE]
    if not found:
        return ""
    whose = "The account that reads" if len(found) == 1 else "The accounts that read"
    return f"{whose} {_and(found)} can write to the database, which allow_writes accepts."


def _trouble(source: SourceState) -> str:
    if source.as_of is None:
        why = f"; the refresh failed: {source.why}" if source.state is State.FAILED else ": it was never read"
        return f"Figures of {source.label} are missing{why}."
    if source.state is State.FAILED:
        return f"Figures of {source.label} are as of {moment(source.as_of)}; the refresh failed: {source.why}."
    return f"Figures of {source.label} are late: as of {moment(source.as_of)}."


def _is_failed(overview: Overview) -> bool:
    return overview.last is not None and overview.last.outcome == "failed" and overview.last.mode != "verify"


def _failed(last: LastRun) -> str:
    return f"The refresh of {moment(last.at)} failed: figures are those from before it."


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
