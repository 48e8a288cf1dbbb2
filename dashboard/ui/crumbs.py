"""The way down to what a sales page shows, and back: months, then what the figures are narrowed to."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from dashboard.reports import ASKABLE, Options
from dashboard.sales.calendar import month_window
from dashboard.ui.choice import ALL, Choice

Step = dict[str, Any]
# The order in which managers go down; the product stands between.
BEFORE, AFTER = ("category",), ("region", "channel", "source")
NOTHING = {**dict.fromkeys(ASKABLE, ALL), "product": ""}


def crumb(choice: Choice, options: Options, product_name: str) -> dict[str, Any]:
    """``{"steps": [{"text", "set"}], "product", "links": [{"text", "href"}]}``.

    ``set`` is what a step leads back to: all that stands after it is cleared. ``product`` is the code that the page is
    drilled into, for whose own page there is a link.
    """
    steps: list[Step] = []
    kept: dict[str, str] = {}
    for text, sets in (*_time(choice, options), *_narrowed(choice, product_name)):
        kept |= sets
        steps.append({"text": text, "set": {**NOTHING, **kept}, "product": "product" in sets})
    return {"steps": steps, "product": choice.product, "links": _links(choice)}


def _time(choice: Choice, options: Options) -> Iterator[tuple[str, dict[str, str]]]:
    months = options.months
    yield "All months", {"from": months[0], "to": months[-1]}
    year = [key for key in months if key[:4] == choice.first[:4]]
    if choice.first[:4] == choice.last[:4]:
        yield choice.first[:4], {"from": year[0], "to": year[-1]}
        if (choice.first, choice.last) != (year[0], year[-1]):
            yield month_window(choice.first, choice.last).words, {"from": choice.first, "to": choice.last}
    elif (choice.first, choice.last) != (months[0], months[-1]):
        yield month_window(choice.first, choice.last).words, {"from": choice.first, "to": choice.last}


def _narrowed(choice: Choice, product_name: str) -> Iterator[tuple[str, dict[str, str]]]:
    yield from ((value, {name: value}) for name in BEFORE if (value := getattr(choice, name)))
    if choice.product:
        yield product_name or choice.product, {"product": choice.product}
    yield from ((value, {name: value}) for name in AFTER if (value := getattr(choice, name)))


def _links(choice: Choice) -> list[dict[str, str]]:
    if not choice.product:
        return []
    kept = {"product": choice.product, "from": choice.first, "to": choice.last}
    kept |= {name: value for name in ASKABLE if (value := getattr(choice, name))}
    return [{"text": "All about this product", "href": f"/product?{urlencode(kept)}"}]
