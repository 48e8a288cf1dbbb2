"""What several sources give together: nothing lost, nothing twice, and the same whichever way they are cut."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from extracts_kit import Extracts, cells, group, labels, make_source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.sales.rollup import Facts, Rollup
from dashboard.sources.errors import ImportRefused

DAILY = date(2024, 5, 1)


def test_every_line_is_counted_or_set_aside_with_its_reason(extracts: Extracts) -> None:
    rules = {"leave_out": [{"column": "S", "by": "value", "values": ["X"], "why": "cancelled"}]}
    source = make_source(codes={"case": "upper"}, products={"not_products": ["POST"]}, lines=rules)
    rows = [group("2024-05-02", " a ", 2, lines=2), group("2024-05-02", None), group("2024-05-02", "post", lines=3)]
    rows += [group("2024-05-02", "post", verdict=100), group("2024-05-02", verdict=4), group("2024-05-02", verdict=7)]
    extracts.add(source, rows, outside_lines=5, outside_units=9)
    found = extracts.assemble()
    info = found.rollup.info
    aside = {reason: (entry.lines, entry.units) for reason, entry in found.aside().items()}
    assert aside == {
        "left_out": (1, 1),
        "no_product": (1, 1),
        "not_a_product": (3, 1),
        "bad_date": (5, 9),
        "price_not_positive": (1, 1),
        "repeat": (1, 1),
    }
    assert (info.lines_read, info.lines_kept, found.rollup.products.code) == (14, 2, ("A",))
    assert found.aside()["left_out"].note == "cancelled: 1"
    assert found.aside()["not_a_product"].note == "such as 'post'"


def test_a_rule_that_went_is_still_told_of_where_lines_were_judged_by_it(extracts: Extracts) -> None:
    rules = {"leave_out": [{"column": "S", "by": "value", "values": ["X"], "why": "cancelled"}]}
    rows = [group("2024-05-02"), group("2024-05-02", verdict=100), group("2024-05-02", verdict=101, lines=2)]
    extracts.add(make_source(lines=rules), rows)
    assert extracts.assemble().aside()["left_out"].note == "cancelled: 1; a rule no longer in the mapping: 2"


def test_months_and_days_meet_where_days_begin(extracts: Extracts) -> None:
    extracts.add(
        make_source(), [group("2024-05-03", units=2)], [group("2024-03-01", units=5)], DAILY, first_day=date(2024, 3, 9)
    )
    rollup = extracts.assemble().rollup
    assert (rollup.info.first_day, rollup.months) == (date(2024, 3, 9), ("2024-03", "2024-04", "2024-05"))
    assert rollup.first_daily == date(2024, 4, 1)
    assert [key[0] for key in cells(rollup, rollup.monthly)] == [0, 2]
    assert [key[0] for key in cells(rollup, rollup.daily)] == [32]


def test_money_is_converted_at_the_rate_of_the_day_and_without_one_it_is_told(extracts: Extracts) -> None:
    rates = pa.table({"date": [date(2024, 5, 1), date(2024, 5, 2)], "currency": ["USD", "USD"], "rate": [0.5, 0.9]})
    source = make_source(
        columns={"currency": "U"}, rates={"table": "R", "columns": {"date": "D", "currency": "C", "rate": "X"}}
    )
    rows = [group("2024-05-01", gross=101, currency="usd"), group("2024-05-01", gross=7, currency="EUR")]
    extracts.add(source, [*rows, group("2024-05-03", units=3, currency="USD", lines=2)], tables={"rates": rates})
    found = extracts.assemble()
    assert (found.totals["gross_sales"], found.totals["constant_sales"], found.totals["gross_units"]) == (58, 98, 5)
    assert found.aside(kept=True)["no_exchange_rate"].lines == 2
    assert found.checks["no_exchange_rate"].count == 2


def test_a_source_yields_where_the_preferred_one_has_lines(extracts: Extracts) -> None:
    extracts.add(make_source("shop", columns={"region": "R"}), [group("2024-05-01", region="North")])
    rows = [group(f"2024-05-0{day}", region=region, units=4) for day in (1, 2) for region in ("North", "South")]
    extracts.add(make_source("old", columns={"region": "R"}, yields_to=["shop"]), rows)
    found = extracts.assemble()
    assert (found.totals["gross_units"], found.aside()["other_source"].units) == (1 + 3 * 4, 4)
    assert found.checks["double_count"].count == 0


@pytest.mark.parametrize(("same", "serious"), [(20, True), (19, False)])
def test_two_sources_with_the_same_lines_are_told(extracts: Extracts, same: int, serious: bool) -> None:
    rows = [group("2024-05-02", f"P{n}", n + 1) for n in range(same)]
    extracts.add(make_source("shop"), [*rows, group("2024-05-02", "X")])
    extracts.add(make_source("tills"), [*rows, group("2024-05-02", "Y")])
    check = extracts.assemble().checks["double_count"]
    assert check.serious is serious
    if serious:
        told = "Shop and Tills: 95 % of 21 sums of units by period and product agree, May 2024"
        assert (check.count, check.examples, check.priced) == (20, (told,), False)


def test_products_and_stock_of_two_sources(extracts: Extracts) -> None:
    for name, title, units in (("shop", "Jug", 4), ("tills", "Pot", 3)):
        master = pa.table({"product": ["A"], "name": [title]})
        stock = pa.table({"date": [date(2024, 5, 1)], "product": ["A"], "available": [units]})
        columns: dict[str, Any] = {"master": {"table": "M", "columns": {"product": "P", "name": "N"}}}
        columns["stock"] = {"table": "S", "columns": {"date": "D", "product": "P", "available": "V"}}
        extracts.add(make_source(name, **columns), [group("2024-05-01")], tables={"master": master, "stock": stock})
    found = extracts.assemble()
    assert (found.rollup.products.name, found.checks["differing_products"].count) == (("Jug",), 1)
    assert found.rollup.stock is not None
    assert found.rollup.stock.closing_units.tolist() == [7]


def test_a_product_twice_in_a_master_is_refused_by_name(extracts: Extracts) -> None:
    master = pa.table({"product": ["A-7", "A-7"]})
    source = make_source(master={"table": "ITEMS", "columns": {"product": "P"}})
    extracts.add(source, [group("2024-05-01")], tables={"master": master})
    with pytest.raises(ImportRefused, match=r"Shop, ITEMS: several rows for one code: A-7\. Have it mended"):
        extracts.assemble()


def test_the_usual_name_counts_and_the_latest_source_holds_completeness_back(extracts: Extracts) -> None:
    spelled = labels(("A", "Jug", "Kitchen", 3), ("A", "Jugg", "Kitchen", 1))
    extracts.add(make_source("shop", columns={"name": "N"}), [group("2024-05-09")], tables={"labels": spelled})
    extracts.add(make_source("tills"), [group("2024-05-04", "B")])
    found = extracts.assemble(failed={"tills": "The server is down."})
    info = found.rollup.info
    assert found.rollup.products.name == ("Jug", "B")
    assert (info.source, info.complete_to) == ("2 sources", date(2024, 5, 4))
    assert info.complete_to_reason.startswith("Tills goes no further. ")
    assert [(source.ok, source.reason) for source in info.sources] == [(True, ""), (False, "The server is down.")]


rows = st.builds(
    group,
    st.dates(date(2024, 3, 1), date(2024, 6, 20)),
    st.sampled_from(["A", "b ", "C", None]),
    st.integers(1, 9),
    st.integers(1, 10_000),
    region=st.sampled_from(["North", "South", None]),
    is_return=st.integers(0, 1),
    verdict=st.sampled_from([0, 0, 0, 4]),
)


def together(rollup: Rollup, facts: Facts) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The cells of all sources added up."""
    sums: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for (*place, _source), values in cells(rollup, facts).items():
        before = sums.get(tuple(place), (0,) * len(values))
        sums[tuple(place)] = tuple(one + other for one, other in zip(before, values, strict=True))
    return sums


@given(st.lists(st.tuples(rows, st.booleans()), min_size=1, max_size=30))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_source_cut_in_two_gives_the_same_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[tuple[dict[str, Any], bool]]
) -> None:
    kept = [*given_rows, (group("2024-06-21", region="North"), True)]
    told = []
    for cut in ([True, False], [True], [False, True]):
        extracts = Extracts(tmp_path_factory.mktemp("cut"))
        for first in cut:
            chosen = [row for row, own in kept if len(cut) == 1 or own is first]
            days = [row for row in chosen if row["period"] >= DAILY]
            months = [{**row, "period": row["period"].replace(day=1)} for row in chosen if row["period"] < DAILY]
            source = make_source(f"s{int(first)}", columns={"region": "R"})
            extracts.add(source, days, months, DAILY, complete_to=date(2024, 6, 21))
        found = extracts.assemble()
        rollup = found.rollup
        told.append(
            (found.totals, together(rollup, rollup.monthly), together(rollup, rollup.daily), rollup.products.code)
        )
    assert told[0] == told[1] == told[2]


def test_a_shop_that_closed_holds_nobody_back_but_one_that_cannot_be_read_does(extracts: Extracts) -> None:
    extracts.add(make_source("shop"), [group("2024-05-09")])
    extracts.add(make_source("closed"), [group("2024-04-07", "B")])
    info = extracts.assemble().rollup.info
    assert info.complete_to == date(2024, 5, 9)
    assert info.complete_to_reason.endswith("Closed has had no lines since 7 April 2024 and holds nothing back.")
    info = extracts.assemble(failed={"closed": "The server is down."}).rollup.info
    assert info.complete_to == date(2024, 4, 7)


@pytest.mark.parametrize(("day", "held"), [("2024-04-08", True), ("2024-04-07", False)])
def test_a_source_is_quiet_after_a_month(extracts: Extracts, day: str, held: bool) -> None:
    extracts.add(make_source("shop"), [group("2024-05-09")])
    extracts.add(make_source("tills"), [group(day, "B")])
    assert (extracts.assemble().rollup.info.complete_to == date.fromisoformat(day)) is held


def test_a_date_in_the_mapping_is_no_assumption(extracts: Extracts) -> None:
    extracts.add(make_source("shop"), [group("2024-05-09")])
    said = make_source("tills", complete_to=date(2024, 3, 31))
    extracts.add(said, [group("2024-03-01", "B")], complete_to=date(2024, 3, 31))
    assert extracts.assemble().rollup.info.complete_to == date(2024, 3, 31)
