"""Why a line is set aside or flagged: stable keys, labels for people, and the mapping key to look at."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reason:
    """One verdict.

    Attributes:
        label: for people.
        look_at: the mapping key that decides it; empty where there is none.
    """

    label: str
    look_at: str


KEPT: Final = ""

# In the order in which a line is judged: the first that holds is its verdict.
SET_ASIDE: Final = {
    "left_out": Reason("left out by the mapping", "leave_out"),
    "no_product": Reason("no product code", "columns.product"),
    "not_a_product": Reason("code is no product", "products.pattern, products.not_products"),
    "bad_date": Reason("no date that can be read, or a year outside 1970-2100", "columns.date, csv.date_format"),
    "bad_quantity": Reason("quantity is no whole number", "columns.quantity, csv.decimal"),
    "bad_price": Reason("price or amount is no number in range", "columns.price, columns.amount, csv.decimal"),
    "price_not_positive": Reason("price is zero or negative", "columns.price, columns.amount"),
    "not_sold": Reason("quantity is zero, or negative on a line that is no return", "returns"),
    "bad_discount": Reason("discount is no number from zero to the line's value", "columns.discount"),
    "repeat": Reason("exact repeat of an earlier line", "repeats"),
    "other_source": Reason("counted from another source instead", "yields_to"),
}

FLAGGED: Final = {
    "repeat": Reason("exact repeats of an earlier line, counted", "repeats"),
    "no_exchange_rate": Reason("no exchange rate that day: units counted, money not", "rates"),
    "after_complete_to": Reason("after the complete-to date, counted", "complete_to"),
    "not_in_master": Reason("product is not in the product file, counted", "products.file"),
    "no_region": Reason('no region, counted under "(none)"', "columns.region"),
    "no_channel": Reason('no channel, counted under "(none)"', "columns.channel"),
}
