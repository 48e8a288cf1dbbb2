"""Sources as a dimension of the rollup: what each brought can be told apart, and of one alone nothing is kept."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from extracts_kit import Extracts, cells, group, make_source
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.sales.calendar import month_window
from dashboard.sales.measures import MEASURES
from dashboard.sales.rollup import Facts, Rollup, one_source
from dashboard.sales.slices import Selection, Slice
from dashboard.sources.errors import ImportRefused
from dashboard.sources.layout import INFO
from dashboard.sources.refresh import assembly
from dashboard.sources.store import RollupStore

SHOPS = {"web": "An Oracle", "tills": "Z server"}
ROWS = st.lists(
    st.tuples(st.sampled_from([*SHOPS]), st.sampled_from("AB"), st.integers(1, 9), st.integers(0, 9**9), st.booleans()),
    min_size=1,
    max_size=12,
)  # fmt: skip


def two(extracts: Extracts, **days: list[dict[str, Any]]) -> Rollup:
    for name, label in SHOPS.items():
        extracts.add(make_source(name, label=label), days.get(name, []))
    return extracts.assemble().rollup


@settings(max_examples=5)
@given(rows=ROWS)
def test_sums_over_sources_are_the_whole_to_the_cent(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, int, int, bool]]
) -> None:
    days: dict[str, list[dict[str, Any]]] = {name: [] for name in SHOPS}
    expected: Counter[str] = Counter()
    for place, (name, product, units, gross, back) in enumerate(rows):
        when = date(2024, 4 + place % 2, 1 + place)
        days[name].append(group(when, product, units, gross, is_return=int(back)))
        expected[SHOPS[name]] += -gross if back else gross
    rollup = two(Extracts(tmp_path_factory.mktemp("apart")), **days)
    assert rollup.sources == tuple(sorted({SHOPS[name] for name, *_ in rows}))
    first, last, sales = rollup.months[0], rollup.months[-1], MEASURES["net_sales"]
    found = dict(zip(rollup.sources, Slice(rollup, Selection()).by_source(sales, first, last).tolist(), strict=True))
    assert found == {label: expected[label] for label in rollup.sources}
    for label, value in found.items():
        alone = Slice(rollup, Selection(source=frozenset({label})))
        assert alone.total(sales, month_window(first, last)) == value
        assert int(alone.by_day(sales, month_window(first, last)).sum()) == value


def test_the_same_product_and_place_of_two_sources_are_two_rows(extracts: Extracts, tmp_path: Path) -> None:
    same = [group("2024-05-02", units=3), group("2024-05-02", units=4)]
    rollup = two(extracts, web=same, tills=[group("2024-05-02", units=5), group("2024-05-03", "B")])
    assert rollup.monthly.source.tolist() == [0, 1, 1]
    assert rollup.monthly.values["gross_units"].tolist() == [7, 5, 1]
    store = RollupStore(tmp_path / "store")
    store.write(rollup)
    back = store.current()
    assert back is not None
    for one, other in ((rollup.monthly, back.monthly), (rollup.daily, back.daily)):
        assert cells(rollup, one) == cells(back, other)
        assert other.source.dtype == np.int16


@pytest.mark.parametrize("beside", [False, True])
def test_one_source_takes_no_memory_and_no_file(extracts: Extracts, tmp_path: Path, beside: bool) -> None:
    """Also where another was read and has no line."""
    extracts.add(make_source("shop"), [group("2024-05-02"), group("2024-05-03", "B")])
    if beside:
        extracts.add(make_source("empty"), complete_to=date(2024, 5, 2))
    rollup = extracts.assemble().rollup
    assert rollup.sources == ("Shop",)
    store = RollupStore(tmp_path / "store")
    store.write(rollup)
    back = store.current()
    assert back is not None
    for facts in (rollup.monthly, back.monthly, back.daily):
        assert (facts.source.strides, facts.source.tolist(), facts.source.dtype) == ((0,), [0, 0], np.int16)
    assert back.sources == ("Shop",)


def test_versions_from_before_open_as_one_source(extracts: Extracts, tmp_path: Path) -> None:
    store = RollupStore(tmp_path / "store")
    both = two(extracts, web=[group("2024-05-02")], tills=[group("2024-05-03")])
    blind = {name: replace(getattr(both, name), source=one_source(2)) for name in ("monthly", "daily")}
    folder = tmp_path / "store" / store.write(replace(both, sources=("",), **blind))
    record = json.loads((folder / INFO).read_text(encoding="utf-8"))
    del record["sources"]
    (folder / INFO).write_text(json.dumps(record), encoding="utf-8")
    old = RollupStore(tmp_path / "store").current()
    assert old is not None
    assert old.sources == ("All sources",)
    units = MEASURES["net_units"]
    assert Slice(old, Selection()).by_source(units, "2024-05", "2024-05").tolist() == [2]


def test_lines_counted_for_the_wrong_source_are_noticed(extracts: Extracts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole is right, and each source is not."""

    def swapped(*given: Any, **named: Any) -> Rollup:
        rollup = rolled_up(*given, **named)
        facts: Facts = rollup.monthly
        return replace(rollup, monthly=replace(facts, source=1 - facts.source))

    rolled_up = assembly.roll_up
    monkeypatch.setattr(assembly, "roll_up", swapped)
    with pytest.raises(ImportRefused, match=r"The sums by month of An Oracle .* differ from those of the lines"):
        two(extracts, web=[group("2024-05-02")], tills=[group("2024-05-03", units=2)])
