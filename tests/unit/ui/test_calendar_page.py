"""The Calendar page: what the browser asks for is checked, done and said; the list shows what is kept."""

from typing import Any

from admin_kit import People
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.ui.calendar_page import act, list_data

ADD = {"do": "add", "day": "2026-12-25", "name": "Christmas Day", "closed": True}


def test_days_are_entered_listed_and_removed(people: People) -> None:
    ada = people.caller("ada", fresh=False)
    assert act(ada, ADD) == {"do": "add", "message": "Christmas Day on 25 Dec 2026 is entered."}
    pasted = act(ada, {"do": "paste", "lines": "2026-04-03 Good Friday\n2026-11-27 Black Friday"})
    assert pasted["message"] == "2 days are entered or changed."
    assert [(row[0][1], row[1], row[3]) for row in list_data(ada)["rows"]] == [
        ("25 Dec 2026", "Friday", "closed"),
        ("27 Nov 2026", "Friday", "open"),
        ("3 Apr 2026", "Friday", "open"),
    ]
    assert act(ada, {"do": "remove", "day": "2026-11-27"})["message"] == "27 Nov 2026 is an ordinary day again."
    assert "There is no holiday" in act(ada, {"do": "remove", "day": "2026-11-27"})["errors"][0]
    assert act(ada, {"do": "paste", "lines": "2026-04-03 Good Friday"})["message"].startswith("Every day of the list")


def test_what_is_wrong_is_said_and_nothing_is_kept(people: People) -> None:
    ada = people.caller("ada")
    wishes: list[tuple[Any, str]] = [
        ({**ADD, "day": "25.12.2026"}, "Write the day like 2026-12-25."),
        ({**ADD, "day": ["2026-12-25"]}, "Write the day like 2026-12-25."),
        ({**ADD, "name": {}}, "The name has 1 to 80 characters"),
        ({"do": "paste", "lines": ["2026-12-25 x"]}, "Paste 1 to 500 lines"),
        ({"do": "paste", "lines": "2026-12-25 x\noops"}, "Line 2:"),
        ({"do": "drop"}, "This cannot be done here."),
        (None, "This cannot be done here."),
    ]
    for wish, words in wishes:
        assert act(ada, wish)["errors"][0].startswith(words), wish
    assert list_data(ada)["rows"] == []
    # Nor does it for those who may not keep the data.
    assert "does not allow" in act(people.caller("nora"), ADD)["errors"][0]
    assert people.accounts.calendar.read().days == ()


NOISE = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.text(max_size=3), max_size=2)


@given(
    st.dictionaries(st.sampled_from(["do", "day", "name", "closed", "lines"]), NOISE).map(
        lambda one: {"do": "add", **one}
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_wish_is_answered_in_words(people: People, wish: dict[str, Any]) -> None:
    answer = act(people.caller("ada"), wish)
    assert answer.get("message") or answer["errors"]
