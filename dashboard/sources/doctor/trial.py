"""One month of a source, added up as a refresh does it."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, Select

from dashboard.settings.binds import Bind
from dashboard.sources.doctor.findings import Finding, Trial
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.groups import GROUPS, LEFT_OUT, VERDICTS
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import Shapes
from dashboard.sources.pushdown.statement import groups_statement
from dashboard.sources.pushdown.transfer import fetch
from dashboard.sources.reasons import SET_ASIDE

# Of a month's lines; above this share a reason to set lines aside is more likely a mistake in the mapping.
LARGE_SHARE: Final = 0.05


def rows_of(connection: Connection, statement: Select[Any], schema: pa.Schema | None, bind: Bind) -> pa.Table:
    """The rows of ``statement``, through a file as in a refresh; ImportRefused above the row cap."""
    with TemporaryDirectory(prefix="salesgate-") as folder:
        path = Path(folder) / "rows.parquet"
        fetch(connection, [statement], path, schema, bind, lambda _rows: None, Cancel())
        return pq.read_table(path, memory_map=False)


def try_month(
    connection: Connection, source: Source, shapes: Shapes, start: date, stop: date, bind: Bind
) -> tuple[Trial, list[Finding]]:
    """Add the month from ``start`` to ``stop`` up; what is noteworthy about its lines."""
    began = time.monotonic()
    groups = rows_of(connection, groups_statement(source, shapes, "month", start, stop), GROUPS, bind)
    seconds = time.monotonic() - began
    lines = lines_by_verdict(groups)
    trial = Trial(
        month=f"{start:%Y-%m}",
        groups=len(groups),
        lines=sum(lines.values()),
        counted=lines.get(0, 0),
        set_aside={verdict_label(source, verdict): count for verdict, count in lines.items() if verdict},
        seconds=round(seconds, 3),
    )
    return trial, [*_verdict_findings(source, lines, trial), *_product_findings(groups, trial)]


def lines_by_verdict(groups: pa.Table) -> dict[int, int]:
    """Verdict -> lines, the kept ones (0) first."""
    summed = groups.group_by("verdict").aggregate([("lines", "sum")]).sort_by("verdict")
    return dict(zip(summed.column("verdict").to_pylist(), summed.column("lines_sum").to_pylist(), strict=True))


def verdict_label(source: Source, verdict: int) -> str:
    """Why lines of ``verdict`` do not count, for people."""
    if verdict >= LEFT_OUT:
        rule = source.lines.leave_out[verdict - LEFT_OUT]
        return f"left out: {rule.why or rule.column}"
    return SET_ASIDE[VERDICTS[verdict]].label


def _verdict_findings(source: Source, lines: dict[int, int], trial: Trial) -> Iterator[Finding]:
    if not trial.lines:
        yield Finding("warning", "lines", f"There are no lines in {trial.month}.")
        return
    if not trial.counted:
        yield Finding(
            "fault", "lines.columns", f"None of the {trial.lines:,} lines of {trial.month} counts; see the reasons."
        )
    for verdict, count in lines.items():
        if 0 < verdict < LEFT_OUT and count > LARGE_SHARE * trial.lines:
            key = SET_ASIDE[VERDICTS[verdict]].look_at.replace("columns.", "lines.columns.").split(", csv.")[0]
            yield Finding(
                "warning",
                key,
                f"{count / trial.lines:.0%} of the lines of {trial.month} are set aside: "
                f"{verdict_label(source, verdict)}.",
            )


def _product_findings(groups: pa.Table, trial: Trial) -> Iterator[Finding]:
    empty = groups.filter(pc.equal(pc.fill_null(pc.utf8_trim_whitespace(groups.column("product")), ""), ""))
    without = pc.sum(empty.column("lines")).as_py() or 0
    if without > LARGE_SHARE * trial.lines:
        share = without / trial.lines
        yield Finding(
            "warning", "lines.columns.product", f"{share:.0%} of the lines of {trial.month} have no product code."
        )
