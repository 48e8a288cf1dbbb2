"""What a viewer may choose from."""

from collections.abc import Callable

import numpy as np

from dashboard.access import Scope
from dashboard.reports.answers import Options
from dashboard.reports.knowledge import Known
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Mask


def offered(rollup: Rollup, scope: Scope, known: Known | None, sold: Callable[[], Known]) -> Options:
    """Months that have data, and values in ``scope``; of a part of the company only those with a row there.

    Args:
        known: what exists for the viewer, None for everything.
        sold: what was sold within the scope; asked only where that is not everything.
    """
    places = {"region": rollup.regions, "channel": rollup.channels, "source": rollup.sources}
    if scope != Scope():
        rows = sold()
        there = {"region": rows.regions, "channel": rows.channels, "source": rows.sources}
        places = {name: _those(names, there[name]) for name, names in places.items()}
    categories = rollup.categories
    if known is not None:
        sold_of = {categories[code] for code in np.unique(rollup.products.category[known.products])}
        categories = tuple(name for name in categories if name in sold_of)
    return Options(
        months=rollup.months,
        region=_allowed(scope.region, places["region"]),
        category=_allowed(scope.category, categories),
        channel=_allowed(scope.channel, places["channel"]),
        source=places["source"],
    )


def named(sources: tuple[str, ...]) -> str:
    """What to call those of a viewer of a part of the company, who must not learn how many others there are."""
    return sources[0] if len(sources) == 1 else f"{len(sources) or 'no'} sources"


def _those(names: tuple[str, ...], chosen: Mask) -> tuple[str, ...]:
    return tuple(name for name, is_chosen in zip(names, chosen, strict=True) if is_chosen)


def _allowed(scope: frozenset[str] | None, names: tuple[str, ...]) -> tuple[str, ...]:
    return names if scope is None else tuple(name for name in names if name in scope)
