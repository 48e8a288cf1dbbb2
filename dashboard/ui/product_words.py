"""What is said of one product: who it is, what happened to it, what is expected of it."""

from datetime import date
from typing import Any

from dashboard.reports.forecasting import ForecastAnswer
from dashboard.reports.one_product import Profile, Season
from dashboard.sales.calendar import first_day, month_window
from dashboard.sales.forecast import Method, Why
from dashboard.sales.product_facts import Event, Kind
from dashboard.ui.words import STATE_NAMES, day

WHY_STATE = {
    "not_in_range": "could not be sold on any day of these months",
    "discontinued": "no longer on sale, so it is not among worst sellers",
    "new": "on sale too short a time to be judged, so it is not among worst sellers",
    "stock_out": "out of stock on many of its days, so it is not among worst sellers",
    "no_stock_data": "ranked; whether it was in stock is not known",
    "ranked": "on sale and in stock long enough to be ranked",
}
NAMES = {**STATE_NAMES, "not_in_range": "not in range"}
METHODS = {
    Method.LEVEL: "level and trend, without a season (exponential smoothing)",
    Method.ADDED: "level and trend with the usual year added (exponential smoothing)",
    Method.MULTIPLIED: "level and trend times the usual year (exponential smoothing)",
    Method.SBA: "how much sells at a time, and how often (Syntetos and Boylan), as it sells in few months",
    Method.TSB: "how much sells at a time, and how probable a sale is (Teunter, Syntetos and Babai)",
}
KINDS = {
    Kind.LAUNCH: "On sale",
    Kind.END: "Off sale",
    Kind.RECEIPT: "First goods received",
    Kind.PRICE: "Price",
    Kind.STOCK_OUT: "Out of stock",
}


def about(profile: Profile, letters: str) -> list[str]:
    """A sentence each; ``letters`` are its classes, empty where there are none."""
    state = profile.state if profile.counts_stock or profile.state != "no_stock_data" else "ranked"
    why = WHY_STATE[state] if profile.counts_stock or state != "ranked" else "on sale long enough to be ranked"
    return [
        f"Code {profile.code}, category {profile.category}.",
        f"In these months: {NAMES[state]} ({why}).",
        *_days(profile),
        *([f"Class now: {letters}."] if letters else []),
    ]


def _days(profile: Profile) -> list[str]:
    if profile.first_day is None:
        return ["Never sold so far, and no first day on sale is known."]
    since = f"On sale since {day(profile.first_day)}"
    if not profile.everywhere:
        since = f"First sold, as far as you may see, in {profile.first_day:%B %Y}"
    return [f"{since}; last day on sale {day(profile.end_day)}." if profile.end_day else f"{since}."]


def forecast_words(answer: ForecastAnswer) -> str:
    """The forecast in a sentence, or why there is none."""
    if answer.why is None and answer.score is not None:
        parts = (
            f"{first_day(month):%B %Y} about {mean:,.0f} units ({low:,.0f} to {high:,.0f})"
            for month, mean, low, high in zip(answer.ahead, answer.mean, answer.low, answer.high, strict=True)
        )
        held = f"held {answer.score.hits} of {answer.score.trials} times in the trial"
        return f"Forecast (diamonds; boxes: {_percent(answer.rules.interval)} range, which {held}): {'; '.join(parts)}."
    return f"No forecast: {_why(answer)}"


def _why(answer: ForecastAnswer) -> str:
    rules, score = answer.rules, answer.score
    if answer.why is Why.ENDED:
        return "it is no longer on sale."
    if answer.why is Why.NO_SALES:
        return "it has not sold anything to start from."
    if answer.why is Why.SHORT or score is None:
        left_out = f" (months out of stock left out: {answer.left_out})" if answer.left_out else ""
        return f"{rules.least_months} finished months are needed, there are {answer.months}{left_out}."
    tried = f"tried on the last {answer.tried} finished months"
    if answer.why is Why.UNSURE:
        return (
            f"{tried}, the {_percent(rules.interval)} range of the best method held {score.hits} of {score.trials} "
            f"times; {_percent(rules.least_coverage)} to {_percent(rules.most_coverage)} is needed to trust it."
        )
    return f"{tried}, no method was better than to expect the same month of the year before."


def forecast_facts(answer: ForecastAnswer) -> list[tuple[str, str]]:
    """How it was made, for the panel behind the chart."""
    if not answer.first:
        return []
    months = month_window(answer.first, answer.last).words
    left_out = f"; {answer.left_out} months out of stock left out" if answer.left_out else ""
    stock = "" if answer.uses_stock else "; stock-outs are not known here and count as if nobody had wanted it"
    facts = [("Forecast made of", f"{months}, {answer.months} finished months{left_out}{stock}")]
    if answer.method is not None and answer.score is not None:
        score, rules = answer.score, answer.rules
        facts += [
            ("Best method", METHODS[answer.method]),
            (
                "Trial",
                f"Each of the last {answer.tried} finished months forecast from what was known up to "
                f"{rules.horizon} months before. Mean error / usual change from the year before (MASE): "
                f"{_number(score.mase)}, needed: below {rules.most_mase:.2f}. Error / error of expecting last year's "
                f"month: {_number(score.against_last_year)}, needed: below 1. Range held {score.hits} of "
                f"{score.trials} times, needed: {_percent(rules.least_coverage)} to {_percent(rules.most_coverage)}.",
            ),
        ]
    return facts


def event_row(event: Event, *, everywhere: bool) -> list[Any]:
    """Date, what and more, for the table of events."""
    when = (
        f"{event.day:%B %Y}" if event.whole_month or (event.kind is Kind.LAUNCH and not everywhere) else day(event.day)
    )
    return [[event.day.toordinal(), when], KINDS[event.kind], _more(event, everywhere=everywhere)]


def _more(event: Event, *, everywhere: bool) -> str:
    if event.kind is Kind.LAUNCH:
        return "First day on sale." if everywhere else "First month with sales that you may see."
    if event.kind is Kind.END:
        return "Last day on sale."
    if event.kind is Kind.RECEIPT:
        return f"{event.figure:,.0f} units."
    if event.kind is Kind.PRICE:
        return (
            f"{'Up' if event.figure > 0 else 'Down'} {abs(event.figure) * 100:.1f} % before discounts against the last "
            "month with enough sales, at equal regions, channels and sources."
        )
    if event.whole_month:
        return f"On {event.figure:,.0f} of {event.of} days of the month."
    return f"For {event.figure:,.0f} days{_until(event.until, open_end=event.open_end)}"


def _until(last: date | None, *, open_end: bool) -> str:
    if last is None:
        return "."
    return f"; still so on {day(last)}, the last day known." if open_end else f", to {day(last)}."


def season_words(season: Season) -> str:
    """What the usual year is made of."""
    stable = "" if season.months >= 36 else " Three full years would make it stable."  # noqa: PLR2004
    share = f"{_percent(season.own)} the product's own months, the rest its category's ({season.category})"
    own = "the product's own months" if season.own >= 1 else share
    return f"1 is the usual month. Made of {own}.{stable}"


def index_text(value: float) -> str:
    """``1.34, 34 % above the usual month``."""
    share = round((value - 1) * 100)
    side = "as the usual month" if not share else f"{abs(share)} % {'above' if share > 0 else 'below'} the usual month"
    return f"{value:.2f}, {side}"


def _number(value: float) -> str:
    return f"{value:.2f}" if value == value else "not known"  # noqa: PLR0124


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
