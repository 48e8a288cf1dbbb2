"""Figures in sentences: changes, what was left out, where the data come from."""

from collections.abc import Mapping
from datetime import date

from dashboard.charts import Money
from dashboard.reports import Change, ChangeKind, DataStatus, Headline, RankingAnswer
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
}
TONES = {1: "good", -1: "bad", 0: "flat"}


def day(value: date) -> str:
    """``20 Nov 2026``."""
    return f"{value.day} {value:%b %Y}"


def change_line(headline: Headline, change: Change, money: Money) -> dict[str, str]:
    """``{"figure", "words", "tone"}`` for one comparison on a card."""
    if change.base_window is None or change.current is None or change.base is None:
        return {"figure": "–", "words": f"no comparison: {change.why}", "tone": "flat"}
    cut = change.current_window is not None and change.current_window != headline.window
    of = f"for {change.current_window.short} " if cut and change.current_window else ""
    difference = change.current - change.base
    tone = TONES[((difference > 0) - (difference < 0)) * headline.measure.direction]
    return {
        "figure": _figure(headline, change, money),
        "words": f"{of}against {change.base_window.short}",
        "tone": tone,
    }


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


def left_out(answer: RankingAnswer) -> list[dict[str, str]]:
    """``{"key", "text"}`` per reason: what is not in the list, each a filter of the product table."""
    return [{"key": key, "text": f"{count:,} {STATE_NAMES[key]}"} for key, count in answer.left_out.items()]


def cut_line(answer: RankingAnswer, money: Money) -> str:
    """What the cut after the last product shown leaves unsaid: ties, and the rest of the universe."""
    if answer.others <= 0:
        return ""
    several = "product" if answer.others == 1 else "products, together"
    others = f"Not shown: {answer.others:,} {several} {money.text(answer.others_value, answer.measure)}"
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
