"""The import report as plain text, for the terminal."""

from collections.abc import Iterator
from itertools import groupby

from dashboard.sales.rollup import SetAside
from dashboard.sources.importer import ImportReport

_LABEL, _NUMBER = 54, 14


def report_text(report: ImportReport) -> str:
    """The report as aligned lines, each under 120 characters unless a note is long."""
    return "\n".join((*_heading(report), "", *_lines(report), "", *_totals(report), "", *_closing(report)))


def money(minor: int, digits: int, currency: str) -> str:
    """Minor units as people write them: ``1,234.50 GBP``."""
    sign, minor = ("-" if minor < 0 else ""), abs(minor)
    whole, rest = divmod(minor, 10**digits)
    decimals = f".{rest:0{digits}d}" if digits else ""
    return f"{sign}{whole:,}{decimals} {currency}"


def _heading(report: ImportReport) -> Iterator[str]:
    yield f"Imported {report.file.name} as {report.info.source!r}."


def _lines(report: ImportReport) -> Iterator[str]:
    info = report.info
    yield f"{'Lines':<{_LABEL}}{'lines':>{_NUMBER}}{'units':>{_NUMBER}}"
    yield _row("read", info.lines_read)
    yield _row("counted", info.lines_kept)
    yield _row("set aside", info.lines_read - info.lines_kept)
    for kept, entries in groupby(info.set_aside, key=lambda entry: entry.kept):
        if kept:
            yield "counted, but flagged"
        yield from (_entry(entry) for entry in entries)


def _entry(entry: SetAside) -> str:
    note = f"   {entry.note}" if entry.note else ""
    return f"{'  ' + entry.label:<{_LABEL}}{entry.lines:>{_NUMBER},}{entry.units:>{_NUMBER},}{note}"


def _totals(report: ImportReport) -> Iterator[str]:
    totals, info = report.totals, report.info
    yield "Totals of the counted lines (the sums by month and by day agree)"
    yield _row("gross units", totals["gross_units"])
    yield _row("returned units", totals["returned_units"])
    yield _row("net units", totals["gross_units"] - totals["returned_units"])
    net = totals["gross_sales"] - totals["discounts"] - totals["returned_sales"]
    amounts = {"gross sales": totals["gross_sales"], "discounts": totals["discounts"]}
    amounts |= {"returns value": totals["returned_sales"], "net sales": net}
    for label, minor in amounts.items():
        yield f"{label:<{_LABEL}}{money(minor, info.minor_digits, ''):>{_NUMBER + 1}}{info.currency}"


def _row(label: str, number: int) -> str:
    return f"{label:<{_LABEL}}{number:>{_NUMBER},}"


def _closing(report: ImportReport) -> Iterator[str]:
    info, (first, last) = report.info, report.months
    yield f"Products: {report.products:,}. Months: {first} to {last}."
    yield f"Complete to {info.complete_to.day} {info.complete_to:%B %Y}. {info.complete_to_reason}"
    yield f"Took {report.seconds:.1f} s. Next: a running site shows it at once; start one with: python app.py"
