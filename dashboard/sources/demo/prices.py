"""Prices and discounts of sales lines, in cents of the line's currency."""

import numpy as np

from dashboard.sources.demo.calendar import DAYS, ONLINE, WHOLESALE, Ints, between, number
from dashboard.sources.demo.catalogue import Catalogue, calendar_days, shop_price
from dashboard.sources.demo.demand import CLEARANCE_DAYS

EUR, GBP, CHF = range(3)
CURRENCIES = ("EUR", "GBP", "CHF")
ISLANDS = 5
REVISIONS = ("2024-02-01", "2025-02-01", "2026-02-01")
WHOLESALE_PERCENT = 62
GBP_PERCENT = 86
COUPON_SHARE = 0.05
COUPON, JANUARY, BLACK_FRIDAY, CLEARANCE, AFTER_CHRISTMAS = 10, 15, 20, 30, 40


def currency(region: Ints) -> Ints:
    """The Islands pay in pounds, everybody else in euros."""
    return np.where(region == ISLANDS, GBP, EUR)


def unit_price(catalogue: Catalogue, day: Ints, product: Ints, region: Ints, channel: Ints) -> Ints:
    """int64[lines]: price of one unit before discount."""
    year = np.searchsorted([number(revision) for revision in REVISIONS], day, side="right")
    price = catalogue.price[product, year]
    price = np.where(region == ISLANDS, shop_price(price * GBP_PERCENT // 100), price)
    return np.where(channel == WHOLESALE, price * WHOLESALE_PERCENT // 100, price)


def discount_percent(catalogue: Catalogue, day: Ints, product: Ints, channel: Ints, rng: np.random.Generator) -> Ints:
    """int64[lines]: the largest of the offers that fit a line; wholesale customers have coupons only."""
    category = np.array(catalogue.categories)[catalogue.category[product]]
    left = calendar_days(catalogue.end, DAYS[-1] + 10_000)[product] - day
    ending = ~np.isnat(catalogue.end)[product] & (left <= CLEARANCE_DAYS)
    coupon = np.where(rng.random(len(day)) < COUPON_SHARE, COUPON, 0)
    offers = (
        JANUARY * (between("01-02", "01-21")[day] & np.isin(category, ("Textiles", "Bath", "Lighting", "Tableware"))),
        BLACK_FRIDAY * (between("11-24", "11-30")[day] & (channel == ONLINE)),
        AFTER_CHRISTMAS * ((between("12-27", "12-31") | between("01-01", "01-14"))[day] & (category == "Seasonal")),
        CLEARANCE * ending,
    )
    shop = np.max(np.stack(offers), axis=0) * (channel != WHOLESALE)
    percent: Ints = np.maximum(coupon, shop).astype(np.int64)
    return percent


def exchange_rates(rng: np.random.Generator) -> Ints:
    """int64[days]: what 1 GBP is worth in EUR, in units of 0.00001; a weekend keeps Friday's rate."""
    length = len(DAYS)
    walk = rng.normal(0.0, 0.0016, length).cumsum()
    part = np.arange(1, length + 1) / length
    rate = 1.163 - 0.012 * part + walk - walk[-1] * part
    friday = np.maximum(0, np.arange(length) - np.maximum(0, (DAYS.astype(np.int64) + 3) % 7 - 4))
    cents: Ints = np.rint(rate[friday] * 100_000).astype(np.int64)
    return cents
