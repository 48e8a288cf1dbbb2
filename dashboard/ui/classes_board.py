"""What the Classes page shows: which products carry the whole, which sell steadily, and who changed class."""

from collections.abc import Sequence
from dataclasses import replace
from math import nan
from typing import Any
from urllib.parse import urlencode

from dashboard.charts import Money
from dashboard.charts.nine_box import nine_box
from dashboard.charts.pareto import pareto
from dashboard.reports import ASKABLE, Reports, classes
from dashboard.reports.class_answers import ClassCount, Classes
from dashboard.reports.class_pages import MOVED, ClassPage, Wanted
from dashboard.sales.calendar import first_day
from dashboard.ui import classes_words as words
from dashboard.ui.board import Asked, TableState
from dashboard.ui.classes_tables import boxes_table, curve_table, movers_table, percent, product_table
from dashboard.ui.findings_words import found
from dashboard.ui.how import how

Content = dict[str, Any]
NAMED = ("to", *ASKABLE)


def measure_offers(reports: Reports) -> Sequence[tuple[str, str]]:
    """What the viewer may class by; the first is the usual one."""
    return [(measure.key, measure.name) for measure in classes.offered(reports)]


def since_offers(_reports: Reports) -> Sequence[tuple[str, str]]:
    """What classes are compared with."""
    return words.SINCE


def build(reports: Reports, asked: Asked) -> dict[str, Any]:
    """Part -> content of the board; see docs/reference/boards.md."""
    key, back = asked.get("measure"), int(asked.get("since"))
    answer = classes.answer(reports, asked.question, key, back)
    state = asked.table("list")
    page = classes.products(reports, asked.question, key, _wanted(state), back)
    if answer is None or page is None:
        return {
            "list": _nothing(f"No month is finished up to {first_day(asked.question.last):%B %Y}: choose a later one.")
        }
    if not answer.products:
        return {"list": _nothing(f"No product was on sale in {answer.span.window.words} for these filters.")}
    return _Builder(reports, asked, answer).parts(page, state)


def _wanted(state: TableState) -> Wanted:
    if not state.sort:
        return Wanted(only=state.only, search=state.search, offset=state.offset, limit=state.limit)
    return Wanted(state.sort, state.descending, state.only, state.search, state.offset, state.limit)


def _nothing(said: str) -> Content:
    return {"title": "Products", "table": None, "empty": said, "note": ""}


class _Builder:
    """Puts the parts together; every figure comes from the gate."""

    def __init__(self, reports: Reports, asked: Asked, answer: Classes) -> None:
        status = reports.status()
        self._reports, self._asked, self._answer = reports, asked, answer
        self._money, self._has_stock = Money(status.currency, status.minor_digits), status.stock_withheld
        self._offers = {"measure": measure_offers(reports), "since": since_offers(reports)}
        self._newest = reports.options().months[-1]

    def parts(self, page: ClassPage, state: TableState) -> dict[str, Any]:
        """All of them."""
        return {
            "findings": found(self._reports, self._asked.question, "classes"),
            "cards": [*map(self._card, self._answer.counts), self._moved_card()],
            "pareto": self._pareto(),
            "boxes": self._boxes(),
            "policies": self._policies(),
            "movers": self._movers(),
            "list": self._list(page, state),
        }

    # ---- cards

    def _card(self, count: ClassCount) -> Content:
        answer = self._answer
        of = answer.measure.name.lower() if answer.positive == answer.total else "all that is above 0"
        changes = [{"figure": percent(self._share(count.value))[1], "words": f"of {of}", "tone": "flat"}]
        if count.before is not None and answer.then is not None:
            changes.append({"figure": _step(count), "words": f"against {answer.then.short}", "tone": "flat"})
        return {
            "label": f"Class {count.key}",
            "value": f"{count.products:,}",
            "unit": f"of {answer.products:,} products",
            "changes": changes,
            "how": self._how(*words.abc_words(answer)),
            "href": self._address(count.key),
            "link": "Show them",
        }

    def _moved_card(self) -> Content:
        answer = self._answer
        if answer.then is None:
            said = "nothing to compare with: the data do not reach back"
            return {"label": "Changed class", "value": "–", "unit": "", "changes": [_flat("", said)]}
        newly = f"{_products(answer.newly)} in their first class"
        return {
            "label": "Changed class",
            "value": f"{answer.moved:,}",
            "unit": "products",
            "changes": [_flat("", f"against {answer.then.short}"), *([_flat("", newly)] if answer.newly else [])],
            "how": self._how(*words.abc_words(answer)),
            "href": self._address(MOVED) if answer.moved else "",
            "link": "Show them",
        }

    def _share(self, value: int) -> float:
        """Of all that is above 0; NaN where nothing is."""
        return value / self._answer.positive if self._answer.positive else nan

    # ---- charts

    def _pareto(self) -> Content:
        answer, frame = self._answer, self._answer.curve
        cuts = (answer.rules.abc.a, answer.rules.abc.b)
        title = f"Pareto: {self._named()}, largest first"
        if not answer.positive:
            said = f"Nothing was above 0 in {answer.span.window.words} for these filters."
            return {"title": title, "figure": None, "table": None, "label": said, "empty": said, "note": ""}
        links = [self._product_address(code) if code else "" for code in frame["product"]]
        together = int(frame["last"].iloc[0])
        grouped = f" Each bar is {together:,} products together; the list of products has each." if together > 1 else ""
        return {
            "title": title,
            "figure": pareto(frame, answer.positive, cuts, answer.measure, self._money, links),
            "table": curve_table(answer, self._money),
            "label": f"{title}. {self._in_words()}",
            "note": f"{self._in_words()} Dotted: {cuts[0]} % and {cuts[1]} %.{grouped}",
            "how": self._how(*words.abc_words(answer)),
        }

    def _in_words(self) -> str:
        return " ".join(
            f"{count.key}: {_products(count.products)}, {percent(self._share(count.value))[1]}."
            for count in self._answer.counts
        )

    def _boxes(self) -> Content:
        answer = self._answer
        shares = [self._share(box.value) for box in answer.boxes]
        addresses = [self._address(box.key) for box in answer.boxes]
        unknown = any(box.products for box in answer.boxes if box.key.endswith("U"))
        said = "; ".join(
            f"{box.key}: {_products(box.products)}, {percent(share)[1]}"
            for box, share in zip(answer.boxes, shares, strict=True)
            if box.products
        )
        stock = "" if answer.uses_stock else f" {words.stock_words(answer, has_stock=self._has_stock)}"
        return {
            "title": f"Nine boxes: share of {self._named()} by steadiness",
            "figure": nine_box(answer.boxes, shares, addresses, unknown=unknown),
            "table": None,
            "label": f"Nine boxes. {said}",
            "note": f"Products, and what they sell of the whole.{stock}",
            "how": self._how(*words.abc_words(answer)[:1], *words.steady_words(answer, has_stock=self._has_stock)),
        }

    # ---- tables

    def _policies(self) -> Content:
        return {
            "title": "What one usually does with each box",
            "table": boxes_table(self._answer, self._address),
            "note": "Common advice for each kind of product. You know your products better.",
            "empty": "",
            "how": self._how(*words.steady_words(self._answer, has_stock=self._has_stock)),
        }

    def _movers(self) -> Content:
        answer = self._answer
        content: Content = {
            "title": "Products that changed class",
            "note": "",
            "how": self._how(*words.abc_words(answer)),
        }
        if answer.then is None:
            needed = answer.rules.months + int(self._asked.get("since"))
            return {**content, "table": None, "empty": f"Nothing to compare with: that needs {needed} full months."}
        if not answer.moved:
            return {**content, "table": None, "empty": f"None against {answer.then.words}."}
        more = f" The {len(answer.movers)} largest of {answer.moved:,}." if answer.moved > len(answer.movers) else ""
        points = answer.rules.abc.hysteresis
        note = (
            f"{answer.span.window.words} against {answer.then.words}.{more} A product moves when the share "
            f"before it is {points} points beyond the limit, or when it no longer sells."
        )
        return {**content, "table": movers_table(answer, self._money), "empty": "", "note": note}

    def _list(self, page: ClassPage, state: TableState) -> Content:
        answer = self._answer
        explained = [*words.abc_words(answer), *words.steady_words(answer, has_stock=self._has_stock)]
        return {
            "title": "Products",
            "table": product_table(page, self._money) if page.found else None,
            "empty": "" if page.found else "No product fits.",
            "note": words.window_note(answer, self._asked.question.last),
            "how": self._how(*explained, words.demand_words(answer)),
            "pages": {
                "found": page.found,
                "offset": page.offset,
                "size": state.limit,
                "sort": state.sort or "value",
                "descending": state.descending if state.sort else True,
                "only": words.filter_words(state.only),
                "only_key": state.only,
                "filters": words.filters(state.only),
            },
        }

    # ---- shared

    def _named(self) -> str:
        return self._money.title(self._answer.measure).replace(
            self._answer.measure.name, self._answer.measure.name.lower()
        )

    def _how(self, *definitions: tuple[str, str]) -> Content:
        return how(self._reports, self._answer.question, *definitions)

    def _address(self, only: str) -> str:
        asked = replace(self._asked, tables=(("list", TableState(only=only)),))
        return f"/classes?{asked.address(NAMED, self._offers, self._newest)}"

    def _product_address(self, code: str) -> str:
        question = self._asked.question
        kept = {name: self._asked.value(name) for name in ("from", "to", *ASKABLE)}
        months = {} if question.first == question.last == self._newest else {"from": kept["from"], "to": kept["to"]}
        others = {name: value for name, value in kept.items() if name in ASKABLE and value}
        return f"/product?{urlencode({'product': code, **months, **others})}"


def _step(count: ClassCount) -> str:
    difference = count.products - (count.before or 0)
    noun = "product" if abs(difference) == 1 else "products"
    return f"{difference:+,} {noun}".replace("-", "−") if difference else "no change"


def _flat(figure: str, said: str) -> dict[str, str]:
    return {"figure": figure, "words": said, "tone": "flat"}


def _products(count: int) -> str:
    return "1 product" if count == 1 else f"{count:,} products"
