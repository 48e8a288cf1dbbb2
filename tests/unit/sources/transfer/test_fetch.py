"""A fetch is whole or nothing, bounded in rows and memory, tells how far it is, and stops when asked."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text
from transfer_kit import BIND, bring, lists

from dashboard.settings import PROJECT
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.cancel import Cancel, Cancelled, Stop
from dashboard.sources.pushdown.groups import LABELS
from dashboard.sources.pushdown.transfer import fetch

BATCH = 5000


def labels(rows: int, seen: list[int] | None = None) -> Iterator[tuple[Any, ...]]:
    """Columns as a database driver would make them: new objects in every batch."""
    for start in range(0, rows, BATCH):
        numbers = range(start, min(start + BATCH, rows))
        names = tuple(f"Name of the product {number}" for number in numbers)
        if seen is not None:
            seen.append(_resident())
        yield tuple(map(str, numbers)), names, ("Toys",) * len(names), tuple(map(Decimal, numbers))


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("schema", [LABELS, None])
def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, schema: Any) -> None:
    peaks = []
    for rows in (200_000, 2_000_000 if schema else 600_000):
        seen: list[int] = []
        answer = lists(LABELS.names, labels(rows, seen))
        assert bring(monkeypatch, answer, tmp_path / "labels.parquet", schema) == rows
        peaks.append(max(seen))
    assert peaks[1] - peaks[0] < 50_000_000
    assert pq.ParquetFile(tmp_path / "labels.parquet").metadata.num_row_groups > 8


def test_the_file_is_exactly_the_schema(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    told: list[int] = []
    assert bring(monkeypatch, lists(LABELS.names, labels(12_000)), path, LABELS, told=told) == 12_000
    table = pq.read_table(path)
    assert table.schema.equals(LABELS)
    assert table.column("lines").to_pylist() == list(range(12_000))
    assert told[-1] == 12_000
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("schema", [LABELS, None])
def test_an_answer_without_rows_is_a_file_without_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, schema: Any
) -> None:
    assert bring(monkeypatch, lists(LABELS.names, []), tmp_path / "labels.parquet", schema) == 0
    assert pq.read_table(tmp_path / "labels.parquet").column_names == LABELS.names


def test_too_many_rows_stop_the_answer_early_and_leave_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    batches = labels(10**9)
    limits = BIND.model_copy(update={"max_rows": 12_000})
    with pytest.raises(ImportRefused, match=r"more than 12,000 rows.*max_rows"):
        bring(monkeypatch, lists(LABELS.names, batches), tmp_path / "labels.parquet", LABELS, limits)
    assert next(batches)[0][0] == str(3 * BATCH)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_fetch_leaves_the_file_before_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    bring(monkeypatch, lists(LABELS.names, labels(10)), path, LABELS)
    broken = [*labels(10), (("x",), ("y",), ("z",), (Decimal("0.5"),))]
    with pytest.raises(ImportRefused, match="'lines'"):
        bring(monkeypatch, lists(LABELS.names, broken), path, LABELS)
    assert pq.read_table(path).num_rows == 10
    assert list(tmp_path.iterdir()) == [path]


def test_progress_is_told_at_most_every_fifth_of_a_second(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def slowly() -> Iterator[tuple[Any, ...]]:
        for batch in labels(20 * BATCH):
            time.sleep(0.03)
            yield batch

    moments: list[float] = []
    told: list[int] = []

    class Told(list[int]):
        def append(self, rows: int) -> None:
            moments.append(time.monotonic())
            told.append(rows)

    bring(monkeypatch, lists(LABELS.names, slowly()), tmp_path / "x.parquet", LABELS, told=Told())
    assert told == sorted(told)
    assert 2 <= len(told) <= 8
    assert all(later - sooner >= 0.2 for sooner, later in pairwise(moments[:-1]))


def test_a_request_between_batches_ends_the_fetch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cancel = Cancel()

    def batches() -> Iterator[tuple[Any, ...]]:
        for count, batch in enumerate(labels(10**9)):
            if count == 2:
                cancel.request()
            yield batch

    with pytest.raises(Cancelled, match="still served"):
        bring(monkeypatch, lists(LABELS.names, batches()), tmp_path / "x.parquet", LABELS, cancel=cancel)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_no_half_file_and_the_next_one_clears_up(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from sqlalchemy import create_engine, text;"
        "from dashboard.settings.binds import Bind; from dashboard.sources.pushdown.cancel import Cancel;"
        "from dashboard.sources.pushdown.transfer import fetch; import pyarrow as pa;"
        "sql = 'WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT n FROM s';"
        "fetch(create_engine('sqlite://').connect(), [text(sql)], Path(sys.argv[1]), pa.schema([('n', pa.int64())]),"
        " Bind(url='sqlite:////x'), lambda n: print(n, flush=True), Cancel())"
    )
    path = tmp_path / "x.parquet"
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.send_signal(signal.SIGKILL)
    assert not path.exists()
    assert list(tmp_path.glob(".x.parquet.*.part"))
    with create_engine("sqlite://").connect() as connection:
        assert fetch(connection, [text("SELECT 1 AS n")], path, None, BIND, lambda _: None, Cancel()) == 1
    assert list(tmp_path.iterdir()) == [path]


class TestCancel:
    def test_what_breaks_because_of_a_request_is_cancelled(self) -> None:
        cancel, gone = Cancel(), threading.Event()
        with pytest.raises(Cancelled), cancel.stopping(Stop(gone.set)):  # noqa: PT012
            cancel.request()
            assert gone.wait(5)
            raise ConnectionError("the server closed the connection")

    def test_what_ends_well_in_spite_of_a_request_is_cancelled_too(self) -> None:
        cancel = Cancel()
        with pytest.raises(Cancelled), cancel.stopping():
            cancel.request()

    def test_what_breaks_without_a_request_keeps_its_reason(self) -> None:
        with pytest.raises(ConnectionError), Cancel().stopping():
            raise ConnectionError("the server closed the connection")

    def test_nothing_starts_after_a_request(self) -> None:
        cancel = Cancel()
        cancel.request()
        with pytest.raises(Cancelled), cancel.stopping():
            pytest.fail("the block must not run")

    def test_a_way_that_fails_is_tried_again_and_a_harder_one_follows(self) -> None:
        cancel, again, hard = Cancel(), threading.Semaphore(0), threading.Event()

        def lost() -> None:
            again.release()
            raise OSError("no statement is running yet")

        with pytest.raises(Cancelled), cancel.stopping(Stop(lost), Stop(hard.set, 0.1)):  # noqa: PT012
            cancel.request()
            assert again.acquire(timeout=5)
            assert again.acquire(timeout=5)
            assert hard.wait(5)

    def test_nothing_is_stopped_after_the_block(self) -> None:
        cancel, calls = Cancel(), []
        with cancel.stopping(Stop(lambda: calls.append(1))):
            pass
        cancel.request()
        time.sleep(0.1)
        assert calls == []
