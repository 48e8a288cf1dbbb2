"""One answer for a whole sales page: cards, charts, tables and words as data, so that no component is rebuilt."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from dashboard.charts import Money, monthly_bars, split_bars
from dashboard.reports import Breakdown, Reports
from dashboard.reports.products import Page
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.rankings import Kind
from dashboard.sales.ratios import RATIOS, Ratio
from dashboard.ui.cards import cards, shown
from dashboard.ui.choice import Choice, check_rank, default_choice
from dashboard.ui.crumbs import crumb
from dashboard.ui.findings_words import findings
from dashboard.ui.how import how
from dashboard.ui.lists import NO_SALES, pair
from dashboard.ui.spec import SalesPage
from dashboard.ui.tables import monthly_table, product_table, split_table
from dashboard.ui.words import STATE_NAMES

View = dict[str, Any]

MOST_SPLIT_BARS = 12


def build_view(page: SalesPage, reports: Reports, choice: Choice) -> View:
    """All that the page shows of ``choice`` but the product table. Shared between requests: not to be changed.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    return reports.remember(("view", page.key, choice), lambda: _Builder(page, reports, choice).view())


def build_products(page: SalesPage, reports: Reports, choice: Choice, wanted: Page) -> View:
    """One page of the product table. Shared between requests: not to be changed."""
    return reports.remember(("products", page.key, choice, wanted), lambda: _products(page, reports, choice, wanted))


def _products(page: SalesPage, reports: Reports, choice: Choice, wanted: Page) -> View:
    status = reports.status()
    columns = shown(reports, choice, page.columns)
    found = reports.products(columns, choice.question, wanted)
    if found.offset and found.offset >= found.found:
        return _products(page, reports, choice, Page(wanted.sort, wanted.descending, wanted.only, wanted.search))
    table = product_table(
        found,
        Money(status.currency, status.minor_digits),
        categories=len(reports.options().category) > 1,
    )
    return {
        **table,
        "found": found.found,
        "offset": found.offset,
        "size": wanted.limit,
        "sort": wanted.sort,
        "descending": wanted.descending,
        "only": STATE_NAMES.get(wanted.only, ""),
        "only_key": wanted.only,
        "how": how(reports, choice.question, *definitions(columns)),
    }


def definitions(keys: Iterable[str]) -> list[tuple[str, str]]:
    """Name and definition of those ``keys`` that are measures or ratios."""
    known: dict[str, Measure | Ratio] = {**MEASURES, **RATIOS}
    return [(known[key].name, known[key].definition) for key in keys if key in known]


class _Builder:
    """Puts one view together; every figure in it comes from the gate."""

    def __init__(self, page: SalesPage, reports: Reports, choice: Choice) -> None:
        check_rank(choice, reports)
        status = reports.status()
        self._page, self._reports, self._choice = page, reports, choice
        self._money = Money(status.currency, status.minor_digits)
        self._measure = MEASURES[page.measure]
        self._product = (reports.product_name(choice.product) or "") if choice.product else ""
        # Asked of the gate, which refuses months that are none.
        self._window = reports.headline(page.measure, choice.question).window.words
        self._so_far = self._days_so_far()

    def view(self) -> View:
        """The whole of it."""
        choice, reports, page = self._choice, self._reports, self._page
        options = reports.options()
        return {
            "window": f"{self._window} ({self._so_far} so far)" if self._so_far else self._window,
            "findings": findings(reports, choice.drilled, page.key),
            "cards": [
                *cards(reports, choice, shown(reports, choice, page.cards), self._so_far),
                *self._sold_card(),
            ],
            "charts": {
                "monthly": self._monthly(),
                **pair(reports, choice, self._measure, self._window),
                "split": self._split(),
            },
            "drill": crumb(choice, options, self._product),
            "address": choice.address(default_choice(options)),
            "notice": "",
        }

    def _days_so_far(self) -> str:
        """``1–20 Nov`` where the last month chosen is unfinished, else nothing."""
        frame = self._reports.monthly(self._page.measure, self._choice.question).frame
        return str(frame["window"].iloc[frame["month"].tolist().index(self._choice.last)])

    def _sold_card(self) -> list[View]:
        if self._product:
            return []
        choice = self._choice
        best = self._reports.ranking(
            Kind.BEST, self._page.measure, choice.question, choice.size, zero_sellers=choice.zero_sellers
        )
        sold = best.universe - best.left_out.get("not_sold", 0)
        said = {"figure": "", "words": f"of {best.universe:,} that could have sold", "tone": "flat"}
        means = ("Products with net sales", "Products of which more was sold than came back in the period.")
        explained = how(self._reports, choice.question, means)
        return [{"label": means[0], "value": f"{sold:,}", "unit": "", "changes": [said], "how": explained}]

    def _monthly(self) -> View:
        answer = self._reports.monthly(self._page.measure, self._choice.drilled)
        frame, title = answer.frame, self._title("by month")
        hatched = frame.loc[~frame["complete"] & (frame["value"] != 0), "window"].tolist()
        means = ("Months", "All months of the data, with the filters below; the months chosen are in full colour.")
        return {
            "title": title,
            "figure": monthly_bars(frame, answer.measure, self._money, (self._choice.first, self._choice.last)),
            "table": monthly_table(answer, self._money),
            "label": self._label(title, frame["month"].tolist(), frame["value"].tolist()),
            "note": f"Hatched: not finished yet ({', '.join(hatched)})." if hatched else "",
            "how": self._how(means),
        }

    def _split(self) -> View:
        answer = self._reports.breakdown(self._page.measure, self._choice.split, self._choice.drilled)
        title, bars = self._title("split"), _with_others(answer)
        if not answer.frame["value"].any():
            said = NO_SALES.format(window=self._window)
            return {"title": title, "figure": None, "table": None, "label": said, "empty": said, "note": ""}
        return {
            "title": title,
            "figure": split_bars(bars, answer.measure, self._money),
            "table": split_table(answer, self._money),
            "label": self._label(f"{title} by {self._choice.split}", bars["name"].tolist(), bars["value"].tolist()),
            "note": f"Total {self._money.text(answer.total, answer.measure)}.",
            "how": self._how(("Split", f"The total by {self._choice.split}: the parts add up to it exactly.")),
        }

    def _how(self, means: tuple[str, str]) -> View:
        measure = self._measure
        return how(self._reports, self._choice.drilled, (measure.name, measure.definition), means)

    def _title(self, what: str) -> str:
        unit = f", {self._money.currency}" if self._measure.unit is Unit.MONEY else ""
        of = f": {self._product}" if self._product else ""
        return f"{self._measure.name} {what}{unit}{of}"

    def _label(self, title: str, names: list[str], values: list[int]) -> str:
        pairs = (f"{name}: {self._money.text(v, self._measure)}" for name, v in zip(names, values, strict=True))
        return f"{title}. {'; '.join(pairs)}"


def _with_others(answer: Breakdown) -> pd.DataFrame:
    """The largest values and one row for the rest, which is no value to click; the table has them all."""
    frame = answer.frame.assign(key=answer.frame["name"])
    if len(frame) <= MOST_SPLIT_BARS:
        return frame
    kept = MOST_SPLIT_BARS - 1
    rest = int(frame["value"].iloc[kept:].sum())
    share = rest / answer.total if answer.total > 0 and rest > 0 else None
    others = {"name": f"{len(frame) - kept} others", "value": rest, "share": share, "key": ""}
    columns = {name: [*frame[name].tolist()[:kept], others[name]] for name in others}
    return pd.DataFrame(columns)
