"""A diagnosis in the terminal: tables with colours there, plain text elsewhere."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from dashboard.sources.doctor.findings import BindLook, ColumnLook, Diagnosis, Finding, SourceLook

# Where the output is no terminal, lines are not folded at 80 columns.
_PLAIN_WIDTH = 200
_TITLES = ("column", "is", "type", "empty", "distinct", "sample")
_NUMBERS = frozenset({"empty", "distinct"})
_LEAST_SAMPLE = 8
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
        for line in _columns(look, console.width):
            console.print(line)


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


def _columns(look: SourceLook, width: int) -> Iterator[str]:
    """A line a column below the table that it is of; samples are cut at ``width``, and nothing else."""
    by_table: dict[str, list[ColumnLook]] = {}
    for column in look.columns:
        by_table.setdefault(column.table, []).append(column)
    rows = [_TITLES, *(_row(column) for column in look.columns)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_TITLES))]
    yield f"[dim]{_aligned(_TITLES, widths, width)}[/]"
    for table, columns in by_table.items():
        seen = max(column.rows for column in columns)
        yield f"  [bold]{escape(table)}[/]{f'  {seen:,} rows looked at' if seen else ''}"
        yield from (escape(_aligned(_row(column), widths, width)) for column in columns)


def _aligned(row: Sequence[str], widths: Sequence[int], width: int) -> str:
    cells = [
        f"{text:>{wide}}" if title in _NUMBERS else f"{text:<{wide}}"
        for title, text, wide in zip(_TITLES, row, widths, strict=True)
    ]
    line = f"    {'  '.join(cells)}".rstrip()
    most = max(width, 4 + sum(widths[:-1]) + 2 * len(widths) + _LEAST_SAMPLE)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _row(column: ColumnLook) -> tuple[str, ...]:
    empty = f"{column.nulls / column.rows:.0%}" if column.rows else ""
    distinct = f"{column.distinct:,}" if column.rows else ""
    kind = column.type or "MISSING"
    return column.column, _meaning(column.key), kind, empty, distinct, ", ".join(column.values)


def _meaning(key: str) -> str:
    """What a key of the mapping says of a column: ``lines.columns.product`` is the product."""
    parts = key.removesuffix(".column").split(".")
    return "join" if "joins" in parts else parts[-1]


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
