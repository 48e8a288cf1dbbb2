"""What the Data page shows: how far the figures reach, what the checks found, and what is not counted."""

from datetime import datetime
from typing import Any

from dashboard.reports import DataStatus, Question, Reports
from dashboard.reports.quality import Quality, counted, quality
from dashboard.reports.source_states import SourceNews, State, moment
from dashboard.sales.rollup import Check, SetAside
from dashboard.ui.asked import Asked
from dashboard.ui.how import how
from dashboard.ui.words import day

Content = dict[str, Any]

LEAST_SHARE = 0.1
NOTHING = "–"
PART = "You see a part of the company. Lines and checks are counted over all of it, so they are not shown here."
NEVER = "These data were imported before there were checks. Ask an administrator to import them again."
NO_RIGHT = "Your role sees no figures that the checks look at."
CHECKS = ("Checks", "Done once, when the data were imported, over every line of the source.")
SERIOUS = (
    "Figures wrong",
    "What was found changes totals or rankings until it is repaired in the source and the data are imported again.",
)
LOOK = ("Look at it", "Figures are right as far as the source is; what was found may be a mistake in it.")
HIDDEN = ("Not shown", "Checks of prices, amounts or stock that your role may not see.")
ASIDE = ("Set aside", "Lines that were read and are in no figure.")
SOURCE = ("Data as of", "When the lines of that source were last read from its database.")
FLAGGED = ("Counted all the same", "Lines that are in the figures, though something about them is odd.")


def build(reports: Reports, _asked: Asked) -> dict[str, Any]:
    """Part -> content of the board; see docs/reference/boards.md."""
    status, found, months = reports.status(), quality(reports), reports.options().months
    whole = Question(months[0], months[-1])
    return {
        "summary": {"title": "What the checks say", "items": [{"text": words} for words in _summary(found)]},
        "cards": _cards(reports, whole, status),
        "sources": _sources(reports, whole),
        "checks": _checks(reports, whole, found) if found.checks else None,
        "aside": _aside(reports, whole, status) if status.lines_read is not None else None,
    }


def _summary(found: Quality) -> list[str]:
    if not found.known:
        return [PART]
    if not found.checked:
        return [NEVER]
    if not found.checks:
        return [NO_RIGHT]
    if not found.found:
        return [f"All {len(found.checks)} checks passed. Nothing needs to be done."]
    passed = f"{len(found.checks) - len(found.found)} of {len(found.checks)} checks passed"
    rest = f"{len(found.found)} found something to look at"
    wrong = [f"{check.label}: {counted(check)}. {check.advice}".strip() for check in found.serious]
    head = "Some figures are wrong until this is repaired:" if wrong else "No figure is known to be wrong."
    return [f"{passed}, {rest}. {head}", *wrong]


def _cards(reports: Reports, whole: Question, status: DataStatus) -> list[Content]:
    imported, news = datetime.fromisoformat(status.imported_at), reports.sources()
    cards = [
        _card("Complete to", day(status.complete_to), "", status.complete_to_reason),
        _card(
            "Read" if news else "Imported", day(imported.date()), "", f"at {imported:%H:%M} UTC from {status.source}"
        ),
    ]
    if status.lines_read is not None and status.lines_kept is not None:
        aside = status.lines_read - status.lines_kept
        cards += [
            _card("Lines read", f"{status.lines_read:,}", "lines", f"in the source{'s' if len(news) > 1 else ''}"),
            _card("Lines counted", f"{status.lines_kept:,}", "lines", "in the figures of every page"),
            _card("Lines set aside", f"{aside:,}", "lines", _share(aside, status.lines_read)),
        ]
    lines = ("Lines", "Rows of the source. Read = counted + set aside; each line is one or the other.")
    return [{**card, "how": how(reports, whole, lines)} for card in cards]


def _card(label: str, value: str, unit: str, words: str) -> Content:
    return {"label": label, "value": value, "unit": unit, "changes": [{"figure": "", "words": words, "tone": "flat"}]}


def _share(aside: int, read: int) -> str:
    if not aside:
        return "every line counts"
    share = aside / read * 100
    return f"{share:.1f} % of what was read" if share >= LEAST_SHARE else f"less than {LEAST_SHARE} % of what was read"


def _sources(reports: Reports, whole: Question) -> Content | None:
    news = reports.sources()
    if not news:
        return None
    counts = any(one.lines_read is not None for one in news)
    columns = [
        {"label": "Source", "kind": "text"},
        {"label": "State", "kind": "long"},
        {"label": "Data as of", "kind": "text"},
        *([{"label": name, "kind": "number"} for name in ("Lines read", "Lines counted")] if counts else []),
    ]
    good = all(one.state is State.READ for one in news)
    return {
        "title": "Sources",
        "table": {"columns": columns, "rows": [_source_row(one)[: len(columns)] for one in news]},
        "note": "" if good else "What a source did not bring is shown as it was read before.",
        "how": how(reports, whole, SOURCE),
    }


def _source_row(one: SourceNews) -> list[Any]:
    at = [one.as_of.isoformat(), moment(one.as_of)] if one.as_of else ["", NOTHING]
    state = f"{one.words[:1].upper()}{one.words[1:]}"
    return [one.label, state, at, _count(one.lines_read), _count(one.lines_kept)]


def _count(lines: int | None) -> list[Any]:
    return [-1, NOTHING] if lines is None else [lines, f"{lines:,}"]


def _checks(reports: Reports, whole: Question, found: Quality) -> Content:
    columns = [
        {"label": "Check", "kind": "text"},
        {"label": "Result", "kind": "number"},
        {"label": "Found", "kind": "number"},
        {"label": "What to do", "kind": "long"},
        {"label": "For example", "kind": "long"},
    ]
    rows = [_check_row(check) for check in found.found]
    passed = "; ".join(check.label for check in found.checks if not check.count)
    return {
        "title": "Checks of the data",
        "table": {"columns": columns, "rows": rows} if rows else None,
        "empty": "" if rows else "Every check passed.",
        "note": f"Passed, nothing found: {passed}." if passed else "",
        "how": how(reports, whole, CHECKS, SERIOUS, LOOK, HIDDEN),
    }


def _check_row(check: Check) -> list[Any]:
    result = [0, SERIOUS[0].lower()] if check.serious else [1, LOOK[0].lower()]
    return [check.label, result, [check.count, counted(check)], check.advice, "; ".join(check.examples)]


def _aside(reports: Reports, whole: Question, status: DataStatus) -> Content:
    columns = [
        {"label": "Why", "kind": "text"},
        {"label": "Lines", "kind": "number"},
        {"label": "Units", "kind": "number"},
        {"label": "In the figures", "kind": "text"},
        *([{"label": "Remark", "kind": "long"}] if any(reason.note for reason in status.set_aside) else []),
    ]
    ordered = sorted(status.set_aside, key=lambda one: (one.kept, -one.lines, one.label))
    rows = [_aside_row(reason)[: len(columns)] for reason in ordered]
    return {
        "title": "Lines set aside or flagged",
        "table": {"columns": columns, "rows": rows} if rows else None,
        "empty": "" if rows else "Every line that was read is counted, and none is odd.",
        "note": "",
        "how": how(reports, whole, ASIDE, FLAGGED),
    }


def _aside_row(reason: SetAside) -> list[Any]:
    label = reason.label[:1].upper() + reason.label[1:]
    kept = "yes" if reason.kept else "no"
    units = f"{reason.units:,}".replace("-", "−")
    return [label, [reason.lines, f"{reason.lines:,}"], [reason.units, units], kept, reason.note]
