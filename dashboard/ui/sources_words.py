"""What the Sources page says: cards, a row a source, how far a refresh is. Rows and dates only, never a measure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from dashboard.reports.source_states import LastRun, Overview, ReadOnly, Run, SourceState, State, moment, oldest
from dashboard.ui.words import day

Content = dict[str, Any]

NOTHING = "–"
MINUTE, HOUR = 60, 3600
MODES = {"incremental": "Refreshing", "full": "Reading everything again", "verify": "Verifying closed months"}
STATES = {State.READ: "up to date", State.LATE: "late", State.FAILED: "failed", State.NEVER: "never read"}
TONES = {State.READ: "good", State.LATE: "warn", State.FAILED: "bad", State.NEVER: "quiet"}
READ_ONLY = {ReadOnly.PROVED: "proved", ReadOnly.WRITABLE: "NOT read-only", ReadOnly.UNKNOWN: "unknown"}
OUTCOMES = {"ok": "ended", "failed": "failed", "cancelled": "cancelled"}
END_TONES = {"ok": "success", "cancelled": "info"}
ACCEPTED = "accepted by allow_writes"
TO_DO = {
    State.READ: "",
    State.LATE: "Choose Refresh now. If it is late again, look whether the site runs and how often it refreshes.",
    State.FAILED: "Until that is mended and the source is read again, the figures read before are shown.",
    State.NEVER: "Choose Refresh now to read it for the first time.",
}
MISSING = "Until it can be read, its figures are missing."
MEND_WRITES = "Give the account SELECT only, then take allow_writes out of settings.toml."


def view(overview: Overview) -> Content:
    """All that the browser draws."""
    return {
        "cards": cards(overview),
        "rows": [row(source) for source in overview.sources],
        "running": run_words(overview.running),
        "last": last_words(overview),
    }


def cards(overview: Overview) -> list[Content]:
    """How old the figures are, when they are read next, how long it took, and how much it is."""
    as_of, last = oldest(overview.sources), overview.last
    lines = [source.lines for source in overview.sources if source.lines is not None]
    groups = sum(source.groups or 0 for source in overview.sources)
    ended = f"{OUTCOMES.get(last.outcome, last.outcome)} {moment(last.at)}" if last else "it did not run yet"
    return [
        _card("Data as of", *_at(as_of, "nothing was read yet"), _of_how_many(overview)),
        _card("Next refresh", *_next(overview)),
        _card("Last refresh took", took(last.seconds) if last else NOTHING, "", ended),
        _card("Lines", f"{sum(lines):,}" if lines else NOTHING, "", f"in {groups:,} groups" if groups else ""),
    ]


def row(source: SourceState) -> Content:
    """One source."""
    return {
        "name": source.name,
        "label": source.label,
        "database": " · ".join(filter(None, (source.product, f"bind {source.bind}" if source.bind else ""))),
        "address": source.address,
        "state": STATES[source.state],
        "tone": TONES[source.state],
        "said": [[words, what_to_do] for words, what_to_do in _said(source) if words or what_to_do],
        "as_of": moment(source.as_of) if source.as_of else NOTHING,
        "lines": NOTHING if source.lines is None else f"{source.lines:,}",
        "groups": NOTHING if source.groups is None else f"{source.groups:,}",
        **_read_only(source),
    }


def run_words(run: Run | None) -> Content | None:
    """How far the refresh under way is; None while there is none."""
    if run is None:
        return None
    since = f"since {run.started:%H:%M:%S} UTC" if run.started else ""
    return {
        "title": MODES.get(run.mode, MODES["incremental"]),
        "step": " · ".join(filter(None, (run.source, run.step))),
        "share": None if run.share is None else max(0, min(100, round(run.share * 100))),
        "rows": f"{run.rows:,} groups" if run.rows else "",
        "since": " ".join(filter(None, (since, f"by {run.holder}" if run.holder else ""))),
    }


def last_words(overview: Overview) -> Content | None:
    """How the last refresh or comparison ended, to be said when it ends; ``at`` tells one from the other."""
    last, compared = overview.last, [source for source in overview.sources if source.verified_at is not None]
    newest = max((source.verified_at for source in compared if source.verified_at), default=None)
    if newest is not None and (last is None or newest > last.at):
        found = [one for one in compared if one.verified_at and (last is None or one.verified_at > last.at)]
        words = " ".join(f"{one.label}: {one.verified}" for one in found)
        return {
            "at": newest.isoformat(),
            "tone": "warning" if any(one.drift for one in found) else "info",
            "words": words,
        }
    if last is None:
        return None
    said = {"ok": f"Done in {took(last.seconds)}.", "cancelled": "Cancelled: the figures read before stay."}
    words = said.get(last.outcome) or _failed(last, overview.sources)
    return {"at": last.at.isoformat(), "tone": END_TONES.get(last.outcome, "danger"), "words": words}


def _failed(last: LastRun, sources: Sequence[SourceState]) -> str:
    failed = [source.label for source in sources if source.state is State.FAILED]
    if not failed:
        return f"Failed: {last.reason}"
    others = " The others were read." if len(failed) < len(sources) else ""
    return f"Failed: {', '.join(failed)}. Why, and what to do, stands below.{others}"


def took(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 5 s``, ``1 h 2 min``."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def _card(label: str, value: str, unit: str, words: str) -> Content:
    return {"label": label, "value": value, "unit": unit, "changes": [{"figure": "", "words": words, "tone": "flat"}]}


def _at(at: datetime | None, otherwise: str) -> tuple[str, str]:
    return (day(at.date()), f"{at:%H:%M} UTC") if at else (NOTHING, otherwise)


def _of_how_many(overview: Overview) -> str:
    count, never = len(overview.sources), sum(source.as_of is None for source in overview.sources)
    if 0 < never < count:
        return f"{never} of {count} sources {'was' if never == 1 else 'were'} never read"
    return "of the only source" if count == 1 else f"the oldest of {count} sources"


def _next(overview: Overview) -> tuple[str, str, str]:
    if overview.running:
        return "Now", "", "it is under way"
    if not overview.every_minutes:
        return "By hand", "", "every_minutes is 0: only this page and commands refresh"
    often = f"every {overview.every_minutes:g} minutes while the site runs"
    return (f"{overview.next_at:%H:%M}", "UTC", often) if overview.next_at else ("Soon", "", often)


def _said(source: SourceState) -> Iterator[tuple[str, str]]:
    """What is to be known, each with what to do about it."""
    missing = source.state is State.FAILED and source.as_of is None
    yield source.reason, MISSING if missing else TO_DO[source.state]
    if source.verified_at is not None:
        compared = f"Verified {moment(source.verified_at)}: {source.verified}"
        yield (compared, "") if source.drift else ("", compared)


def _read_only(source: SourceState) -> Content:
    found = source.read_only
    if found is None:
        return {
            "read_only": "not known yet",
            "read_only_tone": "quiet",
            "evidence": ["It is found out at each refresh."],
        }
    accepted = f": {ACCEPTED}" if found is not ReadOnly.PROVED and source.accepted else ""
    tone = {ReadOnly.PROVED: "good", ReadOnly.WRITABLE: "bad", ReadOnly.UNKNOWN: "warn"}[found]
    evidence = [source.evidence, MEND_WRITES if found is ReadOnly.WRITABLE else ""]
    return {
        "read_only": f"{READ_ONLY[found]}{accepted}",
        "read_only_tone": tone,
        "evidence": [words for words in evidence if words],
    }
