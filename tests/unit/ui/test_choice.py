from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.reports import BadQuestionError, Options
from dashboard.ui.choice import ALL, Choice, default_choice, from_parameters, split_dimensions
from dashboard.ui.filters import presets
from dashboard.ui.spec import RANKING_SIZES

OPTIONS = Options(
    ("2026-08", "2026-09", "2026-10", "2026-11"), ("North", "South & East"), ("Kitchen",), ("Store", "Online")
)
MONTHS = st.sampled_from(OPTIONS.months)


@given(
    st.builds(
        Choice,
        first=MONTHS,
        last=MONTHS,
        region=st.sampled_from(["", *OPTIONS.region]),
        category=st.sampled_from(["", *OPTIONS.category]),
        channel=st.sampled_from(["", *OPTIONS.channel]),
        size=st.sampled_from(RANKING_SIZES),
        zero_sellers=st.booleans(),
        split=st.sampled_from(split_dimensions(OPTIONS)),
        product=st.sampled_from(["", "85123A", "a&b=c é"]),
    )
)
def test_an_address_brings_its_choice_back(choice: Choice) -> None:
    address = choice.address(default_choice(OPTIONS))
    assert from_parameters(dict(parse_qsl(address)), OPTIONS) == choice


def test_the_default_needs_no_address() -> None:
    assert default_choice(OPTIONS).address(default_choice(OPTIONS)) == ""
    assert from_parameters({"from": None, "region": ALL, "zero": True}, OPTIONS) == default_choice(OPTIONS)


@pytest.mark.parametrize(
    "bad",
    [{"show": "7"}, {"show": 0}, {"split": "customer"}, {"split": "category"}, {"region": ["North"]}, {"from": {}}],
)
def test_what_is_not_on_offer_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(BadQuestionError):
        from_parameters(bad, OPTIONS)


def test_a_dimension_of_one_value_is_no_split_but_there_is_always_one() -> None:
    assert split_dimensions(OPTIONS) == ("region", "channel")
    assert split_dimensions(Options(("2026-11",), ("(none)",), ("(none)",), ("(none)",))) == ("region",)


@pytest.mark.parametrize(
    ("months", "complete", "labels"),
    [
        (["2026-11"], None, ["Nov 2026"]),
        (["2026-10", "2026-11"], "2026-10", ["Nov 2026", "Last full month"]),
        (["2026-09", "2026-10"], "2026-10", ["Oct 2026"]),
        (
            [f"2026-{m:02}" for m in range(1, 12)],
            "2026-10",
            ["Nov 2026", "Last full month", "Last 3 full months", "Year to date"],
        ),
    ],
)
def test_presets_never_reach_before_the_data(months: list[str], complete: str | None, labels: list[str]) -> None:
    offers = presets(months, complete)
    assert [label for label, _, _ in offers] == labels
    assert all(months[0] <= first <= last <= months[-1] for _, first, last in offers)
