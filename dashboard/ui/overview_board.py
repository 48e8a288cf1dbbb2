"""What the Overview shows: the viewer's own figures, what stands out in them, and what to do first."""

from typing import Any
from urllib.parse import urlencode

from dashboard.access import Permission
from dashboard.charts import Money, monthly_bars, ranking_bars
from dashboard.reports import ASKABLE, Change, Headline, Question, RankingAnswer, Reports
from dashboard.sales.measures import MEASURES, Unit
from dashboard.sales.rankings import Kind
from dashboard.ui.board import Asked
from dashboard.ui.findings_words import found, main_measure
from dashboard.ui.how import how
from dashboard.ui.stock_findings import address, first_of_worklist, stock_now
from dashboard.ui.tables import monthly_table, ranking_table
from dashboard.ui.words import change_line, cut_line, day

Content = dict[str, Any]

SHOWN = 5
# One card a measure that the viewer may see, and the page that tells more of it.
CARDS = {
    "net_sales": "/revenue",
    "net_units": "/units",
    "returned_units": "/units",
}
AS_OF = {"figure": "", "tone": "flat"}
STOCK_MEANING = {
    "out": "Products on sale with no available unit at the close of the newest day with stock, whatever the months.",
    "reorder": "Products whose position is at or below their reorder point; the Stock page says how many and why.",
}
RANKED = {
    Kind.BEST: ("Best sellers", "$series", "Sellers of every state, by {measure}; equal values share a rank."),
    Kind.WORST: (
        "Worst sellers",
        "$worst",
        "All products that could have sold, zero-sellers included, by {measure}, the smallest first; new, "
        "discontinued and out-of-stock ones are left out where that is known.",
    ),
}


def build(reports: Reports, asked: Asked) -> dict[str, Any]:
    """Part -> content of the board; see docs/reference/boards.md."""
    return _Builder(reports, asked.question).parts()


class _Builder:
    """Puts the parts together; every figure comes from the gate."""

    def __init__(self, reports: Reports, question: Question) -> None:
        status = reports.status()
        self._reports, self._question, self._status = reports, question, status
        self._money = Money(status.currency, status.minor_digits)
        self._measure = MEASURES[main_measure(reports, "overview")]
        self._months = reports.monthly(self._measure.key, question)
        frame = self._months.frame
        self._so_far = str(frame["window"].iloc[frame["month"].tolist().index(question.last)])

    def parts(self) -> dict[str, Any]:
        """All of them; what has nothing to say is left out."""
        may = {measure.key for measure in self._reports.measures()}
        return {
            "cards": [*(self._card(key, path) for key, path in CARDS.items() if key in may), *self._stock_cards()],
            "findings": found(self._reports, self._question, "overview"),
            "worklist": first_of_worklist(self._reports, self._question),
            "monthly": self._monthly(),
            "best": self._ranked(Kind.BEST),
            "worst": self._ranked(Kind.WORST),
            "data": self._data(),
        }

    # ---- cards

    def _card(self, key: str, path: str) -> Content:
        headline = self._reports.headline(key, self._question)
        measure = headline.measure
        unit = [*([] if measure.unit is Unit.MONEY else ["units"]), *([self._so_far] if self._so_far else [])]
        return {
            "label": measure.name,
            "value": self._money.text(headline.value, measure),
            "unit": ", ".join(unit),
            "changes": [change_line(headline, change, self._money) for change in self._comparisons(headline)],
            "href": self._address(path),
            "link": f"To {path.strip('/').capitalize()}",
            "how": how(self._reports, self._question, (measure.name, measure.definition), _compared(headline)),
        }

    def _stock_cards(self) -> list[Content]:
        now = stock_now(self._reports, self._question)
        if now is None:
            return []
        close = f"at the close of {day(now.day)}"
        shown = (
            ("Out of stock", now.out, f"{now.out_on_order:,} with an order on the way", "out"),
            ("To reorder", now.counts["reorder"], f"{now.counts['at_once']:,} at once", "reorder"),
        )
        return [
            {
                "label": label,
                "value": f"{count:,}",
                "unit": "product" if count == 1 else "products",
                "changes": [{"figure": "", "words": words, "tone": "flat"}, {**AS_OF, "words": close}],
                "href": address(self._question, only),
                "link": "Show",
                "how": how(self._reports, self._question, (label, STOCK_MEANING[only])),
            }
            for label, count, words, only in shown
        ]

    def _comparisons(self, headline: Headline) -> list[Change]:
        """Several months are compared with the same season alone."""
        several = self._question.first != self._question.last
        return [headline.year_before] if several else [headline.previous, headline.year_before]

    # ---- charts

    def _monthly(self) -> Content:
        measure, frame = self._measure, self._months.frame
        figure = monthly_bars(frame, measure, self._money, (self._question.first, self._question.last))
        links = [self._address(self._page, first=month, last=month) for month in frame["month"]]
        hatched = frame.loc[~frame["complete"] & (frame["value"] != 0), "window"].tolist()
        title = f"{self._money.title(measure)} by month"
        return {
            "title": title,
            "figure": _linked(figure, links),
            "table": monthly_table(self._months, self._money),
            "label": self._label(title, frame["month"].tolist(), frame["value"].tolist()),
            "note": f"Hatched: not finished yet ({', '.join(hatched)})." if hatched else "",
            "how": how(
                self._reports,
                self._question,
                (measure.name, measure.definition),
                ("Months", "Every month of the data; those that you chose are in full colour. The filters count."),
            ),
        }

    def _ranked(self, kind: Kind) -> Content:
        title, colour, meaning = RANKED[kind]
        answer = self._reports.ranking(kind, self._measure.key, self._question, SHOWN)
        frame, words = answer.frame, f"{title} by {self._named}"
        definition = (title, meaning.format(measure=self._measure.name.lower()))
        explained = how(self._reports, self._question, definition, *_stock_words(answer))
        if frame.empty:
            nothing = f"No product to rank in {answer.window.words} for these filters."
            return {"title": words, "figure": None, "table": None, "label": nothing, "empty": nothing, "how": explained}
        figure = ranking_bars(frame, answer.measure, self._money, colour)
        links = [self._address("/product", product=code) for code in frame["product"]]
        return {
            "title": words,
            "figure": _linked(figure, links),
            "table": ranking_table(answer, self._money),
            "label": self._label(words, frame["name"].tolist(), frame["value"].tolist()),
            "note": f"{cut_line(answer, self._money)}.".lstrip("."),
            "how": explained,
        }

    # ---- the data

    def _data(self) -> Content:
        status = self._status
        items = [
            {"text": f"Complete to {day(status.complete_to)}: {status.complete_to_reason}"},
            {"text": f"{status.source}, imported {status.imported_at[:16].replace('T', ' ')} UTC."},
        ]
        if status.lines_read is not None and status.lines_kept is not None:
            aside = status.lines_read - status.lines_kept
            words = f"{status.lines_kept:,} lines counted, {aside:,} set aside: see why and what to do."
            items.append({"text": words, "href": "/data"})
        return {"title": "The data behind these figures", "items": items}

    # ---- words and addresses

    @property
    def _named(self) -> str:
        name = self._measure.name.lower()
        return f"{name}, {self._money.currency}" if self._measure.unit is Unit.MONEY else name

    @property
    def _page(self) -> str:
        return "/revenue" if self._measure.permission is Permission.MEASURE_REVENUE else "/units"

    def _address(self, path: str, *, first: str = "", last: str = "", product: str = "") -> str:
        asked = self._question
        values = {"product": product, "from": first or asked.first, "to": last or asked.last}
        values |= {name: "".join(asked.values(name) or ()) for name in ASKABLE}
        return f"{path}?{urlencode({name: value for name, value in values.items() if value})}"

    def _label(self, title: str, names: list[str], values: list[int]) -> str:
        pairs = (f"{name}: {self._money.text(v, self._measure)}" for name, v in zip(names, values, strict=True))
        return f"{title}. {'; '.join(pairs)}"


def _linked(figure: Content, links: list[str]) -> Content:
    """The figure with an address behind every bar."""
    return {**figure, "data": [{**trace, "customdata": links} for trace in figure["data"]]}


def _compared(headline: Headline) -> tuple[str, str]:
    """Which days are compared with which."""
    pairs = [(one.current_window, one.base_window) for one in (headline.previous, headline.year_before)]
    windows = [f"{current.words} with {base.words}" for current, base in pairs if current and base]
    return "Compared", "; ".join(windows) or "with nothing: the data do not reach far enough"


def _stock_words(answer: RankingAnswer) -> list[tuple[str, str]]:
    words = "Stock-outs were taken into account." if answer.uses_stock else "Stock plays no part here."
    return [("Stock", words)]
