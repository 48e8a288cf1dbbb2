"""What ``refresh`` prints."""

from collections.abc import Sequence

from dashboard.sales.amounts import decimal_text
from dashboard.sources.refresh.contents import Difference
from dashboard.sources.refresh.run import RefreshReport, SourceResult
from dashboard.sources.refresh.status import RefreshStatus, SourceStatus
from dashboard.sources.refresh.verify import VerifiedSource, VerifyReport

_CAN_WRITE = "Its account can write to the database, which allow_writes accepts."
# What is known of the account -> in words.
_READ_ONLY = {
    "proved": "read-only: proved",
    "writable": "NOT read-only: the account can write, which allow_writes accepts",
    "unknown": "read-only: not proved",
}


def refreshed_text(report: RefreshReport) -> str:
    """A line a source, and what is in force now."""
    lines = [_source(one) for one in report.sources]
    what = "New figures are in force" if report.changed else "Nothing is new: the figures stay"
    return "\n".join([*lines, f"{what} (version {report.version}; {report.seconds:.1f} s)."])


def verified_text(report: VerifyReport, *, figures: bool = True) -> str:
    """A line a month that differs, and how to choose the same months again; no ``figures`` belong into a log."""
    lines = [line for one in report.sources for line in _verified(one, figures=figures)]
    return "\n".join([*lines, f"Chosen with --seed {report.seed}."])


def status_text(status: RefreshStatus, names: Sequence[str]) -> str:
    """What goes on, how the last refresh ended, and a line a source."""
    if not names:
        return "No source is configured ([sources.*] in settings.toml)."
    lines = []
    if status.running is not None:
        run = status.running
        lines.append(f"Running since {_minute(run.started)} ({run.holder}): {run.source} {run.step}, {run.share:.0%}.")
    if status.last is None:
        lines.append("No refresh has ended yet.")
    else:
        last = status.last
        # What a source says of itself below is not said twice.
        told = any(one and last.reason and one.reason == last.reason for one in map(status.source, names))
        why = "" if told else last.reason
        lines.append(f"Last refresh: {last.outcome}, {_minute(last.at)}, {last.seconds:.1f} s. {why}".rstrip())
    return "\n".join([*lines, *(_status(status.source(name), name) for name in names)])


def _source(one: SourceResult) -> str:
    extract = one.extract
    if not one.ok:
        kept = f"Its figures of {_minute(extract.fetched_at)} stay in use." if extract else "It has no figures yet."
        return f"{one.label}: failed. {one.reason} {kept}"
    if extract is None:
        return f"{one.label}: nothing."
    how = "all of it" if one.full else "the newest months"
    why = f" {one.why}" if one.why else ""
    why += f" {_CAN_WRITE}" if extract.read_only == "writable" else ""
    return (
        f"{one.label}: read {how}; {extract.groups:,} groups of {extract.lines:,} lines, complete to "
        f"{extract.complete_to}.{why}"
    )


def _verified(one: VerifiedSource, *, figures: bool) -> list[str]:
    if one.fault:
        return [f"{one.label}: nothing could be compared. {one.fault}"]
    if not one.months:
        return [f"{one.label}: there is no finished month yet."]
    if not one.drifts:
        return [f"{one.label}: {', '.join(one.months)}: the same as in the source."]
    advice = f"To take it over: python -m dashboard refresh {one.name} --full"
    if not figures:
        return [f"{one.label}: {', '.join(one.drifts)}: not the same as in the source.", advice]
    return [*(_drift(one, month, found) for month, found in one.drifts.items()), advice]


def _drift(one: VerifiedSource, month: str, found: Difference) -> str:
    money = tuple(decimal_text(value, one.minor_digits) for value in found.net_minor)
    return (
        f"{one.label}: {month} differs in {found.groups:,} groups: lines {_pair(found.lines)}, net units "
        f"{_pair(found.units)}, net sales {money[0]} here, {money[1]} {one.currency} in the source."
    )


def _pair(values: tuple[int, int]) -> str:
    here, there = values
    return f"{here:,} here, {there:,} in the source" if here != there else f"{here:,} in both"


def _status(one: SourceStatus | None, name: str) -> str:
    if one is None:
        return f"{name}: never read."
    state, why = ("up to date", "") if one.ok else ("failed", f"\n  {one.reason}")
    verified = f" {one.verified.words}" if one.verified else ""
    as_of = f"figures of {_minute(one.as_of)}" if one.as_of else "no figures"
    read_only = _READ_ONLY.get(one.read_only, one.read_only)
    return f"{name}: {state}; {as_of}; {one.lines:,} lines in {one.rows:,} groups; {read_only}.{verified}{why}"


def _minute(at: str) -> str:
    """``2026-11-21 18:27 UTC``, of a time in ISO 8601."""
    return f"{at[:16].replace('T', ' ')} UTC"
