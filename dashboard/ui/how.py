"""How a figure was made, beside every card, chart and table: definition, filters, days, lines, reach of the data."""

from datetime import timedelta

from dashboard.reports import ASKABLE, DataStatus, Question, Reports
from dashboard.sales.calendar import Window, is_unfinished, month_window
from dashboard.ui.words import day

Fact = list[str]
EVERY = {"region": "every region", "category": "every category", "channel": "every channel", "source": "every source"}
NOT_SAID = "Not said here: you see a part of the company, and the count is of all of it."


def how(reports: Reports, question: Question, *definitions: tuple[str, str]) -> dict[str, list[Fact]]:
    """``{"facts": [[term, words], ...]}``: ``definitions`` first, then what all figures of ``question`` share.

    The shared facts are one list for all viewers with the very same rights: not to be changed.

    Raises:
        Forbidden: the viewer may see no measure at all.
    """
    shared = reports.remember(("how", question), lambda: _shared(reports, question))
    return {"facts": [*([term, words] for term, words in definitions), *shared]}


def _shared(reports: Reports, question: Question) -> list[Fact]:
    status = reports.status()
    # The rest of a version's name is a digest of all figures, hidden ones included.
    version = status.version.partition("-")[0]
    return [
        ["Period", _period(status, question)],
        ["Filters", _filters(reports, question)],
        ["Lines read", _lines(status)],
        ["Complete to", f"{day(status.complete_to)}: {status.complete_to_reason}"],
        ["Data", f"{status.source}, imported {status.imported_at[:16].replace('T', ' ')} UTC, version {version}"],
    ]


def _period(status: DataStatus, question: Question) -> str:
    """The months in words, and which of their days have figures where the last one is not finished."""
    asked = month_window(question.first, question.last)
    if not is_unfinished(question.last, status.complete_to):
        return asked.words
    newest = max(status.last_day, status.complete_to)
    if newest < asked.start:
        return f"{asked.words}, of which no day has figures yet"
    counted = Window(asked.start, min(asked.stop, newest + timedelta(days=1)))
    tail = f"; days after {day(status.complete_to)} may still grow" if status.last_day > status.complete_to else ""
    return f"{asked.words}, of which {counted.words} counted so far{tail}"


def _filters(reports: Reports, question: Question) -> str:
    """Each filter by its value; a viewer of a part of the company is told which part "every" means."""
    options = reports.options()
    said = []
    for name in ASKABLE:
        chosen = question.values(name)
        if chosen is not None:
            said.append(f"{name} {', '.join(sorted(chosen))}")
        elif len(options.values(name)) > (name == "source"):  # one source is no filter, and nothing to tell of
            said.append(EVERY[name])
    if question.product is not None:
        said.append(f"product {reports.product_name(question.product) or question.product}")
    whole = "" if reports.status().lines_read is not None else " that you may see"
    return f"{', '.join(said)}{whole}"


def _lines(status: DataStatus) -> str:
    if status.lines_read is None or status.lines_kept is None:
        return NOT_SAID
    aside = status.lines_read - status.lines_kept
    words = f"{status.lines_read:,} in the whole import, {status.lines_kept:,} counted, {aside:,} set aside"
    reasons = [f"{reason.lines:,} {reason.label.lower()}" for reason in status.set_aside if not reason.kept]
    return f"{words} ({', '.join(reasons)})" if reasons else words
