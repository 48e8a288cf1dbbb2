"""Figures in sentences: changes, what was left out, where the data come from."""

from collections.abc import Mapping
from datetime import date

from dashboard.charts import Money
from dashboard.reports import Change, ChangeKind, DataStatus, Headline, RankingAnswer
from dashboard.reports.answers import RateAnswer, RatioChange, RatioHeadline
from dashboard.sales.measures import Measure
from dashboard.sales.rankings import Thresholds
from dashboard.sales.rollup import SetAside

STATE_NAMES = {
    "new": "new",
    "discontinued": "discontinued",
    "stock_out": "out of stock",
    "no_stock_data": "no stock history",
    "ranked": "ranked",
    "not_sold": "without net sales",
    "zero_sales": "zero-sellers",
    "not_in_range": "not on sale",
    "no_rate": "in stock on too few days, or not known",
    "has_rate": "with a rate of sale",
    "in_worst": "that may be in a worst list",
    "in_worst_sold": "that may be in a worst list, without zero-sellers",
    "in_worst_rate": "that may be in a worst list, with a rate of sale",
    "in_worst_rate_sold": "that may be in a worst list, with sales and a rate of sale",
    "risers": "risers",
    "fallers": "fallers",
}
TONES = {1: "good", -1: "bad", 0: "flat"}


def day(value: date) -> str:
    """``20 Nov 2026``."""
    return f"{value.day} {value:%b %Y}"


def change_line(headline: Headline, change: Change, money: Money) -> dict[str, str]:
    """``{"figure", "words", "tone"}`` for one comparison on a card."""
    if change.base_window is None or change.current is None or change.base is None:
        return {"figure": "–", "words": f"no comparison: {change.why}", "tone": "flat"}
    difference = change.current - change.base
    tone = TONES[((difference > 0) - (difference < 0)) * headline.measure.direction]
    return {"figure": _figure(headline, change, money), "words": _against(headline, change), "tone": tone}


def ratio_line(headline: RatioHeadline, change: RatioChange, money: Money) -> dict[str, str]:
    """The same for a ratio: shares change in points, prices in per cent."""
    if change.base_window is None or change.current is None or change.base is None:
        return {"figure": "–", "words": f"no comparison: {change.why}", "tone": "flat"}
    (top, bottom), (top_before, bottom_before) = change.current, change.base
    difference = top * bottom_before - top_before * bottom
    tone = TONES[((difference > 0) - (difference < 0)) * headline.ratio.direction]
    return {"figure": _ratio_figure(headline, change, money), "words": _against(headline, change), "tone": tone}


def _against(headline: Headline | RatioHeadline, change: Change | RatioChange) -> str:
    now, then = change.current_window, change.base_window
    of = f"for {now.short} " if now is not None and now != headline.window else ""
    return f"{of}against {then.short}" if then is not None else ""


def _ratio_figure(headline: RatioHeadline, change: RatioChange, money: Money) -> str:
    (top, bottom), (top_before, bottom_before) = change.current or (0, 0), change.base or (0, 0)
    if change.kind is ChangeKind.COUNTS:
        return f"{top:,} of {bottom:,}, was {top_before:,} of {bottom_before:,}"
    if change.points is not None:
        points = f"{change.points:+.1f}".replace("-", "−")
        return "no change" if points in {"+0.0", "−0.0"} else f"{points} points"
    if change.percent is not None:
        return f"{change.percent:+.1f} %".replace("-", "−")
    return f"was {money.ratio(headline.ratio, top_before, bottom_before)}"


def move_words(change: int, current: int, base: int, kind: str, measure: Measure, money: Money) -> str:
    """``+1,200 (+25.0 %)``: the change of one product, with its percentage as decoration."""
    figure = ("+" if change > 0 else "") + money.text(change, measure)
    if kind == ChangeKind.PERCENT:  # out of a frame, which keeps the text alone
        return f"{figure} ({(current / base - 1) * 100:+,.1f} %)".replace("-", "−")
    if kind == ChangeKind.NEW:
        return f"{figure} (new)"
    if kind == ChangeKind.COUNTS:
        return f"{figure} ({money.text(current, measure)}, was {money.text(base, measure)})"
    return f"{figure} (none now)" if current == 0 else f"{figure} (was {money.text(base, measure)})"


def _figure(headline: Headline, change: Change, money: Money) -> str:
    current, base = change.current or 0, change.base or 0
    if change.percent is not None:
        return f"{change.percent:+.1f} %".replace("-", "−")
    if current == base:
        return "no change"
    if change.kind is ChangeKind.NEW:
        return "first sales"
    if change.kind is ChangeKind.COUNTS:
        return f"{money.text(current, headline.measure)}, was {money.text(base, headline.measure)}"
    return ("+" if current > base else "") + money.text(current - base, headline.measure)


def left_out(answer: RankingAnswer | RateAnswer) -> list[dict[str, str]]:
    """``{"key", "text"}`` per reason: what is not in the list, each a filter of the product table."""
    return [{"key": key, "text": f"{count:,} {STATE_NAMES[key]}"} for key, count in answer.left_out.items()]


def cut_line(answer: RankingAnswer, money: Money) -> str:
    """What the cut after the last product shown leaves unsaid: ties, and the rest of the universe."""
    if answer.others <= 0:
        return ""
    several = "product" if answer.others == 1 else "products, together"
    others = f"Not shown: {answer.others:,} {several} {money.text(answer.others_value, answer.measure)}"
    if answer.outside_value:
        outside = money.text(answer.outside_value, answer.measure)
        others += f", of which {outside} by products that were not on sale, such as late returns"
    if not answer.tied_beyond:
        return others
    last = money.text(int(answer.frame["value"].iloc[-1]), answer.measure)
    return f"+{answer.tied_beyond:,} more tied at {last}. {others}"


def status_line(status: DataStatus) -> str:
    """Source and reach of the data, in one line."""
    return f"{status.source} · complete to {day(status.complete_to)}"


def status_facts(status: DataStatus, definitions: Mapping[str, str]) -> list[tuple[str, str]]:
    """Term and description, in the order shown."""
    return [
        ("Source", f"{status.source}, imported {status.imported_at[:16].replace('T', ' ')} UTC"),
        ("Complete to", f"{day(status.complete_to)}: {status.complete_to_reason}"),
        *definitions.items(),
        *_state_meanings(status.thresholds),
        *_line_counts(status),
        *((_capitalised(reason.label), _set_aside(reason)) for reason in status.set_aside),
    ]


def _state_meanings(t: Thresholds) -> list[tuple[str, str]]:
    old, whole, stock = t.min_age_days, f"{t.min_sellable_share:.0%}", f"{t.min_in_stock_share:.0%}"
    return [
        ("Could have sold", "On sale on a day of the period. Worst sellers start from all of these, not from sales."),
        ("New", f"On sale for less than {old} days, or {whole} of the period: left out of worst sellers."),
        ("Discontinued", "No longer on sale: left out of worst sellers."),
        ("Out of stock", f"In stock on less than {stock} of its days, where that is known: left out of worst sellers."),
    ]


def _line_counts(status: DataStatus) -> list[tuple[str, str]]:
    if status.lines_read is None or status.lines_kept is None:
        return []
    set_aside = status.lines_read - status.lines_kept
    return [("Lines", f"{status.lines_read:,} read, {status.lines_kept:,} counted, {set_aside:,} set aside")]


def _set_aside(reason: SetAside) -> str:
    lines = "1 line" if reason.lines == 1 else f"{reason.lines:,} lines"
    note = f"; {reason.note}" if reason.note else ""
    return f"{lines} {'flagged, and counted' if reason.kept else 'set aside'}{note}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
