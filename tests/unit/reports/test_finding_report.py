"""Facts for findings: what they are on small data, and that nothing in them follows from what is not to be seen."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from factories import Item, Line, Stock, make_rollup

from dashboard.access import Forbidden, Permission, Scope, Viewer, built_in_roles
from dashboard.reports import ChangeKind, Gate, Question, Reports, Rules
from dashboard.reports.finding_report import facts
from dashboard.sales.findings import FindingRules
from dashboard.sales.rollup import Rollup
from dashboard.ui.findings_words import ORDER, findings
from dashboard.ui.how import how

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
PROCUREMENT, SALES, ADMIN = ROLES["procurement_manager"], ROLES["sales_manager"], ROLES["admin"]
NORTH = Viewer(3, "north", "own", PROCUREMENT.permissions, Scope(region=frozenset({"North"})), "own")
NOV, OCT = Question("2026-11", "2026-11"), Question("2026-10", "2026-10")
YEAR = Question("2025-11", "2026-10")
C = date(2026, 11, 20)
CODES = [f"p{number:02}" for number in range(14)]


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def shop(money: int = 1, *, stock: bool = True, days: int = 20) -> Rollup:
    """Fourteen products over 23 months. Units are the same whatever ``money`` is; p12 and p13 sell nothing lately."""
    prices = Random(money)
    lines = []
    for number, code in enumerate(CODES):
        for month in range(23):
            day = date(2025 + month // 12, month % 12 + 1, 3)
            if day > date(2026, 11, days) or (number >= 12 and day.year == 2026):
                continue
            units = 20 + number * (3 if day.month != 11 else 4) + (400 if number == 7 and (day.month == 10) else 0)
            back = 6 * number if (day.year, day.month) == (2026, 11) else 0
            price = prices.randrange(100, 10**6)
            lines.append(Line(day, code, units, units * price, returned_units=back, returned_sales=back * price))
            lines.append(Line(day + timedelta(days=days - 3), code, 1, price, region="South"))
    items = [Item(code, "Kitchen", f"Thing {code}", date(2024, 1, 1)) for code in CODES]
    snapshots = [Stock("2026-11", code, 20, 20 if code != "p00" else 19) for code in CODES] if stock else []
    return make_rollup(lines, items, snapshots, complete_to=min(C, date(2026, 11, days)))


def opened(rollup: Rollup, viewer: Viewer = PROCUREMENT, **rules: float) -> Reports:
    return Gate(Fixed(rollup), rules=Rules(findings=FindingRules(**{"record_months": 12, **rules}))).open(viewer)  # type: ignore[arg-type]


def said(reports: Reports, question: Question = NOV, page: str = "units") -> str:
    return " | ".join(one["text"] for one in findings(reports, question, page))


SHOP = shop()


def test_the_facts_of_an_unfinished_month_are_of_its_days_and_like_for_like() -> None:
    found = facts(opened(SHOP), NOV, "net_units")
    assert found.window.words == "1–20 November 2026"
    assert [one.kind for one in found.changes] == [ChangeKind.PERCENT, ChangeKind.PERCENT]
    assert found.compared is not None
    assert found.compared.base_window is not None
    assert found.compared.base_window.words == "1–20 October 2026"
    assert found.faller is not None
    # 48 sold, 42 returned and one in the South; in October 441 and one more.
    assert (found.faller.product, found.faller.current, found.faller.base) == ("p07", 7, 442)
    assert found.silent == (2, 14)
    assert found.returns is not None
    assert found.returns.returned == sum(6 * number for number in range(12))


def test_the_record_is_a_full_month_of_those_asked_for() -> None:
    assert facts(opened(SHOP), NOV, "net_units").record is None
    found = facts(opened(SHOP), Question("2025-10", "2025-10"), "net_units").record
    assert found is not None
    assert (found.month, found.of) == ("2025-10", 22)
    assert facts(opened(SHOP), OCT, "net_units").record is None
    assert facts(opened(SHOP, record_months=23), Question("2025-10", "2025-10"), "net_units").record is None


def test_several_months_are_compared_with_the_same_season_alone() -> None:
    assert len(facts(opened(SHOP), Question("2026-09", "2026-10"), "net_units").changes) == 1
    assert facts(opened(SHOP), YEAR, "net_units").changes == ()  # the data begin too late for the year before


@pytest.mark.parametrize("page", ORDER)
def test_sentences_are_deterministic_few_and_lead_to_pages_of_ours(page: str) -> None:
    first, second = (findings(opened(shop()), NOV, page) for _ in range(2))
    assert first == second
    assert len(first) <= FindingRules().most
    for one in first:
        assert one["text"].endswith(".")
        assert one["href"].startswith(("/units?", "/product?", "/changes?", "/classes?"))
        assert "from=2026-11&to=2026-11" in one["href"]


def test_the_most_important_comes_first_and_the_setting_says_how_many() -> None:
    every = findings(opened(SHOP, most=10), NOV, "units")
    assert [one["text"] for one in every] == said(opened(SHOP, most=10)).split(" | ")
    assert findings(opened(SHOP, most=2), NOV, "units") == every[:2]
    assert findings(opened(SHOP, most=0), NOV, "units") == []
    assert every[0]["text"].startswith("Net units of 1–20 November 2026: ")
    assert "2 of 14 ranked products sold nothing in 1–20 November 2026" in every[1]["text"]
    assert every[1]["href"] == "/units?from=2026-11&to=2026-11#units-all"


@pytest.mark.parametrize("page", ORDER)
def test_nothing_follows_from_a_hidden_measure(page: str) -> None:
    """Two companies that differ in money alone are one and the same to a viewer without revenue."""
    one, other = shop(1), shop(2)
    assert findings(opened(one), NOV, page) == findings(opened(other), NOV, page)
    assert "€" not in said(opened(one), NOV, page)
    assert how(opened(one), NOV) == how(opened(other), NOV)
    if page in {"revenue", "overview", "changes"}:
        assert findings(opened(one, SALES), NOV, page) != findings(opened(other, SALES), NOV, page)


def test_stock_is_told_to_those_who_may_see_it_and_all_places() -> None:
    lonely = replace(shop(), products=replace(SHOP.products, end_day=ended("p12", "p13")))
    told = {name: said(opened(lonely, viewer)) for name, viewer in (("p", PROCUREMENT), ("s", SALES), ("n", NORTH))}
    assert "; in stock on 20 of 20 days." in told["p"]
    assert "in stock" not in told["s"] + told["n"]
    for part in ({"region": frozenset({"North"})}, {"source": frozenset({"Test data"})}):
        assert "in stock" not in said(opened(lonely), replace(NOV, **part))


def ended(*codes: str):
    days = SHOP.products.end_day.copy()
    for code in codes:
        days[CODES.index(code)] = "2026-01-31"
    return days


def test_a_viewer_of_the_south_is_told_of_the_south_alone() -> None:
    viewer = replace(NORTH, scope=Scope(region=frozenset({"South"})))
    told = findings(opened(SHOP, viewer), NOV, "units")
    assert told
    assert told == findings(opened(louder_north(), viewer), NOV, "units")
    assert findings(opened(SHOP), NOV, "units") != findings(opened(louder_north()), NOV, "units")


def louder_north() -> Rollup:
    """The same company where the North sold three times as much."""
    monthly, daily = (
        replace(f, values={key: values * np.where(f.region == 0, 3, 1) for key, values in f.values.items()})
        for f in (SHOP.monthly, SHOP.daily)
    )
    assert SHOP.regions[0] == "North"
    return replace(SHOP, monthly=monthly, daily=daily)


def test_small_samples_are_silent() -> None:
    assert said(opened(SHOP, min_products=15)) == said(opened(SHOP, min_products=15, min_days=40))
    assert "ranked products" not in said(opened(SHOP, min_products=15))
    assert "ranked products" not in said(opened(SHOP, min_days=21))
    assert "Returns" not in said(opened(SHOP, min_units=10_000, most=10))
    assert "Returns" in said(opened(SHOP, most=10))
    one = replace(NOV, product="p03")
    assert "Best" not in said(opened(SHOP, most=10), one)
    tiny = make_rollup([Line(date(2026, 10, 5), "a", 3, 300), Line(date(2026, 11, 5), "a", 4, 400)], complete_to=C)
    assert findings(opened(tiny), NOV, "units") == []


def test_a_month_without_a_day_yet_says_nothing() -> None:
    early = replace(SHOP, info=replace(SHOP.info, last_day=date(2026, 10, 30), complete_to=date(2026, 10, 30)))
    assert findings(opened(early), NOV, "units") == []


def test_who_may_see_no_measure_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(Forbidden):
        findings(opened(SHOP, ADMIN), NOV, "units")
    with pytest.raises(Forbidden):
        facts(opened(SHOP), NOV, "net_sales")


def test_without_units_nothing_is_said_of_them_and_no_link_leads_where_they_are() -> None:
    money = Viewer(4, "money", "own", frozenset({Permission.MEASURE_REVENUE}), policy_version="own")
    told = findings(opened(SHOP, money, most=10), NOV, "revenue")
    assert told
    assert all(one["href"].startswith("/revenue?") for one in told)
    assert not any("units" in one["text"] for one in told)
