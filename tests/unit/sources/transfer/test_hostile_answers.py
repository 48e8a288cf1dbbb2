"""A server that is broken or means harm: answers without an end, documents for names, other columns, absurd numbers."""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, create_engine, text
from transfer_kit import BIND, bring, lists

from dashboard.sources.binds import BindError
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown import transfer
from dashboard.sources.pushdown.answer import sized
from dashboard.sources.pushdown.cancel import Cancel, Cancelled, Stop
from dashboard.sources.pushdown.groups import GROUPS, LABELS
from dashboard.sources.pushdown.transfer import fetch

_DAY = date(2026, 1, 1)
_SOUND = (_DAY, "A100", None, None, None, 0, 0, 0, 1, 1, 100, 0, 0)


def one_label(name: str) -> tuple[tuple[Any, ...], ...]:
    return (("A100",), (name,), ("Toys",), (1,))


@pytest.mark.parametrize("schema", [LABELS, None])
def test_an_answer_that_drips_for_ever_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, schema: Any
) -> None:
    monkeypatch.setattr(transfer, "GRACE_SECONDS", 0.1)
    drops = (one_label("Bear") for _ in iter(lambda: time.sleep(0.01), 0))
    limits = BIND.model_copy(update={"statement_seconds": 0.2})
    with pytest.raises(BindError, match=r"not complete after 0\.2 s\. Raise statement_seconds") as refusal:
        bring(monkeypatch, lists(LABELS.names, drops), tmp_path / "labels.parquet", schema, limits)
    assert refusal.value.kind == "timeout"
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_falls_silent_is_cut_at_the_deadline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(transfer, "GRACE_SECONDS", 0.1)
    ours, theirs = socket.socketpair()

    @contextmanager
    def read(_connection: Any, _statement: Any, _limits: Any, cancel: Cancel, **_: Any) -> Iterator[Any]:
        with cancel.stopping(Stop(lambda: ours.shutdown(socket.SHUT_RDWR))):
            yield lists(LABELS.names, (one_label(ours.recv(1).decode() or "end") for _ in itertools.count()))

    monkeypatch.setattr(transfer, "read", read)
    limits, path = BIND.model_copy(update={"statement_seconds": 0.2}), tmp_path / "labels.parquet"
    with ours, theirs, create_engine("sqlite://").connect() as connection:
        began = time.monotonic()
        with pytest.raises(BindError, match="not complete"):
            fetch(connection, [text("SELECT 1")], path, LABELS, limits, lambda _: None, Cancel())
        assert time.monotonic() - began < 5


def test_a_request_to_stop_comes_before_the_deadline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cancel = Cancel()
    threading.Timer(0.1, cancel.request).start()
    drops = (one_label("Bear") for _ in iter(lambda: time.sleep(0.01), 0))
    with pytest.raises(Cancelled):
        bring(monkeypatch, lists(LABELS.names, drops), tmp_path / "labels.parquet", LABELS, cancel=cancel)


def test_rows_with_documents_in_them_come_a_few_at_a_time() -> None:
    asked: list[int] = []

    def rows(size: int) -> list[tuple[str, int]]:
        asked.append(size)
        return [("x" * 1_000_000, 1)] * size if len(asked) < 6 else [("x", 1)] * size if len(asked) < 12 else []

    assert sum(len(batch) for batch in sized(rows, 5000)) == sum(asked[:-1])
    assert asked[0] == 50
    assert asked[1:6] == [33] * 5
    assert asked[-1] == 5000


def big(rows: int, size: int) -> str:
    return (
        f"WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {rows}) "
        f"SELECT 'A' || i AS product, printf('%.*c', {size}, 'é') AS name, 'Toys' AS category, 1 AS lines FROM s"
    )


@pytest.mark.parametrize("schema", [LABELS, None])
def test_a_document_for_a_name_is_cut_and_the_file_stays_small(tmp_path: Path, schema: Any) -> None:
    engine: Engine = create_engine("sqlite://")
    path = tmp_path / "labels.parquet"
    with engine.connect() as connection:
        assert fetch(connection, [text(big(60, 1_000_000))], path, schema, BIND, lambda _: None, Cancel()) == 60
    assert set(pq.read_table(path).column("name").to_pylist()) == {"é" * 4000}
    assert path.stat().st_size < 100_000
    engine.dispose()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": 2**63}, "column 'units'"),
        ({"units": Decimal(10) ** 30}, "column 'units'"),
        ({"units": 1.5}, "column 'units'"),
        ({"units": "many"}, "column 'units'"),
        ({"verdict": 70_000}, "column 'verdict'"),
        ({"period": datetime(2026, 1, 1, 5)}, "column 'period'"),
        ({"period": "9999-99-99"}, "column 'period'"),
        ({"period": "0"}, "column 'period'"),
        ({"product": b"\xff\xfe"}, "column 'product'"),
        ({"product": ["list"]}, "column 'product'"),
        ({"product": {"a": 1}}, "column 'product'"),
        ({"region": 3 + 4j}, "column 'region'"),
        ({"lines": object()}, "column 'lines'"),
        ({"product": "half\udcff"}, "column 'product'"),
    ],
)
def test_a_value_that_is_none_is_refused_with_its_column(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    row = {**dict(zip(GROUPS.names, _SOUND, strict=True)), **change}
    answer = lists(GROUPS.names, [tuple((value,) for value in row.values())])
    with pytest.raises(ImportRefused, match=message):
        bring(monkeypatch, answer, tmp_path / "groups.parquet", GROUPS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("names", [[], GROUPS.names[:-1], [*GROUPS.names, "more"], [*GROUPS.names[:-1], "lines"]])
def test_other_columns_than_asked_for_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, names: list[str]
) -> None:
    answer = lists(names, [tuple((value,) for value in _SOUND[: len(names)])])
    with pytest.raises(ImportRefused, match="answered with the columns"):
        bring(monkeypatch, answer, tmp_path / "groups.parquet", GROUPS)


def test_a_row_of_another_length_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for row in ((*_SOUND, 1), _SOUND[:-1]):
        answer = lists(GROUPS.names, [tuple((value,) for value in row)])
        with pytest.raises(ImportRefused, match="columns"):
            bring(monkeypatch, answer, tmp_path / "groups.parquet", GROUPS)
