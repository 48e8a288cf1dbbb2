"""One source with nearly everything a mapping can say, its types in each dialect, and the text of its statements."""

from datetime import date
from pathlib import Path
from typing import Any

from engines.dialects import NAMES, dialect
from sqlalchemy import types
from sqlalchemy.dialects import mssql, oracle, postgresql

from dashboard.sources.pushdown.kinds import shape_of
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import Shapes
from dashboard.sources.pushdown.statement import (
    duplicates_statement,
    groups_statement,
    loaded_statement,
    table_statement,
)

GOLDEN = Path(__file__).parent / "golden"
START, STOP = date(2026, 1, 1), date(2026, 12, 1)
MAPPING: dict[str, Any] = {
    "bind": "erp",
    "label": "The shop",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "timestamps": "utc",
    "start": date(2020, 1, 1),
    "loaded": {"table": "loads", "column": "done"},
    "lines": {
        "schema": "shop",
        "table": "Order Lines",
        "columns": {
            "key": ["order_id", "line_no"],
            "product": "sku",
            "quantity": "qty",
            "price": "price",
            "discount": "Rabatt",
            "date": "head.sold_at",
            "region": "head.Région",
        },
        "joins": [{"name": "head", "schema": "shop", "table": "orders", "on": {"order_id": "id"}}],
        "only": {"company": ["1", "2"]},
        "leave_out": [
            {"column": "kind", "by": "prefix", "values": ["POST_"], "why": "carriage"},
            {"column": "kind", "by": "value", "values": ["GIFT"], "why": "gifts"},
        ],
    },
    "returns": {"by": "value", "column": "head.sort", "values": ["R"]},
    "master": {"table": "products", "columns": {"product": "sku", "name": "Name", "cost": "cost"}},
}
_LINE_TYPES: dict[str, tuple[Any, bool]] = {
    "order_id": (types.INTEGER(), False),
    "line_no": (types.INTEGER(), False),
    "sku": (types.VARCHAR(40), False),
    "qty": (types.INTEGER(), False),
    "price": (types.NUMERIC(12, 4), False),
    "Rabatt": (types.NUMERIC(12, 2), True),
    "company": (types.INTEGER(), False),
    "kind": (types.VARCHAR(10), True),
    "head.id": (types.INTEGER(), True),
    "head.sort": (types.VARCHAR(1), True),
    "head.Région": (types.VARCHAR(20), True),
}
_MOMENTS: dict[str, Any] = {
    "oracle": oracle.DATE(),
    "mssql": mssql.DATETIME(),
    "postgresql": postgresql.TIMESTAMP(timezone=True),
}


def source() -> Source:
    """The source of ``MAPPING``."""
    return Source.model_validate(_tuples({**MAPPING, "name": "shop"}))


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def shapes(name: str) -> Shapes:
    """Its types as the dialect would report them."""
    moment = (_MOMENTS.get(name, types.TIMESTAMP()), True)
    reported = {**_LINE_TYPES, "head.sold_at": moment}
    return Shapes(name, {"lines": {column: shape_of(*found, name) for column, found in reported.items()}})


def compiled(name: str) -> str:
    """All statements of the source as text of the dialect that ``engines.dialects`` calls ``name``."""
    written_for = dialect(name)
    found, known = source(), shapes(written_for.name)
    statements = {
        "groups by month": groups_statement(found, known, "month", START, STOP),
        "groups by day": groups_statement(found, known, "day", START, STOP),
        "products": table_statement(found, known, "master"),
        "duplicates": duplicates_statement(found, known, found.lines.joins[0]),
        "loaded": loaded_statement(found, known),
    }
    texts = (f"-- {what}\n{statement.compile(dialect=written_for)};\n" for what, statement in statements.items())
    return "\n".join(texts)


if __name__ == "__main__":
    for name in NAMES:
        (GOLDEN / f"{name}.sql").write_text(compiled(name), encoding="utf-8")
