"""What the classes mean, how they are made, and what was left out, in words for "How was this number made?"."""

from dashboard.reports.class_answers import Classes
from dashboard.reports.class_pages import MOVED
from dashboard.sales.abc import CLASSES
from dashboard.sales.classing import WINDOWS, ClassRules
from dashboard.sales.xyz import STEADINESS

Definition = tuple[str, str]

STEADY = {"X": "steady", "Y": "swings", "Z": "erratic", "U": "not known"}
LETTERS = {"X": "X", "Y": "Y", "Z": "Z", "U": "–"}
SINCE = (("1", "One month before"), ("3", "Three months before"), ("6", "Six months before"))


def filter_words(only: str) -> str:
    """A filter of the product table for people."""
    if only == MOVED:
        return "changed class"
    if not only:
        return ""
    if len(only) > 1:
        return f"class {only[0]}, {STEADY[only[1]]}"
    return f"class {only}" if only in CLASSES else STEADY[only]


def filters(only: str) -> list[dict[str, str]]:
    """The chips above the product table; a box is there while it is chosen."""
    classes = [{"key": letter, "text": letter} for letter in CLASSES]
    steady = [{"key": key, "text": f"{LETTERS[key]} {STEADY[key]}".removeprefix("– ")} for key in STEADINESS]
    moved = [{"key": MOVED, "text": "Changed class"}]
    box = [{"key": only, "text": filter_words(only)}] if len(only) == len("AX") else []
    return [*classes, *steady, *moved, *box]


def window_note(answer: Classes, asked: str) -> str:
    """Which months, and why not those that were asked for."""
    count, rules = len(answer.span.months), answer.rules
    parts = [f"{_months(count)} up to the last full one: {answer.span.window.words}."]
    if count < rules.months:
        parts.append(f"The data hold no more; usual are {rules.months}.")
    if answer.span.last != asked:
        parts.append("A month that is not finished does not count.")
    return " ".join(parts)


def abc_words(answer: Classes) -> list[Definition]:
    """How A, B and C are made."""
    cuts, name = answer.rules.abc, answer.measure.name.lower()
    return [
        (
            "Classes",
            f"Products in the order of {name}, largest first, equal ones by code. A: the products before which "
            f"less than {cuts.a} % of the whole was reached; B: less than {cuts.b} %; C: the rest, and what is 0 or "
            "below. So the first product is always A.",
        ),
        (answer.measure.name, answer.measure.definition),
        (
            "Memory",
            f"A product changes its class only once it is {cuts.hysteresis} points beyond the limit. The class before "
            f"is that of the window one month earlier, worked out anew from the data over the last {WINDOWS} windows "
            f"({answer.span.windows} here).",
        ),
        ("Choice", "Others use other limits or the cost of goods; the limits are settings of this installation."),
    ]


def steady_words(answer: Classes, *, has_stock: bool) -> list[Definition]:
    """How X, Y and Z are made, and what stock and season did to them."""
    return [
        ("Steadiness", _steadiness(answer.rules)),
        ("Stock-outs", stock_words(answer, has_stock=has_stock)),
        ("Season", _season(answer)),
    ]


def _steadiness(rules: ClassRules) -> str:
    cuts = rules.xyz
    return (
        "How much monthly net units vary: standard deviation / mean (CV) over the full months of the period in which "
        f"the product was on sale, months without sales included. X: below {cuts.x:g}; Y: below {cuts.y:g}; Z: the "
        f"rest. Not known: fewer than {cuts.least_months} such months, or a mean that is not above 0."
    )


def stock_words(answer: Classes, *, has_stock: bool) -> str:
    """Whether months with stock-outs count, and why. ``has_stock``: the viewer may see stock, and the data have it."""
    if answer.uses_stock:
        return f"Months in stock on less than {answer.rules.in_stock_share:.0%} of their days are left out."
    why = "stock has no region or channel, and you see a part of them" if has_stock else "stock plays no part here"
    return f"All months count: {why}. A product may look erratic because it was out of stock."


def _season(answer: Classes) -> str:
    if not answer.span.season:
        return "Not taken out: that needs 24 full months. A seasonal product may look erratic."
    return (
        f"Taken out first for {answer.seasonal:,} of {answer.products:,} products, by their usual share of each month "
        f"over {answer.span.season} full months, drawn towards that of their category."
    )


def demand_words(answer: Classes) -> Definition:
    """The Syntetos-Boylan classes."""
    cuts = answer.rules.demand
    return (
        "Demand",
        f"ADI: months / months with sales. CV²: squared variation of the months with sales. ADI below {cuts.adi:g} and "
        f"CV² below {cuts.cv2:g}: smooth; CV² above: erratic; ADI above: intermittent; both: lumpy. It looks at gaps "
        "and amounts apart, so that it may disagree with XYZ: both are shown.",
    )


def _months(count: int) -> str:
    return "1 full month" if count == 1 else f"{count} full months"
