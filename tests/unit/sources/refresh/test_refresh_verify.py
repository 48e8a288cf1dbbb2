"""Verify: what changed in finished months since they were read."""

from pathlib import Path

import pytest
from refresh_kit import Shop, current, lines, months_ago, settings_of

from dashboard.cli.refresh_words import verified_text
from dashboard.settings import Settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.run import refresh
from dashboard.sources.refresh.status import read_status
from dashboard.sources.refresh.verify import Sample, VerifiedSource, VerifyReport, verify

HISTORY = 30
NAMES = [f"{months_ago(back):%Y-%m}" for back in range(HISTORY)]


@pytest.fixture
def north(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "north.db", lines(range(HISTORY)))


@pytest.fixture
def read(tmp_path: Path, north: Shop) -> Settings:
    settings = settings_of(tmp_path / "var", {"north": north})
    refresh(settings)
    return settings


def test_drift_is_found_group_by_group_and_told_in_words(read: Settings, north: Shop) -> None:
    version = current(read).version
    assert verify(read, Sample(None)).ok
    by_month, by_day = 28, 5
    north.add(lines([by_month], days=(9,)))
    north.run("UPDATE sales SET amount = amount + 1 WHERE sold_on = ? AND code = 'A1'", str(lines([by_day])[0][0]))
    report = verify(read, Sample(None))
    assert not report.ok
    drifts = report.sources[0].drifts
    assert list(drifts) == [NAMES[by_month], NAMES[by_day]]
    month, day = drifts.values()
    assert (month.groups, month.lines, month.units, month.net_minor) == (2, (4, 6), (6, 9), (2666, 3999))
    assert (day.groups, day.lines, day.units, day.net_minor) == (1, (4, 4), (6, 6), (2666, 2766))
    told = verified_text(report)
    assert f"Shop north: {NAMES[by_month]} differs in 2 groups: lines 4 here, 6 in the source" in told
    assert "net sales 26.66 here, 27.66 EUR in the source" in told
    assert "python -m dashboard refresh north --full" in told
    logged = verified_text(report, figures=False)
    assert f"Shop north: {NAMES[by_month]}, {NAMES[by_day]}: not the same as in the source." in logged
    assert not [word for word in ("26.66", "27.66", "6 in the source", "net sales") if word in logged]
    assert current(read).version == version


def test_the_status_notes_it_without_figures_until_all_is_read_again(read: Settings, north: Shop) -> None:
    north.add(lines([20], days=(9,)))
    before = read_status(read.var).last
    verify(read, Sample(None))
    status = read_status(read.var)
    source = status.source("north")
    assert source
    assert source.verified
    assert (source.drift, status.last, status.running) == (NAMES[20], before, None)
    assert source.verified.words == (
        f"1 of {source.verified.months} finished months compared differ from the source: {NAMES[20]}. "
        "Read everything again to take the changes over."
    )
    refresh(read)
    again = read_status(read.var).source("north")
    assert again
    assert again.drift
    refresh(read, "full")
    mended = read_status(read.var).source("north")
    assert mended
    assert mended.verified is None
    assert verify(read, Sample(None)).ok


def test_a_sample_is_chosen_by_its_seed(read: Settings) -> None:
    first, second = (verify(read, Sample(3, 7)) for _ in range(2))
    assert first.sources[0].months == second.sources[0].months
    assert len(set(first.sources[0].months)) == 3
    assert "Chosen with --seed 7." in verified_text(first)
    assert len({Sample(3).of(NAMES)[0] for _ in range(30)}) > 1
    assert Sample(99, 1).of(NAMES) == NAMES


def test_months_that_are_read_again_anyway_are_not_compared(read: Settings, north: Shop) -> None:
    north.add(lines([0, 1], days=(2,)))
    report = verify(read, Sample(None))
    assert report.ok
    assert not set(report.sources[0].months) & {NAMES[0]}
    assert NAMES[3] in report.sources[0].months


def test_what_cannot_be_compared_is_told(read: Settings, north: Shop, tmp_path: Path) -> None:
    table = {**read.sources["north"], "currency": "USD"}
    changed = verify(read.model_copy(update={"sources": {"north": table}}), Sample(None))
    assert "refresh first, then verify" in changed.sources[0].fault
    north.path.unlink()
    report = verify(read, Sample(None))
    assert not report.ok
    assert report.sources[0].fault
    assert "nothing could be compared" in verified_text(report)
    never = verify(settings_of(tmp_path / "new", {"north": Shop(tmp_path / "new.db")}), Sample(2))
    assert "It was not read yet" in never.sources[0].fault


def test_without_a_finished_month_nothing_is_wrong(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "var", {"north": Shop(tmp_path / "n.db", lines([0]))})
    refresh(settings)
    report = verify(settings, Sample(3))
    assert report == VerifyReport(report.seed, (VerifiedSource("north", "Shop north", "EUR", 2),))
    assert report.ok
    assert "there is no finished month yet" in verified_text(report)


def test_unknown_sources_are_refused(read: Settings) -> None:
    with pytest.raises(ImportRefused, match="There is no source 'east'"):
        verify(read, Sample(1), ["east"])
