"""Extracts on disk: whole, private, replaced in one step, and known when damaged."""

from dataclasses import replace
from pathlib import Path

import pytest
from refresh_kit import EXTRACT

from dashboard.sources.errors import StoreError
from dashboard.sources.refresh.extract import Extract
from dashboard.sources.refresh.extract_store import ExtractStore, take_over


@pytest.fixture
def store(tmp_path: Path) -> ExtractStore:
    return ExtractStore(tmp_path / "rollup" / "sources")


def put(store: ExtractStore, extract: Extract = EXTRACT, text: str = "rows") -> Path:
    with store.draft(extract.source) as draft:
        for name in extract.files:
            (draft / name).write_text(text)
        (draft / "engine").mkdir()
        (draft / "engine" / "rest").write_text("")
        (draft / "left-over").write_text("")
        return store.write(extract, draft)


def test_it_comes_back_as_it_was(store: ExtractStore) -> None:
    assert store.current("erp") is None
    folder = put(store)
    assert store.current("erp") == (EXTRACT, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "a.parquet",
        "extract.json",
        "l.parquet",
        "master.parquet",
    ]


def test_only_the_owner_may_read_it(store: ExtractStore) -> None:
    folder = put(store)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert {place.stat().st_mode & 0o777 for place in (folder, folder.parent, folder.parent.parent)} == {0o700}
    assert (folder.parent / "CURRENT").stat().st_mode & 0o777 == 0o600


def test_two_versions_are_kept(store: ExtractStore) -> None:
    folders = [put(store, replace(EXTRACT, content=str(number))) for number in range(4)]
    assert [folder.exists() for folder in folders] == [False, False, True, True]
    found = store.current("erp")
    assert found is not None
    assert found[0].content == "3"


def test_what_is_kept_is_linked_and_outlives_the_old_version(store: ExtractStore) -> None:
    old = put(store)
    with store.draft("erp") as draft:
        for name in EXTRACT.files:
            take_over(name, old, draft)
        assert (draft / "a.parquet").stat().st_ino == (old / "a.parquet").stat().st_ino
        new = store.write(EXTRACT, draft)
    put(store)
    put(store)
    assert not old.exists()
    assert not new.exists()
    assert store.current("erp") is not None


def test_an_aborted_draft_changes_nothing_and_is_cleared_away(store: ExtractStore) -> None:
    folder = put(store)

    def stopped() -> None:
        with store.draft("erp") as draft:
            (draft / "a.parquet").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    (folder.parent / ".work-99").mkdir()  # of a process that was killed
    with store.draft("erp") as draft:
        assert [path.name for path in folder.parent.glob(".work-*") if path.is_dir()] == [draft.name]
    assert store.current("erp") == (EXTRACT, folder)


@pytest.mark.parametrize("harm", ["cut", "missing", "manifest", "pointer", "format", "version"])
def test_damage_is_told(store: ExtractStore, harm: str) -> None:
    folder = put(store)
    manifest = folder / "extract.json"
    {
        "cut": lambda: (folder / "a.parquet").write_text("row"),
        "missing": (folder / "master.parquet").unlink,
        "manifest": lambda: manifest.write_text(manifest.read_text()[:-20]),
        "pointer": lambda: (folder.parent / "CURRENT").write_text("../../etc"),
        "format": lambda: manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 9')),
        "version": lambda: manifest.write_text(manifest.read_text().replace('"label":', '"title":')),
    }[harm]()
    with pytest.raises(StoreError, match="What was read of erp before is damaged"):
        store.current("erp")


def test_sources_that_are_gone_are_forgotten(store: ExtractStore) -> None:
    put(store)
    put(store, replace(EXTRACT, source="shop"))
    store.keep_only(["shop"])
    assert store.current("erp") is None
    assert store.current("shop") is not None
