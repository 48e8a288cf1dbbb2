"""The whole demo company, made from one seed: the same arrays on every machine with the pinned numpy."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.sources.demo.buying import Buying, Received, make_buying, receipts
from dashboard.sources.demo.calendar import Ints
from dashboard.sources.demo.catalogue import Catalogue, make_catalogue
from dashboard.sources.demo.demand import expected_lines
from dashboard.sources.demo.lines import SALE, return_lines, sales_lines, units_sold
from dashboard.sources.demo.oddities import flawed_lines, sale_or_return
from dashboard.sources.demo.prices import exchange_rates
from dashboard.sources.demo.stock import Snapshots, outages, snapshots

SEED = 20261120


@dataclass(frozen=True, eq=False)
class World:
    """Everything that the files hold.

    Attributes:
        catalogue: the product master.
        lines: sales, returns and flawed lines in the order of their time; columns as in ``lines.py``.
        stock: daily snapshots.
        rates: int64[days], EUR for 1 GBP in units of 0.00001.
        buying: cost, lead times and the like of every product.
        received: goods received.
    """

    catalogue: Catalogue
    lines: pd.DataFrame
    stock: Snapshots
    rates: Ints
    buying: Buying
    received: Received


def make_world(seed: int = SEED) -> World:
    """Make the demo company; each part draws from a stream of its own, so that a change in one leaves the others."""
    streams = np.random.Generator(np.random.PCG64(seed)).spawn(10)
    catalogue = make_catalogue(streams[0])
    out = outages(catalogue, streams[1])
    regular = sales_lines(catalogue, expected_lines(catalogue, out, streams[2]), streams[3])
    returned = return_lines(regular, streams[4])
    odd = sale_or_return(catalogue, len(regular))
    sales = pd.concat([regular, odd[odd["kind"] == SALE]], ignore_index=True)
    flawed = flawed_lines(regular, len(regular) + len(odd), streams[5])
    sold = units_sold(sales, len(catalogue))
    stock = snapshots(catalogue, out, sold, streams[7])
    lines = pd.concat([regular, returned, odd, flawed], ignore_index=True)
    return World(
        catalogue=catalogue,
        lines=lines.sort_values(["second", "order"], kind="stable", ignore_index=True),
        stock=stock,
        rates=exchange_rates(streams[6]),
        buying=make_buying(catalogue, stock, sold, streams[8]),
        received=receipts(catalogue, stock, sold, streams[9]),
    )
