from shop_kit import Shop, aside

LINES = [
    "A1,1,2024-01-31,2",
    "A1,1,2024-01-31,2",
    "A1,1,2024-01-31,2",
    "A1,1,2024-01-31,2.0",
    "B1,1,2024-01-31,0",
    "B1,1,2024-01-31,0",
]


def test_exact_repeats_are_kept_and_flagged(shop: Shop) -> None:
    report = shop.import_lines(*LINES)
    assert report.totals["gross_units"] == 4
    assert (aside(report, kept=True)["repeat"].lines, aside(report, kept=True)["repeat"].units) == (2, 2)
    assert "repeat" not in aside(report)


def test_exact_repeats_may_be_set_aside(shop: Shop) -> None:
    report = shop.import_lines(*LINES, repeats="set_aside")
    assert report.totals["gross_units"] == 2
    assert {key: entry.lines for key, entry in aside(report).items()} == {"price_not_positive": 2, "repeat": 2}
    assert "repeat" not in aside(report, kept=True)
    assert aside(report)["repeat"].note == "first: row 3"


def test_lines_that_differ_in_a_column_that_is_not_mapped_are_no_repeats(shop: Shop) -> None:
    text = "code,qty,date,price,line\nA1,1,2024-01-31,2,1\nA1,1,2024-01-31,2,2\n"
    assert shop.import_text(text, repeats="set_aside").info.lines_kept == 2


def test_empty_cells_compare_equal(shop: Shop) -> None:
    text = "code,qty,date,price,note\n" + "A1,1,2024-01-31,2,\n" * 3
    assert shop.import_text(text, repeats="set_aside").info.lines_kept == 1
