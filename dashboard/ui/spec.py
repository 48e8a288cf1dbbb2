"""What tells one sales page from another."""

from dataclasses import dataclass

from dashboard.access import Permission

RANKING_SIZES = (5, 10, 20, 50)


@dataclass(frozen=True)
class SalesPage:
    """A page about one measure.

    Attributes:
        key: prefix of every component id of the page.
        title: heading of the page.
        permission: what the page and each of its callbacks needs.
        measure: key of the measure that months, rankings and splits show.
        cards: keys of the measures and ratios on the cards; those the viewer may not see are left out.
        columns: keys of the columns of the product table, the measure first; likewise.
    """

    key: str
    title: str
    permission: Permission
    measure: str
    cards: tuple[str, ...]
    columns: tuple[str, ...]

    def id(self, part: str) -> str:
        """The id of one component of this page."""
        return f"{self.key}-{part}"
