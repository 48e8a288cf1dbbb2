"""The facts of a rollup grow in files: what a refresh or an import holds at most does not follow how many there are."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dashboard.settings import PROJECT
from dashboard.sources.column_file import ColumnFile, let_go

PIECE = 50_000
SMALL, LARGE = 3, 24
# Facts of that many pieces of so many rows, added up, checked and written as a refresh does; amounts of 64 bits, so
# that none is taken for one of 32. Prints the most that the process ever held, in KiB, and the size of the file.
MEASURE = """
import re, sys
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from dashboard.sales.rollup import VALUE_COLUMNS
from dashboard.sources.facts import build_facts, day_periods
from dashboard.sources.layout import write_version
from dashboard.sources.memory import give_back
from dashboard.sources.reconcile import _of_facts
from factories import Line, make_rollup

CODES = [f"P{{code:05}}" for code in range({piece})]

def pieces(count):
    products, places = pa.array(CODES[::-1]), pa.array(["here"] * {piece})
    for day in range(count):
        amounts = pa.array(np.arange({piece}) + 2**40)
        yield pa.table({{
            "business_date": pa.array(np.full({piece}, 19_000 + day, np.int32)).cast(pa.date32()),
            "product": products, "region": places, "channel": places,
            **dict.fromkeys(VALUE_COLUMNS, amounts),
        }})

def made(count):
    folder = Path(sys.argv[1]) / str(count)
    folder.mkdir()
    on_day = partial(day_periods, first_day=date(2022, 1, 8))
    facts = build_facts(pieces(count), on_day, count, (CODES, ["here"], ["here"]), (), folder)
    assert set(_of_facts(facts).values()) == {{count * sum(range(2**40, 2**40 + {piece}))}}
    write_version(folder, replace(make_rollup([Line(date(2022, 1, 8), "P")]), daily=facts))
    size = (folder / "daily.arrow").stat().st_size // 1024
    print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], size)

give_back()
made({small})
made({large})
"""


def test_what_is_held_at_most_does_not_follow_the_number_of_facts(tmp_path: Path) -> None:
    script = f"import sys\nsys.path[:0] = {sys.path!r}\n"
    script += MEASURE.format(piece=PIECE, small=SMALL, large=LARGE)
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    (before, small), (after, large) = (map(int, line.split()) for line in run.stdout.splitlines())
    assert large > 80_000 > small * 7
    assert after - before < (large - small) / 4


@pytest.mark.parametrize("kinds", [("i2", "i2"), ("i2", "i8", "i4"), ("i4", "i8", "i8")])
def test_a_column_is_all_of_its_pieces_in_the_widest_of_their_types(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    pieces = [np.arange(-500, 300_000 if kind != "i2" else 500).astype(kind) for kind in kinds]
    with ColumnFile(tmp_path, np.int16) as column:
        for piece in (*pieces, np.empty(0, np.int16)):
            column.append(piece)
        whole = column.whole()
    assert list(tmp_path.iterdir()) == []
    let_go(whole)
    assert whole.dtype == max(np.dtype(kind) for kind in kinds)
    assert np.array_equal(whole, np.concatenate(pieces))
    assert not whole.flags.writeable


def test_a_column_without_rows_and_an_array_in_memory_are_arrays_as_others(tmp_path: Path) -> None:
    with ColumnFile(tmp_path, np.int32) as column:
        column.append(np.empty(0, np.int32))
        empty = column.whole()
    assert (empty.dtype, len(empty)) == (np.int32, 0)
    own = np.arange(100_000)
    let_go(empty, own, own[10:])
    assert own.sum() == sum(range(100_000))
