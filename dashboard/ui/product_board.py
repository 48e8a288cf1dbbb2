"""What the Product page shows: all that the viewer may know of one product, or a search for one."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from dashboard.access import Permission
from dashboard.charts import Money
from dashboard.reports import Change, Headline, Question, Reports
from dashboard.reports import classes as class_reports
from dashboard.reports.anomaly_report import Flag
from dashboard.reports.anomaly_report import answer as anomalies
from dashboard.reports.answers import RatioChange, RatioHeadline
from dashboard.reports.class_pages import Wanted as ClassWanted
from dashboard.reports.forecasting import all_months
from dashboard.reports.one_product import Profile, events, profile
from dashboard.reports.product_search import Wanted, find
from dashboard.reports.rates import has_cost, ratio_headline
from dashboard.reports.stock import Missing, worklist
from dashboard.reports.stock_pages import Wanted as StockWanted
from dashboard.sales.calendar import first_day
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.ratios import RATIOS
from dashboard.ui.board import Asked, TableState
from dashboard.ui.changes_words import against_words, reason_words
from dashboard.ui.how import how
from dashboard.ui.orders_words import order, product_lines
from dashboard.ui.product_charts import Charts
from dashboard.ui.product_words import about, event_row
from dashboard.ui.words import change_line, ratio_line

Content = dict[str, Any]

MEASURES_SHOWN = ("net_units", "net_sales", "margin")
CARDS = ("net_units", "net_sales", "average_price", "return_rate", "margin", "margin_rate")
FOUND_COLUMNS = (("Product", "product", "name"), ("Code", "code", "product"), ("Category", "text", "category"))
SUPPLY = (
    "Days of supply",
    "Units available / mean net units of a day in stock, over the newest finished days; a dash without recent sales.",
)
NOW = ("When", "As of the newest finished day, in the whole company, whatever months are chosen.")
NOT_FOUND = "No product that you may see has this in its name or code."


def measure_offers(reports: Reports) -> Sequence[tuple[str, str]]:
    """What the trend and the splits may show; margin where some cost is known."""
    permitted = {measure.key for measure in reports.measures()}
    months = reports.options().months
    if "margin" in permitted and not has_cost(reports, Question(months[0], months[-1])):
        permitted.discard("margin")
    return [(key, MEASURES[key].name) for key in MEASURES_SHOWN if key in permitted]


def build(reports: Reports, asked: Asked) -> dict[str, Any]:
    """Part -> content of the board; see docs/reference/boards.md."""
    status = reports.status()
    money = Money(status.currency, status.minor_digits)
    ordered = order(reports, asked.question, asked.table("order"), money)
    if asked.question.product is None:
        return {"found": _search(reports, asked.question, asked.table("found"), money), "order": ordered}
    known = profile(reports, asked.question)
    charts = Charts(reports, asked.question, asked.get("measure"), money)
    return {
        "about": _about(reports, asked.question, known),
        "order": ordered,
        "cards": _cards(reports, asked.question, money),
        "trend": charts.trend(),
        "region": charts.split("region"),
        "channel": charts.split("channel"),
        "source": charts.split("source"),
        "price": charts.price(),
        "returns": charts.returns(),
        "stock": charts.stock(),
        "season": charts.season(),
        "events": _events(reports, asked.question, known, money),
        "lines": product_lines(reports, asked.question, asked.table("lines"), money),
    }


def _about(reports: Reports, question: Question, known: Profile) -> Content:
    said = [{"text": words} for words in about(known, _letters(reports, question))]
    return {"title": known.name, "items": [*said, {"text": "Look for another product", "href": "/product"}]}


def _letters(reports: Reports, question: Question) -> str:
    """Its classes now, by what the viewer's classes are usually made by; empty where there are none."""
    measure = class_reports.offered(reports)[0]
    # Of the newest full months whatever is chosen, so that no filter has all products classed anew.
    newest = reports.options().months[-1]
    asked = Question(newest, newest)
    page = class_reports.products(reports, asked, measure.key, ClassWanted(product=question.product or ""))
    if page is None or page.frame.empty:
        return ""
    row = page.frame.iloc[0]
    return f"{row['abc']} by {measure.name.lower()}, {row['xyz']} by steadiness, demand {row['demand']}"


# ---- cards


def _cards(reports: Reports, question: Question, money: Money) -> list[Content]:
    found = [*(_card(reports, question, key, money) for key in CARDS), _supply_card(reports, question)]
    return [card for card in found if card is not None]


def _card(reports: Reports, question: Question, key: str, money: Money) -> Content | None:
    needs = RATIOS[key].permissions if key in RATIOS else (MEASURES[key].permission,)
    if not all(reports.may(permission) for permission in needs):
        return None
    if Permission.MEASURE_MARGIN in needs and not has_cost(reports, question):
        return None
    if key in RATIOS:
        ratio = ratio_headline(reports, key, question)
        lines = [ratio_line(ratio, change, money) for change in _compared(question, ratio)]
        said = (ratio.ratio.name, money.ratio(ratio.ratio, ratio.top, ratio.bottom), "", ratio.ratio.definition)
    else:
        head = reports.headline(key, question)
        lines = [change_line(head, change, money) for change in _compared(question, head)]
        unit = "" if head.measure.unit is Unit.MONEY else "units"
        said = (head.measure.name, money.text(head.value, head.measure), unit, head.measure.definition)
    label, value, unit, definition = said
    made = how(reports, question, (label, definition))
    return {"label": label, "value": value, "unit": unit, "changes": lines, "how": made, "href": ""}


def _supply_card(reports: Reports, question: Question) -> Content | None:
    """How long the stock lasts; None for whoever may know nothing of it."""
    if not reports.may(Permission.MEASURE_STOCK):
        return None
    now = worklist(reports, question, StockWanted())
    if isinstance(now, Missing) or now.frame.empty:
        return None
    row = now.frame.iloc[0]
    cover, available, under_way = (float(row[name]) for name in ("cover", "available", "on_order"))
    known = ", ".join(
        f"{units:,.0f} {words}"
        for units, words in ((available, "available"), (under_way, "on order"))
        if isfinite(units)
    )
    said = {"figure": "", "words": known or "stock is not known", "tone": "flat"}
    return {
        "label": "Days of supply",
        "value": f"{cover:,.0f}" if isfinite(cover) else "–",
        "unit": "days" if isfinite(cover) else "",
        "changes": [said],
        "how": how(reports, question, SUPPLY, NOW),
        "href": "/stock",
        "link": "To the worklist",
    }


def _compared(question: Question, head: Headline | RatioHeadline) -> list[Any]:
    """Several months are compared with the same season alone."""
    found: list[Change | RatioChange] = [head.previous, head.year_before]
    return found if question.first == question.last else found[1:]


# ---- tables


def _events(reports: Reports, question: Question, known: Profile, money: Money) -> Content:
    rows = [event_row(event, everywhere=known.everywhere) for event in events(reports, question)]
    rows += _unusual(reports, question, money)
    rows.sort(key=lambda row: -row[0][0])
    columns = [
        {"label": "Date", "kind": "text"},
        {"label": "What", "kind": "text"},
        {"label": "More", "kind": "long"},
    ]
    title = "What happened"
    if not rows:
        return {"title": title, "table": None, "note": "", "empty": "Nothing is known to have happened."}
    facts = [
        (
            "What is listed",
            "First and last day on sale, unusual months, and as far as you may see them: prices, stock.",
        ),
        ("Months", "All months of the data, whatever months are chosen. Regions, channels and sources chosen count."),
    ]
    made = how(reports, all_months(reports, question), *facts)
    return {"title": title, "table": {"columns": columns, "rows": rows}, "note": "", "how": made}


def _unusual(reports: Reports, question: Question, money: Money) -> list[list[Any]]:
    found = anomalies(reports, all_months(reports, question), "net_units")
    return [
        [
            [first_day(flag.month).toordinal(), f"{first_day(flag.month):%B %Y}"],
            "Unusual month",
            " ".join(
                [
                    _expected(flag, found.measure, money),
                    *(reason_words(r, flag, found.measure, money) for r in flag.reasons),
                ]
            ),
        ]
        for flag in found.flags
        if flag.product == question.product
    ]


def _expected(flag: Flag, measure: Measure, money: Money) -> str:
    value, usual = (money.text(number, measure) for number in (flag.value, flag.expected))
    return f"{value} net units; about {usual} would be usual, judged by {against_words(flag)}."


def _search(reports: Reports, question: Question, state: TableState, money: Money) -> Content:
    wanted = Wanted(state.search, state.sort or "name", state.descending, state.offset, state.limit)
    page = find(reports, question, wanted)
    if page.offset and page.offset >= page.found:
        page = find(reports, question, Wanted(state.search, wanted.sort, wanted.descending, 0, state.limit))
    units = MEASURES["net_units"]
    columns = [{"label": label, "kind": kind, "sort": sort} for label, kind, sort in FOUND_COLUMNS]
    columns.append({"label": units.name, "kind": "number", "sort": "units"})
    rows = [
        [[code, name], code, category, [value, money.text(value, units)]] for code, name, category, value in page.rows
    ]
    pages = {
        "found": page.found,
        "offset": page.offset,
        "size": state.limit,
        "sort": wanted.sort,
        "descending": state.descending,
        "only": "",
        "only_key": "",
    }
    return {
        "title": "Choose a product",
        "table": {"columns": columns, "rows": rows},
        "note": "Every product that you may see, whether it sold in these months or not.",
        "empty": "" if page.found else NOT_FOUND,
        "pages": pages,
        "how": how(reports, question, (units.name, units.definition)),
    }
