"""A board: what it reads from an address and from the browser, what it answers, and what it refuses politely."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import pytest
from factories import Line, make_rollup
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import Forbidden, Permission, Viewer, built_in_roles
from dashboard.accounts import Accounts, Actor
from dashboard.reports import BadQuestionError, Gate, Options, Reports
from dashboard.sales.rollup import Rollup
from dashboard.ui import board
from dashboard.ui.asked import Asked, TableState, read, table_states
from dashboard.ui.board import Block, Board, Select
from dashboard.ui.caller import Caller
from pages import PAGES

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
OFFERS = {"by": (("units", "Units"), ("lines", "Lines"))}
OPTIONS = Options(("2026-10", "2026-11"), ("North", "South"), ("Kitchen",), ("Store",))


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def build(reports: Reports, asked: Asked) -> Mapping[str, Any]:
    total = reports.headline("net_units", asked.question).value
    return {"cards": [{"label": asked.get("by"), "value": str(total), "unit": "", "changes": []}], "list": None}


BOARD = Board(
    "trial",
    "Trial",
    Permission.MEASURE_UNITS,
    (Block("cards", "cards"), Block("bars", "chart", "Bars"), Block("list", "table", "List", search=True)),
    build,
    selects=(Select("by", "By", lambda _reports: OFFERS["by"]),),
)


def caller(role: str = "sales_manager") -> Caller:
    lines = [Line(date(2026, 10, 2), "pan", 30, 30_00), Line(date(2026, 11, 2), "pan", 40, 40_00, region="South")]
    viewer: Viewer = ROLES[role]
    return Caller(viewer, Actor(1, role), Gate(Fixed(make_rollup(lines))), cast(Accounts, None))


def values(**changes: Any) -> dict[str, Any]:
    return {"from": "2026-11", "to": "2026-11", "region": "*", "category": "*", "channel": "*", "by": "units"} | changes


def test_the_view_answers_the_filters_and_says_where_it_stands() -> None:
    view = board.answer(BOARD, caller(), {}, values(**{"from": "2026-10"}, region="South", by="lines"))
    assert view["parts"]["cards"][0] == {"label": "lines", "value": "40", "unit": "", "changes": []}
    assert view["address"] == "from=2026-10&to=2026-11&region=South&by=lines"
    assert view["window"] == "October 2026 – November 2026"


@pytest.mark.parametrize("page", [page for page in PAGES if hasattr(page, "BOARD")], ids=lambda page: page.NAME)
def test_no_two_components_of_a_board_share_an_id(page: Any) -> None:
    """A chart by region would otherwise be read in the place of the filter by region."""
    shown = board.layout(page.BOARD, caller("procurement_manager"), {})
    ids = [part.id for part in shown._traverse() if getattr(part, "id", None)]
    assert page.BOARD.id("view") in ids
    assert len(ids) == len(set(ids))


def test_an_address_brings_the_same_view_back() -> None:
    view = board.answer(BOARD, caller(), {"at": "", "list": {"only": "a"}}, values(region="South"))
    pairs = dict(pair.split("=") for pair in view["address"].split("&"))
    assert pairs == {"region": "South", "list.only": "a"}
    asked = read(pairs, OPTIONS, OFFERS, ("list",))
    assert (asked.value("region"), asked.table("list").only) == ("South", "a")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"by": "secret"}, "'secret' is not on offer"),
        ({"by": ["units"]}, "By must be a single value"),
        ({"from": "1999-01"}, "There are no data for 1999-01"),
        ({"to": {"a": 1}}, "To must be a single value"),
        ({"region": "Mars"}, "There is no region 'Mars'"),
        ({"product": "nothing"}, "There is no product 'nothing'"),
    ],
)
def test_what_cannot_be_answered_is_said_and_nothing_else_changes(changes: dict[str, Any], said: str) -> None:
    view = board.answer(BOARD, caller(), {}, values(**changes))
    assert said in view["notice"]
    assert set(view) == {"notice"}
    shown = str(board.layout(BOARD, caller(), values(**changes)))
    assert said in shown
    assert "The newest month is shown instead." in shown


@pytest.mark.parametrize("state", [[], "x", {"list": 1}, {"list": {"offset": -1}}, {"list": {"descending": "no"}}])
def test_a_wrong_table_state_is_refused(state: Any) -> None:
    assert "notice" in board.answer(BOARD, caller(), state, values())
    assert board.answer(BOARD, caller(), state, values()).keys() != {"parts"}


def test_who_lacks_the_measure_is_refused_before_anything_is_built() -> None:
    with pytest.raises(Forbidden):
        board.answer(BOARD, caller("admin"), {}, values())
    with pytest.raises(Forbidden):
        board.layout(BOARD, caller("no_role"), {})


def test_a_page_of_a_table_is_left_when_the_filters_change() -> None:
    given_state = {"list": {"sort": "name", "descending": True, "offset": 50, "search": " pan ", "only": "a"}}
    assert table_states(given_state, ("list",), same=True) == (("list", TableState("name", True, 50, "pan", "a")),)
    assert dict(table_states(given_state, ("list",), same=False))["list"].offset == 0


TEXTS = st.text(max_size=12) | st.integers() | st.none() | st.booleans() | st.lists(st.text(max_size=3), max_size=2)


@given(st.dictionaries(st.sampled_from(["from", "to", "region", "product", "by", "list.only"]), TEXTS))
def test_any_address_is_read_or_refused_with_words(parameters: dict[str, Any]) -> None:
    try:
        asked = read(parameters, OPTIONS, OFFERS, ("list",))
    except BadQuestionError:
        return
    assert asked.get("by") in dict(OFFERS["by"])
    assert isinstance(hash(asked), int)
