"""Helpers for tests of dashboard.sources: small files in, figures out."""

from datetime import date
from pathlib import Path
from typing import Any

from dashboard.sales.rollup import Rollup, SetAside
from dashboard.settings import load_settings
from dashboard.sources.importer import ImportReport, import_file
from dashboard.sources.mapping import Mapping, load_mapping
from dashboard.sources.store import ROLLUP, RollupStore

COLUMNS = {"product": "code", "quantity": "qty", "date": "date", "price": "price"}
HEADER = "code,qty,date,price\n"


class Shop:
    """A data folder, and short ways to import small files into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = load_settings(var=folder / "var")
        self.store = RollupStore(self.settings.var / ROLLUP)

    def mapping(self, columns: dict[str, str] | None = None, **keys: Any) -> Mapping:
        """The plainest mapping; ``columns`` adds to the four columns (or takes one away with "")."""
        chosen = {name: column for name, column in {**COLUMNS, **(columns or {})}.items() if column}
        return load_mapping(
            {"source": "Shop", "currency": "EUR", "time_zone": "Europe/Paris", **keys, "columns": chosen}
        )

    def write(self, text: str | bytes, name: str = "sales.csv") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def import_text(self, text: str | bytes, columns: dict[str, str] | None = None, **keys: Any) -> ImportReport:
        return import_file(self.write(text), self.mapping(columns, **keys), self.settings)

    def import_lines(self, *lines: str, columns: dict[str, str] | None = None, **keys: Any) -> ImportReport:
        """Lines of the four plain columns ``code,qty,date,price``."""
        return self.import_text(HEADER + "".join(f"{line}\n" for line in lines), columns, **keys)

    @property
    def rollup(self) -> Rollup:
        rollup = self.store.current()
        assert rollup is not None
        return rollup


def aside(report: ImportReport, *, kept: bool = False) -> dict[str, SetAside]:
    """Set-aside lines (or the flags of kept ones) by reason."""
    return {entry.reason: entry for entry in report.info.set_aside if entry.kept is kept}


def daily(rollup: Rollup, column: str = "gross_units") -> dict[date, int]:
    """Sums by business day, days without sales left out."""
    facts = rollup.daily
    sums = {}
    for index in range(len(facts.offsets) - 1):
        rows = facts.rows(index, index)
        if rows.start < rows.stop:
            sums[date.fromordinal(rollup.first_daily.toordinal() + index)] = int(facts.values[column][rows].sum())
    return sums
