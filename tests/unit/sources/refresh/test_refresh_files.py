"""What a refresh leaves on the disk is closed to other users of the machine, and they cannot take its lock."""

import os
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from refresh_kit import TODAY, Shop, current, lines, settings_of

from dashboard.sources.errors import ImportRefused
from dashboard.sources.locking import exclusive
from dashboard.sources.refresh.lease import HOST_ONLY, LOCK, RefreshRunning, single_flight
from dashboard.sources.refresh.run import refresh


def hold(folder: Path) -> None:
    with single_flight(folder, HOST_ONLY):
        pass


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_folder_that_everybody_may_write_is_refused(tmp_path: Path, level: int) -> None:
    folder = tmp_path / "var" / "rollup" / "sources"
    hold(folder)
    open_one = [folder, *folder.parents][level]
    open_one.chmod(0o777)
    with pytest.raises(ImportRefused, match=rf"chmod o-w {open_one}$"):
        hold(folder)
    open_one.chmod(0o1777)
    hold(folder)


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "sources", tmp_path / "precious"
    folder.mkdir()
    elsewhere.write_text("precious")
    (folder / LOCK).symlink_to(elsewhere)
    with pytest.raises(ImportRefused, match="cannot be written"):
        hold(folder)
    with pytest.raises(ImportRefused, match="cannot be written"), exclusive(folder / LOCK):
        pass
    assert elsewhere.read_text() == "precious"


def test_the_lock_holds_while_it_is_held(tmp_path: Path) -> None:
    with single_flight(tmp_path / "sources", HOST_ONLY), pytest.raises(RefreshRunning):
        hold(tmp_path / "sources")
    assert (tmp_path / "sources" / LOCK).stat().st_mode & 0o777 == 0o600


def test_all_files_of_a_refresh_are_closed_and_tell_nothing_of_the_bind(tmp_path: Path) -> None:
    """Whatever umask the process was given."""
    shop = Shop(tmp_path / "telltale.db", lines(range(3)))
    settings = settings_of(tmp_path / "var", {"north": shop})
    before = os.umask(0)
    try:
        refresh(settings)
    finally:
        os.umask(before)
    found = list((tmp_path / "var" / "rollup").rglob("*"))
    assert len(found) > 8
    for path in found:
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.is_dir() or b"telltale" not in path.read_bytes(), path


HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "evil\u202egnp.exe",
    "a\x00b\x1b[31mred",
    "line\nbreak\u2028here",
    "x" * 1_000_000,
    "__proto__",
    "'); DROP TABLE lines; --",
    "🧨" * 300,
)


def test_names_from_a_database_stay_text_and_are_cut(tmp_path: Path) -> None:
    sales = [(f"{TODAY - timedelta(days=3)}", code, 1, "1.00", code) for code in HOSTILE]
    shop = Shop(tmp_path / "north.db", [*lines(range(2)), *sales])
    settings = settings_of(tmp_path / "var", {"north": shop})
    refresh(settings)
    rollup = current(settings)
    shown = [*rollup.regions, *rollup.products.name, *rollup.products.code]
    assert max(map(len, shown)) <= 200
    assert not [text for text in shown if any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in text)]
    assert {"<script>alert(1)</script>", "__proto__", "'); DROP TABLE lines; --", "line break here"} <= set(shown)
    # Too long for codes, not lost: set aside.
    assert rollup.info.lines_read == len(sales) + len(lines(range(2)))
    assert rollup.info.lines_read - rollup.info.lines_kept == 2
