"""Where the batches of an answer go: files of a schema that is given, or that the rows decide."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa

from dashboard.sources.pushdown.natural import recast, settled, simple, widened
from dashboard.sources.pushdown.normalise import Column, conform
from dashboard.sources.pushdown.parquet import RowGroups, parquet_file


class Sink(Protocol):
    """Takes an answer in, batch by batch."""

    def start(self, names: Sequence[str]) -> None:
        """The names of the columns, before the first batch of an answer; the same for every answer."""

    def take(self, columns: Sequence[Column]) -> int:
        """Keep one batch; returns its rows.

        Raises:
            ImportRefused: values that do not fit; the message names the column and the database.
        """


@contextmanager
def sink_for(path: Path, schema: pa.Schema | None, where: str) -> Iterator[Sink]:
    """Writes ``path`` at the end of a block without errors; without a schema the rows decide it.

    Raises:
        OSError: no space or no permission.
    """
    if schema is not None:
        with parquet_file(path, schema) as groups:
            yield _Exact(groups, schema, where)
        return
    with tempfile.TemporaryFile(dir=path.parent) as file:
        spool = _Spool(file, where)
        yield spool
        with parquet_file(path, settled(spool.schema)) as groups:
            for batch in spool.batches():
                groups.add(batch)


class _Exact:
    def __init__(self, groups: RowGroups, schema: pa.Schema, where: str) -> None:
        self._groups, self._schema, self._where = groups, schema, where
        self._names: Sequence[str] = ()

    def start(self, names: Sequence[str]) -> None:
        self._names = names

    def take(self, columns: Sequence[Column]) -> int:
        arrays = conform(self._names, columns, self._schema, self._where)
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        self._groups.add(batch)
        return int(batch.num_rows)


class _Spool:
    """Rows wait on disk until the last one has said which types hold them all: one Arrow stream after the other."""

    def __init__(self, file: IO[bytes], where: str) -> None:
        self._file, self._where = file, where
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None
        self._written = pa.schema([])
        self.schema = pa.schema([])

    def start(self, names: Sequence[str]) -> None:
        self.schema = self.schema or pa.schema([(name, pa.null()) for name in names])

    def take(self, columns: Sequence[Column]) -> int:
        batch = simple(self.schema.names, columns, self._where)
        self.schema = widened(self.schema, batch.schema, self._where)
        if self._writer is None or batch.schema != self._written:
            self._end()
            self._writer, self._written = pa.ipc.new_stream(self._file, batch.schema), batch.schema
        self._writer.write_batch(batch)
        return int(batch.num_rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows again, in the schema that holds them all."""
        self._end()
        end = self._file.tell()
        final = settled(self.schema)
        self._file.seek(0)
        while self._file.tell() < end:
            with pa.ipc.open_stream(self._file) as stream:
                for batch in stream:
                    yield recast(batch, final, self._where)

    def _end(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None
