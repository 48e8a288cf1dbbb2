"""Plain sentences at the top of a page: what its figures say, each with units and window, and a link to its rows."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from dashboard.access import Permission
from dashboard.charts import Money
from dashboard.reports import ASKABLE, Change, ChangeKind, Question, Reports
from dashboard.reports.finding_report import Facts, Mover, facts
from dashboard.sales.calendar import month_window
from dashboard.sales.measures import MEASURES
from dashboard.ui.stock_findings import stock_findings

Finding = dict[str, str]

# Page -> its findings, the most important first; a page shows the first few that there are.
ORDER = {
    "overview": (
        "change",
        "falling",
        "rising",
        "silent",
        "returns",
        "dead",
        "record",
        "worst",
        "best",
        "concentration",
    ),
    "revenue": ("change", "falling", "rising", "best", "returns", "record", "concentration", "worst"),
    "units": ("change", "silent", "worst", "falling", "rising", "returns", "best", "record"),
    "changes": ("change", "falling", "rising", "returns", "record"),
    "classes": ("concentration", "best", "silent", "worst"),
    "stock": ("out", "reorder", "dead", "silent", "worst"),
}
ABOUT_STOCK = {"out", "reorder", "dead"}
# Whose rows a finding links to, if the viewer may open it: else the page of the measure itself.
OPEN_TO = {
    "/product": Permission.MEASURE_UNITS,
    "/changes": Permission.MEASURE_UNITS,
    "/classes": Permission.MEASURE_UNITS,
    "/units": Permission.MEASURE_UNITS,
    "/revenue": Permission.MEASURE_REVENUE,
}
IN_SALES = {"revenue", "overview", "changes", "classes"}


def findings(reports: Reports, question: Question, page_key: str) -> list[Finding]:
    """``[{"text", "href"}]``, at most as many as the settings say; none where nothing stands out.

    The list is shared between viewers with the very same rights: not to be changed.

    Raises:
        BadQuestionError, Forbidden: as the gate does.
    """
    return reports.remember(("findings", page_key, question), lambda: _findings(reports, question, page_key))


def found(reports: Reports, question: Question, page_key: str) -> dict[str, Any] | None:
    """The findings as a block of words; None where nothing stands out."""
    said = findings(reports, question, page_key)
    return {"title": "What stands out", "items": said} if said else None


def main_measure(reports: Reports, page_key: str) -> str:
    """The measure that a page's findings are about: net sales where the viewer may see them and the page shows them."""
    in_money = page_key in IN_SALES and reports.may(Permission.MEASURE_REVENUE)
    return "net_sales" if in_money or not reports.may(Permission.MEASURE_UNITS) else "net_units"


def _findings(reports: Reports, question: Question, page_key: str) -> list[Finding]:
    measure = main_measure(reports, page_key)
    found = facts(reports, question, measure)
    said = _Sentences(reports, question, found)
    wanted = ORDER[page_key]
    of_stock = stock_findings(reports, question) if ABOUT_STOCK & set(wanted) else {}
    told = [of_stock.get(kind) if kind in ABOUT_STOCK else said.of(kind) for kind in wanted]
    return [one for one in told if one is not None][: found.most]


class _Sentences:
    """Puts facts into words."""

    def __init__(self, reports: Reports, question: Question, found: Facts) -> None:
        status = reports.status()
        self._reports, self._question, self._facts = reports, question, found
        self._money = Money(status.currency, status.minor_digits)
        self._name, self._days = found.measure.name.lower(), found.window.words
        self._own = "/revenue" if found.measure.permission is Permission.MEASURE_REVENUE else "/units"

    def of(self, kind: str) -> Finding | None:
        """The finding of that kind, or None."""
        make: Callable[[], Finding | None] = getattr(self, f"_{kind}")
        return make()

    # ---- the sentences

    def _change(self) -> Finding | None:
        stated = [words for one in self._facts.changes if (words := self._compared(one))]
        first = self._facts.compared
        if not stated or first is None or first.current_window is None:
            return None
        text = f"{self._facts.measure.name} of {first.current_window.words}: {self._text(first.current or 0)}, "
        return _finding(text + " and ".join(stated) + ".", self._address("/changes"))

    def _compared(self, change: Change) -> str:
        if change.base_window is None or change.current is None or change.base is None:
            return ""
        other, difference = change.base_window.words, change.current - change.base
        if change.kind is ChangeKind.NEW:
            return f"after nothing in {other}"
        if difference == 0:
            return f"as much as in {other}"
        side = "more" if difference > 0 else "less"
        if change.percent is None:
            return f"{self._text(abs(difference))} {side} than in {other}"
        return f"{abs(change.percent):.1f} % {side} than in {other} ({self._text(change.base)})"

    def _best(self) -> Finding | None:
        best, total = self._facts.best, self._facts.total
        if best is None:
            return None
        share = f", {best.value / total * 100:.1f} % of all" if total > 0 else ""
        text = f"Best of {best.of:,} products: {best.name}, {self._text(best.value)} in {self._days}{share}."
        return _finding(text, self._product(best.product))

    def _worst(self) -> Finding | None:
        worst = self._facts.worst
        if worst is None:
            return None
        stock = f"; in stock on {worst.days[0]} of {worst.days[1]} days" if worst.days else ""
        text = f"Worst of {worst.of:,} ranked products: {worst.name}, {self._text(worst.value)} in {self._days}{stock}."
        return _finding(text, self._product(worst.product))

    def _silent(self) -> Finding | None:
        if self._facts.silent is None:
            return None
        nothing, ranked = self._facts.silent
        others = "new, discontinued and out-of-stock" if self._reports.status().uses_stock else "new and discontinued"
        text = f"{nothing:,} of {ranked:,} ranked products sold nothing in {self._days}; {others} ones are left out."
        return _finding(text, self._address(self._own, anchor=True))

    def _rising(self) -> Finding | None:
        return self._moved("Biggest rise", self._facts.riser)

    def _falling(self) -> Finding | None:
        return self._moved("Biggest fall", self._facts.faller)

    def _moved(self, which: str, mover: Mover | None) -> Finding | None:
        stated = self._facts.compared
        if mover is None or stated is None or stated.current_window is None or stated.base_window is None:
            return None
        now, was = self._text(mover.current), self._text(mover.base)
        windows = f"{now} in {stated.current_window.words} after {was} in {stated.base_window.words}"
        return _finding(f"{which}: {mover.name}, {windows}.", self._product(mover.product))

    def _concentration(self) -> Finding | None:
        found = self._facts.concentration
        if found is None:
            return None
        one = "One product makes" if found.holders == 1 else f"{found.holders:,} products make"
        text = f"{one} half of the {self._name} in {self._days}; {found.sellers:,} products sold."
        return _finding(text, self._address("/classes"))

    def _returns(self) -> Finding | None:
        found, stated = self._facts.returns, self._facts.compared
        if found is None or stated is None or stated.current_window is None or stated.base_window is None:
            return None
        text = (
            f"Returns rose to {found.percent:.1f} % of the units sold in {stated.current_window.words}, from "
            f"{found.percent_before:.1f} % in {stated.base_window.words}: {found.points:.1f} points more."
        )
        return _finding(text, self._address("/units"))

    def _record(self) -> Finding | None:
        best = self._facts.record
        if best is None:
            return None
        name = month_window(best.month, best.month).words
        text = f"{name} is the best of {best.of:,} full months: {self._text(best.value)} {self._name}."
        return _finding(text, self._address(self._own, month=best.month))

    # ---- figures and addresses

    def _text(self, value: int) -> str:
        text = self._money.text(value, self._facts.measure)
        is_units = self._facts.measure is MEASURES["net_units"]
        return f"{text} {'unit' if abs(value) == 1 else 'units'}" if is_units else text

    def _product(self, code: str) -> str:
        return self._address("/product", product=code)

    def _address(self, path: str, *, product: str = "", month: str = "", anchor: bool = False) -> str:
        """The rows behind a finding: with the months and filters of the question, on a page that the viewer may see."""
        asked = self._question
        path = path if self._reports.may(OPEN_TO[path]) else self._own
        values = {"from": month or asked.first, "to": month or asked.last}
        values |= {name: "".join(asked.values(name) or ()) for name in ASKABLE}
        values["product"] = product or asked.product or ""
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{path}?{query}{f'#{path[1:]}-all' if anchor else ''}"


def _finding(text: str, href: str) -> Finding:
    return {"text": text, "href": href}
