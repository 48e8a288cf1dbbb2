import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from erp_kit import change, make_shop, mapping, shop_settings
from postgres_kit import Postgres
from sqlalchemy import create_engine, event

from dashboard.settings import Settings, load_settings
from dashboard.sources.binds.opening import OpenBind
from dashboard.sources.doctor.examine import examine
from dashboard.sources.doctor.findings import Diagnosis
from dashboard.sources.doctor.sample import SAMPLE_ROWS, value_text
from dashboard.sources.errors import ImportRefused


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop.db")


def look(settings: Settings, *names: str) -> Diagnosis:
    return examine(settings, names, lambda _step: None)


def faults(diagnosis: Diagnosis, level: str = "fault") -> list[tuple[str, str, str]]:
    return [(about, one.where, one.what) for about, one in diagnosis.all_findings() if one.level == level]


def lines(**changes: Any) -> dict[str, Any]:
    """The mapping with other keys in ``lines``; ``columns`` are added to."""
    table = mapping()
    columns = {**table["lines"]["columns"], **changes.pop("columns", {})}
    return {**table, "lines": {**table["lines"], **changes, "columns": {k: v for k, v in columns.items() if v}}}


def test_a_sound_source(shop: Path) -> None:
    found = look(shop_settings(shop))
    assert found.sound
    assert found.all_findings() == ()
    (bind,) = found.binds
    assert (bind.product.split()[0], bind.read_only, bind.name) == ("SQLite", "proved", "shop")
    (source,) = bind.sources
    assert (str(source.first_day), str(source.last_day)) == ("2026-09-01", "2026-10-10")
    assert source.trial is not None
    trial = replace(source.trial, seconds=0)
    assert (trial.month, trial.lines, trial.counted, dict(trial.set_aside)) == ("2026-09", 60, 60, {})
    assert trial.groups == 10  # five products in two regions
    price = next(column for column in source.columns if column.key == "lines.columns.price")
    assert (price.table, price.column, price.type) == ("Verkäufe", 'Preis "€"', "NUMERIC")
    assert (price.rows, price.nulls, price.distinct, price.values) == (20, 0, 1, ("2.5",))
    region = next(column for column in source.columns if column.key == "lines.columns.region")
    assert (region.table, region.values) == ("belege", ("Nord", "Süd"))


def test_it_goes_into_json(shop: Path) -> None:
    from dataclasses import asdict  # noqa: PLC0415

    found = json.loads(json.dumps(asdict(look(shop_settings(shop))), default=str))
    assert found["binds"][0]["sources"][0]["trial"]["lines"] == 60


@pytest.mark.parametrize(
    ("source", "where", "expected"),
    [
        (lines(columns={"quantity": "mengen"}), "lines.columns.quantity", "no column 'mengen'. Did you mean 'menge'?"),
        (lines(columns={"quantity": "Menge"}), "lines.columns.quantity", "Did you mean 'menge'?"),
        (lines(columns={"region": "b.Ort"}), "lines.columns.region", "column 'Ort'. It has: 'beleg', 'datum', '"),
        (lines(table="Verkaufe"), "lines", "no table or view 'Verkaufe' that this account can see. Did you mean"),
        (lines(columns={"price": "Preis €"}), "lines.columns.price", "Did you mean 'Preis \"€\"'?"),
        (lines(joins=[{"name": "b", "table": "belege", "on": {"x": "beleg"}}]), "lines.joins.b.on", "no column 'x'"),
    ],
)  # fmt: skip
def test_what_is_not_there(shop: Path, source: dict[str, Any], where: str, expected: str) -> None:
    found = look(shop_settings(shop, erp=source))
    assert not found.sound
    ((about, key, what),) = faults(found)
    assert (about, key) == ("sources.erp", where)
    assert expected in what


def test_every_missing_column_is_named_at_once_and_the_others_shown(shop: Path) -> None:
    columns = {"quantity": "x", "product": "y", "price": "z"}
    found = look(shop_settings(shop, erp=lines(columns=columns)))
    assert [where for _about, where, _what in faults(found)] == [
        f"lines.columns.{key}" for key in ("product", "quantity", "price")
    ]
    shown = {column.key: column.type for column in found.binds[0].sources[0].columns}
    assert (shown["lines.columns.quantity"], shown["lines.columns.date"]) == (None, "DATE")


def test_a_column_that_has_changed_its_type(tmp_path: Path) -> None:
    path = tmp_path / "dwh.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE lines (sku TEXT, qty TEXT, day DATE, amount DECIMAL(10, 2))")
        connection.execute("INSERT INTO lines VALUES ('A', '1', '2026-09-01', 1)")
    columns = {"product": "sku", "quantity": "qty", "date": "day", "amount": "amount"}
    source = mapping(lines={"table": "lines", "columns": columns}, master=None)
    del source["master"]
    settings = load_settings(
        var=tmp_path / "var", binds={"dwh": {"url": f"duckdb:///{path}"}}, sources={"erp": source | {"bind": "dwh"}}
    )
    ((_about, where, what),) = faults(look(settings))
    assert what.startswith("the column is of type VARCHAR, which holds no numbers.")
    assert where == "lines.columns.quantity"


def test_an_empty_table_is_no_fault(tmp_path: Path) -> None:
    found = look(shop_settings(make_shop(tmp_path / "shop.db", orders=0)))
    assert found.sound
    assert faults(found, "warning") == [("sources.erp", "lines", "There are no lines with a date yet.")]
    assert found.binds[0].sources[0].trial is None


def test_rows_that_would_count_lines_twice(shop: Path) -> None:
    change(shop, "INSERT INTO belege VALUES (3, '2026-09-04', 'West')", "INSERT INTO artikel VALUES ('A1', 'x', 'y')")
    assert faults(look(shop_settings(shop))) == [
        (
            "sources.erp",
            "lines.joins.b",
            "belege has several rows for one beleg: 3. Lines would count twice: join a view with one row for each, or "
            "join by more columns.",
        ),
        (
            "sources.erp",
            "master.columns.product",
            "artikel has several rows for one product: A1. Use a view with one row for each.",
        ),
    ]


def test_lines_that_do_not_count_are_told(shop: Path) -> None:
    change(
        shop,
        "UPDATE Verkäufe SET menge = NULL WHERE beleg % 5 = 0",
        "UPDATE Verkäufe SET artikelnr = ' ' WHERE beleg % 4 = 0",
        "UPDATE belege SET datum = '9999-12-31' WHERE beleg = 39",
        "UPDATE belege SET datum = NULL WHERE beleg = 38",
    )
    found = look(shop_settings(shop))
    assert found.sound
    told = {where: what for _about, where, what in faults(found, "warning")}
    assert told["lines.columns.date"].startswith("Lines without a date, or with one outside 1970-2100: 4.")
    assert told["lines.columns.quantity"] == "20% of the lines of 2026-09 are set aside: quantity is no whole number."
    assert told["lines.columns.product"] == "27% of the lines of 2026-09 have no product code."
    trial = found.binds[0].sources[0].trial
    assert trial is not None
    assert (trial.lines, trial.counted, dict(trial.set_aside)) == (60, 48, {"quantity is no whole number": 12})


def test_a_month_of_which_nothing_counts_is_a_fault(shop: Path) -> None:
    change(shop, "UPDATE Verkäufe SET menge = 0")
    assert ("sources.erp", "lines.columns", "None of the 60 lines of 2026-09 counts; see the reasons.") in faults(
        look(shop_settings(shop))
    )


def test_a_column_that_is_always_empty(shop: Path) -> None:
    change(shop, "UPDATE belege SET filiale = NULL", "UPDATE Verkäufe SET menge = NULL")
    found = look(shop_settings(shop))
    assert [where for _about, where, _what in faults(found)] == ["lines.columns.quantity"]
    assert faults(found, "warning")[0][2].startswith("belege.filiale is empty in all 20 rows looked at.")


def test_other_currencies_need_rates(shop: Path) -> None:
    change(
        shop, "ALTER TABLE Verkäufe ADD COLUMN cur TEXT DEFAULT 'EUR'", "UPDATE Verkäufe SET cur = 'CHF' WHERE pos = 2"
    )
    found = look(shop_settings(shop, erp=lines(columns={"currency": "cur"})))
    ((_about, where, what),) = faults(found, "warning")
    assert where == "lines.columns.currency"
    assert what.startswith("There are lines in CHF, and no table of rates is mapped")


def test_the_sample_is_small_and_of_the_newest_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop(tmp_path / "shop.db", orders=59)
    change(
        shop, *["INSERT INTO Verkäufe SELECT beleg, pos + 100, artikelnr, menge, 9 FROM Verkäufe WHERE beleg < 3"] * 12
    )
    asked: list[tuple[str, Any]] = []
    opened = OpenBind.__init__

    def listening(self: OpenBind, *arguments: Any) -> None:
        opened(self, *arguments)
        event.listen(self.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))

    monkeypatch.setattr(OpenBind, "__init__", listening)
    source = look(shop_settings(shop)).binds[0].sources[0]
    price = next(column for column in source.columns if column.key == "lines.columns.price")
    assert (price.rows, price.values) == (58, ("2.5",))
    sampled = [(statement, values) for statement, values in asked if "c0" in statement]
    assert all(SAMPLE_ROWS in values for _statement, values in sampled)
    assert len(sampled) == 2


def test_a_dead_bind_does_not_stop_the_others(shop: Path) -> None:
    binds = {
        "dead": {"url": "postgresql+psycopg://reader@127.0.0.1:1/erp", "password": "s3cret-pass", "connect_seconds": 2},
        "shop": {"url": f"sqlite:///{shop}"},
    }
    settings = load_settings(
        var=shop.parent / "var", binds=binds, sources={"old": mapping(bind="dead", label="Old"), "erp": mapping()}
    )
    began = time.monotonic()
    found = look(settings)
    assert time.monotonic() - began < 10
    assert [about for about, _where, _what in faults(found)] == ["binds.dead", "sources.old"]
    assert found.binds[1].sources[0].trial is not None
    assert "s3cret-pass" not in repr(found)


def test_a_login_that_is_refused_shows_no_password(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.fresh().replace("salesgate@", "nobody@")
    settings = load_settings(
        var=tmp_path, binds={"erp": {"url": url, "password": "s3cret-pass"}}, sources={"erp": mapping(bind="erp")}
    )
    found = look(settings)
    postgres.clear()
    assert not found.sound
    assert [where for _about, where, _what in faults(found)] == ["connection", "connection"]
    assert "nobody" in faults(found)[0][2]
    assert "s3cret-pass" not in repr(found)


def test_an_account_that_can_write_is_a_fault_unless_accepted(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.fresh()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE lines (sku text, qty int, at timestamptz, amount numeric(12, 3))")
        connection.exec_driver_sql(
            "INSERT INTO lines VALUES ('A', 2, '2026-08-31 23:30+00', 1.005), ('Ä', 1, '2026-09-30', 2)"
        )
    engine.dispose()
    columns = {"product": "sku", "quantity": "qty", "date": "at", "amount": "amount"}
    source = mapping(bind="erp", lines={"table": "lines", "columns": columns})
    del source["master"]
    for allowed, level in ((False, "fault"), (True, "warning")):
        binds = {"erp": {"url": url, "allow_writes": allowed}}
        found = look(load_settings(var=tmp_path, binds=binds, sources={"erp": source}))
        assert found.sound is allowed
        ((about, where, what),) = faults(found, level)
        assert (about, where) == ("binds.erp", "read-only")
        assert ("allow_writes" in what) is True
        trial = found.binds[0].sources[0].trial
        assert trial is not None
        assert (trial.month, trial.lines) == ("2026-09", 2)  # 31 August, 23:30 UTC, is September in Berlin
    postgres.clear()


def test_only_what_is_named_is_looked_at(shop: Path) -> None:
    settings = shop_settings(shop, erp=mapping(), two=mapping(label="Zwei"))
    assert [source.name for source in look(settings, "two").binds[0].sources] == ["two"]
    assert [source.name for source in look(settings, "shop").binds[0].sources] == ["erp", "two"]
    with pytest.raises(ImportRefused, match=r"no bind and no source 'web' .* \(there: shop, erp, two\)"):
        look(settings, "web")


def test_a_mapping_that_cannot_be_used_does_not_stop_the_others(shop: Path) -> None:
    found = look(shop_settings(shop, bad=mapping(currency="Euro"), erp=mapping()))
    assert [(about, where) for about, where, _what in faults(found)] == [("settings.toml", "mapping")]
    assert [source.name for source in found.binds[0].sources] == ["erp"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a\x1b[31mb\nc", "a·[31mb·c"), ("x" * 40, "x" * 27 + "…"), (b"\xc3\xa4\xff", "ä\ufffd"), (2.5, "2.5")],
)
def test_values_are_fit_for_a_terminal(value: object, expected: str) -> None:
    assert value_text(value) == expected
