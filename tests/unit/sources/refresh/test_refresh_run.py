"""Refreshing whole sources: what is read, what is swapped, and what a fault leaves alone."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from refresh_kit import Shop, current, lines, mapping, months_ago, settings_of, totals

from dashboard.settings import Settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.refresh import run as running
from dashboard.sources.refresh.extract import FIRST_DAY, Extract
from dashboard.sources.refresh.extract_store import ExtractStore
from dashboard.sources.refresh.lease import HOST_ONLY, LeaseLost, RefreshRunning, single_flight
from dashboard.sources.refresh.run import RefreshReport, refresh
from dashboard.sources.refresh.status import read_status
from dashboard.sources.store import RollupStore

HISTORY = 30


@pytest.fixture
def north(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "north.db", lines(range(HISTORY)))


@pytest.fixture
def south(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "south.db", lines(range(4), days=(4,), region="South"))


@pytest.fixture
def both(tmp_path: Path, north: Shop, south: Shop) -> Settings:
    return settings_of(tmp_path / "var", {"north": north, "south": south})


def extract(settings: Settings, name: str = "north") -> Extract:
    found = ExtractStore(settings.var / "rollup" / "sources").current(name)
    assert found is not None
    return found[0]


def result(report: RefreshReport, name: str) -> Any:
    return next(one for one in report.sources if one.name == name)


def in_full(tmp_path: Path, shops: dict[str, Shop], **more: Any) -> dict[str, int]:
    """What a first refresh of the same databases gives."""
    settings = settings_of(tmp_path / "in-full", shops, **more)
    refresh(settings)
    return totals(settings)


def test_first_refresh_reads_months_and_days(both: Settings) -> None:
    report = refresh(both)
    assert report.ok
    assert report.changed
    assert totals(both)["gross_units"] == (HISTORY * 2 + 4) * 3
    assert [(one.name, one.ok, one.lines) for one in current(both).info.sources] == [
        ("north", True, HISTORY * 4),
        ("south", True, 8),
    ]
    newest = extract(both).last_day
    assert newest
    number = newest.year * 12 + newest.month - 1 - 25
    days = date(number // 12, number % 12 + 1, 1)
    assert [(one.grain, one.start) for one in extract(both).segments] == [("month", FIRST_DAY), ("day", days)]
    status = read_status(both.var)
    assert status.running is None
    assert status.last
    assert (status.last.ok, status.last.version) == (True, report.version)
    assert [(one.name, one.rows > 0, one.lines) for one in status.sources] == [
        ("north", True, HISTORY * 4),
        ("south", True, 8),
    ]


def test_nothing_new_is_no_new_version_but_a_new_time(both: Settings) -> None:
    first, before = refresh(both), extract(both).fetched_at
    second = refresh(both)
    assert (second.version, second.changed) == (first.version, False)
    assert extract(both).fetched_at > before
    status = read_status(both.var).source("north")
    assert status
    assert status.as_of == extract(both).fetched_at


def test_open_months_are_read_again_and_closed_ones_are_not(
    both: Settings, north: Shop, south: Shop, tmp_path: Path
) -> None:
    refresh(both)
    before = totals(both)
    north.add(lines([0, 1], days=(5,)))
    closed = lines([9], days=(6,))
    north.add(closed)
    report = refresh(both)
    assert report.changed
    assert not result(report, "north").full
    assert totals(both)["gross_units"] == before["gross_units"] + 2 * 3
    full = refresh(both, "full")
    assert result(full, "north").full
    assert totals(both)["gross_units"] == before["gross_units"] + 3 * 3
    assert totals(both) == in_full(tmp_path, {"north": north, "south": south})


def test_lines_that_went_away_go_away(both: Settings, north: Shop) -> None:
    refresh(both)
    before = totals(both)["gross_units"]
    north.run("DELETE FROM sales WHERE sold_on >= ? AND code = 'A1'", str(months_ago(1)))
    refresh(both)
    assert totals(both)["gross_units"] == before - 4 * 2


def test_one_that_is_down_stops_no_other(both: Settings, north: Shop, south: Shop) -> None:
    refresh(both)
    before, as_of = totals(both)["gross_units"], extract(both, "south").fetched_at
    north.add(lines([0], days=(7,)))
    south.path.rename(south.path.with_suffix(".gone"))
    report = refresh(both)
    assert (report.ok, report.changed) == (False, True)
    assert totals(both)["gross_units"] == before + 3
    told = {one.name: one for one in current(both).info.sources}
    assert (told["north"].ok, told["south"].ok, told["south"].as_of) == (True, False, as_of)
    assert told["south"].reason == result(report, "south").reason != ""
    status = read_status(both.var)
    assert status.last
    assert (status.last.outcome, status.last.reason) == ("failed", told["south"].reason)
    south_now = status.source("south")
    assert south_now
    assert (south_now.ok, south_now.as_of, south_now.kind) == (False, as_of, "settings")
    south.path.with_suffix(".gone").rename(south.path)
    assert refresh(both, sources=["south"]).ok
    assert [one.ok for one in current(both).info.sources] == [True, True]


def test_a_source_that_was_never_read_is_left_out_aloud(both: Settings, south: Shop) -> None:
    south.run("DROP TABLE sales")
    report = refresh(both)
    assert [one.ok for one in report.sources] == [True, False]
    assert totals(both)["gross_units"] == HISTORY * 2 * 3
    check = next(one for one in current(both).info.checks if one.key == "source_missing")
    assert (check.serious, check.count, check.examples) == (True, 1, ("Shop south",))
    assert refresh(both).changed is False


def test_if_all_fail_nothing_is_swapped(both: Settings, north: Shop, south: Shop) -> None:
    version = refresh(both).version
    for shop in (north, south):
        shop.path.unlink()
    with pytest.raises(ImportRefused, match=r"(?s)north: .*south: "):
        refresh(both)
    assert current(both).version == version
    status = read_status(both.var)
    assert status.last
    assert not status.last.ok
    assert [one.ok for one in status.sources] == [False, False]


def test_only_the_named_source(both: Settings, north: Shop, south: Shop) -> None:
    refresh(both)
    before = extract(both).fetched_at
    south.add(lines([0], days=(8,), region="South"))
    report = refresh(both, sources=["south"])
    assert [one.name for one in report.sources] == ["south"]
    assert report.changed
    assert extract(both).fetched_at == before
    with pytest.raises(ImportRefused, match="There is no source 'east'"):
        refresh(both, sources=["east"])


def test_a_damaged_extract_is_read_again_as_a_whole(both: Settings) -> None:
    refresh(both)
    before = totals(both)
    place = both.var / "rollup" / "sources" / "north"
    folder = place / (place / "CURRENT").read_text()
    next(folder.glob("day-*.parquet")).write_bytes(b"PAR1")
    report = refresh(both)
    assert result(report, "north").full
    assert "damaged" in result(report, "north").why
    assert totals(both) == before


def test_a_damaged_extract_that_is_not_read_again_is_said_to_be_damaged(both: Settings) -> None:
    refresh(both)
    place = both.var / "rollup" / "sources" / "north"
    folder = place / (place / "CURRENT").read_text()
    next(folder.glob("day-*.parquet")).write_bytes(b"PAR1")
    version = current(both).version
    with pytest.raises(ImportRefused, match=r"Shop north .* was not read again.*What was read of north before is dam"):
        refresh(both, sources=["south"])
    assert current(both).version == version
    assert refresh(both).ok


def test_a_new_mapping_is_read_as_a_whole(both: Settings, north: Shop) -> None:
    refresh(both)
    before = totals(both)["gross_units"]
    table = {**mapping("north"), "start": months_ago(5)}
    again = both.model_copy(update={"sources": {**both.sources, "north": table}})
    report = refresh(again)
    assert result(report, "north").why == "The mapping or the address of the database changed."
    assert totals(again)["gross_units"] == before - (HISTORY - 6) * 2 * 3


def test_a_new_name_of_the_source_needs_no_reading_but_a_new_picture(both: Settings) -> None:
    refresh(both)
    again = both.model_copy(update={"sources": {**both.sources, "north": {**mapping("north"), "label": "Nord"}}})
    report = refresh(again)
    assert not result(report, "north").full
    assert report.changed
    assert current(again).info.sources[0].label == "Nord"


def test_a_source_that_is_not_in_the_settings_any_more_goes(both: Settings) -> None:
    refresh(both)
    one = both.model_copy(update={"sources": {"north": both.sources["north"]}})
    assert refresh(one).changed
    assert totals(one)["gross_units"] == HISTORY * 2 * 3
    assert ExtractStore(both.var / "rollup" / "sources").current("south") is None
    assert [source.name for source in read_status(one.var).sources] == ["north"]


@pytest.mark.parametrize("first", [True, False])
def test_a_table_without_lines(both: Settings, south: Shop, first: bool) -> None:
    if not first:
        refresh(both)
    south.run("DELETE FROM sales")
    report = refresh(both)
    reason = result(report, "south").reason
    assert "The table sales has no lines" in reason
    assert ("--full" in reason) == (not first)
    assert totals(both)["gross_units"] == (HISTORY * 2 + (0 if first else 4)) * 3


def test_lines_without_a_day_are_told_of_by_each_refresh(both: Settings, north: Shop) -> None:
    refresh(both)
    north.run("INSERT INTO sales VALUES ('9999-12-31', 'A1', 7, 1, 'North'), (NULL, 'A1', 1, 1, 'North')")
    refresh(both)
    assert (extract(both).outside_lines, extract(both).outside_units) == (2, 8)
    assert {one.reason: one.lines for one in current(both).info.set_aside} == {"bad_date": 2}


def test_too_many_groups_are_refused_and_leave_nothing_behind(tmp_path: Path, north: Shop) -> None:
    settings = settings_of(tmp_path / "var", {"north": north}, binds={"north": north.bind(max_rows=20)})
    with pytest.raises(ImportRefused, match=r"more than 20 rows, the max_rows of the bind"):
        refresh(settings)
    assert not [path for path in (tmp_path / "var").rglob("*") if path.suffix == ".parquet" or ".work" in path.name]


def test_names_of_products_are_counted_once_however_often_they_are_read(tmp_path: Path, north: Shop) -> None:
    table = mapping("north")
    table["lines"]["columns"]["name"] = "region"
    settings = settings_of(tmp_path / "var", {"north": north}, sources={"north": table})
    refresh(settings)
    first = extract(settings)
    north.run("UPDATE sales SET region = 'Nord' WHERE sold_on >= ?", str(months_ago(1)))
    # What is read again and says the same makes no new version.
    assert [refresh(settings).changed for _ in range(2)] == [True, False]
    incremental = extract(settings)
    refresh(settings, "full")
    assert extract(settings).content != first.content
    assert incremental.content.split("labels")[1] == extract(settings).content.split("labels")[1]


def test_cancelled_between_sources_swaps_nothing(both: Settings, north: Shop) -> None:
    version = refresh(both).version
    north.add(lines([0], days=(9,)))
    cancel = Cancel()

    def tell(step: str, share: float) -> None:
        if share > 0.5:
            cancel.request()

    with pytest.raises(Cancelled):
        refresh(both, tell=tell, cancel=cancel)
    assert current(both).version == version
    status = read_status(both.var)
    assert status.last
    assert (status.last.outcome, status.running) == ("cancelled", None)
    assert refresh(both).changed


def test_whoever_lost_the_lease_swaps_nothing(both: Settings, north: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    version = refresh(both).version
    north.add(lines([0], days=(9,)))
    original = running.put_together

    def lost(*_: object) -> None:
        raise LeaseLost("Another host has taken over.")

    def put_together(flight: Any, *rest: Any) -> Any:
        monkeypatch.setattr(type(flight.held), "check", lost)
        return original(flight, *rest)

    monkeypatch.setattr(running, "put_together", put_together)
    with pytest.raises(LeaseLost):
        refresh(both)
    assert current(both).version == version
    monkeypatch.undo()
    assert refresh(both).changed


def test_a_full_disk_is_said_in_words_and_changes_nothing(
    both: Settings, north: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = refresh(both).version
    north.add(lines([0], days=(9,)))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr("dashboard.sources.store._sync", full)
    with pytest.raises(ImportRefused, match="No space left in the data folder"):
        refresh(both)
    monkeypatch.undo()
    monkeypatch.setattr("dashboard.sources.refresh.extract_store._sync", full)
    with pytest.raises(ImportRefused, match="No space left in the data folder"):
        refresh(both)
    monkeypatch.undo()
    assert current(both).version == version
    assert refresh(both).changed


def test_one_at_a_time(both: Settings) -> None:
    folder = both.var / "rollup" / "sources"
    with single_flight(folder, HOST_ONLY), pytest.raises(RefreshRunning):
        refresh(both)
    refresh(both)


def test_an_imported_file_is_replaced_by_the_next_refresh(both: Settings) -> None:
    refresh(both)
    store = RollupStore(both.var / "rollup")
    other = store.write(current(both))
    report = refresh(both)
    assert report.changed
    assert report.version != other


def test_without_sources_there_is_nothing_to_do(both: Settings) -> None:
    with pytest.raises(ImportRefused, match="No source is configured"):
        refresh(both.model_copy(update={"sources": {}}))


def remapped(settings: Settings, shops: dict[str, Shop], **more: Any) -> Settings:
    sources = {name: mapping(name, **(more if name == "south" else {})) for name in shops}
    return settings_of(settings.var, shops, sources=sources)


def test_what_was_read_before_means_what_its_mapping_said(both: Settings, north: Shop, south: Shop) -> None:
    """The rules changed and the source cannot be read: its old figures are not judged by new rules."""
    refresh(both)
    before = totals(both)
    south.path.unlink()
    refresh(
        remapped(
            both,
            {"north": north, "south": south},
            constants={"region": "East"},
            returns={"by": "prefix"} | {"column": "code", "values": ["B"]},
        )
    )
    assert totals(both) == before
    assert current(both).regions == ("North", "South")


@pytest.mark.parametrize("change", [{"minor_digits": 0}, {"currency": "GBP"}])
def test_amounts_of_another_meaning_are_not_added(
    both: Settings, north: Shop, south: Shop, change: dict[str, Any]
) -> None:
    refresh(both)
    before = current(both).version
    south.path.unlink()
    shops = {"north": north, "south": south}
    changed = settings_of(both.var, shops, sources={name: mapping(name, **change) for name in shops})
    with pytest.raises(ImportRefused, match=r"Shop south before cannot be used.*so all figures stay as they are"):
        refresh(changed)
    assert current(both).version == before
