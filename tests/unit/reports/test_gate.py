from dataclasses import dataclass, replace
from datetime import date

import pytest
from factories import Item, Line, Stock, make_info, make_rollup

from dashboard.access import Forbidden, Permission, Scope, Viewer, built_in_roles
from dashboard.reports import BadQuestionError, ChangeKind, Gate, NoDataError, Question
from dashboard.reports.products import Page
from dashboard.sales.measures import MEASURES
from dashboard.sales.rankings import Kind
from dashboard.sales.rollup import Rollup, SetAside

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
PROCUREMENT, SALES, ADMIN = ROLES["procurement_manager"], ROLES["sales_manager"], ROLES["admin"]
EVERYTHING = Viewer(2, "all", "all", frozenset(Permission), policy_version="all")
NOV = Question("2026-11", "2026-11")
OLD = date(2025, 1, 1)
C = date(2026, 11, 20)


@dataclass
class Fixed:
    rollup: Rollup | None

    def current(self) -> Rollup | None:
        return self.rollup


def small() -> Rollup:
    lines = [
        Line(date(2025, 10, 2), "pan", 30, 30_00),
        Line(date(2025, 11, 2), "pan", 40, 40_00),
        Line(date(2026, 10, 5), "pan", 100, 100_00),
        Line(date(2026, 10, 25), "pan", 55, 55_00),
        Line(date(2026, 11, 3), "pan", 80, 80_00),
        Line(date(2026, 11, 4), "cup", 20, 400_00, region="South", channel="Online"),
        Line(date(2026, 11, 5), "cup", 0, 0, 2, 40_00, region="South", channel="Online"),
    ]
    items = [
        Item("pan", "Kitchen", "Iron pan", OLD),
        Item("cup", "Table", "Tea cup", OLD),
        Item("fan", "Table", "Fan", OLD),
    ]
    return make_rollup(lines, items, [Stock("2026-11", "fan", 20, 2)], complete_to=C)


def test_nothing_imported_says_so() -> None:
    with pytest.raises(NoDataError, match="import"):
        Gate(Fixed(None)).open(SALES)


METHODS = {
    "monthly": lambda reports, measure: reports.monthly(measure, NOV),
    "headline": lambda reports, measure: reports.headline(measure, NOV),
    "best": lambda reports, measure: reports.ranking(Kind.BEST, measure, NOV),
    "worst": lambda reports, measure: reports.ranking(Kind.WORST, measure, NOV),
    "breakdown": lambda reports, measure: reports.breakdown(measure, "region", NOV),
    "products": lambda reports, measure: reports.products((measure,), NOV, Page(sort=measure)),
    "second column": lambda reports, measure: reports.products(("net_units", measure), NOV, Page()),
}


@pytest.mark.promise("ASVS 8.1.1")
@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize("measure", list(MEASURES))
@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_answers_exactly_the_roles_that_hold_the_measure(method: str, measure: str, role: str) -> None:
    refused = []
    gate = Gate(Fixed(small()), denied=lambda viewer, permission: refused.append((viewer.username, permission)))
    # Another viewer's answer lies in the cache already.
    METHODS[method](gate.open(EVERYTHING), measure)
    viewer = ROLES[role]
    if MEASURES[measure].permission in viewer.permissions and (
        method != "second column" or "measure:units" in viewer.permissions
    ):
        METHODS[method](gate.open(viewer), measure)
        assert refused == []
    else:
        with pytest.raises(Forbidden):
            METHODS[method](gate.open(viewer), measure)
        assert [who for who, _ in refused] == [role]


@pytest.mark.parametrize("call", [lambda r: r.options(), lambda r: r.status(), lambda r: r.product_name("pan")])
def test_an_admin_gets_no_word_about_sales(call) -> None:
    with pytest.raises(Forbidden):
        call(Gate(Fixed(small())).open(ADMIN))


def north(viewer: Viewer) -> Viewer:
    return replace(viewer, scope=Scope(region=frozenset({"North"})), policy_version="north")


def test_a_scope_narrows_every_answer_and_what_lies_outside_does_not_exist() -> None:
    gate = Gate(Fixed(small()))
    everyone, scoped = gate.open(SALES), gate.open(north(SALES))
    assert everyone.headline("net_sales", NOV).value == 440_00
    assert scoped.headline("net_sales", NOV).value == 80_00
    assert scoped.options().region == ("North",)
    assert scoped.breakdown("net_sales", "region", NOV).frame["name"].tolist() == ["North"]
    assert scoped.ranking(Kind.BEST, "net_sales", NOV).frame["product"].tolist() == ["pan"]
    assert int(scoped.monthly("net_sales", NOV).frame["value"].sum()) == 305_00
    with pytest.raises(BadQuestionError, match="South") as refusal:
        scoped.headline("net_sales", replace(NOV, region=frozenset({"South"})))
    assert "choose one of: North" in str(refusal.value)


def test_a_category_scope_hides_the_other_products() -> None:
    viewer = replace(SALES, scope=Scope(category=frozenset({"Kitchen"})), policy_version="kitchen")
    reports = Gate(Fixed(small())).open(viewer)
    assert reports.product_name("pan") == "Iron pan"
    assert reports.product_name("cup") is None
    assert reports.products(("net_units",), NOV, Page()).frame["product"].tolist() == ["pan"]
    with pytest.raises(BadQuestionError, match="no product 'cup'"):
        reports.headline("net_sales", replace(NOV, product="cup"))


def test_an_empty_scope_means_no_row_not_every_row() -> None:
    viewer = replace(SALES, scope=Scope(region=frozenset()), policy_version="nothing")
    reports = Gate(Fixed(small())).open(viewer)
    assert reports.headline("net_sales", NOV).value == 0
    assert reports.breakdown("net_sales", "region", NOV).total == 0
    assert reports.options().region == ()


def test_a_change_of_rights_or_data_is_not_answered_from_the_cache() -> None:
    store = Fixed(small())
    gate = Gate(store)
    assert gate.open(SALES).headline("net_units", NOV).value == 98
    store.rollup = make_rollup([Line(date(2026, 11, 3), "pan", 7)], version="next", complete_to=C)
    assert gate.open(SALES).headline("net_units", NOV).value == 7


def test_stock_outs_leave_the_worst_list_only_of_those_who_may_see_stock() -> None:
    gate = Gate(Fixed(small()))
    buyer = gate.open(PROCUREMENT).ranking(Kind.WORST, "net_units", NOV)
    seller = gate.open(SALES).ranking(Kind.WORST, "net_units", NOV)
    assert (buyer.frame["product"].tolist(), dict(buyer.left_out), buyer.uses_stock) == (
        ["cup", "pan"],
        {"stock_out": 1},
        True,
    )
    assert (seller.frame["product"].tolist(), dict(seller.left_out), seller.uses_stock) == (
        ["fan", "cup", "pan"],
        {},
        False,
    )


def test_like_for_like_counts_the_same_days() -> None:
    headline = Gate(Fixed(small())).open(PROCUREMENT).headline("net_units", NOV)
    assert headline.value == 98
    assert (headline.previous.kind, headline.previous.current, headline.previous.base) == (ChangeKind.PERCENT, 98, 100)
    assert headline.previous.base_window is not None
    assert headline.previous.base_window.words == "1–20 October 2026"
    assert headline.previous.percent == pytest.approx(-2.0)
    assert headline.year_before.base == 40


@pytest.mark.parametrize(
    ("current", "base", "kind"),
    [
        (50, 100, ChangeKind.PERCENT),
        (9, 9, ChangeKind.COUNTS),
        (10, 0, ChangeKind.NEW),
        (50, -5, ChangeKind.DIFFERENCE),
        (-50, 5, ChangeKind.DIFFERENCE),
        (-20, 0, ChangeKind.DIFFERENCE),
    ],
)
def test_how_a_change_may_be_stated(current: int, base: int, kind: ChangeKind) -> None:
    def line(day: date, units: int) -> Line:
        return Line(day, "a", max(units, 0), returned_units=max(-units, 0))

    rollup = make_rollup(
        [line(date(2026, 9, 1), 1), line(date(2026, 10, 3), base), line(date(2026, 11, 3), current)],
        complete_to=date(2026, 11, 30),
    )
    found = Gate(Fixed(rollup)).open(PROCUREMENT).headline("net_units", NOV).previous
    assert (found.kind, found.current, found.base) == (kind, current, base)
    assert (found.percent is None) == (kind is not ChangeKind.PERCENT)


def test_a_first_month_that_begins_late_is_no_base() -> None:
    rollup = make_rollup([Line(date(2026, 10, 12), "a", 100), Line(date(2026, 11, 3), "a", 100)], complete_to=C)
    previous = Gate(Fixed(rollup)).open(PROCUREMENT).headline("net_units", NOV).previous
    assert (previous.kind, previous.why) == (ChangeKind.UNKNOWN, "the data begin on 12 October 2026")


def test_the_unfinished_month_is_marked_with_the_days_that_count() -> None:
    frame = Gate(Fixed(small())).open(PROCUREMENT).monthly("net_units", NOV).frame
    assert frame["month"].iloc[[0, -1]].tolist() == ["2025-10", "2026-11"]
    assert frame["complete"].tolist() == [True] * 13 + [False]
    assert frame["window"].iloc[-1] == "1–5 Nov"
    assert frame["value"].tolist() == [30, 40, *[0] * 10, 155, 98]


def test_a_breakdown_adds_up_and_shares_need_a_positive_whole() -> None:
    answer = Gate(Fixed(small())).open(SALES).breakdown("net_sales", "channel", NOV)
    assert answer.frame["name"].tolist() == ["Online", "Store"]
    assert (answer.frame["value"].tolist(), answer.total) == ([360_00, 80_00], 440_00)
    assert answer.frame["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question("2026-11", "2026-10"), "after the last"),
        (Question("2020-01", "2026-10"), "no data for 2020-01"),
        (Question("nonsense", "2026-10"), "write it as 2026-11"),
        (replace(NOV, region=frozenset({"Mars"})), "no region 'Mars'; choose one of: North, South"),
        (replace(NOV, product="x"), "no product 'x'"),
    ],
)
def test_a_bad_question_says_what_was_wrong(question: Question, words: str) -> None:
    with pytest.raises(BadQuestionError, match=words):
        Gate(Fixed(small())).open(SALES).headline("net_sales", question)


@pytest.mark.parametrize(
    "page",
    [
        Page(sort="price"),
        Page(sort="net_sales"),
        Page(only="everything"),
        Page(limit=0),
        Page(limit=1001),
        Page(offset=-1),
    ],
)
def test_the_product_table_refuses_columns_filters_and_pages_it_does_not_have(page: Page) -> None:
    with pytest.raises(BadQuestionError):
        Gate(Fixed(small())).open(PROCUREMENT).products(("net_units",), NOV, page)


def test_the_product_table_filters_sorts_and_pages() -> None:
    reports = Gate(Fixed(small())).open(PROCUREMENT)

    def codes(page: Page) -> list[str]:
        return reports.products(("net_units", "gross_units"), NOV, page).frame["product"].tolist()

    assert codes(Page(sort="net_units", descending=True)) == ["pan", "cup", "fan"]
    assert codes(Page(sort="name")) == ["fan", "pan", "cup"]
    assert codes(Page(sort="category", descending=True)) == ["cup", "fan", "pan"]
    assert codes(Page(offset=1, limit=1)) == ["fan"]
    assert codes(Page(only="stock_out")) == codes(Page(only="zero_sales")) == codes(Page(only="not_sold")) == ["fan"]
    assert codes(Page(search="TEA")) == ["cup"]


def test_what_follows_from_prices_is_for_viewers_of_revenue() -> None:
    aside = (
        SetAside("no_product", "no product", 3, 3, note="first: row 9"),
        SetAside("price_not_positive", "price is zero", 2, 5),
        SetAside("bad_discount", "bad discount", 1, 1, note="first: row 7, '99.95'"),
        SetAside("no_exchange_rate", "no exchange rate", 2, 5, kept=True, note="1,234.50 USD"),
    )
    gate = Gate(Fixed(replace(small(), info=make_info(lines_read=20, lines_kept=14, set_aside=aside))))
    assert gate.open(SALES).status().set_aside == aside
    told = gate.open(PROCUREMENT).status()
    assert told.set_aside == (SetAside("no_product", "no product", 3, 3), SetAside("other", "other reasons", 3, 6))
    assert (told.lines_read, told.lines_kept) == (20, 14)


def answers(rollup: Rollup, viewer: Viewer) -> list[object]:
    """All that a viewer can ask for, as plain values."""
    reports = Gate(Fixed(rollup)).open(viewer)
    found: list[object] = [reports.options(), replace(reports.status(), version="")]
    for measure in ("net_units", "net_sales"):
        found.append(reports.monthly(measure, NOV).frame.to_csv())
        found.append(reports.headline(measure, NOV))
        found += [reports.breakdown(measure, name, NOV).frame.to_csv() for name in ("region", "category", "channel")]
        for kind in Kind:
            answer = reports.ranking(kind, measure, NOV)
            found += [answer.frame.to_csv(), answer.left_out, answer.universe, answer.others_value, answer.total]
        found.append(reports.products((measure,), NOV, Page()).frame.to_csv())
    found += [reports.product_name(code) for code in ("pan", "cup", "fan", "secret")]
    return found


@pytest.mark.promise("row scope")
@pytest.mark.parametrize(
    "scope", [Scope(region=frozenset({"North"})), Scope(channel=frozenset({"Store"})), Scope(region=frozenset())]
)
def test_rows_outside_a_scope_change_nothing_of_what_its_viewer_gets(scope: Scope) -> None:
    """The period of the data and the names in the product master are shared; what was sold elsewhere is not."""
    inside = [
        Line(date(2025, 10, 2), "pan", 30, 30_00),
        Line(date(2026, 10, 5), "pan", 100, 100_00),
        Line(date(2026, 11, 9), "fan", 2, 9_00),
        Line(date(2026, 11, 20), "pan", 5, 5_00),
    ]
    outside = [
        Line(date(2025, 10, 9), "cup", 3, 60_00, region="South", channel="Online"),
        Line(date(2026, 11, 4), "secret", 20, 400_00, region="South", channel="Online"),
        Line(date(2026, 11, 1), "fan", 9, 90_00, region="South", channel="Online"),
    ]
    items = [Item("pan", "Kitchen"), Item("fan", "Table"), Item("cup", "Glass"), Item("secret", "Hidden")]
    more = [
        Line(date(2026, 10, 1), code, 50, 999_00, 5, 10_00, region="South", channel="Online")
        for code in ("fan", "secret", "cup")
    ]
    viewer = replace(SALES, scope=scope, policy_version="scoped")
    one = make_rollup([*inside, *outside], items, complete_to=C)
    two = make_rollup([*inside, *outside, *more], items, complete_to=C)
    info = make_info(
        lines_read=99,
        lines_kept=98,
        set_aside=(SetAside("bad_date", "bad date", 1, 1),),
        complete_to_reason="the last line is of the South",
    )
    assert answers(one, viewer) == answers(replace(two, info=replace(info, first_day=one.info.first_day)), viewer)
    assert answers(one, SALES) != answers(two, SALES)
    reports = Gate(Fixed(two)).open(viewer)
    assert reports.product_name("secret") is None
    assert "Hidden" not in reports.options().category
    assert "Online" not in reports.options().channel
