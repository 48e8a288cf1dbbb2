"""Measures, options, months, headlines, splits, findings, and how the data stand."""

from collections.abc import Hashable
from typing import Any

from flask import Response

from dashboard.access import Permission, require
from dashboard.api.analytics_base import (
    asked_days,
    change,
    figure,
    filtered,
    newest_finished,
    number,
    part,
    told,
    unit,
)
from dashboard.api.models import analytics_overview as models
from dashboard.api.models.analytics import OfMeasure
from dashboard.api.part import SIGNED_IN
from dashboard.reports import DataStatus, Reports
from dashboard.reports.source_states import SourceNews
from dashboard.reports.stock import asked_of
from dashboard.sales.calendar import month_window
from dashboard.sales.measures import MEASURES
from dashboard.sales.ratios import RATIOS, Form
from dashboard.sales.rollup import SetAside
from dashboard.ui.caller import Caller
from dashboard.ui.findings_words import findings as sentences

# The page whose findings they are -> the right that it needs.
PAGES = {
    "overview": Permission.MEASURE_UNITS,
    "revenue": Permission.MEASURE_REVENUE,
    "units": Permission.MEASURE_UNITS,
    "stock": Permission.MEASURE_STOCK,
}


@part.operation("GET", "/analytics/measures", SIGNED_IN, returns=models.Measures)
def measures(caller: Caller) -> Response:
    """The measures and ratios that the caller may see: what they mean and how their integers read."""
    return told(caller, "measures", _measures)


@part.operation("GET", "/analytics/options", SIGNED_IN, returns=models.Offered)
def options(caller: Caller) -> Response:
    """The months that have data, and the regions, categories, channels and sources that the caller may choose from."""
    return told(caller, "options", _options)


@part.operation("GET", "/analytics/monthly", SIGNED_IN, returns=models.Months)
def monthly(caller: Caller, query: OfMeasure) -> Response:
    """A measure month by month."""
    return told(caller, ("monthly", query), lambda reports: _monthly(reports, query), *_uses(query))


@part.operation("GET", "/analytics/headline", SIGNED_IN, returns=models.Headline)
def headline(caller: Caller, query: OfMeasure) -> Response:
    """A measure over the months, with its like-for-like changes."""
    return told(caller, ("headline", query), lambda reports: _headline(reports, query), *_uses(query))


@part.operation("GET", "/analytics/breakdown", SIGNED_IN, returns=models.Split)
def breakdown(caller: Caller, query: models.SplitQuery) -> Response:
    """A measure split by region, category, channel or source."""
    return told(caller, ("breakdown", query), lambda reports: _breakdown(reports, query), *_uses(query))


@part.operation("GET", "/analytics/findings", SIGNED_IN, returns=models.Findings)
def findings(caller: Caller, query: models.FindingsQuery) -> Response:
    """What stands out, in sentences: those of a page of the site."""
    needed = PAGES[query.page]
    require(caller.viewer, needed)
    return told(caller, ("findings", query), lambda reports: _findings(reports, query), needed)


@part.operation("GET", "/analytics/data-status", SIGNED_IN, returns=models.DataStatus)
def data_status(caller: Caller) -> Response:
    """Where the figures come from, how far they go, and how their sources stand."""
    news = caller.reports().sources()
    asked: Hashable = ("data status", news)
    return told(caller, asked, lambda reports: _status(reports.status(), news))


def _uses(query: OfMeasure) -> tuple[Permission, ...]:
    measure = MEASURES.get(query.measure)
    return () if measure is None else (measure.permission,)


def _measures(reports: Reports) -> models.Measures:
    known = reports.measures()
    if not known:
        return models.Measures(measures=[], ratios=[], rate=False)
    status = reports.status()
    seen = [models.MeasureTold(**figure(status, measure).model_dump(), means=measure.definition) for measure in known]
    ratios = [
        models.RatioTold(
            key=ratio.key,
            name=ratio.name,
            **unit(status, is_money=ratio.form is Form.PRICE),
            means=ratio.definition,
            form=ratio.form.value,
        )
        for ratio in (RATIOS[key] for key in reports.columns(RATIOS))
    ]
    return models.Measures(measures=seen, ratios=ratios, rate=reports.rates_known)


def _options(reports: Reports) -> models.Offered:
    offered = reports.options()
    return models.Offered(
        months=list(offered.months),
        newest_finished=newest_finished(reports),
        region=list(offered.region),
        category=list(offered.category),
        channel=list(offered.channel),
        source=list(offered.source),
    )


def _monthly(reports: Reports, query: OfMeasure) -> models.Months:
    asked = filtered(reports, query)
    answer, status = reports.monthly(query.measure, asked), reports.status()
    rows = answer.frame[answer.frame["month"].between(asked.first, asked.last)].to_dict("records")
    return models.Months(
        window=asked_days(asked), measure=figure(status, answer.measure), months=[_month(row, status) for row in rows]
    )


def _month(row: Any, status: DataStatus) -> models.MonthValue:
    last = min(month_window(row["month"], row["month"]).last, status.last_day)
    return models.MonthValue(
        month=row["month"],
        value=row["value"],
        complete=row["complete"],
        through=None if row["complete"] else last,
    )


def _headline(reports: Reports, query: OfMeasure) -> models.Headline:
    asked = filtered(reports, query)
    found = reports.headline(query.measure, asked)
    return models.Headline(
        window=asked_days(asked),
        measure=figure(reports.status(), found.measure),
        value=found.value,
        previous=change(found.previous),
        year_before=change(found.year_before),
    )


def _breakdown(reports: Reports, query: models.SplitQuery) -> models.Split:
    asked = filtered(reports, query)
    found = reports.breakdown(query.measure, query.dimension, asked)
    rows: list[Any] = found.frame.to_dict("records")
    return models.Split(
        window=asked_days(asked),
        measure=figure(reports.status(), found.measure),
        dimension=query.dimension,
        parts=[models.SplitValue(name=r["name"], value=r["value"], share=number(r["share"])) for r in rows],
        total=found.total,
    )


def _findings(reports: Reports, query: models.FindingsQuery) -> models.Findings:
    asked = filtered(reports, query)
    reports.check(asked)
    said = sentences(reports, asked_of(asked) if query.page == "stock" else asked, query.page)
    return models.Findings(
        window=asked_days(asked), findings=[models.Finding(text=one["text"], href=one["href"]) for one in said]
    )


def _status(status: DataStatus, news: tuple[SourceNews, ...]) -> models.DataStatus:
    same = (
        "source", "imported_at", "last_day", "complete_to", "complete_to_reason", "currency", "minor_digits",
        "lines_read", "lines_kept", "uses_stock", "stock_withheld",
    )  # fmt: skip
    return models.DataStatus(
        # The rest of a version's name is a digest of all figures, hidden ones included.
        version=status.version.partition("-")[0],
        **{name: getattr(status, name) for name in same},
        set_aside=[_aside(one) for one in status.set_aside],
        sources=[_source(one) for one in news],
    )


def _aside(one: SetAside) -> models.SetAside:
    return models.SetAside(**vars(one))


def _source(one: SourceNews) -> models.SourceNews:
    return models.SourceNews(**{**vars(one), "state": one.state.value})
