"""What real files hold and a clean generator would not: deliveries sent back, and lines that must be set aside."""

import numpy as np
import pandas as pd

from dashboard.sources.demo.calendar import WHOLESALE, number
from dashboard.sources.demo.catalogue import Catalogue, Part
from dashboard.sources.demo.lines import CANCELLED, DAY_SECONDS, RETURN, SALE
from dashboard.sources.demo.prices import CHF, currency, unit_price

NO_PRODUCT, SHIPPING = -1, -2
# Sold on sale or return on the first day, sent back on the second; the last return falls into the unfinished month.
SENT_BACK = (
    ("2024-09-12", "2024-10-21"),
    ("2025-02-05", "2025-03-11"),
    ("2025-08-18", "2025-09-24"),
    ("2026-03-09", "2026-04-14"),
    ("2026-06-16", "2026-08-05"),
    ("2026-10-08", "2026-11-10"),
)
DELIVERED, KEPT = 60, 6
FLAWS = {"no_product": 9, "shipping": 24, "free": 14, "cancelled": 18, "no_rate": 4}
REPEATS = 7
SHIPPING_PRICE = 495
NOON = DAY_SECONDS // 2


def sale_or_return(catalogue: Catalogue, first_order: int) -> pd.DataFrame:
    """Six wholesale deliveries of slow products, most of which come back a month later: more returns than sales."""
    product = np.flatnonzero(catalogue.part == Part.SENT_BACK)
    sold, back = (np.array([number(pair[side]) for pair in SENT_BACK]) for side in (0, 1))
    region = np.arange(len(product)) % 5
    channel = np.full(len(product), WHOLESALE)
    sales = pd.DataFrame(
        {
            "order": first_order + np.arange(len(product)),
            "second": sold * DAY_SECONDS + NOON,
            "day": sold,
            "kind": SALE,
            "product": product,
            "quantity": DELIVERED,
            "price": unit_price(catalogue, sold, product, region, channel),
            "discount": 0,
            "currency": currency(region),
            "region": region,
            "channel": channel,
        }
    )
    returns = sales.assign(kind=RETURN, quantity=DELIVERED - KEPT, day=back, second=back * DAY_SECONDS + NOON)
    return pd.concat([sales, returns], ignore_index=True)


def flawed_lines(sales: pd.DataFrame, first_order: int, rng: np.random.Generator) -> pd.DataFrame:
    """Copies of sales lines with one thing wrong each, spread over the calendar; an import has to notice every one."""
    picked = sales.iloc[np.sort(rng.choice(len(sales), sum(FLAWS.values()), replace=False))]
    picked = picked.assign(order=first_order + np.arange(len(picked)))
    which = np.repeat(np.array(list(FLAWS)), list(FLAWS.values()))[rng.permutation(len(picked))]
    picked.loc[which == "no_product", "product"] = NO_PRODUCT
    picked.loc[which == "shipping", ["product", "quantity", "price", "discount"]] = SHIPPING, 1, SHIPPING_PRICE, 0
    picked.loc[which == "free", ["price", "discount"]] = 0
    picked.loc[which == "cancelled", "kind"] = CANCELLED
    picked.loc[which == "no_rate", "currency"] = CHF
    repeats = sales.iloc[np.sort(rng.choice(len(sales), REPEATS, replace=False))]
    return pd.concat([picked, repeats], ignore_index=True)
