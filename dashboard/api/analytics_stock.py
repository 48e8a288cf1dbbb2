"""Stock as of the newest finished day, and the worklist."""

from typing import Any

from flask import Response

from dashboard.access import Permission
from dashboard.api.analytics_base import MOST_KEPT, number, part, told
from dashboard.api.models import analytics_stock as models
from dashboard.api.part import SIGNED_IN
from dashboard.reports import Question, Reports
from dashboard.reports.stock import Missing, Standing, standing
from dashboard.reports.stock import worklist as worklist_of
from dashboard.reports.stock_pages import Wanted
from dashboard.ui.caller import Caller
from dashboard.ui.stock_words import why

COUNTED = (
    "day", "products", "in_stock", "out", "out_on_order", "unknown", "available", "daily_demand", "supply", "receipts",
    "no_spread", "no_pack",
)  # fmt: skip


@part.operation("GET", "/analytics/stock", SIGNED_IN, returns=models.Stock)
def stock(caller: Caller, query: models.StockQuery) -> Response:
    """Stock in total at the close of the newest finished day."""
    return told(caller, ("stock", query), lambda reports: _stock(reports, query), Permission.MEASURE_STOCK)


@part.operation("GET", "/analytics/stock/worklist", SIGNED_IN, returns=models.Worklist)
def worklist(caller: Caller, query: models.WorklistQuery) -> Response:
    """What to reorder, what to clear, what to leave alone, and why."""
    keep = query.limit <= MOST_KEPT
    asked = ("worklist", query)
    return told(caller, asked, lambda reports: _worklist(reports, query), Permission.MEASURE_STOCK, keep=keep)


def _stock(reports: Reports, query: models.StockQuery) -> models.Stock:
    found = standing(reports, _question(reports, query))
    if isinstance(found, Missing):
        return models.Stock(missing=found.value, standing=None)
    return models.Stock(missing=None, standing=_standing(found))


def _standing(found: Standing) -> models.Standing:
    sums = {"counts": dict(found.counts), "units": dict(found.units)}
    return models.Standing(**{name: getattr(found, name) for name in COUNTED}, **sums)


def _question(reports: Reports, query: models.StockQuery) -> Question:
    newest = reports.options().months[-1]
    return Question(newest, newest, category=frozenset(query.category) or None, product=query.product)


def _worklist(reports: Reports, query: models.WorklistQuery) -> models.Worklist:
    asked = _question(reports, query)
    wanted = Wanted(query.sort, query.descending, query.only or "", query.search, query.offset, query.limit)
    found, held = worklist_of(reports, asked, wanted), standing(reports, asked)
    if isinstance(found, Missing) or isinstance(held, Missing):
        missing = found if isinstance(found, Missing) else held
        return models.Worklist(
            missing=str(missing), day=None, items=[], total=0, offset=query.offset, limit=query.limit
        )
    rows: Any = found.frame.to_dict("records")
    return models.Worklist(
        missing=None,
        day=held.day,
        # The gate shows the first page to whoever asks beyond the end; a program must see that there is no more.
        items=[_row(row, held) for row in rows] if query.offset < found.found else [],
        total=found.found,
        offset=query.offset,
        limit=query.limit,
    )


def _row(row: dict[str, Any], held: Standing) -> models.WorklistRow:
    same = ("product", "name", "action", "reason", "quantity", "on_order", "excess", "minimum", "pack")
    blanks = {
        "days_left": "days_left", "days_of_supply": "cover", "daily_demand": "demand", "lead_days": "lead",
        "lead_days_spread": "lead_sd",
    }  # fmt: skip
    cost = row.get("cost", -1)
    return models.WorklistRow(
        **{name: row[name] for name in same},
        **{name: number(row[key]) for name, key in blanks.items()},
        why=why(row, held.day, held.rules),
        available=row["available"] if row["known"] else None,
        unit_cost=cost if cost >= 0 else None,
    )
