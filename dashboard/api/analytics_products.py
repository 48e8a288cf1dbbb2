"""Rankings, the product table, and one product."""

from typing import Any

from flask import Response, abort

from dashboard.access import Permission
from dashboard.api.analytics_base import (
    MOST_KEPT,
    asked_days,
    change,
    days,
    figure,
    filtered,
    number,
    part,
    question,
    quotient,
    ratio_change,
    told,
    unit,
)
from dashboard.api.models import analytics_products as models
from dashboard.api.models.analytics import Figure, Selection
from dashboard.api.part import SIGNED_IN
from dashboard.reports import DataStatus, Question, RankingAnswer, Reports
from dashboard.reports.answers import Column, Derived, RateAnswer
from dashboard.reports.one_product import events, history, profile, season, stock_history
from dashboard.reports.products import Page
from dashboard.reports.ranked import rate_ranking
from dashboard.reports.rates import has_cost, ratio_headline
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.rankings import Kind
from dashboard.sales.ratios import RATIOS, Form, Ratio
from dashboard.ui.caller import Caller

HEADLINES = ("net_units", "net_sales", "margin")
RATIOS_TOLD = ("average_price", "return_rate", "margin_rate")


@part.operation("GET", "/analytics/best", SIGNED_IN, returns=models.Ranking)
def best(caller: Caller, query: models.RankingQuery) -> Response:
    """The best sellers by a measure, or by what they sell on a day in stock."""
    return _ranked(caller, Kind.BEST, query)


@part.operation("GET", "/analytics/worst", SIGNED_IN, returns=models.Ranking)
def worst(caller: Caller, query: models.RankingQuery) -> Response:
    """The worst sellers out of all products that could have sold, the smallest first."""
    return _ranked(caller, Kind.WORST, query)


@part.operation("GET", "/analytics/products", SIGNED_IN, returns=models.Products)
def products(caller: Caller, query: models.ProductsQuery) -> Response:
    """The products that could have sold, with the columns asked for: filtered, sorted, in parts."""
    asked = ("products", query)
    return told(caller, asked, lambda reports: _products(reports, query), *_uses(query), keep=query.limit <= MOST_KEPT)


@part.operation("GET", "/analytics/products/<path:code>", SIGNED_IN, returns=models.Product)
def product(caller: Caller, path: models.ProductPath, query: Selection) -> Response:
    """All that the caller may know of one product."""
    asked = ("product", path.code, query)
    return told(caller, asked, lambda reports: _product(reports, path.code, query), Permission.MEASURE_UNITS)


# ---- rankings


def _ranked(caller: Caller, kind: Kind, query: models.RankingQuery) -> Response:
    tell = _by_day if query.by == "day" else _by_total
    keep = query.limit <= MOST_KEPT
    return told(caller, (kind, query), lambda reports: tell(reports, kind, query), *_uses(query), keep=keep)


def _uses(query: models.RankingQuery | models.ProductsQuery) -> tuple[Permission, ...]:
    measure = MEASURES.get(query.measure)
    return () if measure is None else (measure.permission,)


def _by_total(reports: Reports, kind: Kind, query: models.RankingQuery) -> models.Ranking:
    asked = filtered(reports, query)
    found = reports.ranking(kind, query.measure, asked, query.limit, zero_sellers=query.zero_sellers)
    return models.Ranking(
        **_shared(reports, asked, found),
        by="total",
        items=[models.Ranked(**row, rate=None, days_in_stock=None) for row in _rows(found.frame)],
        others_value=found.others_value,
        outside_value=found.outside_value,
        total=found.total,
        uses_stock=found.uses_stock,
        least_days=None,
    )


def _by_day(reports: Reports, kind: Kind, query: models.RankingQuery) -> models.Ranking:
    asked = filtered(reports, query)
    found = rate_ranking(reports, kind, query.measure, asked, query.limit, zero_sellers=query.zero_sellers)
    items = [
        models.Ranked(
            **{name: row[name] for name in ("rank", "product", "name", "category", "state")},
            value=row["sold"],
            rate=row["value"],
            days_in_stock=row["days"],
        )
        for row in _rows(found.frame)
    ]
    return models.Ranking(
        **_shared(reports, asked, found),
        by="day",
        items=items,
        others_value=found.others_sold,
        outside_value=None,
        total=None,
        uses_stock=True,
        least_days=found.least_days,
    )


def _shared(reports: Reports, asked: Question, found: RankingAnswer | RateAnswer) -> dict[str, Any]:
    return {
        "window": asked_days(asked),
        "measure": figure(reports.status(), found.measure),
        "tied_beyond": found.tied_beyond,
        "left_out": dict(found.left_out),
        "universe": found.universe,
        "others": found.others,
    }


def _rows(frame: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return rows


# ---- the table


def _products(reports: Reports, query: models.ProductsQuery) -> models.Products:
    asked, status = filtered(reports, query), reports.status()
    page = Page(query.sort, query.descending, query.only or "", query.search, query.offset, query.limit)
    keys = tuple(dict.fromkeys((query.measure, *query.column)))
    found = reports.products(keys, asked, page)
    return models.Products(
        window=asked_days(asked),
        columns=[_column(one, status) for one in found.columns],
        items=[_row(row, keys) for row in _rows(found.frame)],
        total=found.found,
        offset=found.offset,
        limit=query.limit,
        uses_stock=found.uses_stock,
    )


def _row(row: dict[str, Any], keys: tuple[str, ...]) -> models.ProductRow:
    words = {name: row[name] for name in ("product", "name", "category", "state")}
    return models.ProductRow(**words, values={key: number(row[key]) for key in keys})


def _column(column: Column, status: DataStatus) -> models.Column:
    if isinstance(column, Measure):
        return models.Column(**figure(status, column).model_dump(), kind="measure")
    if isinstance(column, Ratio):
        return models.Column(**_ratio(column, status).model_dump(), kind=column.form.value)
    return models.Column(**_derived(column, status))


def _derived(column: Derived, status: DataStatus) -> dict[str, Any]:
    of, is_money = column.measure, column.measure.unit is Unit.MONEY
    name = f"{of.name} a day in stock" if column.key == "rate" else f"Change of {of.name.lower()}"
    shared = {"key": column.key, "name": name, "kind": column.key, **unit(status, is_money=is_money)}
    return {**shared, "base_window": days(column.window)}


def _ratio(ratio: Ratio, status: DataStatus) -> Figure:
    if ratio.form is Form.PRICE:
        return Figure(key=ratio.key, name=ratio.name, **unit(status, is_money=True))
    return Figure(key=ratio.key, name=ratio.name, unit="share", minor_digits=0)


# ---- one product


def _product(reports: Reports, code: str, query: Selection) -> models.Product:
    if reports.product_name(code) is None:
        abort(404, "There is no such product, or not for this role.")
    asked, status = question(reports, query, code), reports.status()
    known = profile(reports, asked)
    costed = has_cost(reports, asked)
    shown = [key for key in reports.columns((*HEADLINES, *RATIOS_TOLD)) if costed or "margin" not in key]
    return models.Product(
        window=asked_days(asked),
        product=known.code,
        **{name: getattr(known, name) for name in ("name", "category", "state", "first_day", "end_day")},
        headlines=[_headline(reports, key, asked, status) for key in shown if key in MEASURES],
        ratios=[_ratio_headline(reports, key, asked, status) for key in shown if key in RATIOS],
        history=_history(reports, asked, status),
        stock=_stock(reports, asked),
        season=_season(reports, asked),
        events=[_event(vars(one)) for one in events(reports, asked)],
    )


def _headline(reports: Reports, key: str, asked: Question, status: DataStatus) -> models.ProductHeadline:
    found = reports.headline(key, asked)
    return models.ProductHeadline(
        measure=figure(status, found.measure),
        value=found.value,
        previous=change(found.previous),
        year_before=change(found.year_before),
    )


def _ratio_headline(reports: Reports, key: str, asked: Question, status: DataStatus) -> models.RatioHeadline:
    found = ratio_headline(reports, key, asked)
    return models.RatioHeadline(
        ratio=_ratio(found.ratio, status),
        form=found.ratio.form.value,
        now=quotient(found.top, found.bottom),
        previous=ratio_change(found.previous),
        year_before=ratio_change(found.year_before),
    )


def _history(reports: Reports, asked: Question, status: DataStatus) -> models.History:
    found = history(reports, asked)
    sums = [
        models.Sums(measure=figure(status, MEASURES[key]), values=values.tolist())
        for key, values in found.values.items()
    ]
    return models.History(months=list(found.months), complete=list(found.complete), sums=sums)


def _stock(reports: Reports, asked: Question) -> models.StockHistory | None:
    found = stock_history(reports, asked)
    if found is None:
        return None
    units = {name: getattr(found, name).tolist() for name in ("closing", "observed", "in_stock")}
    return models.StockHistory(months=list(found.months), **units)


def _season(reports: Reports, asked: Question) -> models.Season | None:
    found = season(reports, asked)
    if found is None:
        return None
    return models.Season(index=found.index.tolist(), own=found.own, months=found.months)


def _event(one: dict[str, Any]) -> models.Event:
    told_of = ("day", "whole_month", "figure", "until", "open_end")
    return models.Event(kind=one["kind"].value, **{name: one[name] for name in told_of})
