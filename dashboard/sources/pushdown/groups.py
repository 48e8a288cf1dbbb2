"""What comes back from a bind: lines added up inside the database, in one closed shape, as Arrow."""

from typing import Final, Literal

import pyarrow as pa

Grain = Literal["day", "month"]

# A row is all lines of one period that agree in every key. Sums are of absolute values: returns are told by is_return.
# Texts are as the database has them; products are judged and money is converted where the groups are assembled.
GROUPS: Final = pa.schema(
    [
        ("period", pa.date32()),  # the business day, or the first of the month
        ("product", pa.string()),
        ("region", pa.string()),
        ("channel", pa.string()),
        ("currency", pa.string()),  # NULL: the currency of the source
        ("verdict", pa.int16()),  # position in VERDICTS; LEFT_OUT + i: the i-th leave_out rule
        ("is_return", pa.int16()),  # 0 or 1
        ("costed", pa.int16()),  # 1: these lines know their own cost
        ("lines", pa.int64()),
        ("units", pa.int64()),
        ("gross_minor", pa.int64()),  # before discount, in minor units of the line's currency, rounded once a line
        ("discount_minor", pa.int64()),
        ("cost_minor", pa.int64()),
    ]
)
KEYS: Final = ("period", "product", "region", "channel", "currency", "verdict", "is_return", "costed")
SUMS: Final = ("lines", "units", "gross_minor", "discount_minor", "cost_minor")

# The verdicts that a database gives, with the keys of dashboard.sources.reasons; product codes are judged afterwards.
VERDICTS: Final = (
    "",
    "bad_date",
    "bad_quantity",
    "bad_price",
    "price_not_positive",
    "not_sold",
    "bad_discount",
    "repeat",
)
LEFT_OUT: Final = 100

# The most frequent names are chosen when the groups are assembled: one row for each spelling of a product.
LABELS: Final = pa.schema(
    [("product", pa.string()), ("name", pa.string()), ("category", pa.string()), ("lines", pa.int64())]
)
