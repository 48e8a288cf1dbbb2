"""Extracts as a refresh would have left them, from a few lines of sales, and what is assembled from them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.sales.rollup import VALUE_COLUMNS, Check, Facts, Rollup, SetAside
from dashboard.settings import load_settings
from dashboard.sources.mapping import lists_as_tuples
from dashboard.sources.pushdown.groups import GROUPS, KEYS, LABELS, SUMS
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.assembly import assemble_extracts
from dashboard.sources.refresh.extract import Extract, Segment

FAR = (date(1970, 1, 1), date(2101, 1, 1))
COLUMNS = {"product": "P", "quantity": "Q", "date": "D", "amount": "A"}


def group(
    period: str | date, product: str | None = "A", units: int = 1, gross: int = 100, **other: Any
) -> dict[str, Any]:
    """One row of ``GROUPS``; money in minor units."""
    day = date.fromisoformat(period) if isinstance(period, str) else period
    plain = {"region": None, "channel": None, "currency": None, "verdict": 0, "is_return": 0, "costed": 0, "lines": 1}
    sums = {"units": units, "gross_minor": gross, "discount_minor": 0, "cost_minor": 0}
    return {"period": day, "product": product, **plain, **sums, **other}


def added_up(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As the database would: one row for each combination of keys."""
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(SUMS))
    for row in rows:
        found = sums[tuple(row[key] for key in KEYS)]
        for place, name in enumerate(SUMS):
            found[place] += row[name]
    return [dict(zip((*KEYS, *SUMS), (*keys, *values), strict=True)) for keys, values in sums.items()]


def make_source(name: str = "shop", columns: Mapping[str, str] | None = None, **keys: Any) -> Source:
    lines = {"table": "SALES", "columns": {**COLUMNS, **(columns or {})}, **keys.pop("lines", {})}
    plain = {"bind": "erp", "label": name.title(), "currency": "EUR", "time_zone": "Europe/Paris"}
    return Source.model_validate(lists_as_tuples({"name": name, **plain, **keys, "lines": lines}))


@dataclass
class Assembled:
    rollup: Rollup
    totals: dict[str, int]

    @property
    def checks(self) -> dict[str, Check]:
        return {check.key: check for check in self.rollup.info.checks}

    def aside(self, *, kept: bool = False) -> dict[str, SetAside]:
        return {entry.reason: entry for entry in self.rollup.info.set_aside if entry.kept is kept}


class Extracts:
    """A folder of extracts; ``add`` each source, then ``assemble``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = 0
        self.found: list[tuple[Source, Extract, Path]] = []

    def add(
        self,
        source: Source,
        days: Sequence[Mapping[str, Any]] = (),
        months: Sequence[Mapping[str, Any]] = (),
        first_daily: date | None = None,
        tables: Mapping[str, pa.Table] | None = None,
        **facts: Any,
    ) -> Extract:
        """``days`` and ``months`` are groups; those of months are from before ``first_daily``."""
        folder = self._folder / f"{source.name}-{len(self.found)}"
        folder.mkdir()
        cut = first_daily or FAR[0]
        segments = []
        for grain, rows, span in (("month", months, (FAR[0], cut)), ("day", days, (cut, FAR[1]))):
            if rows:
                pq.write_table(pa.Table.from_pylist(added_up(rows), GROUPS), folder / f"{grain}.parquet")
                segments.append(Segment(f"{grain}.parquet", grain, *span, "2024-06-01T00:00:00+00:00"))
        for name, table in (tables or {}).items():
            pq.write_table(table, folder / f"{name}.parquet")
        files = {name: f"{name}.parquet" for name in tables or {}}
        extract = _extract(source, [row["period"] for row in (*months, *days)], tuple(segments), files, facts)
        self.found.append((source, extract, folder))
        return extract

    def assemble(self, **keys: Any) -> Assembled:
        self._runs += 1
        work = self._folder / f"work-{self._runs}"
        work.mkdir()
        settings = load_settings(var=self._folder / "var")
        return Assembled(*assemble_extracts(self.found, settings, work, **keys))


def _extract(
    source: Source, periods: list[date], segments: tuple[Segment, ...], files: dict[str, str], facts: dict[str, Any]
) -> Extract:
    newest = max(periods, default=None)
    plain = {
        "source": source.name,
        "label": source.label,
        "bind": source.bind,
        "product": "SQLite 3",
        "digest": "",
        "read_only": "proved",
        "evidence": "The file is opened for reading.",
        "fetched_at": "2024-06-01T00:00:00+00:00",
        "first_day": min(periods, default=None),
        "last_day": newest,
        "timed": False,
        "complete_to": newest,
        "complete_to_reason": f"Assumed: the last line is of {newest}.",
        "outside_lines": 0,
        "outside_units": 0,
    }
    return Extract(**{**plain, **facts}, segments=segments, tables=files)


def labels(*rows: tuple[str, str | None, str | None, int]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(LABELS.names, row, strict=True)) for row in rows], LABELS)


def cells(rollup: Rollup, facts: Facts) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """Every row by period, product, region, channel and source, in names, so that two rollups can be compared."""
    found = {}
    for period in range(len(facts.offsets) - 1):
        for row in range(facts.offsets[period], facts.offsets[period + 1]):
            names = (rollup.products.code[facts.product[row]], rollup.regions[facts.region[row]])
            key = (period, *names, rollup.channels[facts.channel[row]], rollup.sources[facts.source[row]])
            found[key] = tuple(int(facts.values[name][row]) for name in VALUE_COLUMNS)
    return found
