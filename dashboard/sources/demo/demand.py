"""How many sales lines to expect of each product on each day."""

import numpy as np

from dashboard.sources.demo.calendar import DAYS, YEAR_DAYS, Floats, Ints, Mask, channel_weights, months, number, season
from dashboard.sources.demo.catalogue import Catalogue, Part, calendar_days
from dashboard.sources.demo.stock import sellable

LINES_A_DAY = 365
GROWTH_A_YEAR = 0.05
RAMP_DAYS = 45
CLEARANCE_DAYS = 42
DORMANT_SINCE = "2025-06-30"


def expected_lines(catalogue: Catalogue, out: Mask, rng: np.random.Generator) -> Floats:
    """float64[products, days]: mean number of sales lines; 0 where a product is not sellable or out of stock."""
    size, length = len(catalogue), len(DAYS)
    days = np.arange(length)
    fixed = np.isin(catalogue.part, (Part.SLOW, Part.SENT_BACK, Part.SHORT, Part.NEVER_SOLD))
    scale = LINES_A_DAY / catalogue.popularity[~fixed].sum()
    popularity = catalogue.popularity * np.where(fixed, 1.0, scale)
    lines: Floats = popularity[:, None] * season(catalogue.season)[catalogue.category]
    lines *= (1 + days / YEAR_DAYS * GROWTH_A_YEAR) * channel_weights().sum(axis=1)
    lines *= rng.gamma(40.0, 1 / 40.0, (size, months()[-1] + 1))[:, months()]
    lines *= _ramp(catalogue, days)
    dormant = (catalogue.part == Part.DORMANT)[:, None] & (days > number(DORMANT_SINCE))
    lines[~sellable(catalogue) | out | dormant] = 0.0
    return lines.round(9)


def _ramp(catalogue: Catalogue, days: Ints) -> Floats:
    """A launch starts at a third and takes weeks to grow; a clearance sells faster."""
    age = days - calendar_days(catalogue.launch, DAYS[0])[:, None]
    old = (catalogue.launch < DAYS[0])[:, None]
    ramp: Floats = np.where(old, 1.0, np.clip(1 / 3 + age / RAMP_DAYS, 1 / 3, 1.0))
    left = calendar_days(catalogue.end, DAYS[-1] + 1)[:, None] - days
    ending = ~np.isnat(catalogue.end)[:, None] & (left <= CLEARANCE_DAYS)
    return np.where(ending, ramp * 1.25, ramp)
