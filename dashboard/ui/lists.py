"""The pair of lists of a sales page: best and worst, in total or a day in stock, or risers and fallers."""

from typing import Any

from dashboard.charts import Money, product_bars, ranking_bars
from dashboard.reports import RankingAnswer, Reports
from dashboard.reports.answers import CHANGE, RATE, MoversAnswer, RateAnswer
from dashboard.reports.ranked import movers, rate_ranking
from dashboard.sales.measures import Measure
from dashboard.sales.movers import Direction
from dashboard.sales.rankings import Kind
from dashboard.ui.choice import Choice
from dashboard.ui.how import how
from dashboard.ui.tables import movers_table, ranking_table, rate_table
from dashboard.ui.words import cut_line, left_out, move_words

Chart = dict[str, Any]
NO_SALES = "No sales in {window} for these filters. Choose other months, or fewer filters."
NO_STOCK = "Stock plays no part here: a product may have sold little because it was out of stock"
NO_WORST = "No product to rank in {window}: see who was left out, and why, below."
COLOURS = {"best": "$series", "worst": "$worst"}
UNIVERSE = (
    "Who is listed",
    "All products on sale in the period, sold or not. Worst sellers leave out who is new, discontinued or was out of "
    "stock. Equal figures share a rank.",
)
RATE_MEANS = (
    "Per day in stock",
    "Divided by the days on which there was some to sell, so that a product is not called slow for having been sold "
    "out. It needs at least {days} days in stock, and stock that is known for nine of ten days.",
)
MOVE_MEANS = (
    "Rise and fall",
    "Equal days of both periods, ordered by the size of the change; the percentage is only said beside it. Below the "
    "small number of units both counts are said instead.",
)


def pair(reports: Reports, choice: Choice, measure: Measure, window: str) -> dict[str, Chart]:
    """``{"best": chart, "worst": chart}``; the keys are places on the page, whatever is listed there.

    Args:
        window: the period in words.
    """
    return _Lists(reports, choice, measure, window).pair()


class _Lists:
    def __init__(self, reports: Reports, choice: Choice, measure: Measure, window: str) -> None:
        status = reports.status()
        self._reports, self._choice, self._measure, self._window = reports, choice, measure, window
        self._money, self._uses_stock = Money(status.currency, status.minor_digits), status.uses_stock
        self._named = self._money.title(measure)[:1].lower() + self._money.title(measure)[1:]

    def pair(self) -> dict[str, Chart]:
        if self._choice.lists == "movers":
            return {"best": self._moved(Direction.UP), "worst": self._moved(Direction.DOWN)}
        each = self._rated if self._choice.rank == "day" else self._ranked
        return {"best": each(Kind.BEST), "worst": each(Kind.WORST)}

    def _ranked(self, kind: Kind) -> Chart:
        choice, money = self._choice, self._money
        answer = self._reports.ranking(
            kind, self._measure.key, choice.question, choice.size, zero_sellers=choice.zero_sellers
        )
        frame, title = answer.frame, f"{_title(kind)} by {self._named}"
        notes = [cut_line(answer, money), "" if self._uses_stock or kind is Kind.BEST else NO_STOCK]
        shared = {"title": title, "left_out": left_out(answer), "how": self._how(UNIVERSE)}
        if frame.empty:
            return {**shared, **self._nothing(NO_SALES if kind is Kind.BEST else NO_WORST)}
        return {
            **shared,
            "figure": ranking_bars(frame, self._measure, money, COLOURS[kind], choice.product or None),
            "table": ranking_table(answer, money),
            "label": _label(title, frame["name"].tolist(), [money.text(v, self._measure) for v in frame["value"]]),
            "note": _sentences(notes),
            "rest": self._rest(self._measure.key, kind, answer) if answer.others > 0 else None,
        }

    def _rated(self, kind: Kind) -> Chart:
        choice, money = self._choice, self._money
        answer = rate_ranking(
            self._reports, kind, self._measure.key, choice.question, choice.size, zero_sellers=choice.zero_sellers
        )
        frame, title = answer.frame, f"{_title(kind)} by {self._named}, per day in stock"
        means = (RATE_MEANS[0], RATE_MEANS[1].format(days=answer.least_days))
        shared = {"title": title, "left_out": left_out(answer), "how": self._how(means, UNIVERSE)}
        if frame.empty:
            return {**shared, **self._nothing(NO_SALES if kind is Kind.BEST else NO_WORST)}
        rates = frame["value"].tolist()
        texts = [f"{money.rate(rate, self._measure)} a day" for rate in rates]
        return {
            **shared,
            "figure": product_bars(
                frame, money.heights(rates, self._measure), texts, COLOURS[kind], choice.product or None
            ),
            "table": rate_table(answer, money),
            "label": _label(title, frame["name"].tolist(), texts),
            "note": _sentences([self._rate_cut(answer)]),
            "rest": self._rest(RATE, kind, answer) if answer.others > 0 else None,
        }

    def _rate_cut(self, answer: RateAnswer) -> str:
        """What the cut leaves unsaid; the rate of the others is that of their sums."""
        if answer.others <= 0 or answer.others_days <= 0:
            return ""
        rate = self._money.rate(answer.others_sold / answer.others_days, self._measure)
        tied = f"+{answer.tied_beyond:,} more tied. " if answer.tied_beyond else ""
        return f"{tied}Not shown: {answer.others:,} with a rate, on average {rate} a day in stock"

    def _moved(self, direction: Direction) -> Chart:
        choice, money = self._choice, self._money
        place = "best" if direction is Direction.UP else "worst"
        title = f"{'Risers' if place == 'best' else 'Fallers'} by {self._named}"
        answer = movers(self._reports, direction, self._measure.key, choice.question, choice.size)
        shared = {"title": title, "left_out": [], "how": self._how(MOVE_MEANS)}
        if isinstance(answer, str):
            return {**shared, **self._nothing(f"No comparison: {answer}.")}
        windows = f"{answer.current_window.words} against {answer.base_window.words}"
        frame = answer.frame
        if frame.empty:
            return {**shared, **self._nothing(f"Nothing {'rose' if place == 'best' else 'fell'}: {windows}.")}
        moves = zip(*(frame[name].tolist() for name in ("change", "current", "base", "kind")), strict=True)
        texts = [move_words(change, now, then, kind, self._measure, money) for change, now, then, kind in moves]
        heights = money.heights([abs(change) for change in frame["change"].tolist()], self._measure)
        return {
            **shared,
            "figure": product_bars(frame, heights, texts, COLOURS[place], choice.product or None),
            "table": movers_table(answer, money),
            "label": _label(f"{title}, {windows}", frame["name"].tolist(), texts),
            "note": _sentences([windows, self._move_cut(answer), self._whole(answer)]),
            "rest": self._rest_moved(place) if answer.others else None,
        }

    def _move_cut(self, answer: MoversAnswer) -> str:
        if not answer.others:
            return ""
        tied = f"+{answer.tied_beyond:,} more tied. " if answer.tied_beyond else ""
        return f"{tied}Not shown: {answer.others:,}, together {self._signed(answer.others_change)}"

    def _whole(self, answer: MoversAnswer) -> str:
        return f"All products together: {self._signed(answer.total_current - answer.total_base)}"

    def _signed(self, change: int) -> str:
        return ("+" if change > 0 else "") + self._money.text(change, self._measure)

    def _rest(self, sort: str, kind: Kind, answer: RankingAnswer | RateAnswer) -> Chart:
        """What the product table has to show so that it goes on where the list ends."""
        only = "has_rate" if sort == RATE else ""
        if kind is Kind.WORST:
            only = f"in_worst{'_rate' if sort == RATE else ''}{'' if self._choice.zero_sellers else '_sold'}"
        table = {"sort": sort, "descending": kind is Kind.BEST, "only": only, "offset": len(answer.frame)}
        return {"text": "List the others", "table": table}

    def _rest_moved(self, place: str) -> Chart:
        only = "risers" if place == "best" else "fallers"
        table = {"sort": CHANGE, "descending": place == "best", "only": only, "offset": self._choice.size}
        return {"text": "List the others", "table": table}

    def _how(self, *means: tuple[str, str]) -> Chart:
        measure = self._measure
        return how(self._reports, self._choice.question, (measure.name, measure.definition), *means)

    def _nothing(self, words: str) -> Chart:
        said = words.format(window=self._window)
        return {"figure": None, "table": None, "label": said, "empty": said, "note": "", "rest": None}


def _title(kind: Kind) -> str:
    return "Best sellers" if kind is Kind.BEST else "Worst sellers"


def _label(title: str, names: list[str], texts: list[str]) -> str:
    return f"{title}. {'; '.join(f'{name}: {text}' for name, text in zip(names, texts, strict=True))}"


def _sentences(parts: list[str]) -> str:
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
