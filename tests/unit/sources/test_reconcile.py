from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shop_kit import Shop

from dashboard.sales.rollup import VALUE_COLUMNS, Facts
from dashboard.settings.sections import Sales
from dashboard.sources import engine, importer, query
from dashboard.sources.account import take_account
from dashboard.sources.assembly import assemble
from dashboard.sources.classify import create_lines
from dashboard.sources.companions import create_master, create_rates, create_receipts
from dashboard.sources.errors import ImportRefused
from dashboard.sources.reading import open_table
from dashboard.sources.reconcile import check_totals

TEXT = "code,qty,date,price\nA1,3,2024-01-31,2.50\nB1,-1,2024-02-01,2.50\nB1,1,x,1\n"


def altered(facts: Facts, name: str) -> Facts:
    values = {**facts.values, name: facts.values[name] + np.array([1, *[0] * (len(facts.product) - 1)])}
    return replace(facts, values=values)


@pytest.mark.parametrize("grain", ["monthly", "daily"])
@pytest.mark.parametrize("name", VALUE_COLUMNS)
def test_a_rollup_that_differs_by_one_is_refused(shop: Shop, tmp_path: Path, grain: str, name: str) -> None:
    path, mapping, work = shop.write(TEXT), shop.mapping(), tmp_path / "work"
    work.mkdir()
    with engine.connect(work) as connection:
        table = open_table(connection, path, "raw_sales", mapping, work)
        create_rates(connection, path, mapping, work)
        create_master(connection, path, mapping, work)
        create_receipts(connection, path, mapping, work)
        create_lines(connection, table, mapping)
        account = take_account(connection, table, mapping)
        rollup = assemble(connection, path, mapping, account, Sales(), work)
        assert check_totals(connection, rollup)["gross_units"] == 3
        spoiled = replace(rollup, **{grain: altered(getattr(rollup, grain), name)})
        with pytest.raises(ImportRefused, match="differ from those of the lines"):
            check_totals(connection, spoiled)


def test_lines_without_a_verdict_of_their_own_are_noticed(shop: Shop, tmp_path: Path) -> None:
    path, mapping, work = shop.write(TEXT), shop.mapping(), tmp_path / "work"
    work.mkdir()
    with engine.connect(work) as connection:
        table = open_table(connection, path, "raw_sales", mapping, work)
        create_rates(connection, path, mapping, work)
        create_master(connection, path, mapping, work)
        create_lines(connection, table, mapping)
        connection.execute("DELETE FROM lines WHERE row = 2")
        with pytest.raises(ImportRefused, match="the verdicts do not add up"):
            take_account(connection, table, mapping)


def test_nothing_is_written_when_the_check_fails(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.import_text(TEXT)
    before = shop.rollup

    def fail(*_: object) -> None:
        raise ImportRefused("differs")

    monkeypatch.setattr(importer, "check_totals", fail)
    with pytest.raises(ImportRefused, match="differs"):
        shop.import_text(TEXT)
    assert shop.rollup is before


def test_too_many_groups_are_refused_before_they_are_fetched(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query.fetch_rollup, "__defaults__", (2,))
    shop.import_lines("A1,1,2024-01-31,2", "A1,1,2024-01-30,2")
    with pytest.raises(ImportRefused, match=r"The day figures would have 3 rows, more than 2\. .*sales\.daily_months"):
        shop.import_lines("A1,1,2024-01-31,2", "A1,1,2024-01-30,2", "A1,1,2024-01-29,2")


def test_too_many_groups_are_refused_in_whichever_stretch(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "_LEAST_LINES", 1)
    lines = [f"A{number},1,2024-0{month}-09,2" for month in (1, 2, 3) for number in (1, 2)]
    monkeypatch.setattr(query.fetch_rollup, "__defaults__", (6,))
    shop.import_lines(*lines, lines[0])
    monkeypatch.setattr(query.fetch_rollup, "__defaults__", (5,))
    with pytest.raises(ImportRefused, match=r"The month figures would have 6 rows, more than 5\. "):
        shop.import_lines(*lines, lines[0])
