"""The Sources page: what is asked for is audited and done, what is shown holds rows and dates only."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from admin_kit import People
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.access import Forbidden
from dashboard.accounts import Accounts
from dashboard.reports.source_states import LastRun, Overview, ReadOnly, Run, SourceState, State
from dashboard.settings import load_settings
from dashboard.sources.refresh import asking, control
from dashboard.ui import sources_words
from dashboard.ui.sources_page import act, layout, view

AT = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
ERP = SourceState("erp", "Head office", "erp", "PostgreSQL 15.8", "db:5432/erp", State.READ, as_of=AT)
SHOP = SourceState(
    "shop", "Shop", "shop", state=State.FAILED, reason="It did not answer.", as_of=AT - timedelta(days=1), lines=1200,
    groups=30, read_only=ReadOnly.WRITABLE, evidence="It may INSERT.", accepted=True, drift="May 2026",
    verified="1 of 3 differs. Read everything again.", verified_at=AT - timedelta(hours=1),
)  # fmt: skip


@pytest.fixture
def sourced(tmp_path: Path) -> Iterator[People]:
    loaded = load_settings(
        var=tmp_path / "var", binds={"erp": {"url": "sqlite:///erp.db"}}, sources={"erp": {"bind": "erp"}}
    )
    accounts = Accounts(loaded)
    yield People(loaded, accounts)
    accounts.close()


@pytest.fixture(autouse=True)
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    modes: list[str] = []
    monkeypatch.setattr(asking, "GAP_SECONDS", 0)
    monkeypatch.setattr(control, "start_refresh", lambda _settings, mode: modes.append(mode))
    return modes


def audited(people: People) -> list[tuple[str, str]]:
    with people.accounts.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT actor, target FROM audit_events WHERE kind = 'refresh_asked'")
        return [(row[0], row[1]) for row in rows]


def test_what_is_asked_for_is_done_and_audited(sourced: People, begun: list[str]) -> None:
    ada = sourced.caller("ada")
    for wish in ("incremental", "full", "verify"):
        assert act(ada, {"do": wish}) == {"do": wish, "before": ""}
    assert act(ada, {"do": "cancel"}) == {"error": "No refresh is under way any more."}
    assert begun == ["incremental", "full", "verify"]
    assert audited(sourced) == [
        ("ada", "refresh the sources"),
        ("ada", "read everything of the sources again"),
        ("ada", "verify the sources"),
        ("ada", "cancel the refresh"),
    ]


def test_nobody_else_can_ask_for_it(sourced: People, begun: list[str]) -> None:
    for ask in (lambda c: act(c, {"do": "full"}), lambda c: layout(c, {}), view):
        with pytest.raises(Forbidden):
            ask(sourced.caller("nora"))
    assert (begun, audited(sourced)) == ([], [])


NOISE = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3), max_size=2)


@given(NOISE | st.dictionaries(st.just("do"), NOISE))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_wish_does_nothing(sourced: People, begun: list[str], wish: Any) -> None:
    assert "error" in act(sourced.caller("ada"), wish)
    assert (begun, audited(sourced)) == ([], [])


def drawn(people: People) -> str:
    return json.dumps(layout(people.caller("ada"), {}).to_plotly_json(), default=lambda one: one.to_plotly_json())


def test_without_sources_the_page_says_how_to_connect_one(people: People) -> None:
    said = drawn(people)
    for command in ("[binds.erp]", "python -m dashboard sources add", "python -m dashboard refresh"):
        assert command in said
    assert "sources-view" not in said


def test_with_sources_it_shows_them(sourced: People) -> None:
    shown = drawn(sourced)
    assert "sources-view" in shown
    assert "[binds.erp]" not in shown
    assert view(sourced.caller("ada"))["rows"][0]["state"] == "never read"


def test_rows_say_what_is_wrong_and_what_to_do() -> None:
    good, bad = (sources_words.row(one) for one in (ERP, SHOP))
    assert (good["state"], good["tone"], good["said"], good["lines"]) == ("up to date", "good", [], "–")
    assert good["database"] == "PostgreSQL 15.8 · bind erp"
    assert (bad["state"], bad["as_of"]) == ("failed", "19 Nov 2026, 14:05 UTC")
    assert bad["said"][0][0] == "It did not answer."
    assert bad["said"][1] == ["Verified 20 Nov 2026, 13:05 UTC: 1 of 3 differs. Read everything again.", ""]
    assert (bad["read_only"], bad["read_only_tone"]) == ("NOT read-only: accepted by allow_writes", "bad")
    assert bad["evidence"][0] == "It may INSERT."
    missing = sources_words.row(replace(SHOP, as_of=None, verified_at=None))
    assert missing["said"] == [["It did not answer.", "Until it can be read, its figures are missing."]]


def test_cards_tell_the_oldest_figures_and_the_next_refresh() -> None:
    overview = Overview(
        (ERP, SHOP),
        None,
        LastRun(
            AT,
            "full",
            "ok",
            "",
            125,
        ),
        AT + timedelta(hours=1),
        60,
        26,
    )
    shown = [(card["value"], card["unit"], card["changes"][0]["words"]) for card in sources_words.cards(overview)]
    assert shown == [
        ("19 Nov 2026", "14:05 UTC", "the oldest of 2 sources"),
        ("15:05", "UTC", "every 60 minutes while the site runs"),
        ("2 min 5 s", "", "ended 20 Nov 2026, 14:05 UTC"),
        ("1,200", "", "in 30 groups"),
    ]
    by_hand = replace(overview, every_minutes=0, next_at=None, last=None, sources=(SourceState("x", "X", "x"),))
    values = [card["value"] for card in sources_words.cards(by_hand)]
    assert values == ["–", "By hand", "–", "–"]
    partly = sources_words.cards(replace(overview, sources=(ERP, SourceState("x", "X", "x"))))[0]
    assert partly["changes"][0]["words"] == "1 of 2 sources was never read"


def test_a_refresh_under_way_is_told_by_step_share_and_rows() -> None:
    run = Run("full", "Shop", "Reading lines", 0.426, 1200, AT, "process 7 on host")
    assert sources_words.run_words(run) == {
        "title": "Reading everything again",
        "step": "Shop · Reading lines",
        "share": 43,
        "rows": "1,200 groups",
        "since": "since 14:05:00 UTC by process 7 on host",
    }
    assert sources_words.run_words(None) is None


@pytest.mark.parametrize(
    ("outcome", "sources", "tone", "words"),
    [
        ("ok", (ERP,), "success", "Done in 0.4 s."),
        ("cancelled", (ERP,), "info", "Cancelled: the figures read before stay."),
        ("failed", (ERP,), "danger", "Failed: The disk is full."),
        ("failed", (SHOP,), "danger", "Failed: Shop. Why, and what to do, stands below."),
        ("failed", (ERP, SHOP), "danger", "Failed: Shop. Why, and what to do, stands below. The others were read."),
    ],
)
def test_the_end_is_told_in_words(outcome: str, sources: tuple[SourceState, ...], tone: str, words: str) -> None:
    overview = Overview(sources, last=LastRun(AT, "full", outcome, "The disk is full.", 0.42))
    assert sources_words.last_words(overview) == {"at": AT.isoformat(), "tone": tone, "words": words}


def test_so_is_the_end_of_a_comparison() -> None:
    later = AT + timedelta(hours=1)
    same = replace(ERP, verified="3 finished months compared with the source: all the same.", verified_at=later)
    last = LastRun(AT, "full", "ok", "", 1)
    told = sources_words.last_words(Overview((same, SHOP), last=last))
    assert told == {"at": later.isoformat(), "tone": "info", "words": f"Head office: {same.verified}"}
    drifted = replace(SHOP, verified_at=later)
    told = sources_words.last_words(Overview((same, drifted), last=last)) or {}
    assert (told["tone"], told["words"]) == ("warning", f"Head office: {same.verified} Shop: {SHOP.verified}")
    assert sources_words.row(same)["said"] == [["", f"Verified 20 Nov 2026, 15:05 UTC: {same.verified}"]]


@pytest.mark.parametrize(
    ("seconds", "words"), [(9.94, "9.9 s"), (59.2, "59 s"), (60, "1 min 0 s"), (3720, "1 h 2 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert sources_words.took(seconds) == words
