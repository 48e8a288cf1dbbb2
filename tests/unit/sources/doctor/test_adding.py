import os
import stat
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from erp_kit import make_shop, mapping, shop_settings
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Date, DateTime, Integer, Numeric, String

from dashboard.sources.adding import settings_file
from dashboard.sources.adding.guess import MASTER_COLUMNS, guess
from dashboard.sources.adding.settings_file import append_source, settings_path
from dashboard.sources.adding.toml import toml_table
from dashboard.sources.errors import MappingError

TEXT, NUMBER, WHOLE, DAY = String(20), Numeric(10, 2), Integer(), Date()
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = PLAIN.filter(bool)
SCALARS = PLAIN | st.integers(-(2**40), 2**40) | st.booleans() | st.dates(min_value=date(1900, 1, 1))
TABLES = st.recursive(
    st.dictionaries(NAMES, SCALARS | st.lists(PLAIN, max_size=3), max_size=4),
    lambda inner: st.dictionaries(NAMES, SCALARS | inner | st.lists(inner, min_size=1, max_size=2), max_size=3),
    max_leaves=6,
)


@given(table=TABLES, name=NAMES)
def test_what_is_written_reads_the_same(table: dict[str, Any], name: str) -> None:
    assert tomllib.loads(toml_table(("sources", name), table)) == {"sources": {name: table}}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {
                "VBELN": TEXT,
                "MATNR": TEXT,
                "FKDAT": DAY,
                "FKIMG": NUMBER,
                "NETWR": NUMBER,
                "WAERK": TEXT,
                "WERKS": TEXT,
            },
            {"product": "MATNR", "quantity": "FKIMG", "date": "FKDAT", "amount": "NETWR", "region": "WERKS"}
            | {"currency": "WAERK"},
        ),
        (
            {"Belegdatum": DateTime(), "Artikelnummer": TEXT, "Menge": WHOLE, "Einzelpreis": NUMBER, "Rabatt": NUMBER}
            | {"Filiale": TEXT, "Währung": TEXT, "Bezeichnung": TEXT},
            {"product": "Artikelnummer", "quantity": "Menge", "date": "Belegdatum", "price": "Einzelpreis"}
            | {"discount": "Rabatt", "region": "Filiale", "currency": "Währung", "name": "Bezeichnung"},
        ),
        (
            {
                "date_vente": DAY,
                "réf_article": TEXT,
                "qté": WHOLE,
                "montant_ht": NUMBER,
                "tva": NUMBER,
                "magasin": TEXT,
            },
            {"product": "réf_article", "quantity": "qté", "date": "date_vente", "amount": "montant_ht", "tax": "tva"}
            | {"region": "magasin"},
        ),
        (
            {"fecha": DAY, "código_artículo": TEXT, "cantidad": WHOLE, "precio_unitario": NUMBER, "canal": TEXT},
            {"product": "código_artículo", "quantity": "cantidad", "date": "fecha", "price": "precio_unitario"}
            | {"channel": "canal"},
        ),
        (
            {"OrderID": WHOLE, "ProductID": WHOLE, "OrderQty": WHOLE, "UnitPrice": NUMBER, "LineTotal": NUMBER}
            | {"OrderDate": DateTime(), "CreatedAt": DateTime(), "landed_cost": NUMBER, "vat": NUMBER},
            {"product": "ProductID", "quantity": "OrderQty", "date": "OrderDate", "price": "UnitPrice"}
            | {"cost": "landed_cost"},
        ),
        ({"a": TEXT, "quantity": TEXT, "price": DAY}, {}),
    ],
    ids=["SAP", "German", "French", "Spanish", "English", "types do not fit"],
)
def test_columns_are_guessed_by_name_and_type(columns: dict[str, Any], expected: dict[str, str]) -> None:
    assert guess(columns) == expected


def test_a_table_of_products_is_guessed() -> None:
    columns = {"sku": TEXT, "description": TEXT, "category": TEXT, "unit_cost": NUMBER, "launch_date": DAY}
    assert list(guess(columns, MASTER_COLUMNS)) == ["product", "name", "category", "cost", "launch"]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    shop = make_shop(tmp_path / "shop.db")
    path.write_text(f'# by hand\n[binds.shop]   # the shop\nurl = "sqlite:///{shop}"', encoding="utf-8")
    monkeypatch.setenv("SALESGATE_SETTINGS", str(path))
    return path


def append(file: Path, name: str = "new", **changes: Any) -> str:
    return append_source(file, name, mapping(**changes), shop_settings(file.parent / "shop.db", erp=mapping()))


def test_everything_else_stays_as_it_is(file: Path) -> None:
    old = file.read_bytes()
    file.chmod(0o640)
    added = append(file)
    new = file.read_bytes()
    assert new == old + b"\n\n" + added.encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert tomllib.loads(new.decode())["sources"]["new"] == mapping()
    assert [path.name for path in file.parent.glob("*settings*")] == ["settings.toml"]


def test_lines_end_as_they_did(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    append(file)
    assert b"\n" not in file.read_bytes().replace(b"\r\n", b"")


def test_behind_a_link_the_file_itself_is_changed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = file.with_name("link.toml")
    link.symlink_to(file)
    monkeypatch.setenv("SALESGATE_SETTINGS", str(link))
    append(settings_path())
    assert link.is_symlink()
    assert "[sources.new]" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("", {"currency": "USD"}, "sources.new.currency: 'USD'"),
        ("\nsources = 5", {}, "the source cannot be added: "),
        ("\n[sources.new]\nbind = 'shop'", {}, "the source cannot be added: there is a source 'new' already"),
        ("\n[server]\nport = 'x'", {}, "the source cannot be added: "),
    ],
)
def test_a_file_that_would_not_load_is_not_written(
    file: Path, text: str, changes: dict[str, Any], expected: str
) -> None:
    # The file was changed after the settings were read.
    settings = shop_settings(file.parent / "shop.db", **{"new" if "sources.new" in text else "erp": mapping()})
    file.write_text(
        f"{file.read_text(encoding='utf-8')}\n{text or toml_table(('sources', 'erp'), mapping())}\n", "utf-8"
    )
    old = file.read_bytes()
    with pytest.raises(MappingError) as error:
        append_source(file, "new", mapping(**changes), settings)
    assert expected in str(error.value)
    assert file.read_bytes() == old


def test_interrupted_before_the_swap_nothing_is_changed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = file.read_bytes()

    def interrupted(_number: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(settings_file.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        append(file)
    assert file.read_bytes() == old
    assert [path.name for path in file.parent.glob("*settings*")] == ["settings.toml"]


def test_a_disk_that_is_full_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = file.read_bytes()

    def full(_number: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(settings_file.os, "fsync", full)
    with pytest.raises(MappingError, match=r"cannot be written: No space left on device\. Nothing was changed\."):
        append(file)
    assert file.read_bytes() == old
