"""A diagnosis in the terminal: tables with colours there, plain text elsewhere."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dashboard.sources.doctor.findings import BindLook, ColumnLook, Diagnosis, Finding, SourceLook

# Where the output is no terminal, lines are not folded at 80 columns.
_PLAIN_WIDTH = 200
_STATES = {"proved": "read-only", "writable": "[red]CAN WRITE[/]", "unknown": "[yellow]not proved read-only[/]"}
_COLOURS = {"fault": "red", "warning": "yellow"}


def print_diagnosis(diagnosis: Diagnosis) -> None:
    """Everything, with the list of what to mend at the end."""
    console = _console()
    for bind in diagnosis.binds:
        console.print(_bind_line(bind))
        for look in bind.sources:
            _print_source(console, look)
    found = diagnosis.all_findings()
    if found:
        console.print("\n[bold]What to mend[/]")
    for about, finding in found:
        console.print(f"  {_finding(finding)}  {escape(about)} {escape(finding.where)}: {escape(finding.what)}")
    console.print(f"\n{_verdict(found)}")


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, width=_PLAIN_WIDTH)


def _bind_line(bind: BindLook) -> str:
    reached = f"{bind.connect_seconds:.2f} s" if bind.connect_seconds is not None else "[red]did not answer[/]"
    state = f", {_STATES[bind.read_only]}" if bind.read_only else ""
    product = escape(bind.product) or "database"
    return f"\n[bold]Bind {escape(bind.name)}[/]: {product}, {reached}{state}  {escape(bind.url)}"


def _print_source(console: Console, look: SourceLook) -> None:
    console.print(f"\n[bold]Source {escape(look.name)}[/]: {escape(look.label)}{''.join(_facts(look))}")
    if look.columns:
        console.print(_columns(look))


def _facts(look: SourceLook) -> Iterator[str]:
    if look.first_day and look.last_day:
        yield f"; lines from {look.first_day} to {look.last_day}"
    trial = look.trial
    if trial:
        yield (
            f"\n  {trial.month}: {trial.lines:,} lines, {trial.counted:,} of them counted, in {trial.groups:,} groups "
            f"after {trial.seconds:.2f} s"
        )
        for reason, lines in trial.set_aside.items():
            yield f"\n  {lines:,} lines set aside: {escape(reason)}"


def _columns(look: SourceLook) -> Table:
    table = Table(box=None, pad_edge=True, header_style="dim")
    for title in ("key", "column", "type", "empty", "distinct", "sample"):
        table.add_column(title, justify="right" if title in {"empty", "distinct"} else "left", overflow="fold")
    for column in look.columns:
        table.add_row(*(escape(text) for text in _row(column)))
    return table


def _row(column: ColumnLook) -> tuple[str, ...]:
    empty = f"{column.nulls / column.rows:.0%}" if column.rows else ""
    distinct = f"{column.distinct:,} of {column.rows:,}" if column.rows else ""
    where = f"{column.table}.{column.column}"
    return column.key, where, column.type or "MISSING", empty, distinct, ", ".join(column.values)


def _finding(finding: Finding) -> str:
    return f"[{_COLOURS[finding.level]}]{finding.level:<7}[/]"


def _verdict(found: tuple[tuple[str, Finding], ...]) -> str:
    faults = sum(finding.level == "fault" for _about, finding in found)
    warnings = len(found) - faults
    if not found:
        return "[green]No faults.[/]"
    return f"{_count(faults, 'fault')}, {_count(warnings, 'warning')}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
