"""A sales page at work: its layout for an address, and its callbacks."""

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from dashboard.reports import ASKABLE, BadQuestionError, DataStatus, NoDataError, Options, Reports
from dashboard.reports.products import Page
from dashboard.sales.calendar import is_unfinished
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.choice import Choice, checked, default_choice, from_parameters
from dashboard.ui.filters import filter_bar
from dashboard.ui.skeleton import DRAWN, empty_layout, sales_layout
from dashboard.ui.spec import SalesPage
from dashboard.ui.view import build_products, build_view

NAMES = ("from", "to", *ASKABLE, "show", "zero", "split", "lists", "rank")
# The control that stands for each, in the same order.
CONTROLS = tuple("split-by" if name == "split" else name for name in NAMES)
ROWS = 25
LONGEST_SEARCH = 80


def layout(page: SalesPage, caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the choice in the address; what the address got wrong is said, and the default shown."""
    try:
        reports = caller.reports()
    except NoDataError as error:
        return empty_layout(page, error)
    options, status = reports.options(), reports.status()
    choice, notice = _choice_or_default(page, reports, options, parameters)
    view = {**build_view(page, reports, choice), "notice": notice}
    products = build_products(page, reports, choice, _first_page(page))
    bar = filter_bar(page, options, choice, _last_complete(options, status), ranks=reports.rates_known)
    return sales_layout(page, reports, choice, bar, view, products)


def register(page: SalesPage, app: Registrar) -> None:
    """Declare the page's callbacks; each needs the page's permission."""
    controls = [Input(page.id(part), "value") for part in CONTROLS]
    product, view, products = page.id("product"), page.id("view"), page.id("products")

    @app.callback(page.permission, Output(view, "data"), *controls, Input(product, "data"), prevent_initial_call=True)
    def _view(caller: Caller, *values: Any) -> Any:
        return answer_view(page, caller, values)

    @app.callback(
        page.permission,
        Output(products, "data"),
        *controls,
        Input(page.id("table"), "data"),
        Input(page.id("search"), "value"),
        prevent_initial_call=True,
    )
    def _products(caller: Caller, *values: Any) -> Any:
        *chosen, table, search = values
        return answer_products(page, caller, chosen, table, search)

    app.clientside(
        "draw", *(Output(page.id(part), "figure") for part in DRAWN), Input(view, "data"), Input("theme", "data")
    )
    app.clientside("list", Output(page.id("search"), "title"), Input(products, "data"))
    app.clientside(
        "choose",
        Output(page.id("from"), "value"),
        Output(page.id("to"), "value"),
        Output(product, "data"),
        Input(page.id("months"), "data"),
        *(Input(page.id(part), "clickData") for part in DRAWN),
        State(product, "data"),
        prevent_initial_call=True,
    )


def answer_view(page: SalesPage, caller: Caller, values: Any) -> Any:
    """The view for the values of the controls and the product, or a notice that says what is wrong with them."""
    *controls, product = values
    try:
        reports = caller.reports()
        choice = from_parameters({**_named(controls), "product": product}, reports.options())
        return build_view(page, reports, choice)
    except (BadQuestionError, NoDataError) as error:
        return {"notice": f"{_sentence(error)} What is shown below is from before."}


def answer_products(page: SalesPage, caller: Caller, controls: Any, table: Any, search: Any) -> Any:
    """A page of the product table; a question that cannot be answered leaves the table as it is."""
    try:
        reports = caller.reports()
        choice = from_parameters(_named(controls), reports.options())
        return build_products(page, reports, choice, _page(page, table, search))
    except (BadQuestionError, NoDataError):
        return no_update  # the view's own callback says what is wrong


def _named(controls: Any) -> dict[str, Any]:
    return dict(zip(NAMES, controls, strict=True))


def _choice_or_default(
    page: SalesPage, reports: Reports, options: Options, parameters: Mapping[str, Any]
) -> tuple[Choice, str]:
    try:
        return checked(from_parameters(parameters, options), reports, page.measure), ""
    except BadQuestionError as error:
        return default_choice(options), f"{_sentence(error)} The newest month is shown instead."


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _first_page(page: SalesPage) -> Page:
    return Page(sort=page.measure, descending=True, limit=ROWS)


def _page(page: SalesPage, table: Any, search: Any) -> Page:
    """The page that the browser's table state asks for; the types are checked here, the names by the gate."""
    if not isinstance(table, dict) or not isinstance(search, str | None):
        raise BadQuestionError("the table's state must be an object and the search a text")
    first = _first_page(page)
    sort, only, offset = table.get("sort", first.sort), table.get("only", ""), table.get("offset", 0)
    descending = table.get("descending", first.descending)
    if not (isinstance(sort, str) and isinstance(only, str) and type(offset) is int and isinstance(descending, bool)):
        raise BadQuestionError("the table's state has a value of the wrong type")
    return Page(sort, descending, only, (search or "")[:LONGEST_SEARCH], offset, ROWS)


def _last_complete(options: Options, status: DataStatus) -> str | None:
    return next((key for key in reversed(options.months) if not is_unfinished(key, status.complete_to)), None)
