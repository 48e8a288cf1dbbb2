"""One answer for a whole sales page: cards, charts, tables and words as data, so that no component is rebuilt."""

from typing import Any

import pandas as pd

from dashboard.charts import Money, monthly_bars, ranking_bars, split_bars
from dashboard.reports import Breakdown, Change, Headline, RankingAnswer, Reports
from dashboard.reports.products import Page
from dashboard.sales.measures import MEASURES, Unit
from dashboard.sales.rankings import Kind
from dashboard.ui.choice import Choice, default_choice
from dashboard.ui.spec import SalesPage
from dashboard.ui.tables import monthly_table, product_table, ranking_table, split_table
from dashboard.ui.words import STATE_NAMES, change_line, cut_line, left_out

View = dict[str, Any]

MOST_SPLIT_BARS = 12
NO_SALES = "No sales in {window} for these filters. Choose other months, or fewer filters."
NO_STOCK = "Stock plays no part here: a product may have sold little because it was out of stock."
NO_WORST = "No product to rank in {window}: see who was left out, and why, below."


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
    permitted = {measure.key for measure in reports.measures()}
    columns = tuple(key for key in page.columns if key in permitted)
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
    }


class _Builder:
    """Puts one view together; every figure in it comes from the gate."""

    def __init__(self, page: SalesPage, reports: Reports, choice: Choice) -> None:
        status = reports.status()
        self._page, self._reports, self._choice = page, reports, choice
        self._money, self._uses_stock = Money(status.currency, status.minor_digits), status.uses_stock
        self._measure = MEASURES[page.measure]
        self._product = (reports.product_name(choice.product) or "") if choice.product else ""
        # Asked of the gate, which refuses months that are none.
        self._window = reports.headline(page.measure, choice.question).window.words
        self._so_far = self._days_so_far()

    def view(self) -> View:
        """The whole of it."""
        best, worst = (self._ranking(kind) for kind in Kind)
        choice, reports = self._choice, self._reports
        return {
            "window": f"{self._window} ({self._so_far} so far)" if self._so_far else self._window,
            "cards": [*map(self._card, self._page.cards), *self._sold_card(best)],
            "charts": {
                "monthly": self._monthly(),
                "best": self._ranked(best, "Best sellers", "$series", NO_SALES),
                "worst": self._ranked(worst, "Worst sellers", "$worst", NO_WORST, "" if self._uses_stock else NO_STOCK),
                "split": self._split(),
            },
            "drill": {"product": choice.product, "name": self._product} if choice.product else None,
            "address": choice.address(default_choice(reports.options())),
            "notice": "",
        }

    def _days_so_far(self) -> str:
        """``1–20 Nov`` where the last month chosen is unfinished, else nothing."""
        frame = self._reports.monthly(self._page.measure, self._choice.question).frame
        return str(frame["window"].iloc[frame["month"].tolist().index(self._choice.last)])

    def _ranking(self, kind: Kind) -> RankingAnswer:
        choice, measure = self._choice, self._page.measure
        return self._reports.ranking(kind, measure, choice.question, choice.size, zero_sellers=choice.zero_sellers)

    def _card(self, key: str) -> View:
        headline = self._reports.headline(key, self._choice.drilled)
        measure = headline.measure
        changes = [change_line(headline, change, self._money) for change in self._comparisons(headline)]
        unit = [] if measure.unit is Unit.MONEY else ["units"]
        days = [self._so_far] if self._so_far else []
        value = self._money.text(headline.value, measure)
        return {"label": measure.name, "value": value, "unit": ", ".join([*unit, *days]), "changes": changes}

    def _comparisons(self, headline: Headline) -> list[Change]:
        """Both, unless they are the same, or several months cut short would be compared with another season."""
        several = self._choice.first != self._choice.last
        if several and (self._so_far or headline.previous.base_window == headline.year_before.base_window):
            return [headline.year_before]
        return [headline.previous, headline.year_before]

    def _sold_card(self, best: RankingAnswer) -> list[View]:
        if self._product:
            return []
        sold = best.universe - best.left_out.get("not_sold", 0)
        said = {"figure": "", "words": f"of {best.universe:,} that could have sold", "tone": "flat"}
        return [{"label": "Products with net sales", "value": f"{sold:,}", "unit": "", "changes": [said]}]

    def _monthly(self) -> View:
        answer = self._reports.monthly(self._page.measure, self._choice.drilled)
        frame, title = answer.frame, self._title("by month")
        hatched = frame.loc[~frame["complete"] & (frame["value"] != 0), "window"].tolist()
        return {
            "title": title,
            "figure": monthly_bars(frame, answer.measure, self._money, (self._choice.first, self._choice.last)),
            "table": monthly_table(answer, self._money),
            "label": self._label(title, frame["month"].tolist(), frame["value"].tolist()),
            "note": f"Hatched: not finished yet ({', '.join(hatched)})." if hatched else "",
        }

    def _ranked(self, answer: RankingAnswer, title: str, colour: str, empty: str, note: str = "") -> View:
        frame, title = answer.frame, f"{title} by {self._named()}"
        shared: View = {"title": title, "left_out": left_out(answer)}
        if frame.empty:
            return {**shared, **self._nothing(empty)}
        notes = [cut_line(answer, self._money), note]
        return {
            **shared,
            "figure": ranking_bars(frame, answer.measure, self._money, colour, self._choice.product or None),
            "table": ranking_table(answer, self._money),
            "label": self._label(title, frame["name"].tolist(), frame["value"].tolist()),
            "note": " ".join(f"{part}." for part in (part.rstrip(".") for part in notes) if part),
        }

    def _split(self) -> View:
        answer = self._reports.breakdown(self._page.measure, self._choice.split, self._choice.drilled)
        title, shown = self._title("split"), _with_others(answer)
        if not answer.frame["value"].any():
            return {"title": title, **self._nothing(NO_SALES)}
        return {
            "title": title,
            "figure": split_bars(shown, answer.measure, self._money),
            "table": split_table(answer, self._money),
            "label": self._label(f"{title} by {self._choice.split}", shown["name"].tolist(), shown["value"].tolist()),
            "note": f"Total {self._money.text(answer.total, answer.measure)}.",
        }

    def _nothing(self, words: str) -> View:
        said = words.format(window=self._window)
        return {"figure": None, "table": None, "label": said, "empty": said, "note": ""}

    def _named(self) -> str:
        name = self._measure.name.lower()
        return f"{name}, {self._money.currency}" if self._measure.unit is Unit.MONEY else name

    def _title(self, what: str) -> str:
        unit = f", {self._money.currency}" if self._measure.unit is Unit.MONEY else ""
        of = f": {self._product}" if self._product else ""
        return f"{self._measure.name} {what}{unit}{of}"

    def _label(self, title: str, names: list[str], values: list[int]) -> str:
        pairs = (f"{name}: {self._money.text(v, self._measure)}" for name, v in zip(names, values, strict=True))
        return f"{title}. {'; '.join(pairs)}"


def _with_others(answer: Breakdown) -> pd.DataFrame:
    """The largest values and one row for the rest; the table behind the chart has them all."""
    frame = answer.frame
    if len(frame) <= MOST_SPLIT_BARS:
        return frame
    kept = MOST_SPLIT_BARS - 1
    names, values, shares = (frame[column].tolist() for column in ("name", "value", "share"))
    rest = sum(values[kept:])
    share = rest / answer.total if answer.total > 0 and rest > 0 else None
    return pd.DataFrame(
        {
            "name": [*names[:kept], f"{len(names) - kept} others"],
            "value": [*values[:kept], rest],
            "share": [*shares[:kept], share],
        }
    )
