"""What the Changes page shows: by how much, why, who made it, and which months of products do not fit their past."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from dashboard.charts import Money
from dashboard.charts.waterfall import moved_bars, signed, waterfall
from dashboard.reports import ASKABLE, ChangeKind, Reports, anomaly_report, bridging, contributions, moved_products
from dashboard.reports.contributions import SplitChange
from dashboard.reports.moved_products import FILTERS, Moved, MovedPage
from dashboard.sales.calendar import Against
from dashboard.sales.measures import MEASURES, Unit
from dashboard.ui import changes_tables as tables
from dashboard.ui import changes_words as words
from dashboard.ui.board import FILTERS as SHARED
from dashboard.ui.board import Asked, TableState
from dashboard.ui.calendar_blocks import calendar_blocks
from dashboard.ui.findings_words import found
from dashboard.ui.how import how

Content = dict[str, Any]
BARS = 10
ANOMALY_ROWS = 10
NO_CHANGE = "Nothing changed between the two periods for these filters."


def measure_offers(reports: Reports) -> Sequence[tuple[str, str]]:
    """What changes can be asked of: net sales by grant, and units."""
    keys = ("net_sales", "net_units")
    return [(key, MEASURES[key].name) for key in keys if reports.may(MEASURES[key].permission)]


def against_offers(_reports: Reports) -> Sequence[tuple[str, str]]:
    """What months are compared with."""
    return words.AGAINST


def build(reports: Reports, asked: Asked) -> dict[str, Any]:
    """Part -> content of the board; see docs/reference/boards.md."""
    return _Builder(reports, asked).parts()


class _Builder:
    """Puts the parts together; every figure comes from the gate."""

    def __init__(self, reports: Reports, asked: Asked) -> None:
        status = reports.status()
        self._reports, self._asked, self._question = reports, asked, asked.question
        self._money = Money(status.currency, status.minor_digits)
        self._key, self._against = asked.get("measure"), Against(asked.get("against"))
        self._measure = MEASURES[self._key]
        self._offers = {"measure": measure_offers(reports), "against": against_offers(reports)}
        self._answer = contributions.overall(reports, self._question, self._key, self._against)
        self._of = f": {reports.product_name(self._question.product)}" if self._question.product else ""

    def parts(self) -> dict[str, Any]:
        """All of them; only anomalies where there is nothing to compare with."""
        anomalies = self._anomalies()
        if self._answer.change.kind is ChangeKind.UNKNOWN:
            return {"cards": [self._change_card()], "anomalies": anomalies}
        return {
            "findings": found(self._reports, self._question, "changes"),
            "cards": [self._change_card(), *self._side_cards(), *self._check_card()],
            "waterfall": self._waterfall(),
            "movers": self._movers(),
            "products": self._products(),
            "pairs": self._pairs(),
            **{dimension: self._split(dimension) for dimension in ASKABLE},
            **calendar_blocks(self._reports, self._question, self._key),
            "anomalies": anomalies,
        }

    # ---- cards

    def _change_card(self) -> Content:
        change = self._answer.change
        moved = (change.current or 0) - (change.base or 0)
        known = change.kind is not ChangeKind.UNKNOWN
        lines = [words.change_note(change, self._measure, self._money)]
        if self._answer.cancels:
            lines.append({"figure": "", "words": "ups and downs of products nearly cancel each other", "tone": "flat"})
        return {
            "label": f"Change of {self._measure.name.lower()}{self._of}",
            "value": self._signed(moved) if known else "–",
            "unit": "units" if self._measure.unit is Unit.UNITS and known else "",
            "changes": lines,
            "how": self._how((self._measure.name, self._measure.definition)),
        }

    def _side_cards(self) -> list[Content]:
        total = self._answer.balance
        if total is None or self._question.product:
            return []
        sides = (("Rises", total.ups, total.risen, "up"), ("Falls", total.downs, total.fallen, "down"))
        return [
            {
                "label": label,
                "value": self._signed(amount),
                "unit": "units" if self._measure.unit is Unit.UNITS else "",
                "changes": [{"figure": "", "words": f"{count:,} products {words.FILTERS[only]}", "tone": "flat"}],
                "how": self._how(words.CONTRIBUTION),
                "href": self._address(only=only) if count else "",
                "link": "Show them",
            }
            for label, amount, count, only in sides
        ]

    def _check_card(self) -> list[Content]:
        """The identity check of the bridge, for those who may see one."""
        if not self._bridged:
            return []
        answer = bridging.answer(self._reports, self._question, self._against)
        if answer.bridge is None:
            return []
        parts = [(words.PARTS[name][0], getattr(answer.bridge.parts, name)) for name in words.PARTS]
        name, amount = max(parts, key=lambda part: abs(part[1]))
        return [
            {
                "label": f"Largest part: {name.lower() if amount else 'none'}",
                "value": self._signed(amount),
                "unit": "",
                "changes": [words.identity(answer.bridge, answer.change, self._measure, self._money)],
                "how": self._how(words.GRAIN, *words.PARTS.values()),
            }
        ]

    # ---- charts

    @property
    def _bridged(self) -> bool:
        return self._key == "net_sales" and all(map(self._reports.may, bridging.NEEDS))

    def _waterfall(self) -> Content | None:
        if not self._bridged:
            return None
        answer = bridging.answer(self._reports, self._question, self._against)
        if answer.bridge is None:
            return None
        parts, counts = answer.bridge.parts, answer.bridge.products
        drawn = [
            (words.PARTS[name][0], getattr(parts, name)) for name in words.PARTS if getattr(parts, name) or counts[name]
        ]
        title = f"Why net sales changed, {self._money.currency}{self._of}"
        said = "; ".join(f"{name}: {self._signed(amount)}" for name, amount in drawn)
        windows = words.compared(answer.change)[1]
        return {
            "title": title,
            "figure": waterfall(drawn, self._measure, self._money) if drawn else None,
            "table": tables.bridge_table(answer, self._measure, self._money),
            "label": f"{title}. {said}; in total {self._signed(parts.total)}",
            "note": f"{windows} Each bar begins where the one above ends.",
            "empty": "" if drawn else NO_CHANGE,
            "how": self._how(words.GRAIN, *words.PARTS.values()),
        }

    def _movers(self) -> Content | None:
        """The largest changes; a single product has its own card."""
        if self._question.product:
            return None
        answer = self._moved(MovedPage(limit=BARS))
        title = f"Largest changes by product: {self._named}"
        if answer.frame.empty:
            return {"title": title, "figure": None, "table": None, "label": NO_CHANGE, "empty": NO_CHANGE, "note": ""}
        links = [self._product_address(code) for code in answer.frame["product"]]
        rest = answer.found - len(answer.frame)
        left = (answer.change.current or 0) - (answer.change.base or 0) - int(answer.frame["change"].sum())
        return {
            "title": title,
            "figure": moved_bars(answer.frame, self._measure, self._money, links),
            "table": tables.top_table(answer, self._money),
            "label": f"{title}. {self._in_words(answer.frame)}",
            "note": f"Not shown: {rest:,} more that changed, together {self._signed(left)}." if rest else "",
            "how": self._how(words.CONTRIBUTION),
        }

    def _split(self, dimension: str) -> Content | None:
        """Nothing where there is only one value to tell of."""
        single = self._question.values(dimension) or (dimension == "category" and self._question.product)
        if single or len(self._reports.options().values(dimension)) <= 1:
            return None
        answer = contributions.split(self._reports, self._question, self._key, self._against, dimension)
        title = f"Change by {dimension}: {self._named}{self._of}"
        if answer.frame.empty:
            return {"title": title, "figure": None, "table": None, "label": NO_CHANGE, "empty": NO_CHANGE, "note": ""}
        drawn, links = self._drawn(answer)
        return {
            "title": title,
            "figure": moved_bars(drawn, self._measure, self._money, links),
            "table": tables.split_table(answer, self._money),
            "label": f"{title}. {self._in_words(drawn)}",
            "note": f"In total {self._signed(int(answer.frame['change'].sum()))}.",
            "how": self._how(words.CONTRIBUTION),
        }

    def _drawn(self, answer: SplitChange) -> tuple[pd.DataFrame, list[str]]:
        """The largest changes with where a click leads, and one row for the others."""
        names, changes = answer.frame["name"].tolist(), answer.frame["change"].tolist()
        shown = len(names) if len(names) <= BARS else BARS - 1
        links = [self._address(dimension=answer.dimension, value=name) for name in names[:shown]]
        rest = len(names) - shown
        if rest:
            names, changes, links = (
                [*names[:shown], f"{rest} others"],
                [*changes[:shown], sum(changes[shown:])],
                [*links, ""],
            )
        return pd.DataFrame({"name": names, "change": changes}), links

    # ---- tables and words

    def _products(self) -> Content | None:
        if self._question.product:
            return None
        state = self._asked.table("products")
        answer = self._moved(_page(state))
        if answer.found and answer.found <= state.offset:
            state = replace(state, offset=0)
            answer = self._moved(_page(state))
        several = len(self._reports.options().category) > 1
        return {
            "title": f"Every product that changed: {self._named}",
            "table": tables.moved_table(answer, self._money, categories=several) if answer.found else None,
            "empty": "" if answer.found else "No product that changed fits.",
            "note": words.compared(answer.change)[1],
            "how": self._how(words.CONTRIBUTION, *([words.PARTS["price"]] if answer.priced else [])),
            "pages": {
                "found": answer.found,
                "offset": state.offset,
                "size": state.limit,
                "sort": state.sort or "size",
                "descending": state.descending if state.sort else True,
                "only": words.FILTERS.get(state.only, ""),
                "only_key": state.only,
                "filters": [
                    {"key": key, "text": f"{answer.counts.get(key, 0):,} {words.FILTERS[key]}"}
                    for key in FILTERS
                    if key
                ],
            },
        }

    def _pairs(self) -> Content | None:
        pairs = self._answer.pairs
        if not pairs:
            return None
        items = [
            {"text": f"{riser} {self._signed(up)}, {faller} {self._signed(down)}"} for riser, up, faller, down in pairs
        ]
        return {"title": "Ups and downs that nearly cancel each other", "items": [*items, {"text": words.PAIRS}]}

    def _anomalies(self) -> Content:
        answer = anomaly_report.answer(self._reports, self._question, self._key)
        state = self._asked.table("anomalies")
        flags = [flag for flag in answer.flags if not state.only or bool(flag.reasons) == (state.only == "explained")]
        offset = state.offset if state.offset < len(flags) else 0
        shown = flags[offset : offset + ANOMALY_ROWS]
        empty = "No month of a product stands out." if answer.months else "No month is finished yet."
        return {
            "title": f"Months that do not fit a product's past: {self._named}",
            "table": tables.anomaly_table(shown, self._measure, self._money) if shown else None,
            "empty": "" if shown else empty,
            "note": words.anomaly_note(answer, len(answer.flags)),
            "how": how(self._reports, self._question, *words.anomaly_how(answer)),
            "pages": {
                "found": len(flags),
                "offset": offset,
                "size": ANOMALY_ROWS,
                "sort": "",
                "descending": False,
                "only": words.ANOMALY_FILTERS.get(state.only, ""),
                "only_key": state.only,
                "filters": [{"key": key, "text": text} for key, text in words.ANOMALY_FILTERS.items()],
            },
        }

    # ---- shared

    def _moved(self, page: MovedPage) -> Moved:
        return moved_products.answer(self._reports, self._question, self._key, self._against, page)

    @property
    def _named(self) -> str:
        name = self._measure.name.lower()
        return f"{name}, {self._money.currency}" if self._measure.unit is Unit.MONEY else name

    def _signed(self, amount: int) -> str:
        return signed(self._money.text(amount, self._measure), amount)

    def _in_words(self, frame: pd.DataFrame) -> str:
        pairs = zip(frame["name"], frame["change"].tolist(), strict=True)
        return "; ".join(f"{name}: {self._signed(change)}" for name, change in pairs)

    def _how(self, *definitions: tuple[str, str]) -> Content:
        return how(self._reports, self._question, words.compared(self._answer.change), *definitions)

    def _address(self, *, only: str = "", dimension: str = "", value: str = "") -> str:
        """This page with a filter of its table, or narrowed to a value."""
        narrowed: dict[str, Any] = {dimension: frozenset({value})} if dimension else {}
        question = replace(self._question, **narrowed)
        states = (("products", TableState(only=only)),) if only else ()
        asked = replace(self._asked, question=question, tables=states)
        return f"/changes?{asked.address((*SHARED, 'product'), self._offers, self._reports.options().months[-1])}"

    def _product_address(self, code: str) -> str:
        kept = {name: self._asked.value(name) for name in SHARED}
        return f"/product?{urlencode({'product': code, **{name: value for name, value in kept.items() if value}})}"


def _page(state: TableState) -> MovedPage:
    plain = MovedPage(only=state.only, search=state.search, offset=state.offset, limit=state.limit)
    return replace(plain, sort=state.sort, descending=state.descending) if state.sort else plain
