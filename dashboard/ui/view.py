"""One answer for a whole sales page: cards, charts, tables and words as data, so that no component is rebuilt."""

from typing import Any

import pandas as pd

from dashboard.charts import Money, monthly_bars, ranking_bars, split_bars
from dashboard.reports import Breakdown, RankingAnswer, Reports
from dashboard.reports.products import Page
from dashboard.sales.calendar import month_window
from dashboard.sales.measures import MEASURES, Unit
from dashboard.sales.rankings import Kind
from dashboard.ui.choice import Choice, default_choice
from dashboard.ui.spec import SalesPage
from dashboard.ui.tables import monthly_table, product_table, ranking_table, split_table
from dashboard.ui.words import STATE_NAMES, change_line, cut_line, left_out

View = dict[str, Any]

MOST_SPLIT_BARS = 12
NO_SALES = "No sales in {window} for these filters. Choose other months, or fewer filters."
NO_WORST = "No product to rank in {window}: see who was left out, and why, below."


def build_view(page: SalesPage, reports: Reports, choice: Choice) -> View:
    """All that the page shows of ``choice`` but the product table. Shared between requests: not to be changed.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    return reports.remember(("view", page.key, choice), lambda: _view(page, reports, choice))


def build_products(page: SalesPage, reports: Reports, choice: Choice, wanted: Page) -> View:
    """One page of the product table. Shared between requests: not to be changed."""
    return reports.remember(("products", page.key, choice, wanted), lambda: _products(page, reports, choice, wanted))


def _view(page: SalesPage, reports: Reports, choice: Choice) -> View:
    status = reports.status()
    money = Money(status.currency, status.minor_digits)
    best, worst = (_ranking(page, reports, choice, kind) for kind in Kind)
    words = month_window(choice.first, choice.last).words
    return {
        "window": words,
        "cards": [*_cards(page, reports, choice, money), *_sold_card(best, choice)],
        "charts": {
            "monthly": _monthly(page, reports, choice, money),
            "best": _ranked(best, choice, money, "$series", NO_SALES.format(window=words)),
            "worst": _ranked(worst, choice, money, "$worst", NO_WORST.format(window=words)),
            "split": _split(page, reports, choice, money),
        },
        "drill": {"product": choice.product, "name": reports.product_name(choice.product) or ""}
        if choice.product
        else None,
        "address": choice.address(default_choice(reports.options())),
        "notice": "",
    }


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


def _ranking(page: SalesPage, reports: Reports, choice: Choice, kind: Kind) -> RankingAnswer:
    return reports.ranking(kind, page.measure, choice.question, choice.size, zero_sellers=choice.zero_sellers)


def _cards(page: SalesPage, reports: Reports, choice: Choice, money: Money) -> list[View]:
    cards = []
    for key in page.cards:
        headline = reports.headline(key, choice.drilled)
        changes = [change_line(headline, change, money) for change in (headline.previous, headline.year_before)]
        value, measure = money.text(headline.value, headline.measure), headline.measure
        cards.append(
            {
                "label": measure.name,
                "value": value,
                "unit": "" if measure.unit is Unit.MONEY else "units",
                "changes": changes,
            }
        )
    return cards


def _sold_card(best: RankingAnswer, choice: Choice) -> list[View]:
    if choice.product:
        return []
    sold = best.universe - best.left_out.get("not_sold", 0)
    words = f"of {best.universe:,} that could have sold"
    return [
        {
            "label": "Products sold",
            "value": f"{sold:,}",
            "unit": "products",
            "changes": [{"figure": "", "words": words, "tone": "flat"}],
        }
    ]


def _monthly(page: SalesPage, reports: Reports, choice: Choice, money: Money) -> View:
    answer = reports.monthly(page.measure, choice.drilled)
    unfinished = answer.frame.loc[~answer.frame["complete"], "window"].tolist()
    note = f"Hatched: not finished yet ({', '.join(unfinished)})." if unfinished else ""
    return {
        "figure": monthly_bars(answer.frame, answer.measure, money, (choice.first, choice.last)),
        "table": monthly_table(answer, money),
        "label": _label(f"{answer.measure.name} by month", answer.frame["month"], answer.frame["value"], money, page),
        "note": note,
    }


def _ranked(answer: RankingAnswer, choice: Choice, money: Money, colour: str, empty: str) -> View:
    if answer.frame.empty:
        return {"figure": None, "table": None, "label": empty, "empty": empty, "note": "", "left_out": left_out(answer)}
    return {
        "figure": ranking_bars(answer.frame, answer.measure, money, colour, choice.product or None),
        "table": ranking_table(answer, money),
        "label": "; ".join(
            f"{rank}. {name}: {money.text(value, answer.measure)}"
            for rank, name, value in zip(
                answer.frame["rank"], answer.frame["name"], answer.frame["value"].tolist(), strict=True
            )
        ),
        "note": cut_line(answer, money),
        "left_out": left_out(answer),
    }


def _split(page: SalesPage, reports: Reports, choice: Choice, money: Money) -> View:
    answer = reports.breakdown(page.measure, choice.split, choice.drilled)
    shown = _with_others(answer)
    if not answer.frame["value"].any():
        empty = NO_SALES.format(window=month_window(choice.first, choice.last).words)
        return {"figure": None, "table": None, "label": empty, "empty": empty, "note": ""}
    return {
        "figure": split_bars(shown, answer.measure, money),
        "table": split_table(answer, money),
        "label": _label(f"{answer.measure.name} by {choice.split}", shown["name"], shown["value"], money, page),
        "note": f"Total {money.text(answer.total, answer.measure)}",
    }


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


def _label(title: str, names: pd.Series, values: pd.Series, money: Money, page: SalesPage) -> str:
    measure = MEASURES[page.measure]
    pairs = (f"{name}: {money.text(value, measure)}" for name, value in zip(names, values.tolist(), strict=True))
    return f"{title}. {'; '.join(pairs)}"
