"""The charts of the Product page."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dashboard.charts import Money, monthly_bars, split_bars
from dashboard.charts.lines import month_columns, month_line, unfinished, usual_year, with_forecast
from dashboard.reports import ASKABLE, Question, Reports
from dashboard.reports.forecasting import ForecastAnswer, all_months
from dashboard.reports.forecasting import answer as forecast
from dashboard.reports.one_product import History, history, season, stock_history
from dashboard.sales.calendar import first_day
from dashboard.sales.measures import MEASURES
from dashboard.sales.ratios import RATIOS
from dashboard.ui.how import how
from dashboard.ui.product_words import forecast_facts, forecast_words, index_text, season_words
from dashboard.ui.tables import monthly_table, split_table

Content = dict[str, Any]

NET_UNITS = MEASURES["net_units"]
NOTHING = "Nothing sold in these months for these filters."
MONTHS = ("Months", "All months of the data, whatever months are chosen; the other filters count.")
STOCK = (
    ("Stock", "Units available at the close of the month's last day with a snapshot, in the whole company."),
    ("Days in stock", "Days that closed with stock, of the days with a snapshot. Few are marked by their colour."),
)
SEASON = (
    "Usual year",
    "For each calendar month the mean over the years of its net units / the average of the 13 months around it, drawn "
    "towards the category the less years there are, and rescaled so that the mean is 1.",
)
FORECAST = (
    "Forecast",
    "Finished months only, months out of stock left out. It is shown only if it stood a trial on the last finished "
    "months: closer than last year's month, with a range that holds as often as it says.",
)


class Charts:
    """The charts of one product; every figure comes from the gate."""

    def __init__(self, reports: Reports, question: Question, measure_key: str, money: Money) -> None:
        self._reports, self._question, self._money = reports, question, money
        self._measure = MEASURES[measure_key]
        self._every = all_months(reports, question)
        self._history: History = history(reports, question)

    def trend(self) -> Content:
        """The measure by month, and in units what is expected."""
        answer = self._history.monthly(self._measure.key)
        frame, chosen = answer.frame, (self._question.first, self._question.last)
        figure = monthly_bars(frame, self._measure, self._money, chosen)
        figure = _linked(figure, [self._address({"from": month, "to": month}) for month in frame["month"]])
        hatched = frame.loc[~frame["complete"] & (frame["value"] != 0), "window"].tolist()
        notes = [f"Hatched: not finished yet ({', '.join(hatched)})."] if hatched else []
        facts = [(self._measure.name, self._measure.definition), MONTHS]
        if self._measure is NET_UNITS:
            expected = forecast(self._reports, self._question)
            figure = self._with_forecast(figure, expected)
            notes.append(forecast_words(expected))
            facts += [FORECAST, *forecast_facts(expected)]
        title = f"{self._money.title(self._measure)} by month"
        texts = [self._money.text(value, self._measure) for value in frame["value"]]
        return {
            "title": title,
            "figure": figure,
            "table": monthly_table(answer, self._money),
            "label": _label(title, frame["month"].tolist(), texts),
            "note": " ".join(notes),
            "how": how(self._reports, self._every, *facts),
        }

    def _with_forecast(self, figure: Content, expected: ForecastAnswer) -> Content:
        if not expected.ahead:
            return figure
        words = [
            f"{first_day(month):%B %Y}, expected<br><b>{mean:,.0f} units</b> ({low:,.0f} to {high:,.0f})"
            for month, mean, low, high in zip(expected.ahead, expected.mean, expected.low, expected.high, strict=True)
        ]
        return with_forecast(figure, expected.ahead, expected.mean, expected.low, expected.high, words)

    def split(self, dimension: str) -> Content | None:
        """The measure by one dimension; None where there is one value only."""
        if len(self._reports.options().values(dimension)) <= 1:
            return None
        answer = self._reports.breakdown(self._measure.key, dimension, self._question)
        title = f"{self._money.title(self._measure)} by {dimension}"
        made = how(self._reports, self._question, (self._measure.name, self._measure.definition))
        if not answer.frame["value"].any():
            return {"title": title, "figure": None, "table": None, "label": title, "empty": NOTHING, "how": made}
        names = answer.frame["name"].tolist()
        frame = answer.frame.assign(key=[self._address({dimension: name}) for name in names])
        total = self._money.text(answer.total, self._measure)
        texts = [self._money.text(value, self._measure) for value in frame["value"]]
        return {
            "title": title,
            "figure": split_bars(frame, self._measure, self._money),
            "table": split_table(answer, self._money),
            "label": _label(title, names, texts),
            "note": f"Total {total}. Choose a bar to see that {dimension} alone.",
            "how": made,
        }

    def price(self) -> Content | None:
        """The average price by month; None without revenue."""
        values, ratio = self._history.values, RATIOS["average_price"]
        if ratio.top.key not in values or ratio.bottom.key not in values:
            return None
        tops, bottoms = (values[part.key].tolist() for part in (ratio.top, ratio.bottom))
        texts = [self._money.ratio(ratio, top, bottom) for top, bottom in zip(tops, bottoms, strict=True)]
        prices = [top / bottom if bottom > 0 else None for top, bottom in zip(tops, bottoms, strict=True)]
        heights = [None if price is None else self._money.heights([price], ratio.top)[0] for price in prices]
        title = f"Average price by month, {self._money.currency}"
        made = how(self._reports, self._every, (ratio.name, ratio.definition), MONTHS)
        if not any(height is not None for height in heights):
            return {"title": title, "figure": None, "table": None, "label": title, "empty": NOTHING, "how": made}
        figure = month_line(self._history.months, heights, texts, self._money.prefix(ratio.top))
        cells = [[price or 0, text] for price, text in zip(prices, texts, strict=True)]
        return self._by_month(title, figure, [(title, cells)], texts, made, "Months without units sold are left blank.")

    def returns(self) -> Content:
        """Units returned by month, and the return rate."""
        values, ratio = self._history.values, RATIOS["return_rate"]
        back, sold = (values[part.key].tolist() for part in (ratio.top, ratio.bottom))
        texts = [self._money.text(value, ratio.top) for value in back]
        title = "Units returned by month"
        made = how(
            self._reports, self._every, (ratio.top.name, ratio.top.definition), (ratio.name, ratio.definition), MONTHS
        )
        if not any(back):
            return {"title": title, "figure": None, "table": None, "label": title, "empty": "No returns.", "how": made}
        rates = [self._money.ratio(ratio, top, bottom) for top, bottom in zip(back, sold, strict=True)]
        shares = [top / bottom if bottom > 0 else 0 for top, bottom in zip(back, sold, strict=True)]
        columns = [
            (ratio.top.name, [[value, text] for value, text in zip(back, texts, strict=True)]),
            (ratio.name, [[share, text] for share, text in zip(shares, rates, strict=True)]),
        ]
        hover = [f"{text} returned, rate {rate}" for text, rate in zip(texts, rates, strict=True)]
        heights = self._money.heights(back, ratio.top)
        figure = month_columns(self._history.months, heights, hover, ["$worst"] * len(back))
        return self._by_month(title, figure, columns, hover, made, "")

    def stock(self) -> Content | None:
        """Stock at month ends and days in stock; None without the right or the data."""
        found = stock_history(self._reports, self._question)
        if found is None or not found.observed.any():
            return None
        closing, seen, inside = found.closing.tolist(), found.observed.tolist(), found.in_stock.tolist()
        rows = list(zip(closing, inside, seen, strict=True))
        texts = [f"{units:,} units, in stock {days} of {of} days" if of else "not known" for units, days, of in rows]
        least = self._reports.status().thresholds.min_in_stock_share
        colours = ["$worst" if days < least * of else "$series" for _, days, of in rows]
        title = "Stock at the end of the month, units"
        columns = [
            ("Units", [[units, f"{units:,}" if of else "–"] for units, _, of in rows]),
            ("Days in stock", [[days, f"{days} of {of}" if of else "–"] for _, days, of in rows]),
        ]
        figure = month_columns(found.months, [float(units) for units in closing], texts, colours)
        made = how(self._reports, self._every, *STOCK)
        note = "Of the whole company: stock is not kept by region, channel or source."
        return self._by_month(title, figure, columns, texts, made, note)

    def season(self) -> Content | None:
        """The usual year; None with too short a past."""
        found = season(self._reports, self._question)
        if found is None:
            return None
        values = found.index.tolist()
        texts = [index_text(value) for value in values]
        names = [f"{first_day(f'2000-{month:02}'):%B}" for month in range(1, len(values) + 1)]
        table = {
            "columns": [{"label": "Month", "kind": "number"}, {"label": "Index", "kind": "number"}],
            "rows": [
                [[i, name], [value, text]]
                for i, (name, value, text) in enumerate(zip(names, values, texts, strict=True))
            ],
        }
        title = "The usual year, net units"
        return {
            "title": title,
            "figure": usual_year(values, texts),
            "table": table,
            "label": _label(title, names, texts),
            "note": season_words(found),
            "how": how(self._reports, self._every, SEASON),
        }

    def _by_month(
        self,
        title: str,
        figure: Content,
        columns: Sequence[tuple[str, list[Any]]],
        texts: Sequence[str],
        made: Content,
        note: str,
    ) -> Content:
        history = self._history
        heads = [{"label": "Month", "kind": "number"}, *({"label": name, "kind": "number"} for name, _ in columns)]
        names = [
            f"{first_day(month):%B %Y}" if done else f"{window} {month[:4]}, unfinished"
            for month, done, window in zip(history.months, history.complete, history.window, strict=True)
        ]
        keys = [[position, name] for position, name in enumerate(names)]
        rows = [list(cells) for cells in zip(keys, *(cells for _, cells in columns), strict=True)]
        table = {"columns": heads, "rows": rows}
        label, hatched = _label(title, names, texts), unfinished(figure, history.complete)
        open_days = [
            window for window, done in zip(history.window, history.complete, strict=True) if not done and window
        ]
        notes = [*([f"Not finished yet: {', '.join(open_days)}."] if open_days else []), *([note] if note else [])]
        return {"title": title, "figure": hatched, "table": table, "label": label, "note": " ".join(notes), "how": made}

    def _address(self, changes: dict[str, str]) -> str:
        question = self._question
        values = {"product": question.product or "", "from": question.first, "to": question.last}
        for name in ASKABLE:
            values[name] = "".join(question.values(name) or ())
        return f"/product?{urlencode({name: value for name, value in {**values, **changes}.items() if value})}"


def _linked(figure: Content, addresses: list[str]) -> Content:
    return {**figure, "data": [{**trace, "customdata": addresses} for trace in figure["data"]]}


def _label(title: str, names: list[str], texts: Sequence[str]) -> str:
    return f"{title}. {'; '.join(f'{name}: {text}' for name, text in zip(names, texts, strict=True))}"
