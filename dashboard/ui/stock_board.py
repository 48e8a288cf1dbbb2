"""What the Stock page shows: first what a buyer has to do, then what stands behind it."""

from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode

from dashboard.charts import Money
from dashboard.charts.stock_bars import age_bars, outage_bars
from dashboard.reports import Question, Reports
from dashboard.reports.stock import Missing, Standing, asked_of, standing, worklist
from dashboard.reports.stock_pages import FILTERS, URGENCY, Wanted, reasons_of
from dashboard.reports.stock_periods import AgeAnswer, OutageAnswer, stock_ages, stock_outs
from dashboard.sales.worklist import Action
from dashboard.ui import stock_how as means
from dashboard.ui import stock_words as words
from dashboard.ui.board import Asked, TableState
from dashboard.ui.findings_words import findings
from dashboard.ui.how import how
from dashboard.ui.stock_cards import period_cards, standing_cards
from dashboard.ui.stock_tables import age_table, list_table, lost_range, outage_table, worklist_table
from dashboard.ui.stock_words import count, several

Content = dict[str, Any]

FILTER_NAMES = ("from", "to", "category")
SHOWN = 10
LISTS = {
    "dead": ("Dead stock", "available"),
    "slow": ("Slow", "cover"),
    "excess": ("More than enough", "excess"),
}


def build(reports: Reports, asked: Asked) -> dict[str, Any]:
    """Part -> content of the board; see docs/reference/boards.md."""
    held = standing(reports, asked.question)
    if isinstance(held, Missing):
        title, items = words.MISSING[held]
        return {"missing": {"title": title, "items": [{"text": text} for text in items]}}
    return _Builder(reports, asked, held).parts()


def filter_words(only: str) -> str:
    """A filter of the worklist for people."""
    return {**words.ACTION_NAMES, **words.REASON_NAMES, **words.LIST_NAMES}.get(only, "").lower()


class _Builder:
    """Puts the parts together; every figure comes from the gate."""

    def __init__(self, reports: Reports, asked: Asked, held: Standing) -> None:
        status = reports.status()
        self._reports, self._asked, self._held = reports, asked, held
        self._money = Money(status.currency, status.minor_digits)
        self._question = asked_of(asked.question)
        self._newest = reports.options().months[-1]
        self._now = replace(self._question, first=self._newest, last=self._newest)
        self._today = words.short_day(held.day, held.day)

    def parts(self) -> dict[str, Any]:
        """All of them; what the data do not have is left out."""
        return {
            "todo": self._todo(),
            "cards": [
                *standing_cards(self._reports, self._now, self._held, self._address),
                *period_cards(self._reports, self._question, self._money),
            ],
            "worklist": self._worklist(),
            "no_advice": self._no_advice(),
            "outs": self._outs(),
            "ages": self._ages(),
            **{kind: self._list(kind) for kind in LISTS},
        }

    # ---- what to do

    def _todo(self) -> Content:
        said = findings(self._reports, self._question, "stock")
        acted = self._held.counts["reorder"] + self._held.counts["clear"]
        nothing = [] if acted else [{"text": f"Nothing to reorder and nothing to clear on {self._today}."}]
        return {"title": "What to do first", "items": [*nothing, *said]}

    def _worklist(self) -> Content | None:
        held, state = self._held, self._asked.table("worklist")
        found = worklist(self._reports, self._question, _wanted(state))
        if isinstance(found, Missing):
            return None
        return {
            "title": f"Worklist, as of the close of {self._today}",
            "table": worklist_table(found, held.day, held.rules) if found.found else None,
            "empty": "" if found.found else "No product fits.",
            "note": self._worklist_note(),
            "how": how(self._reports, self._now, *means.advice_words(held.rules)),
            "pages": {
                "found": found.found,
                "offset": found.offset,
                "size": state.limit,
                "sort": state.sort or URGENCY,
                "descending": state.descending if state.sort else False,
                "only": filter_words(state.only),
                "only_key": state.only,
                "filters": self._chips(state.only),
            },
        }

    def _worklist_note(self) -> str:
        held = self._held
        notes = [words.ADVICE, "The months chosen above play no part in it."]
        if held.no_spread:
            notes.append(f"How much the supplier's days vary is not known for {several(held.no_spread)} to reorder.")
        if held.no_pack:
            notes.append(
                f"Smallest order or case size is not known for {several(held.no_pack)} to reorder: taken as 1."
            )
        return " ".join(notes)

    def _chips(self, only: str) -> list[dict[str, str]]:
        shown = [*words.ACTION_NAMES, "at_once", "out", *([only] if only else [])]
        names = {**words.ACTION_NAMES, **words.REASON_NAMES, **words.LIST_NAMES}
        keys = [key for key in dict.fromkeys(shown) if key in FILTERS]
        return [{"key": key, "text": f"{_capital(names[key])} {self._held.counts[key]:,}"} for key in keys]

    def _no_advice(self) -> Content | None:
        counts = self._held.counts
        items = [
            {"text": f"{several(counts[reason])}: {words.NO_ADVICE[reason]}", "href": self._address(reason)}
            for reason in reasons_of(Action.NONE)
            if counts[reason]
        ]
        title = f"No advice for {several(counts['none'])}, because"
        return {"title": title, "items": items} if items else None

    # ---- charts

    def _outs(self) -> Content | None:
        found = stock_outs(self._reports, self._question, SHOWN)
        title = "Out of stock: units that may have been lost"
        explained = how(self._reports, self._question, *means.outage_words(self._held.rules))
        if not isinstance(found, OutageAnswer):
            said = "Daily stock of these months is not kept: choose later ones."
            return {"title": title, "figure": None, "table": None, "label": said, "empty": said, "note": ""}
        if not found.products:
            said = f"No product was out of stock in {found.seen.words}."
            return {"title": title, "figure": None, "table": None, "label": said, "empty": said, "how": explained}
        rows = cast(list[dict[str, Any]], found.frame.to_dict("records"))
        texts = [_lost(row) for row in rows]
        addresses = [self._product(code) for code in found.frame["product"]]
        pairs = "; ".join(
            f"{row['name']}, {several(row['days'], 'day')}: {text}" for row, text in zip(rows, texts, strict=True)
        )
        return {
            "title": title,
            "figure": outage_bars(found.frame, texts, addresses),
            "table": outage_table(found),
            "label": f"{title}, {found.seen.words}. {pairs}",
            "note": _outs_note(found),
            "how": explained,
        }

    def _ages(self) -> Content | None:
        found = stock_ages(self._reports, self._question)
        if not isinstance(found, AgeAnswer):
            return None
        units, whole = found.frame["units"].tolist(), max(int(found.frame["units"].sum()), 1)
        texts = [f"{count(one)}, {one / whole * 100:.0f} %" for one in units]
        bands = found.frame["band"].tolist()
        title = f"Age of the stock, units on {self._today}"
        pairs = "; ".join(f"{band}: {text}" for band, text in zip(bands, texts, strict=True))
        return {
            "title": title,
            "figure": age_bars(bands, units, texts),
            "table": age_table(found, self._money),
            "label": f"{title}. {pairs}",
            "note": "Days since it was received; the oldest goods are taken as sold first.",
            "how": how(self._reports, self._now, means.AGE),
        }

    # ---- lists

    def _list(self, kind: str) -> Content:
        title, sort = LISTS[kind]
        wanted = Wanted(sort=sort, descending=True, only=kind, limit=SHOWN)
        found = worklist(self._reports, self._question, wanted)
        counts, units = self._held.counts[kind], self._held.units[kind]
        explained = how(self._reports, self._now, means.list_words(self._held.rules)[kind], means.AVAILABLE)
        if isinstance(found, Missing) or not counts:
            return {"title": title, "table": None, "empty": "None.", "note": "", "how": explained}
        more = f" The first {SHOWN}; all are in the worklist." if counts > SHOWN else ""
        return {
            "title": title,
            "table": list_table(found, kind, self._money),
            "empty": "",
            "note": f"{several(counts)}, {several(units, 'unit')}.{more}",
            "how": explained,
        }

    # ---- addresses

    def _address(self, only: str) -> str:
        return f"/stock?{urlencode({**self._kept(self._question), 'worklist.only': only})}"

    def _product(self, code: str) -> str:
        return f"/product?{urlencode({**self._kept(self._question), 'product': code})}"

    def _kept(self, question: Question) -> dict[str, str]:
        kept = {} if question.first == question.last == self._newest else {"from": question.first, "to": question.last}
        values = {"category": self._asked.value("category"), "product": question.product or ""}
        return kept | {name: value for name, value in values.items() if value}


def _wanted(state: TableState) -> Wanted:
    sort, descending = (state.sort, state.descending) if state.sort else (URGENCY, False)
    return Wanted(sort, descending, state.only, state.search, state.offset, state.limit)


def _lost(row: dict[str, Any]) -> str:
    estimate = row["lost"]
    return lost_range(row) if estimate != estimate else f"about {count(estimate)} ({lost_range(row)})"  # noqa: PLR0124


def _outs_note(found: OutageAnswer) -> str:
    days = f"{several(found.products)} on {several(found.days, 'day')} in all, {found.seen.words}"
    lost = f"together about {count(found.lost)} units, likely {count(found.low)} to {count(found.high)}"
    unknown = f" {several(found.no_rate)} had too few days in stock for an estimate." if found.no_rate else ""
    return f"{days}: {lost}. An estimate: nobody counts what was not sold.{unknown}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
