"""Whatever a callback is sent, it answers with a code for bad input or in words, never with a 500."""

import copy
from typing import Any

import pytest
from app_kit import DEFAULTS, Person, body, callbacks, page_body, page_of, someone_for
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NOISE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just("\x00")
    | st.just("x" * 5000),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sort", "only", "offset", "do", "id", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.promise("ASVS 15.3.5")
@given(part=st.sampled_from(sorted(DEFAULTS)), value=NOISE)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_value_of_any_type_in_any_place_is_no_500(
    app: Flask, people: dict[str, Person], part: str, value: Any
) -> None:
    for output in callbacks(app):
        role = someone_for(page_of(output))
        declared = callbacks(app)[output]
        if any(part in (p["id"], p["id"].partition("-")[2]) for p in [*declared["inputs"], *declared["state"]]):
            assert people[role].call(output, {part: value}).status_code in {200, 204}, (output, part, value)


def broken(app: Flask) -> list[Any]:
    good = body(app, "units-view.data", {})
    shapes: list[Any] = [
        [],
        "x",
        7,
        {},
        {"output": 3},
        {"output": "nothing.here"},
        {**good, "output": "x" * 10000},
    ]
    for key in ("inputs", "outputs", "changedPropIds"):
        shapes += [{**good, key: wrong} for wrong in (None, 3, "x", [None], [[]], {"id": 3}, [{"id": "a"}])]
    shapes += [{**good, "inputs": good["inputs"][:-1]}, {**good, "inputs": good["inputs"] * 2}, {**good, "state": [1]}]
    other = copy.deepcopy(good)
    other["inputs"][0]["id"] = "revenue-from"
    router = page_body("/units")
    router["inputs"][0]["value"] = ["/units"]
    return [*shapes, other, router]


def test_a_body_of_the_wrong_shape_is_400(app: Flask, people: dict[str, Person]) -> None:
    for shape in broken(app):
        answer = people["procurement_manager"].post(shape)
        assert answer.status_code == 400, (shape, answer.status_code)
    good = people["procurement_manager"].post(body(app, "units-view.data", {}))
    assert good.status_code == 200


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"from": "2026-11", "to": "2026-10"}, "The first month, 2026-11, is after the last, 2026-10."),
        ({"from": "1999-01"}, "There are no data for 1999-01; choose a month from 2026-05 to 2026-11."),
        ({"region": "Mars"}, "There is no region 'Mars'; choose one of: North, South, West."),
        ({"show": "7"}, "'7' is not on offer; choose one of: 5, 10, 20, 50."),
        ({"region": ["North"]}, "Region must be a single value."),
    ],
)
def test_a_bad_filter_is_answered_in_words(people: dict[str, Person], values: dict[str, Any], words: str) -> None:
    answer = people["procurement_manager"].call("units-view.data", values)
    assert answer.json["response"]["units-view"]["data"] == {"notice": f"{words} What is shown below is from before."}


def test_a_bad_address_shows_the_newest_month_and_says_so(people: dict[str, Person]) -> None:
    page = people["procurement_manager"].open("/units", "?from=1999-01").get_data(as_text=True)
    assert (
        "There are no data for 1999-01; choose a month from 2026-05 to 2026-11. The newest month is shown instead."
        in page
    )


@pytest.mark.promise("ASVS 15.3.5")
@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"])
def test_half_of_a_character_is_400_and_a_whole_one_is_not(people: dict[str, Person], half: str) -> None:
    admin = people["admin"]
    for values in ({"search": half}, {"role": half}):
        assert admin.call("users-list.data", values).status_code == 400
    assert admin.call("users-list.data", {"search": "\U0001f600"}).status_code == 200
