"""Names and their positions as a relation of the engine, so that it brings integer codes instead of texts."""

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa


def register(connection: duckdb.DuckDBPyConnection, relation: str, names: Sequence[str]) -> None:
    """Make ``relation`` (text, position) of ``names``."""
    texts, places = pa.array(names, pa.string()), pa.array(np.arange(len(names), dtype=np.int64))
    connection.register(relation, pa.table({"text": texts, "position": places}))
