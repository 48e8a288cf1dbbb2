"""The lines of orders as a table that the server sorts and pages."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dashboard.charts import Money
from dashboard.reports import ASKABLE, Question, Reports
from dashboard.reports.order_lines import AMOUNTS, SORTS, LinesPage, OrderLine, Wanted, lines
from dashboard.sales.measures import MEASURES
from dashboard.ui.asked import TableState
from dashboard.ui.how import how
from dashboard.ui.words import day

Content = dict[str, Any]

NET_SALES, NET_UNITS = MEASURES["net_sales"], MEASURES["net_units"]
NO_LINES = "The data were imported without their lines, so that no order can be shown."
NOTHING = "No lines in these months for these filters. Choose other months, or fewer filters."
NO_ORDER = "There is no such order among the lines that you may see."
RETURNS = ("Returns", "Lines of returns have negative units and amounts, on the day they are booked.")
WHOLE = ("Order", "All lines of this order that you may see, whatever the product and the months chosen.")
LINES = (
    "Lines",
    "Each counted line of the source in the months and filters chosen. Those set aside are not among them.",
)
HEADINGS = {"gross": "Before discount", "discount": "Discount", "net": "Net sales"}


def product_lines(reports: Reports, question: Question, state: TableState, money: Money) -> Content:
    """The lines behind the figures of ``question``'s product."""
    page = _page(reports, question, state, order="")
    title = "Order lines"
    if page is None:
        return {"title": title, "table": None, "note": "", "empty": NO_LINES}
    if not page.found:
        return {"title": title, "table": None, "note": "", "empty": NOTHING}
    made = how(reports, question, LINES, RETURNS)
    return _content(title, page, state, money, links=_link_of(question), how=made, whole_order=False)


def order(reports: Reports, question: Question, state: TableState, money: Money) -> Content | None:
    """All lines of the order that the table is filtered to; None where no order is asked for."""
    if not state.only:
        return None
    page, title = _page(reports, question, state, order=state.only), f"Order {state.only}"
    if page is None or not page.found:
        return {"title": title, "table": None, "note": "", "empty": NO_ORDER if page is not None else NO_LINES}
    return _content(title, page, state, money, links={}, how=how(reports, question, WHOLE, RETURNS), whole_order=True)


def _page(reports: Reports, question: Question, state: TableState, order: str) -> LinesPage | None:
    # A column of amounts is refused by the gate to whoever may not see them.
    wanted = Wanted(order, state.sort or "date", state.descending if state.sort else True, state.offset, state.limit)
    page = lines(reports, question, wanted)
    if page is not None and page.offset and page.offset >= page.found:
        return lines(reports, question, Wanted(order, wanted.sort, wanted.descending, 0, state.limit))
    return page


def _content(
    title: str,
    page: LinesPage,
    state: TableState,
    money: Money,
    *,
    links: Mapping[str, str],
    how: Content,
    whole_order: bool,
) -> Content:
    priced = page.net is not None
    columns = _columns(money, priced=priced, whole_order=whole_order)
    rows = [_row(line, money, links, priced=priced, whole_order=whole_order) for line in page.lines]
    amount = f" and {money.text(page.net, NET_SALES)} net sales" if page.net is not None else ""
    plural = "line" if page.found == 1 else "lines"
    pages = {
        "found": page.found,
        "offset": page.offset,
        "size": state.limit,
        "sort": state.sort or "date",
        "descending": state.descending if state.sort else True,
        "only": "",
        "only_key": state.only,
    }
    if whole_order:
        pages["filters"] = [{"key": state.only, "text": f"Order {state.only}"}]
    note = f"{page.found:,} {plural}, together {money.text(page.units, NET_UNITS)} net units{amount}."
    return {"title": title, "table": {"columns": columns, "rows": rows}, "note": note, "pages": pages, "how": how}


def _columns(money: Money, *, priced: bool, whole_order: bool) -> list[dict[str, str]]:
    amounts = [
        {"label": f"{HEADINGS[key]}, {money.currency}", "kind": "number", "sort": key} for key in AMOUNTS if priced
    ]
    own = {"label": "Product", "kind": "product", "sort": "product"}
    number = {"label": "Order", "kind": "link", "sort": "order"}
    named = {name: {"label": name.capitalize(), "kind": "text", "sort": name} for name in SORTS}
    return [
        named["date"],
        own if whole_order else number,
        named["region"],
        named["channel"],
        {**named["units"], "kind": "number"},
        *amounts,
    ]


def _row(line: OrderLine, money: Money, links: Mapping[str, str], *, priced: bool, whole_order: bool) -> list[Any]:
    amounts = [
        [value, money.text(value, NET_SALES)] for value in (line.gross, line.discount, line.net) if value is not None
    ]
    # What cannot be followed is no address: the browser then shows it as text.
    address = f"/product?{urlencode({**links, 'order.only': line.order})}" if line.order else ""
    number = [address, line.order or "–"]
    return [
        [line.day.toordinal(), day(line.day)],
        [line.product, line.name] if whole_order else number,
        line.region,
        line.channel,
        [line.units, money.text(line.units, NET_UNITS)],
        *(amounts if priced else []),
    ]


def _link_of(question: Question) -> dict[str, str]:
    values = {"product": question.product or "", "from": question.first, "to": question.last}
    for name in ASKABLE:
        values[name] = "".join(question.values(name) or ())
    return {name: value for name, value in values.items() if value}
