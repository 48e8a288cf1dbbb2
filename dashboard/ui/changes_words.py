"""The words of the Changes page: what is compared, what the parts of a bridge mean, what may explain an anomaly."""

from dashboard.charts import Money
from dashboard.charts.waterfall import signed
from dashboard.reports import Change, ChangeKind
from dashboard.reports.anomaly_report import Anomalies, Flag
from dashboard.sales.anomaly_reasons import Cause, Reason
from dashboard.sales.bridge import Bridge
from dashboard.sales.calendar import Against, Window, first_day, shift
from dashboard.sales.measures import Measure
from dashboard.ui.words import TONES

AGAINST = ((Against.PREVIOUS.value, "Period before"), (Against.YEAR_BEFORE.value, "Year before"))
PARTS = {
    "volume": ("Volume", "More or fewer units altogether, at the average price of before."),
    "mix": ("Mix", "Dearer or cheaper products among the units sold: (units now − all units now × the product's share "
            "of units before) × (its price before − the average price before)."),
    "price": ("Price", "The net price of each product, after discounts: (price now − price before) × units now."),
    "new": ("New", "Products without net units before."),
    "lost": ("Lost", "Products without net units now."),
    "fx": ("Exchange rates", "What exchange rates alone did; all other parts are at constant rates."),
    "other": ("Other", "Products with more returns than sales in a period, or with net sales below zero."),
}  # fmt: skip
GRAIN = (
    "Split by",
    "Product, not by line of an invoice; returns count as negative sales. Volume, mix and price are of products sold "
    "in both periods. The parts are whole cents and add up to the change exactly.",
)
CONTRIBUTION = (
    "Part of the change",
    "The product's change ÷ the size of the whole change. Products are listed by the size of their change; the "
    "percentage is only said beside it. Below the small number of units both counts are said instead.",
)
PAIRS = (
    "Two products of a category of which one rose by about as much as the other fell. Perhaps buyers went from one to "
    "the other; this alone does not prove it."
)
CAUSES = {
    Cause.STOCK_OUT: "stock-outs",
    Cause.PRICE: "price changes",
    Cause.CALENDAR: "the season",
    Cause.RETURNS: "returns",
    Cause.DATA_GAP: "days without any sales",
}
NO_PAST = "nearly no sales before"
# A distance beyond this, from a usual value below a tenth, tells how little was sold before, not how much now.
FAR, TENTH = 100, 10
UNEXPLAINED = "None found. Ask about promotions, large orders or mistakes."
FILTERS = {"up": "rose", "down": "fell", "first": "sold nothing before", "stopped": "sold nothing now"}
ANOMALY_FILTERS = {"open": "no explanation found", "explained": "with an explanation"}


def compared(change: Change) -> tuple[str, str]:
    """Term and words for the two windows."""
    now, then = change.current_window, change.base_window
    if now is None or then is None:
        return ("Compared", f"Nothing: {change.why}.")
    days = f"{now.days} days" if now.days == then.days else f"{now.days} days against {then.days}"
    return ("Compared", f"{now.words} against {then.words}, {days}; an unfinished month is cut on both sides.")


def change_note(change: Change, measure: Measure, money: Money) -> dict[str, str]:
    """``{"figure", "words", "tone"}`` for the card of the change."""
    if change.kind is ChangeKind.UNKNOWN or change.current is None or change.base is None:
        return {"figure": "–", "words": f"no comparison: {change.why}", "tone": "flat"}
    moved = change.current - change.base
    percent = "" if change.percent is None else f"{change.percent:+.1f} %".replace("-", "−")
    now, then = money.text(change.current, measure), money.text(change.base, measure)
    tone = TONES[((moved > 0) - (moved < 0)) * measure.direction]
    return {
        "figure": percent,
        "words": f"{now}{_in(change.current_window)}, was {then}{_in(change.base_window)}",
        "tone": tone,
    }


def _in(window: Window | None) -> str:
    return f" ({window.short})" if window else ""


def identity(bridge: Bridge, change: Change, measure: Measure, money: Money) -> dict[str, str]:
    """The check that the parts add up to the change of the totals, which were summed without them."""
    moved, total = (change.current or 0) - (change.base or 0), bridge.parts.total
    said = f"all parts together are {signed(money.text(total, measure), total)}"
    if moved == total:
        return {"figure": "Adds up:", "words": f"{said}, the change exactly", "tone": "good"}
    off = money.text(moved - total, measure)
    return {"figure": f"Off by {off}:", "words": f"{said}. Tell an administrator.", "tone": "bad"}


def against_words(flag: Flag) -> str:
    """What a flagged month was compared with."""
    if flag.by_years:
        return f"{first_day(flag.month):%B} of {flag.comparables} earlier years, with the product's trend"
    return f"{flag.comparables} months before"


def distance(flag: Flag) -> str:
    """The robust z in figures."""
    return f"{flag.z:+,.1f}".replace("-", "−")


def hardly_sold(flag: Flag) -> bool:
    """Whether the usual value is so small that the robust z says nothing."""
    return abs(flag.z) > FAR and TENTH * abs(flag.expected) <= abs(flag.value)


def reason_words(reason: Reason, flag: Flag, measure: Measure, money: Money) -> str:
    """One candidate in words."""
    first, *rest = reason.figures
    if reason.cause is Cause.STOCK_OUT:
        return f"Out of stock: some to sell on {first:.0f} of {rest[0]:.0f} days."
    if reason.cause is Cause.PRICE:
        return f"Net price {first * 100:+.0f} % against the months before.".replace("-", "−")
    if reason.cause is Cause.CALENDAR:
        last_year = f"{first_day(shift(flag.month, -12)):%B %Y}"
        return f"Season: {last_year} was {first * 100:+,.0f} % against its months before, too.".replace("-", "−")
    if reason.cause is Cause.RETURNS:
        return f"Returns: {money.text(round(first), measure)}, usually {money.text(round(rest[0]), measure)}."
    return f"{first:.0f} days without any sales at all: closed, or data are missing."


def anomaly_note(answer: Anomalies, shown: int) -> str:
    """What was looked at, what was left out and why."""
    if not answer.months:
        return ""
    names = [f"{first_day(key):%B %Y}" for key in (answer.months[0], answer.months[-1])]
    months = names[0] if len(answer.months) == 1 else f"{names[0]} – {names[1]}"
    why = " (no month of the period is finished yet; this is the newest that is)" if answer.instead else ""
    seen = (
        f"Looked at: {months}{why}. Every product by month: {answer.looked_at:,} checked, {answer.found:,} stand out."
    )
    cut = f" Here: the {shown:,} farthest off, those that the season explains last." if answer.found else ""
    few = f"fewer than {answer.rules.prior_months} months of sales before, or too few units to speak of"
    left = f" Left out: {answer.left_out:,} with {few}."
    return f"{seen}{cut}{left if answer.left_out else ''}"


def anomaly_how(answer: Anomalies) -> list[tuple[str, str]]:
    """Definitions for the anomalies."""
    rules = answer.rules
    tested = ", ".join(CAUSES[cause] for cause in answer.tested) or "nothing, because nothing stands out"
    spread = f" The spread is taken to be at least {rules.least_spread:.0%} of the usual value." * (
        rules.least_spread > 0
    )
    return [
        ("Measure", answer.measure.definition),
        ("Stands out", f"More than {rules.robust_z:g} robust standard deviations (1.4826 × the median distance) from "
         f"the usual value, which is a median.{spread} "
         f"Above {FAR}, from less than a tenth, it says “{NO_PAST}”; the figure stands beside it."),
        ("Compared with", f"The same month of earlier years, each scaled by how the product's 12 months before have "
         f"changed since; with fewer than {rules.comparables} such years, the {rules.prior_months} months before."),
        ("Explanations", f"Candidates that fit the data, not proofs. Tested: {tested}."),
    ]  # fmt: skip
