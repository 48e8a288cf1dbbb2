"""Answers made here instead of by a database."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text

from dashboard.settings.binds import Bind
from dashboard.sources.pushdown import transfer
from dashboard.sources.pushdown.answer import Answer
from dashboard.sources.pushdown.cancel import Cancel

BIND = Bind(url="sqlite:////shop.db")


def bring(
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    path: Path,
    schema: pa.Schema | None,
    limits: Bind = BIND,
    told: list[int] | None = None,
    cancel: Cancel | None = None,
) -> int:
    """``fetch`` with ``answer`` in the place of a database's."""

    @contextmanager
    def read(*_: Any, **__: Any) -> Iterator[Answer]:
        yield answer

    monkeypatch.setattr(transfer, "read", read)
    with create_engine("sqlite:///shop.db", creator=lambda: sqlite3.connect(":memory:")).connect() as connection:
        tell = (told if told is not None else []).append
        return transfer.fetch(connection, [text("SELECT 1")], path, schema, limits, tell, cancel or Cancel())


def lists(names: Sequence[str], batches: Iterable[Sequence[Sequence[Any]]]) -> Answer:
    """An answer whose batches are lists of columns."""
    return Answer(tuple(names), iter(batches))
