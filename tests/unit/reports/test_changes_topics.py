"""Bridge, contributions and anomalies through the gate: who may ask, what adds up, and what stays hidden."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from factories import Item, Line, Stock, make_rollup

from dashboard.access import Forbidden, Permission, Scope, Viewer, built_in_roles
from dashboard.reports import (
    BadQuestionError,
    ChangeKind,
    Gate,
    Question,
    Reports,
    anomaly_report,
    bridging,
    contributions,
    moved_products,
)
from dashboard.reports.moved_products import MovedPage
from dashboard.sales.calendar import Against
from dashboard.sales.rollup import Rollup

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
PROCUREMENT, SALES, ADMIN = ROLES["procurement_manager"], ROLES["sales_manager"], ROLES["admin"]
NORTH = replace(SALES, scope=Scope(region=frozenset({"North"})))
REVENUE_ONLY = replace(SALES, permissions=frozenset({Permission.MEASURE_REVENUE}))
NOV = Question("2026-11", "2026-11")
C = date(2026, 11, 20)
BEFORE, YEAR = Against.PREVIOUS, Against.YEAR_BEFORE


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def random_rollup(seed: int = 1, regions: tuple[str, ...] = ("North", "South", "West")) -> Rollup:
    """Units, days and places are the same for every seed; money is not. Two currencies, returns, a short history."""
    units, money = Random(7), Random(seed)
    lines = []
    for _ in range(1500):
        day = date(2025, 10, 1) + timedelta(days=units.randrange(416))
        one = f"p{units.randrange(12):02}"
        where = {"region": units.choice(["North", "South", "West"]), "channel": units.choice(["Store", "Online"])}
        count, back = units.randint(1, 40), units.random() < 0.1
        amount, fx = money.randrange(10**5), money.randrange(-500, 500)
        if where["region"] in regions:
            sold = {"returned_units": count, "returned_sales": amount} if back else {}
            lines.append(Line(day, one, **(sold or {"gross_units": count, "gross_sales": amount}), fx=fx, **where))
    items = [Item(f"p{i:02}", ("Kitchen", "Garden")[i % 2], first=date(2025, 1, 1)) for i in range(12)]
    stock = [Stock("2026-10", f"p{i:02}", 30, 30) for i in range(12)]
    return make_rollup(lines, items, stock, complete_to=C)


def reports(viewer: Viewer, rollup: Rollup | None = None) -> Reports:
    return Gate(Fixed(rollup or ROLLUP)).open(viewer)


ROLLUP = random_rollup()
TOPICS: dict[str, Callable[[Reports, str], Any]] = {
    "overall": lambda r, key: contributions.overall(r, NOV, key, BEFORE),
    "split": lambda r, key: contributions.split(r, NOV, key, BEFORE, "region"),
    "products": lambda r, key: moved_products.answer(r, NOV, key, BEFORE, MovedPage()),
    "anomalies": lambda r, key: anomaly_report.answer(r, NOV, key),
}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_measure_one_lacks_is_refused(topic: str) -> None:
    with pytest.raises(Forbidden):
        TOPICS[topic](reports(PROCUREMENT), "net_sales")
    with pytest.raises(Forbidden):
        TOPICS[topic](reports(ADMIN), "net_units")


@pytest.mark.parametrize("viewer", [PROCUREMENT, ADMIN, REVENUE_ONLY])
def test_the_bridge_needs_units_and_revenue_and_refuses_before_it_computes(viewer: Viewer, monkeypatch) -> None:
    monkeypatch.setattr(bridging, "bridge", lambda *_: pytest.fail("computed"))
    with pytest.raises(Forbidden):
        bridging.answer(reports(viewer), NOV, BEFORE)


def test_prices_are_no_column_for_who_lacks_units_or_asks_of_units() -> None:
    sort = MovedPage(sort="price")
    with pytest.raises(BadQuestionError):
        moved_products.answer(reports(PROCUREMENT), NOV, "net_units", BEFORE, sort)
    with pytest.raises(BadQuestionError):
        moved_products.answer(reports(REVENUE_ONLY), NOV, "net_sales", BEFORE, sort)
    assert moved_products.answer(reports(SALES), NOV, "net_sales", BEFORE, sort).priced
    assert not moved_products.answer(reports(SALES), NOV, "net_units", BEFORE, MovedPage()).priced


@pytest.mark.parametrize("topic", TOPICS)
def test_units_answers_do_not_follow_from_money(topic: str) -> None:
    """Two worlds that differ in money alone look the same to Procurement, byte by byte."""
    one, other = (TOPICS[topic](reports(PROCUREMENT, random_rollup(seed)), "net_units") for seed in (1, 2))
    shown = [{**vars(answer)} for answer in (one, other)]
    frames = [fields.pop("frame", None) for fields in shown]
    assert shown[0] == shown[1]
    if frames[0] is not None:
        assert frames[0].to_csv() == frames[1].to_csv()
    if topic != "anomalies":  # the worlds do differ
        money = [TOPICS[topic](reports(SALES, random_rollup(seed)), "net_sales").change for seed in (1, 2)]
        assert money[0] != money[1]


@pytest.mark.parametrize("against", Against)
@pytest.mark.parametrize("months", [("2026-11", "2026-11"), ("2026-10", "2026-10"), ("2026-09", "2026-11")])
def test_parts_products_and_every_split_make_the_change(months: tuple[str, str], against: Against) -> None:
    viewer, question = reports(SALES), Question(*months)
    if months[0] == "2026-09" and against is YEAR:
        assert bridging.answer(viewer, question, against).bridge is None  # no 2025-09
        return
    for key in ("net_units", "net_sales"):
        answer = contributions.overall(viewer, question, key, against)
        change = (answer.change.current or 0) - (answer.change.base or 0)
        assert answer.balance is not None
        assert answer.balance.net == change
        page = moved_products.answer(viewer, question, key, against, MovedPage(limit=1000))
        assert int(page.frame["change"].sum()) == change
        for dimension in ("region", "category", "channel"):
            frame = contributions.split(viewer, question, key, against, dimension).frame
            assert int(frame["change"].sum()) == change
            assert int(frame["current"].sum()) == answer.change.current
    found = bridging.answer(viewer, question, against)
    assert found.bridge is not None
    assert found.bridge.parts.total == change
    assert found.bridge.parts.fx != 0
    assert int(page.frame["price"].sum()) == found.bridge.parts.price


def test_a_narrower_scope_is_as_if_other_rows_did_not_exist() -> None:
    scoped, alone = reports(NORTH), reports(SALES, random_rollup(regions=("North",)))
    for topic in ("overall", "products"):
        one, other = (vars(TOPICS[topic](viewer, "net_sales")) for viewer in (scoped, alone))
        frames = [fields.pop("frame", None) if "frame" in fields else None for fields in (dict(one), dict(other))]
        assert one["change"] == other["change"]
        if frames[0] is not None:
            assert frames[0].to_csv() == frames[1].to_csv()
    bridges = [bridging.answer(viewer, NOV, BEFORE).bridge for viewer in (scoped, alone)]
    assert bridges[0] is not None
    assert bridges[1] is not None
    assert bridges[0].parts == bridges[1].parts
    assert contributions.split(scoped, NOV, "net_units", BEFORE, "region").frame["name"].tolist() == ["North"]


def test_the_unfinished_month_is_cut_on_both_sides() -> None:
    change = contributions.overall(reports(SALES), NOV, "net_units", BEFORE).change
    assert change.current_window is not None
    assert change.base_window is not None
    assert (change.current_window.words, change.base_window.words) == ("1–20 November 2026", "1–20 October 2026")


def test_the_table_is_filtered_sorted_and_paged() -> None:
    viewer = reports(SALES)

    def ask(**page: Any) -> Any:
        return moved_products.answer(viewer, NOV, "net_units", BEFORE, MovedPage(**page))

    every = ask(limit=1000)
    assert every.frame["change"].abs().is_monotonic_decreasing
    assert every.counts["up"] + every.counts["down"] == every.found == every.counts[""]
    assert (ask(only="up").frame["change"] > 0).all()
    assert (
        ask(sort="product", descending=False, limit=3, offset=2).frame["product"].tolist()
        == sorted(every.frame["product"])[2:5]
    )
    assert ask(search="P03").frame["product"].tolist() == ["p03"]
    for wrong in ({"sort": "margin"}, {"only": "best"}, {"limit": 0}):
        with pytest.raises(BadQuestionError):
            ask(**wrong)


def test_small_numbers_have_no_percentage() -> None:
    lines = [Line(date(2026, 10, 1), "few", 2), Line(date(2026, 11, 2), "few", 9), Line(date(2026, 11, 2), "new", 50)]
    frame = moved_products.answer(
        reports(SALES, make_rollup(lines, complete_to=C)), NOV, "net_units", BEFORE, MovedPage()
    ).frame
    assert dict(zip(frame["product"], frame["kind"], strict=True)) == {"new": ChangeKind.NEW, "few": ChangeKind.COUNTS}


def test_an_unknown_measure_or_dimension_is_a_bad_question() -> None:
    with pytest.raises(BadQuestionError):
        contributions.overall(reports(SALES), NOV, "weather", BEFORE)
    with pytest.raises(BadQuestionError):
        contributions.split(reports(SALES), NOV, "net_units", BEFORE, "planet")
