"""A source in the words of a file import, so that what judges files also judges what databases brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from dashboard.sources.mapping import (
    Columns,
    Mapping,
    ProductColumns,
    Products,
    RateColumns,
    Rates,
    ReceiptColumns,
    Receipts,
    Stock,
    StockColumns,
)
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.extract import MASTER, RATES, RECEIPTS, STOCK, Extract

Found = tuple[Source, Extract, Path]


@dataclass(frozen=True)
class Part:
    """One source on its way into the engine.

    Attributes:
        source, extract, folder: what was read of it, and where its files are.
        mapping: the same as if it were a file; the names of its columns are the canonical ones.
        tag: behind the names of its tables in the engine.
        empty: those of its small tables that have no row.
    """

    source: Source
    extract: Extract
    folder: Path
    mapping: Mapping
    tag: str
    empty: tuple[str, ...]

    def file(self, table: str) -> Path | None:
        """The Parquet file of a small table; None where the source has none or no row in it."""
        name = self.extract.tables.get(table)
        return None if name is None or table in self.empty else self.folder / name


def parts_of(found: Sequence[Found]) -> tuple[Part, ...]:
    """The sources in the order given."""
    return tuple(_part(*one, tag=f"_{place}") for place, one in enumerate(found))


def _part(source: Source, extract: Extract, folder: Path, tag: str) -> Part:
    empty = tuple(name for name, file in extract.tables.items() if not pq.read_metadata(folder / file).num_rows)
    filled = {name: Path(file) for name, file in extract.tables.items() if name not in empty}
    return Part(source, extract, folder, _mapping(source, filled, folder), tag, empty)


def _mapping(source: Source, files: dict[str, Path], folder: Path) -> Mapping:
    looked_for = source.lines.columns.key and source.lines.repeats == "set_aside"
    return Mapping(
        source=source.label,
        currency=source.currency,
        minor_digits=source.minor_digits,
        time_zone=source.time_zone,
        timestamps=source.timestamps,
        repeats="set_aside" if looked_for else "keep",
        columns=_columns(source),
        codes=source.codes,
        products=_products(source, files.get(MASTER)),
        stock=Stock(file=files[STOCK], columns=_STOCK) if STOCK in files else None,
        receipts=Receipts(file=files[RECEIPTS], columns=_RECEIPTS) if RECEIPTS in files else None,
        rates=Rates(file=files[RATES], columns=_RATES) if RATES in files else None,
        base=folder,
    )


_STOCK = StockColumns(date="date", product="product", available="available")
_RECEIPTS = ReceiptColumns(date="date", product="product", units="units")
_RATES = RateColumns(date="date", currency="currency", rate="rate")


def _columns(source: Source) -> Columns:
    """What a line may have, as far as the checks of the data ask for it."""
    mapped, given = source.lines.columns, source.constants
    known = {name: name for name in ("cost", "currency", "name") if getattr(mapped, name)}
    known |= {name: name for name in _TEXTS if getattr(mapped, name) or getattr(given, name)}
    return Columns(product="product", quantity="units", date="period", amount="gross_minor", **known)


_TEXTS = ("region", "channel", "category")


def _products(source: Source, file: Path | None) -> Products:
    rules = source.products
    if file is None or source.master is None:
        return Products(pattern=rules.pattern, not_products=rules.not_products)
    mapped = source.master.columns
    columns = {name: name for name in ProductColumns.model_fields if getattr(mapped, name)}
    return Products(
        pattern=rules.pattern, not_products=rules.not_products, file=file, columns=ProductColumns(**columns)
    )
