import json
import os
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from shop_kit import Shop

from dashboard.sales.rollup import VALUE_COLUMNS, DataInfo, Facts, Products, Rollup, StockMonths, one_source
from dashboard.sources.errors import ImportRefused, StoreError
from dashboard.sources.layout import INFO
from dashboard.sources.store import CURRENT, RollupStore


def make_rollup(units: int, *, rows: int = 50, stock: bool = False) -> Rollup:
    """One month, one day; every value is ``units``, so that a torn read would show."""
    info = DataInfo(
        source="Test",
        imported_at="2024-01-31T00:00:00+00:00",
        first_day=date(2024, 1, 1),
        last_day=date(2024, 1, 1),
        complete_to=date(2024, 1, 1),
        complete_to_reason="Set.",
        currency="EUR",
        minor_digits=2,
        time_zone="UTC",
        lines_read=rows,
        lines_kept=rows,
        set_aside=(),
        has_stock=stock,
    )
    facts = Facts(
        offsets=np.array([0, rows]),
        product=np.arange(rows, dtype=np.int32),
        region=np.zeros(rows, np.int16),
        channel=np.zeros(rows, np.int16),
        values={name: np.full(rows, units, np.int64) for name in VALUE_COLUMNS},
        source=one_source(rows),
    )
    days = np.full(rows, "NaT", "datetime64[D]")
    codes = tuple(f"P{index:03}" for index in range(rows))
    products = Products(codes, codes, np.zeros(rows, np.int16), days, days)
    first = np.array([0], np.int32)
    months = StockMonths(np.array([0, 1]), first, first.astype(np.int16), first.astype(np.int16), np.array([units]))
    none = ("(none)",)
    return Rollup(
        "", info, ("2024-01",), date(2024, 1, 1), *[none] * 4, products, facts, facts, months if stock else None
    )


@pytest.fixture
def store(tmp_path: Path) -> RollupStore:
    return RollupStore(tmp_path / "rollup")


def folder_of(store: RollupStore, tmp_path: Path) -> Path:
    return tmp_path / "rollup" / store.versions()[-1]


def test_nothing_imported_yet(store: RollupStore) -> None:
    assert store.current() is None


@pytest.mark.parametrize("stock", [False, True])
def test_what_is_written_is_read(store: RollupStore, stock: bool) -> None:
    written = make_rollup(7, stock=stock)
    version = store.write(written)
    read = store.current()
    assert read is not None
    assert read.version == version
    assert (read.info, read.months, read.first_daily) == (written.info, written.months, written.first_daily)
    assert (read.products.code, read.regions) == (written.products.code, written.regions)
    assert np.isnat(read.products.first_day).all()
    for mine, theirs in ((read.monthly, written.monthly), (read.daily, written.daily)):
        for name in ("offsets", "product", "region", "channel"):
            assert np.array_equal(getattr(mine, name), getattr(theirs, name))
            assert getattr(mine, name).dtype == getattr(theirs, name).dtype
        assert all(np.array_equal(mine.values[name], theirs.values[name]) for name in VALUE_COLUMNS)
    assert (read.stock is not None) is stock


def test_arrays_are_views_of_the_mapped_file_and_read_only(store: RollupStore) -> None:
    store.write(make_rollup(7))
    read = store.current()
    assert read is not None
    column = read.daily.values["gross_units"]
    assert not column.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 1


def test_a_rollup_without_rows(store: RollupStore) -> None:
    empty = replace(make_rollup(1, rows=0), daily=replace(make_rollup(1, rows=0).daily, offsets=np.array([0, 0])))
    store.write(empty)
    read = store.current()
    assert read is not None
    assert len(read.daily.product) == 0


def test_the_same_object_until_a_new_version(store: RollupStore, tmp_path: Path) -> None:
    store.write(make_rollup(1))
    first = store.current()
    assert store.current() is first
    RollupStore(tmp_path / "rollup").write(make_rollup(2))
    second = store.current()
    assert second is not None
    assert int(second.monthly.values["gross_units"][0]) == 2
    assert store.current() is second


def test_the_fast_path_takes_no_lock_and_opens_no_file(store: RollupStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write(make_rollup(1))
    loaded = store.current()

    class Forbidden:
        def __enter__(self) -> None:
            raise AssertionError("locked")

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(store, "_loading", Forbidden())
    monkeypatch.setattr("builtins.open", Forbidden)
    assert store.current() is loaded


def test_versions_sort_by_time_and_the_newest_two_stay(store: RollupStore) -> None:
    written = [store.write(make_rollup(units)) for units in range(4)]
    assert written == sorted(written)
    assert store.versions() == written[-2:]


def test_a_version_named_in_the_future_is_pruned_before_the_current_one(store: RollupStore, tmp_path: Path) -> None:
    (tmp_path / "rollup" / "29990101T000000000000Z-00000000").mkdir(parents=True)
    store.write(make_rollup(1))
    version = store.write(make_rollup(2))
    read = store.current()
    assert read is not None
    assert read.version == version
    assert len(store.versions()) == 2


def test_a_reader_keeps_its_pages_after_its_version_is_pruned(store: RollupStore) -> None:
    store.write(make_rollup(5))
    old = store.current()
    for units in range(3):
        store.write(make_rollup(units))
    assert old is not None
    assert int(old.monthly.values["gross_units"].sum()) == 250


def test_folders_and_files_are_private(tmp_path: Path) -> None:
    RollupStore(tmp_path / "var" / "rollup").write(make_rollup(1))
    for path in [tmp_path / "var", tmp_path / "var" / "rollup", *(tmp_path / "var").rglob("*")]:
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_swap_under_concurrent_readers(store: RollupStore) -> None:
    """Every read sees one whole version; versions only go forward for each reader."""
    store.write(make_rollup(0))
    stop = threading.Event()
    problems: list[str] = []

    def read() -> None:
        last = 0
        while not stop.is_set():
            try:
                rollup = store.current()
                assert rollup is not None
                seen = {int(value) for values in rollup.monthly.values.values() for value in values}
                if len(seen) != 1 or seen.pop() < last:
                    problems.append("torn or old")
                last = int(rollup.daily.values["gross_units"][0])
            except Exception as error:
                # Whatever goes wrong in a thread must fail the test.
                problems.append(repr(error))
                return

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for units in range(1, 25):
        store.write(make_rollup(units))
    stop.set()
    for reader in readers:
        reader.join()
    assert problems == []
    last = store.current()
    assert last is not None
    assert int(last.monthly.values["gross_units"][0]) == 24


def lose_a_file(folder: Path) -> None:
    (folder / "daily.arrow").unlink()


def truncate(folder: Path) -> None:
    os.truncate(folder / "monthly.arrow", 100)


def flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / "daily.arrow").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "daily.arrow").write_bytes(content)


def break_info(folder: Path) -> None:
    (folder / INFO).write_text("{", encoding="utf-8")


def other_format(folder: Path) -> None:
    record = json.loads((folder / INFO).read_text(encoding="utf-8"))
    (folder / INFO).write_text(json.dumps({**record, "format": 99}), encoding="utf-8")


def lose_a_key(folder: Path) -> None:
    record = json.loads((folder / INFO).read_text(encoding="utf-8"))
    del record["months"]
    (folder / INFO).write_text(json.dumps(record), encoding="utf-8")


def point_nowhere(folder: Path) -> None:
    (folder.parent / CURRENT).write_text("20240101T000000000000Z-00000000")


def point_outside(folder: Path) -> None:
    (folder.parent / CURRENT).write_text("../../elsewhere")


@pytest.mark.parametrize(
    "spoil",
    [lose_a_file, truncate, flip_a_bit, break_info, lose_a_key, point_nowhere, point_outside],
    ids=lambda spoil: spoil.__name__,
)
def test_damage_is_noticed_and_said(store: RollupStore, tmp_path: Path, spoil: object) -> None:
    store.write(make_rollup(1))
    spoil(folder_of(store, tmp_path))  # type: ignore[operator]
    fresh = RollupStore(tmp_path / "rollup")
    for _ in range(2):
        with pytest.raises(StoreError, match=r"The imported data are damaged: .*\. Import the file again\."):
            fresh.current()
    fresh.write(make_rollup(3))
    healed = fresh.current()
    assert healed is not None
    assert int(healed.monthly.values["gross_units"][0]) == 3


def test_data_of_another_version_of_the_program_must_be_imported_again(store: RollupStore, tmp_path: Path) -> None:
    store.write(make_rollup(1))
    other_format(folder_of(store, tmp_path))
    with pytest.raises(StoreError, match=r"of another version of Salesgate: .*format 99.*\. Import the file again\."):
        RollupStore(tmp_path / "rollup").current()


def test_pointer_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "rollup").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="cannot be read: Not a directory"):
        RollupStore(tmp_path / "rollup").current()


def test_a_second_import_at_the_same_time_is_refused(shop: Shop) -> None:
    shop.import_lines("A1,1,2024-01-31,2")
    before = shop.rollup
    with (
        shop.store.writing(),
        pytest.raises(ImportRefused, match=rf"Another import is running \(process {os.getpid()}\)"),
    ):
        shop.import_lines("A1,9,2024-01-31,2")
    assert shop.rollup is before
    shop.import_lines("A1,9,2024-01-31,2")
    assert int(shop.rollup.monthly.values["gross_units"].sum()) == 9


KILLED = """
import os, signal, sys
sys.path[:0] = {path!r}
from pathlib import Path
from shop_kit import Shop
import dashboard.sources.store as store
real = store.{at}
def die(*args, **keys):
    {before}
    os.kill(os.getpid(), signal.SIGKILL)
store.{at} = die
Shop(Path({folder!r})).import_lines("A1,9,2024-01-31,2")
"""


@pytest.mark.parametrize("at", ["write_version", "RollupStore._point_to", "RollupStore._prune"])
def test_a_killed_import_leaves_no_half_version(shop: Shop, at: str) -> None:
    shop.import_lines("A1,1,2024-01-31,2")
    before = shop.rollup
    script = KILLED.format(
        path=sys.path, at=at, folder=str(shop.folder), before="real(*args, **keys)" if at == "write_version" else "pass"
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    units = int(shop.rollup.monthly.values["gross_units"].sum())
    assert units == (9 if at.endswith("_prune") else 1)
    assert (shop.rollup is before) is (units == 1)
    shop.import_lines("A1,4,2024-01-31,2")
    assert int(shop.rollup.monthly.values["gross_units"].sum()) == 4
    assert not list((shop.settings.var / "rollup").glob(".work*"))
    assert len(shop.store.versions()) == 2


FULL = """
import resource, signal, sys
sys.path[:0] = {path!r}
from pathlib import Path
from shop_kit import HEADER, Shop
from dashboard.sources.errors import ImportRefused
from dashboard.sources.importer import import_file
shop = Shop(Path({folder!r}))
path = shop.write(HEADER + "".join(f"A{{index}},9,2024-01-31,2\\n" for index in range(3000)))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def fill(step, share):
    if step == {step!r}:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    import_file(path, shop.mapping(), shop.settings, fill)
except ImportRefused as refused:
    print(refused)
"""


@pytest.mark.parametrize("step", ["Reading the file", "Judging the lines", "Writing the figures"])
def test_no_space_left_leaves_the_old_version(shop: Shop, step: str) -> None:
    """A limit on the size of files stands in for a disk that fills up."""
    shop.import_lines("A1,1,2024-01-31,2")
    before = shop.rollup
    script = FULL.format(path=sys.path, folder=str(shop.folder), step=step)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("No space left in the data folder")
    assert shop.rollup is before
