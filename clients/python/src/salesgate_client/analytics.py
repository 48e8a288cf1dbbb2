"""Sales, as far as the caller may see them."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypedDict, Unpack, cast
from urllib.parse import quote

from salesgate_client.models import (
    Answer,
    DataStatus,
    Finding,
    Headline,
    Measures,
    Months,
    Options,
    ProductRow,
    Ranking,
    Split,
)
from salesgate_client.paging import Send, every


class Filters(TypedDict, total=False):
    """Months such as ``2026-11``, both included; values of dimensions; the code of one product. All unless named."""

    first: str
    last: str
    region: Sequence[str]
    category: Sequence[str]
    channel: Sequence[str]
    source: Sequence[str]
    product: str


class Analytics:
    """The figures of the pages. Without months: the newest twelve that are finished.

    Raises, all of it:
        Forbidden: the role may not see this measure.
        Invalid: a month, a value or a measure that does not exist.
        Unavailable: there are no data yet.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    def measures(self) -> Measures:
        """The measures that the caller may see, with their units."""
        return cast(Measures, self._get("measures"))

    def options(self) -> Options:
        """Months and values that can be chosen."""
        return cast(Options, self._get("options"))

    def monthly(self, measure: str, **filters: Unpack[Filters]) -> Months:
        """A measure month by month."""
        return cast(Months, self._get("monthly", measure=measure, **filters))

    def headline(self, measure: str, **filters: Unpack[Filters]) -> Headline:
        """A measure over the months, compared like for like."""
        return cast(Headline, self._get("headline", measure=measure, **filters))

    def best(self, measure: str, limit: int = 10, **filters: Unpack[Filters]) -> Ranking:
        """Best sellers."""
        return cast(Ranking, self._get("best", measure=measure, limit=limit, **filters))

    def worst(self, measure: str, limit: int = 10, **filters: Unpack[Filters]) -> Ranking:
        """Worst sellers, out of all products that could have sold."""
        return cast(Ranking, self._get("worst", measure=measure, limit=limit, **filters))

    def breakdown(
        self, measure: str, dimension: Literal["region", "category", "channel", "source"], **filters: Unpack[Filters]
    ) -> Split:
        """A measure split by a dimension, the largest first."""
        return cast(Split, self._get("breakdown", measure=measure, dimension=dimension, **filters))

    def products(
        self, measure: str, *, search: str | None = None, sort: str | None = None, **filters: Unpack[Filters]
    ) -> Iterator[ProductRow]:
        """The product table, row by row; the next page is asked for when it is needed."""
        chosen = {"measure": measure, "search": search, "sort": sort, **filters}
        return cast(Iterator[ProductRow], every(self._send, "/analytics/products", chosen))

    def product(self, code: str, **filters: Unpack[Filters]) -> Answer:
        """All that the product's page shows; raises NotFound where there is no such product."""
        return cast(Answer, self._get(f"products/{quote(code, safe='')}", **filters))

    def stock(self) -> Answer:
        """Where the stock stands."""
        return cast(Answer, self._get("stock"))

    def worklist(self) -> Answer:
        """What to order and what to clear."""
        return cast(Answer, self._get("stock/worklist"))

    def findings(self, page: str = "overview", **filters: Unpack[Filters]) -> list[Finding]:
        """What stands out, the most important first."""
        return cast(list[Finding], self._get("findings", page=page, **filters)["findings"])

    def data_status(self) -> DataStatus:
        """Where the figures come from and how far they go."""
        return cast(DataStatus, self._get("data-status"))

    def _get(self, path: str, **query: Any) -> Any:
        return self._send("GET", f"/analytics/{path}", query=query)
