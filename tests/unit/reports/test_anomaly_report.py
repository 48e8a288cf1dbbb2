"""Anomalies of a small shop, and which explanations whom are told."""

from dataclasses import replace
from datetime import date, timedelta

from factories import Item, Line, Stock, every_day, make_rollup

from dashboard.access import Permission, Scope, built_in_roles
from dashboard.reports import Gate, Question, Reports, Rules
from dashboard.reports.anomaly_report import Anomalies, answer
from dashboard.sales.anomalies import AnomalyRules
from dashboard.sales.anomaly_reasons import Cause
from dashboard.sales.rollup import Rollup

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
PROCUREMENT, SALES = ROLES["procurement_manager"], ROLES["sales_manager"]
ALL = replace(SALES, permissions=SALES.permissions | {Permission.MEASURE_STOCK})
OCT, NOV = Question("2026-10", "2026-10"), Question("2026-11", "2026-11")
FIRST, LAST = date(2026, 1, 1), date(2026, 11, 20)
GAP = {date(2026, 10, day) for day in range(12, 16)}


class Shop:
    """Every product sells ten a day at 2.00, but in October 2026: out of stock, dearer, much returned."""

    def current(self) -> Rollup:
        return self.rollup

    def __init__(self, *, gap: bool = False) -> None:
        lines = []
        for day in every_day(FIRST, LAST):
            odd = (day.year, day.month) == (2026, 10)
            if gap and day in GAP:
                continue
            lines += [
                Line(day, "calm", 10, 20_00),
                Line(day, "empty", 1 if odd else 10, 2_00 if odd else 20_00),
                Line(day, "dear", 3 if odd else 10, 12_00 if odd else 20_00),
                Line(day, "back", 10, 20_00, 8 if odd else 0, 16_00 if odd else 0),
                Line(day, "wonder", 40 if odd else 10, 80_00 if odd else 20_00),
                Line(day, "gone", 0 if odd else 10, 0 if odd else 20_00),
            ]
        lines += [
            Line(day, "young", 90, 90_00) for day in every_day(date(2026, 7, 1), LAST) if not (gap and day in GAP)
        ]
        items = [Item("gone", end=date(2026, 10, 1))]
        products = ("calm", "empty", "dear", "back", "wonder", "young", "gone")
        stock = [Stock("2026-10", product, 31, 3 if product == "empty" else 31) for product in products]
        self.rollup = make_rollup(lines, items, stock, complete_to=LAST)


SHOP, HOLED = Shop(), Shop(gap=True)


def causes(found: Anomalies) -> dict[str, list[Cause]]:
    return {flag.product: [reason.cause for reason in flag.reasons] for flag in found.flags}


def opened(viewer, shop: Shop = SHOP, **rules: object) -> Reports:
    return Gate(shop, rules=Rules(anomalies=AnomalyRules(**rules))).open(viewer)  # type: ignore[arg-type]


def test_each_flag_carries_what_was_found() -> None:
    found = answer(opened(ALL), OCT, "net_units")
    assert causes(found) == {
        "wonder": [],
        "empty": [Cause.STOCK_OUT],
        "back": [Cause.RETURNS],
        "dear": [Cause.PRICE],
    }
    wonder = found.flags[0]
    assert (wonder.value, wonder.expected, wonder.by_years, wonder.comparables) == (1240, 305, False, 6)
    assert (found.looked_at, found.left_out, found.found) == (5, 1, 4)  # the young one; the ended one is nowhere


def test_reasons_are_told_by_grant() -> None:
    assert causes(answer(opened(PROCUREMENT), OCT, "net_units"))["dear"] == []
    assert Cause.PRICE not in answer(opened(PROCUREMENT), OCT, "net_units").tested
    assert causes(answer(opened(SALES), OCT, "net_units"))["empty"] == []
    assert causes(answer(opened(SALES), OCT, "net_sales"))["wonder"] == []


def test_who_sees_a_part_is_told_nothing_of_stock() -> None:
    part = replace(ALL, scope=Scope(region=frozenset({"North"})))
    assert causes(answer(opened(part), OCT, "net_units"))["empty"] == []
    for narrowed in (replace(OCT, channel=frozenset({"Store"})), replace(OCT, source=frozenset({"Test data"}))):
        assert causes(answer(opened(ALL), narrowed, "net_units"))["empty"] == []


def test_days_without_any_sales_are_said() -> None:
    assert Cause.DATA_GAP in causes(answer(opened(ALL, HOLED), OCT, "net_units"))["empty"]


def test_the_unfinished_month_gives_way_to_the_newest_finished_one() -> None:
    found = answer(opened(ALL), NOV, "net_units")
    assert (found.months, found.instead) == (("2026-10",), True)
    assert found.flags == answer(opened(ALL), OCT, "net_units").flags


def test_nothing_finished_says_so() -> None:
    rollup = make_rollup([Line(date(2026, 11, 2), "cup", 1)], complete_to=date(2026, 11, 20))
    shop = Shop.__new__(Shop)
    shop.rollup = rollup
    assert answer(opened(ALL, shop), NOV, "net_units").months == ()


def test_the_season_comes_last_whatever_its_size() -> None:
    lines = []
    for day in every_day(date(2025, 3, 1), date(2026, 10, 31)):
        lines += [Line(day, "tree", 500 if day.month == 10 else 100), Line(day, "cup", 10)]
    lines += [Line(date(2026, 10, 5) + timedelta(days=1), "cup", 500)]
    shop = Shop.__new__(Shop)
    shop.rollup = make_rollup(lines)
    found = answer(opened(ALL, shop), OCT, "net_units")
    assert list(causes(found).items()) == [("cup", []), ("tree", [Cause.CALENDAR])]


def test_the_cut_is_a_setting_and_says_how_many_there_are() -> None:
    found = answer(opened(ALL, most=1), OCT, "net_units")
    assert (len(found.flags), found.found) == (1, 4)
