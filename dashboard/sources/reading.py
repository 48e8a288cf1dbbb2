"""Any supported file as one relation of the engine: columns ``row, c0, c1, ...``, and what each is called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.sources import engine, sheet, text_file
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import Mapping as ImportMapping

Kind = Literal["csv", "parquet", "xlsx"]
KINDS: Mapping[str, Kind] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
}


# The engine keeps a block of memory for every column; with twice as many it fails at the first line.
MAX_COLUMNS = 1000
# The engine gives the number of a Parquet row under this name.
_ROW_NUMBER = "file_row_number"


@dataclass(frozen=True)
class Column:
    """A column of a raw relation: its name there and the engine's type."""

    sql: str
    type: str


@dataclass(frozen=True)
class RawTable:
    """A file as the engine sees it.

    Attributes:
        relation: name in the engine; its column ``row`` counts as a spreadsheet does, the header being row 1.
        path: for messages.
        kind: how the file is written.
        columns: by the name in the file, in its order.
    """

    relation: str
    path: Path
    kind: Kind
    columns: Mapping[str, Column]

    def column(self, wanted: str, key: str) -> Column:
        """The column that mapping key ``key`` names; ImportRefused with the nearest names if the file has none."""
        if wanted in self.columns:
            return self.columns[wanted]
        folded = {found.casefold(): found for found in self.columns}
        near = get_close_matches(wanted.casefold(), folded, n=1)
        hint = f" Did you mean {folded[near[0]]!r}?" if near else ""
        found = ", ".join(repr(name) for name in self.columns)
        raise ImportRefused(f"{self.path}: no column {wanted!r} (mapping key {key}).{hint} The file has: {found}.")


def open_table(
    connection: duckdb.DuckDBPyConnection, path: Path, relation: str, mapping: ImportMapping, work: Path
) -> RawTable:
    """Make ``path`` available as ``relation``; ``work`` is a folder for what is needed meanwhile.

    Raises:
        ImportRefused: no such file, not readable, unknown kind, damaged, too many columns, or without any row.
    """
    kind = _kind(path)
    # The engine reads through a link with a plain name: it takes brackets and stars in a name for a pattern.
    link = work / f"{relation}.{kind}"
    link.symlink_to(path.resolve())
    if kind == "csv":
        columns = _open_csv(connection, path, link, relation, mapping)
    elif kind == "parquet":
        columns = _open_parquet(connection, path, link, relation)
    else:
        columns = _open_xlsx(connection, path, relation, mapping)
    table = RawTable(relation, path, kind, columns)
    if not connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone():
        raise ImportRefused(f"{path}: a header, but no row below it. Export the file again, with its rows.")
    return table


def _kind(path: Path) -> Kind:
    if not path.exists():
        raise ImportRefused(f"{path}: no such file.")
    if not path.is_file():
        raise ImportRefused(f"{path}: a folder or device, not a file. Name one CSV, Parquet or XLSX file.")
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise ImportRefused(f"{path}: unknown kind of file {path.suffix!r}. Give it as .csv, .parquet or .xlsx.")
    _check_link(path, kind)
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise ImportRefused(f"{path}: the file is empty. Export it again.")
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read: {error.strerror}.") from None
    return kind


def _check_link(path: Path, kind: Kind) -> None:
    """A link must not give a file another kind than its own name says: errors show the first lines of a CSV file."""
    target = path.resolve()
    if KINDS.get(target.suffix.lower()) != kind:
        raise ImportRefused(
            f"{path}: a link to a file of another kind ({target.name!r}). Link to a {path.suffix} file, or name the "
            "file itself."
        )


def _check_width(path: Path, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise ImportRefused(
            f"{path}: {columns:,} columns, more than {MAX_COLUMNS:,}. Export only those that the mapping names."
        )


def _named(path: Path, names: list[str], types: list[str]) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for index, (name, type_) in enumerate(zip(names, types, strict=True)):
        if name in columns and name:
            raise ImportRefused(f"{path}: two columns are called {name!r}. Rename one of them.")
        columns[name] = Column(f"c{index}", type_)
    return columns


def _open_csv(
    connection: duckdb.DuckDBPyConnection, path: Path, link: Path, relation: str, mapping: ImportMapping
) -> dict[str, Column]:
    copy = None if text_file.is_utf8(mapping.csv.encoding) else link.with_suffix(".utf8.csv")
    first = text_file.check_text(path, mapping.csv.encoding, copy=copy)
    names = text_file.header(path, first, mapping.csv.delimiter)
    _check_width(path, len(names))
    if not any(names):
        raise ImportRefused(f"{path}: the first row has no column names.")
    columns = _named(path, names, ["VARCHAR"] * len(names))
    spec = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(names)))
    connection.execute(
        f"CREATE TABLE {relation} AS SELECT row_number() OVER () + 1 AS row, * FROM read_csv("
        f"{engine.literal(str(copy or link))}, header = true, auto_detect = false, columns = {{{spec}}}, "
        f"delim = {engine.literal(mapping.csv.delimiter)}, quote = '\"', escape = '\"', nullstr = '', "
        f"max_line_size = {text_file.LINE_LIMIT}, store_rejects = true, rejects_limit = 1)"
    )
    _refuse_rejects(connection, path, mapping.csv.delimiter)
    return columns


def _refuse_rejects(connection: duckdb.DuckDBPyConnection, path: Path, delimiter: str) -> None:
    found = connection.execute("SELECT line, error_message FROM reject_errors ORDER BY line LIMIT 1").fetchone()
    if found:
        raise ImportRefused(
            f"{path}: row {found[0]}: {found[1].splitlines()[0]}. Mend the row, or check csv.delimiter "
            f"(now {delimiter!r}) in the mapping."
        )
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")


def _open_parquet(connection: duckdb.DuckDBPyConnection, path: Path, link: Path, relation: str) -> dict[str, Column]:
    try:
        names: list[str] = pq.read_schema(link).names
    except (pa.ArrowException, OSError) as error:
        raise ImportRefused(f"{path}: {_parquet_reason(path)} ({str(error).splitlines()[0]}).") from None
    _check_width(path, len(names))
    if _ROW_NUMBER in {name.casefold() for name in names}:
        raise ImportRefused(f"{path}: a column is called {_ROW_NUMBER!r}, a name that is in use here. Rename it.")
    if len({name.casefold() for name in names}) < len(names):
        raise ImportRefused(f"{path}: two columns have the same name but for capital letters. Rename one of them.")
    chosen = ", ".join(f"{engine.name(name)} AS c{index}" for index, name in enumerate(names))
    connection.execute(
        f"CREATE VIEW {relation} AS SELECT file_row_number + 1 AS row, {chosen} FROM read_parquet("
        f"{engine.literal(str(link))}, file_row_number = true, hive_partitioning = false)"
    )
    described = connection.execute(f"DESCRIBE {relation}").fetchall()
    return _named(path, names, [row[1] for row in described[1:]])


def _parquet_reason(path: Path) -> str:
    with path.open("rb") as file:
        begun = file.read(4) == b"PAR1"
    return "the Parquet file is damaged or cut off; copy it again" if begun else "no Parquet file, despite its name"


def _open_xlsx(
    connection: duckdb.DuckDBPyConnection, path: Path, relation: str, mapping: ImportMapping
) -> dict[str, Column]:
    opened = sheet.open_sheet(path, mapping.xlsx.sheet)
    rows = sheet.rows(opened)
    names = [(name or "").strip() for name in next(rows, [])]
    _check_width(path, len(names))
    if not any(names):
        raise ImportRefused(f"{path}: the first row of the sheet {opened.name!r} has no column names.")
    columns = _named(path, names, ["VARCHAR"] * len(names))
    spec = ", ".join(["row BIGINT", *(f"c{index} VARCHAR" for index in range(len(names)))])
    connection.execute(f"CREATE TABLE {relation} ({spec})")
    _insert(connection, relation, sheet.batches(rows, len(names), first_row=2))
    return columns


def _insert(connection: duckdb.DuckDBPyConnection, relation: str, tables: Iterator[pa.Table]) -> None:
    for table in chain(tables):
        connection.register("batch", table)
        connection.execute(f"INSERT INTO {relation} SELECT * FROM batch")
        connection.unregister("batch")
