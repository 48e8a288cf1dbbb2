"""The Product page: whole for every role, free of what the role may not see, and polite to any address."""

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from product_kit import OWNER, PROCUREMENT, SALES, Fixed, bytes_of, entries, scoped, shop, snapshots

from dashboard.access import Forbidden, Viewer
from dashboard.accounts import Accounts, Actor
from dashboard.reports import Gate
from dashboard.reports.forecasting import ForecastAnswer
from dashboard.sales.backtest import Score
from dashboard.sales.forecast import Forecast, Method, Why
from dashboard.sales.rollup import Rollup
from dashboard.ui import board
from dashboard.ui.caller import Caller
from dashboard.ui.product_words import forecast_words, index_text
from pages.product import BOARD

ENTRIES = entries()
PLAIN = shop(ENTRIES)
SHOP = shop(ENTRIES, snapshots(PLAIN, "a", ("2026-06",)))
RICHER = shop(entries(money_seed=2), snapshots(PLAIN, "a", ("2026-06",)))
NORTH = scoped(SALES, region={"North"})


GATES = {id(rollup): Gate(Fixed(rollup)) for rollup in (PLAIN, SHOP, RICHER)}


def caller(viewer: Viewer = SALES, rollup: Rollup = SHOP) -> Caller:
    return Caller(viewer, Actor(1, "somebody"), GATES.get(id(rollup)) or Gate(Fixed(rollup)), cast(Accounts, None))


def values(**changes: Any) -> dict[str, Any]:
    usual = {"from": "2026-10", "to": "2026-10", "region": "*", "category": "*", "channel": "*", "measure": "net_units"}
    return usual | {"product": "a"} | changes


def view(viewer: Viewer = SALES, rollup: Rollup = SHOP, states: Any = None, **changes: Any) -> dict[str, Any]:
    return board.answer(BOARD, caller(viewer, rollup), states or {}, values(**changes))


def parts(viewer: Viewer = SALES, rollup: Rollup = SHOP, **changes: Any) -> dict[str, Any]:
    shown: dict[str, Any] = view(viewer, rollup, **changes)["parts"]
    return shown


def labels(shown: dict[str, Any]) -> list[str]:
    return [card["label"] for card in shown["cards"]]


def test_each_role_sees_its_own_part() -> None:
    sales, buyer, owner = parts(SALES), parts(PROCUREMENT), parts(OWNER)
    assert labels(sales) == ["Net units", "Net sales", "Average price", "Return rate"]
    assert labels(buyer)[:2] == ["Net units", "Return rate"]
    assert {"Margin", "Margin rate"} <= set(labels(owner))
    assert (sales["stock"], buyer["price"]) == (None, None)
    assert buyer["stock"]["figure"]["data"][0]["marker"]["color"].count("$worst") == 1
    assert sales["about"]["title"] == "Product A"
    assert parts(NORTH)["stock"] is None


@pytest.mark.parametrize("measure", ["net_units", "net_sales"])
def test_the_table_of_lines_adds_up_to_the_card(measure: str) -> None:
    shown = parts(measure=measure)
    units, amount = shown["cards"][0]["value"], shown["cards"][1]["value"]
    assert (
        shown["lines"]["note"]
        == f"{shown['lines']['pages']['found']} lines, together {units} net units and {amount} net sales."
    )


def test_no_byte_of_a_buyer_follows_from_money() -> None:
    for changes in ({}, {"product": ""}, {"region": "North"}, {"from": "2024-02"}):
        assert bytes_of(view(PROCUREMENT, SHOP, **changes)) == bytes_of(view(PROCUREMENT, RICHER, **changes))
    assert bytes_of(view(SALES, SHOP)) != bytes_of(view(SALES, RICHER))
    states = {"at": view(PROCUREMENT)["at"], "lines": {"sort": "net"}}
    with pytest.raises(Forbidden):
        view(PROCUREMENT, states=states)
    assert "on offer" in view(PROCUREMENT, measure="net_sales")["notice"]


def test_no_byte_of_a_seller_follows_from_stock() -> None:
    assert bytes_of(view(SALES, SHOP)) == bytes_of(view(SALES, PLAIN))
    assert bytes_of(view(PROCUREMENT, SHOP)) != bytes_of(view(PROCUREMENT, PLAIN))


def test_nothing_follows_from_rows_outside_the_scope() -> None:
    inside = [entry for entry in ENTRIES if entry.line.region == "North"]
    outside = [entry for entry in ENTRIES if entry.line.region != "North"]
    elsewhere = [replace(e, line=replace(e.line, gross_units=e.line.gross_units * 9)) for e in outside]
    other = shop([*inside, *elsewhere])
    assert bytes_of(parts(NORTH, PLAIN)) == bytes_of(parts(NORTH, other))


def test_lines_are_paged_and_lead_to_their_order() -> None:
    at = view()["at"]
    first, second = (view(states={"at": at, "lines": {"offset": offset}})["parts"]["lines"] for offset in (0, 25))
    assert first["pages"]["found"] > 25
    assert not {str(row) for row in first["table"]["rows"]} & {str(row) for row in second["table"]["rows"]}
    address, number = next(row[1] for row in first["table"]["rows"] if row[1][0])
    assert address == f"/product?product=a&from=2026-10&to=2026-10&order.only={number}"
    opened = board.layout(BOARD, caller(), {"product": "a", "order.only": number})
    assert f"Order {number}" in str(opened)
    shown = view(states={"at": at, "order": {"only": number}})["parts"]["order"]
    size = sum(entry.order == number for entry in ENTRIES)
    assert (shown["pages"]["found"], len(shown["table"]["rows"])) == (size, size)
    beyond = view(states={"at": at, "lines": {"offset": 10**6}})["parts"]["lines"]
    assert beyond["pages"]["offset"] == 0


def test_without_a_product_there_is_a_search() -> None:
    shown = view(product="")
    assert [key for key, content in shown["parts"].items() if content] == ["found"]
    found = view(product="", states={"at": shown["at"], "found": {"search": "product c"}})["parts"]["found"]
    assert [row[0] for row in found["table"]["rows"]] == [["c", "Product C"]]
    nothing = view(product="", states={"at": shown["at"], "found": {"search": "zzz"}})["parts"]["found"]
    assert "No product" in nothing["empty"]


def test_a_product_that_never_sold_is_shown_all_the_same() -> None:
    shown = parts(product="e")
    assert shown["lines"]["empty"]
    assert shown["trend"]["note"].endswith("it has not sold anything to start from.")


STRANGE = st.sampled_from(["", "a", "zz", "<b>", "2026-10", "net_sales", "north", "0" * 300, "a\x00", "\ud800"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(["product", "from", "measure", "region"]), STRANGE, max_size=2), STRANGE, STRANGE
)
def test_any_address_is_answered_or_refused_in_words(changes: dict[str, str], order: str, sort: str) -> None:
    states = {"at": view()["at"], "order": {"only": order}, "lines": {"sort": sort}}
    answered = view(PROCUREMENT, states=states, **changes)
    assert answered.get("parts") or answered["notice"]


ANSWER = ForecastAnswer(
    None, 34, 0, 10, Method.ADDED, Score(0.5, 0.6, 24, 30), (120.4,), (90.0,), (150.0,), ("2026-11",)
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ANSWER, "held 24 of 30 times in the trial): November 2026 about 120 units (90 to 150)."),
        (replace(ANSWER, why=Why.NOT_BETTER), "last 10 finished months, no method was better than to expect the same"),
        (replace(ANSWER, why=Why.UNSURE), "80 % range of the best method held 24 of 30 times; 70 % to 90 % is needed"),
        (
            ForecastAnswer(**vars(Forecast(Why.SHORT, 9, 2))),
            "18 finished months are needed, there are 9 (months out of",
        ),
        (ForecastAnswer(**vars(Forecast(Why.ENDED, 9, 0))), "No forecast: it is no longer on sale."),
    ],
)
def test_the_forecast_is_said_in_words_or_why_there_is_none(answer: ForecastAnswer, said: str) -> None:
    assert said in forecast_words(answer)


def test_an_index_is_said_against_the_usual_month() -> None:
    texts = [index_text(value) for value in (1.344, 0.5, 1.001)]
    assert texts == ["1.34, 34 % above the usual month", "0.50, 50 % below the usual month", "1.00, as the usual month"]
