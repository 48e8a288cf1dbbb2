import pytest
from shop_kit import Shop

from dashboard.sources.importer import import_file
from dashboard.sources.report import money, report_text


@pytest.mark.parametrize(
    ("minor", "digits", "text"),
    [
        (0, 2, "0.00 EUR"),
        (5, 2, "0.05 EUR"),
        (123456789, 2, "1,234,567.89 EUR"),
        (-5, 2, "-0.05 EUR"),
        (-123456, 2, "-1,234.56 EUR"),
        (1234567, 0, "1,234,567 EUR"),
        (1234567, 3, "1,234.567 EUR"),
        (2**60, 2, "11,529,215,046,068,469.76 EUR"),
    ],
)
def test_money(minor: int, digits: int, text: str) -> None:
    assert money(minor, digits, "EUR") == text


def test_report_is_an_aligned_table(shop: Shop) -> None:
    report = shop.import_lines(
        "A1,3,2024-01-31,2.50", "A1,3,2024-01-31,2.50", "A1,-1,2024-02-01,2.50", ",1,2024-01-31,2", "A1,x,2024-01-31,2"
    )
    lines = report_text(report).splitlines()
    assert lines[0] == "Imported sales.csv as 'Shop'."
    assert lines[2:10] == [
        "Lines                                                          lines         units",
        "read                                                               5",
        "counted                                                            3",
        "set aside                                                          2",
        "  no product code                                                  1             1   first: row 5",
        "  quantity is no whole number                                      1             0   first: row 6, 'x'",
        "counted, but flagged",
        "  exact repeats of an earlier line, counted                        1             3",
    ]
    assert [line.split()[-2:] for line in lines[12:19]] == [
        ["units", "6"],
        ["units", "1"],
        ["units", "5"],
        ["15.00", "EUR"],
        ["0.00", "EUR"],
        ["2.50", "EUR"],
        ["12.50", "EUR"],
    ]
    assert lines[20] == "Products: 1. Months: 2024-01 to 2024-02."
    assert lines[21].startswith("Complete to 1 February 2024. Assumed: the last line is of 1 February 2024.")


def test_progress_goes_from_nothing_to_done(shop: Shop) -> None:
    told: list[tuple[str, float]] = []
    path = shop.write("code,qty,date,price\nA1,1,2024-01-31,2\n")
    import_file(path, shop.mapping(), shop.settings, lambda step, share: told.append((step, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (told[0][1], told[-1]) == (0.0, ("Done", 1.0))
