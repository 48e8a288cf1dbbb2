"""The cards of the Stock page: what there is, what to do, and how stock and sales go together."""

from collections.abc import Callable
from math import isnan
from typing import Any

from dashboard.access import Permission
from dashboard.charts import Money
from dashboard.reports import Question, Reports
from dashboard.reports.stock import Standing
from dashboard.reports.stock_periods import CostTurnover, Turnover, at_costs, turnover
from dashboard.sales.measures import MEASURES
from dashboard.ui import stock_how as means
from dashboard.ui.how import how
from dashboard.ui.stock_words import NOTHING, count, several, short_day

Card = dict[str, Any]
Address = Callable[[str], str]
NO_OPENING = "the stock before these months is not known"


def standing_cards(reports: Reports, now: Question, held: Standing, address: Address) -> list[Card]:
    """Stock and advice as of the newest close.

    Args:
        now: the newest month with the filters.
        address: filter of the worklist -> where it is shown.
    """
    explained = how(reports, now, *means.advice_words(held.rules))
    supply = held.available / held.daily_demand if held.daily_demand > 0 else float("nan")
    weeks = "no recent sales" if isnan(supply) else f"{supply / 7:.1f} weeks at the demand of days in stock"
    on_the_way = f"{held.out_on_order:,} of these with an order under way" if held.out else "none"
    todo = held.counts["at_once"]
    return [
        _card(
            "To reorder", count(held.counts["reorder"]), "products", explained, f"{todo:,} at once", address("reorder")
        ),
        _card(
            "To clear",
            count(held.counts["clear"]),
            "products",
            explained,
            f"{several(held.units['clear'], 'unit')} too much",
            address("clear"),
        ),
        _card("Out of stock", count(held.out), "products", explained, on_the_way, address("out")),
        _card(
            "In stock",
            count(held.in_stock),
            f"of {held.products:,} products",
            explained,
            f"{several(held.unknown)} without a stock figure" if held.unknown else "every stock is known",
            address("no_stock") if held.unknown else "",
        ),
        _card(
            "Days of supply",
            NOTHING if isnan(supply) else count(supply),
            f"days, all products, {short_day(held.day, held.day)}",
            how(reports, now, means.SUPPLY, means.AVAILABLE, means.demand_words(held.rules)),
            weeks,
        ),
    ]


def period_cards(reports: Reports, question: Question, money: Money) -> list[Card]:
    """Sell-through, months of stock and turns of the months asked for; value and GMROI by grant."""
    found = turnover(reports, question)
    cards = _unit_cards(reports, question, found) if isinstance(found, Turnover) else [_no_opening(reports, question)]
    if reports.may(Permission.MEASURE_MARGIN):
        costs = at_costs(reports, question)
        cards += _cost_cards(reports, question, costs, money) if isinstance(costs, CostTurnover) else []
    return cards


def _unit_cards(reports: Reports, question: Question, found: Turnover) -> list[Card]:
    left_out = f"{several(found.left_out)} left out: stock not known at each month end" if found.left_out else ""
    opening_only = found.sold / found.opening if found.opening > 0 else float("nan")
    incoming = "" if found.received is None else f" + {found.received:,} received"
    sell_through = (
        means.OPENING_ONLY
        if found.received is None
        else (means.SELL_THROUGH[0], means.SELL_THROUGH[1].format(opening=_percent(opening_only)))
    )
    parts = ("Made of", f"{found.sold:,} sold net, of {found.opening:,} before the period{incoming}")
    average = ("Average stock", f"{found.average:,.0f} units")

    def explained(*definitions: tuple[str, str]) -> Card:
        return how(reports, question, *definitions, *([("Left out", left_out)] if left_out else []))

    return [
        _card(
            "Sell-through",
            _percent(found.sell_through),
            "of opening stock alone" if found.received is None else "of opening stock and receipts",
            explained(sell_through, parts),
            f"{found.sold:,} units of {found.opening + (found.received or 0):,}",
        ),
        _card(
            "Months of stock",
            _one(found.months_of_stock),
            "months of sales, before the period",
            explained(means.MONTHS_OF_STOCK, parts),
            left_out,
        ),
        _card("Turns of units", _one(found.turns), "a year", explained(means.UNIT_TURNS, parts, average), left_out),
    ]


def _cost_cards(reports: Reports, question: Question, found: CostTurnover, money: Money) -> list[Card]:
    measure = MEASURES["cost_of_goods"]
    unpriced = f"{several(found.unpriced)} in stock without a known cost" if found.unpriced else "every cost is known"
    cards = [
        _card(
            "Stock at cost",
            money.text(found.value, measure),
            short_day(found.day, found.day),
            how(reports, question, means.VALUE),
            unpriced,
        )
    ]
    if found.average is None or found.cost_of_goods is None or found.margin is None:
        return cards
    average = ("Average stock", f"{money.text(found.average, measure)} at cost")
    cost = ("Cost of goods", money.text(found.cost_of_goods, measure))
    margin = ("Margin", money.text(found.margin, MEASURES["margin"]))
    return [
        *cards,
        _card("Turns at cost", _one(found.turns), "a year", how(reports, question, means.COST_TURNS, cost, average)),
        _card(
            "GMROI",
            "–" if isnan(found.gmroi) else f"{found.gmroi:.2f}".replace("-", "−"),
            f"{money.currency} margin a year for 1 in stock",
            how(reports, question, means.GMROI, margin, average),
        ),
    ]


def _no_opening(reports: Reports, question: Question) -> Card:
    return _card("Sell-through", NOTHING, "", how(reports, question, means.SELL_THROUGH_PLAIN), NO_OPENING)


def _card(label: str, value: str, unit: str, explained: Card, words: str = "", href: str = "") -> Card:
    changes = [{"figure": "", "words": words, "tone": "flat"}] if words else []
    linked = {"href": href, "link": "Show them"} if href else {}
    return {"label": label, "value": value, "unit": unit, "changes": changes, "how": explained, **linked}


def _percent(share: float) -> str:
    return NOTHING if isnan(share) else f"{share * 100:.1f} %".replace("-", "−")


def _one(value: float) -> str:
    return NOTHING if isnan(value) else f"{value:.1f}".replace("-", "−")
