"""How one version of the rollup lies on disk: Arrow IPC files that are mapped, not read, and info.json."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from dashboard.sales.rollup import (
    VALUE_COLUMNS,
    Check,
    DataInfo,
    Facts,
    Products,
    Rollup,
    SetAside,
    SourceInfo,
    StockMonths,
    one_source,
)
from dashboard.sources.column_file import let_go
from dashboard.sources.layout_parts import part_facts, part_tables, read_parts
from dashboard.sources.layout_tables import arrays, narrow, table

FORMAT = 2
INFO = "info.json"
_DAYS = ("first_day", "end_day")
_SPAN = ("first_day", "last_day")
_DATES = (*_SPAN, "complete_to")
_STOCK = ("product", "observed_days", "in_stock_days", "closing_units")


class Damaged(Exception):
    """A file of the version is missing or altered."""


class Outdated(Damaged):
    """The version was written by another version of the program."""


def write_version(folder: Path, rollup: Rollup) -> str:
    """Write ``rollup`` into the empty ``folder``; returns a digest of its contents (not of its version name)."""
    several = len(rollup.sources) > 1
    tables = {"products": _product_table(rollup.products)}
    tables |= _facts_tables("monthly", rollup.monthly, several=several)
    tables |= _facts_tables("daily", rollup.daily, several=several)
    if rollup.stock is not None:
        tables |= {"stock": table({name: getattr(rollup.stock, name) for name in _STOCK})}
        tables |= {"stock_offsets": table({"offsets": rollup.stock.offsets})}
    tables |= part_tables(rollup)
    held = (*_arrays(rollup.monthly), *_arrays(rollup.daily))
    digests = {name: _write_table(folder / f"{name}.arrow", content, held) for name, content in tables.items()}
    record = {
        "format": FORMAT,
        "info": asdict(rollup.info),
        "months": rollup.months,
        "first_daily": rollup.first_daily,
        "regions": rollup.regions,
        "categories": rollup.categories,
        "channels": rollup.channels,
        "sources": rollup.sources,
        "parts": part_facts(rollup),
        "digests": digests,
    }
    (folder / INFO).write_text(json.dumps(record, default=str, indent=1), encoding="utf-8")
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()


def read_version(folder: Path) -> Rollup:
    """Map the version in ``folder``, named like it.

    Raises:
        Damaged: a file that is missing or altered; Outdated: of another format.
    """
    try:
        record = json.loads((folder / INFO).read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise Outdated(f"{folder / INFO}: format {record['format']}, this program reads {FORMAT}")
        tables = {name: _read_table(folder / f"{name}.arrow", digest) for name, digest in record["digests"].items()}
        return _rollup(folder.name, record, tables)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise Damaged(f"{folder}: {error}") from error


def _rollup(version: str, record: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> Rollup:
    info = dict(record["info"])
    info["set_aside"] = tuple(SetAside(**entry) for entry in info["set_aside"])
    info["checks"] = tuple(Check(**{**entry, "examples": tuple(entry["examples"])}) for entry in info["checks"])
    info |= {name: date.fromisoformat(info[name]) for name in _DATES}
    # Versions from before there were sources do not name any.
    info["sources"] = tuple(_source(entry) for entry in info.get("sources", ()))
    return Rollup(
        version=version,
        info=DataInfo(**info),
        months=tuple(record["months"]),
        first_daily=date.fromisoformat(record["first_daily"]),
        regions=tuple(record["regions"]),
        categories=tuple(record["categories"]),
        channels=tuple(record["channels"]),
        # Versions from before this was a dimension count as one source, until they are made anew.
        sources=tuple(record.get("sources", (_as_one(info),))),
        products=_products(tables["products"]),
        monthly=_facts("monthly", tables),
        daily=_facts("daily", tables),
        stock=_stock(tables) if "stock" in tables else None,
        **read_parts(record["parts"], tables),
    )


def _as_one(info: Mapping[str, Any]) -> str:
    """The name of all sources together. Their number is not in it: it is told to viewers of a part of the company."""
    return "All sources" if len(info["sources"]) > 1 else str(info["source"])


def _source(entry: Mapping[str, Any]) -> SourceInfo:
    days = {name: entry[name] and date.fromisoformat(entry[name]) for name in _SPAN}
    return SourceInfo(**{**entry, **days})


def _facts_tables(name: str, facts: Facts, *, several: bool) -> dict[str, pa.Table]:
    """``several``: whether there is more than one source; of one, nothing is written."""
    values = {column: narrow(amounts) for column, amounts in facts.values.items()}
    columns = {"product": facts.product, "region": facts.region, "channel": facts.channel, **values}
    columns |= {"source": facts.source} if several else {}
    return {name: table(columns), f"{name}_offsets": table({"offsets": facts.offsets})}


def _facts(name: str, tables: Mapping[str, pa.Table]) -> Facts:
    columns = arrays(tables[name])
    values = {column: columns[column] for column in VALUE_COLUMNS}
    offsets = arrays(tables[f"{name}_offsets"])["offsets"]
    source = columns.get("source", one_source(len(columns["product"])))
    return Facts(offsets, columns["product"], columns["region"], columns["channel"], values, source)


def _stock(tables: Mapping[str, pa.Table]) -> StockMonths:
    columns = arrays(tables["stock"])
    return StockMonths(arrays(tables["stock_offsets"])["offsets"], *(columns[name] for name in _STOCK))


def _product_table(products: Products) -> pa.Table:
    texts = {"code": pa.array(products.code, pa.string()), "name": pa.array(products.name, pa.string())}
    days = {name: pa.array(getattr(products, name), pa.date32()) for name in _DAYS}
    return pa.table({**texts, "category": pa.array(products.category), **days})


def _products(master: pa.Table) -> Products:
    code, name = (tuple(master.column(column).to_pylist()) for column in ("code", "name"))
    first, end = (master.column(column).to_numpy().astype("datetime64[D]") for column in _DAYS)
    return Products(code, name, master.column("category").to_numpy(), first, end)


def _arrays(facts: Facts) -> Sequence[NDArray[Any]]:
    return facts.product, facts.region, facts.channel, facts.source, *facts.values.values()


class _Shedding(io.FileIO):
    """A file to write, which lets go of mapped arrays as soon as something was written."""

    def __init__(self, path: Path, held: Sequence[NDArray[Any]]) -> None:
        super().__init__(path, "wb")
        self._held = held

    def write(self, content: Any) -> int:
        written = super().write(content)
        let_go(*self._held)
        return written


def _write_table(path: Path, content: pa.Table, held: Sequence[NDArray[Any]]) -> str:
    """Write a table of which ``held`` may be columns; memory never holds more than one of them."""
    with (
        io.BufferedWriter(_Shedding(path, held)) as file,
        pa.PythonFile(file, "w") as sink,
        pa.ipc.new_file(sink, content.schema) as writer,
    ):
        writer.write_table(content, max_chunksize=max(1, len(content)))
    return _digest(path)


def _read_table(path: Path, digest: str) -> pa.Table:
    if _digest(path) != digest:
        raise Damaged(f"{path}: not what was written (its digest differs)")
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
