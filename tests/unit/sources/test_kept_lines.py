"""The kept lines: every one of them, in order, through the store and back."""

from datetime import date

import numpy as np
import pyarrow as pa
from shop_kit import Shop

from dashboard.sales.rollup import OrderLines
from dashboard.sources import order_lines
from dashboard.sources.importer import import_file
from dashboard.sources.texts import Texts

# Stored in half the room where all are small.
NARROWED = {name: np.dtype(np.int32) for name in ("units", "gross", "discount")}

HEADER = "no,code,qty,date,price,off,region,channel\n"
COLUMNS = {"order": "no", "discount": "off", "region": "region", "channel": "channel"}
ROWS = (
    "S9,B,2,2024-01-03,5,1,South,Web",
    "S2,A,1,2024-01-03,4,,North,Shop",
    "S2,B,3,2024-01-03,5,,North,Shop",
    "S1,A,7,2024-01-01,4,,North,Web",
    ",A,1,2024-01-01,4,,,Web",
    "R1,A,-2,2024-01-03,4,,North,Web",
    "S3,A,x,2024-01-02,4,,North,Web",
)


def lines_of(shop: Shop) -> OrderLines:
    shop.import_text(HEADER + "".join(f"{row}\n" for row in ROWS), COLUMNS)
    assert shop.rollup.lines is not None
    return shop.rollup.lines


def test_lines_are_sorted_by_day_then_order_then_place_in_the_file(shop: Shop) -> None:
    lines = lines_of(shop)
    assert list(lines.order) == ["", "S1", "R1", "S2", "S2", "S9"]
    assert lines.offsets.tolist() == [0, 2, 2, 6]
    assert lines.product.tolist() == [0, 0, 0, 0, 1, 1]
    assert [shop.rollup.regions[code] for code in lines.region] == ["(none)", *["North"] * 4, "South"]
    assert [shop.rollup.channels[code] for code in lines.channel] == ["Web", "Web", "Web", "Shop", "Shop", "Web"]
    assert lines.returned.tolist() == [False, False, True, False, False, False]
    assert lines.units.tolist() == [1, 7, 2, 1, 3, 2]
    assert lines.gross.tolist() == [400, 2800, 800, 400, 1500, 1000]
    assert lines.discount.tolist() == [0, 0, 0, 0, 0, 100]


def test_lines_add_up_to_the_figures(shop: Shop) -> None:
    lines = lines_of(shop)
    net = np.where(lines.returned, -1, 1) * (lines.gross - lines.discount)
    assert int(net.sum()) == int(shop.rollup.monthly.values["constant_sales"].sum())
    assert int(lines.units[lines.returned].sum()) == int(shop.rollup.monthly.values["returned_units"].sum())
    days = (shop.rollup.info.last_day - shop.rollup.info.first_day).days + 1
    assert (len(lines.offsets), lines.offsets[-1]) == (days + 1, shop.rollup.info.lines_kept)


def test_lines_are_views_of_mapped_files(shop: Shop) -> None:
    lines = lines_of(shop)
    for name, kind in order_lines.COLUMNS.items():
        array = getattr(lines, name)
        assert (array.dtype, array.flags.owndata, array.flags.writeable) == (
            NARROWED.get(name, np.dtype(kind)),
            False,
            False,
        ), name


def test_many_batches_are_one_sequence(shop: Shop, monkeypatch: object) -> None:
    before = lines_of(shop)
    monkeypatch.setattr(order_lines, "BATCH", 2)  # type: ignore[attr-defined]
    after = lines_of(shop)
    assert list(after.order) == list(before.order)
    assert after.gross.tolist() == before.gross.tolist()


def test_lines_are_left_out_if_the_settings_say_so(shop: Shop) -> None:
    sales = shop.settings.sales.model_copy(update={"keep_lines": False})
    settings = shop.settings.model_copy(update={"sales": sales})
    import_file(shop.write("code,qty,date,price\nA,1,2024-01-01,2\n"), shop.mapping(), settings)
    assert shop.rollup.lines is None


def test_order_numbers_are_plain_text(shop: Shop) -> None:
    odd = "\u202eS\u200b1"
    shop.import_text(
        f'no,code,qty,date,price\n"{odd}",A,1,2024-01-01,2\n{"9" * 300},A,1,2024-01-01,2\n', {"order": "no"}
    )
    assert shop.rollup.lines is not None
    assert list(shop.rollup.lines.order) == ["9" * 200, "S1"]


def test_texts_are_a_sequence() -> None:
    texts = Texts(pa.chunked_array([["a", "b"], ["c"]]))
    assert (len(texts), texts[2], texts[np.int64(0)], texts[-1]) == (3, "c", "a", "c")
    assert list(texts[1:]) == ["b", "c"]
    assert list(texts[::2]) == ["a", "c"]


def test_days_before_the_epoch_of_the_file_do_not_matter(shop: Shop) -> None:
    shop.import_lines("A,1,1970-01-01,2", "A,1,1970-01-03,2")
    assert shop.rollup.lines is not None
    assert shop.rollup.info.first_day == date(1970, 1, 1)
    assert shop.rollup.lines.offsets.tolist() == [0, 1, 1, 2]
