"""The gate itself. Every method checks the permission first, then narrows to the scope, then computes.

A measure the viewer lacks is refused before anything is sorted, ranked or scaled by it.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, TypeVar

from dashboard.access import DIMENSIONS, Forbidden, Permission, Scope, Viewer, allows
from dashboard.reports.answers import (
    RATE,
    Breakdown,
    DataStatus,
    Headline,
    Monthly,
    Options,
    ProductPage,
    RankingAnswer,
)
from dashboard.reports.breakdowns import broken_down, by_month
from dashboard.reports.cache import AnswerCache
from dashboard.reports.changes import change
from dashboard.reports.columns import columns_of, permissions_of
from dashboard.reports.context import Context
from dashboard.reports.knowledge import Known, known_to, without_prices
from dashboard.reports.offering import named, offered
from dashboard.reports.products import MAX_ROWS, Page, page_of
from dashboard.reports.question import ASKABLE, BadQuestionError, Question, check
from dashboard.reports.rules import Rules
from dashboard.reports.source_states import SourceNews
from dashboard.reports.source_status import SourceWatch
from dashboard.sales.calendar import Against, Window, month_window
from dashboard.sales.holidays import Holidays
from dashboard.sales.measures import MEASURES, Measure
from dashboard.sales.rankings import Codes, Kind, Thresholds, rank, states
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Selection, Slice

Answer = TypeVar("Answer")
# Answers of an entry a product: a few megabytes each where there are 50,000.
LARGE_ANSWERS = 24
NO_RATES = "figures per day in stock need daily stock, and a view of all regions and channels: stock has none"


class NoDataError(Exception):
    """Nothing has been imported yet; the message says what to do."""


class Store(Protocol):
    """Where the current rollup comes from."""

    def current(self) -> Rollup | None:
        """The newest version, or None before the first import."""


@dataclass
class Gate:
    """Makes a :class:`Reports` for whoever asks.

    Attributes:
        store: the rollup in force; asked once a request.
        denied: told of every refusal, so that it is audited.
        small_number: see :func:`dashboard.reports.changes.change`.
        rules: thresholds of the topics that :meth:`Reports.ask` serves.
        holidays: those of the business; asked once a request.
        watch: how the databases stand that the figures come from.
        large: keeps few answers, of those that are large.
    """

    store: Store
    thresholds: Thresholds = field(default_factory=Thresholds)
    small_number: int = 10
    rules: Rules = field(default_factory=Rules)
    denied: Callable[[Viewer, Permission], None] = lambda _viewer, _permission: None
    holidays: Callable[[], Holidays] = Holidays
    watch: SourceWatch = field(default_factory=SourceWatch)
    cache: AnswerCache = field(default_factory=AnswerCache)
    large: AnswerCache = field(default_factory=lambda: AnswerCache(LARGE_ANSWERS))

    def open(self, viewer: Viewer) -> "Reports":
        """The door for one viewer and one request.

        Raises:
            NoDataError: nothing has been imported yet.
        """
        rollup = self.store.current()
        if rollup is None:
            raise NoDataError("There are no sales data yet. Ask an administrator to import some.")
        return Reports(viewer, rollup, self)


class Reports:
    """What one viewer may ask of one version of the data.

    Every method raises :class:`Forbidden` for a measure the viewer lacks and :class:`BadQuestionError` for months or
    values that are not among :meth:`options`.
    """

    def __init__(self, viewer: Viewer, rollup: Rollup, gate: Gate) -> None:
        self._viewer, self._rollup, self._gate = viewer, rollup, gate
        self._holidays = gate.holidays()
        self._slices: dict[Selection, Slice] = {}
        self._codes: dict[Window, Codes] = {}

    def measures(self) -> tuple[Measure, ...]:
        """The measures the viewer may see."""
        return tuple(measure for measure in MEASURES.values() if allows(self._viewer, measure.permission))

    def status(self) -> DataStatus:
        """Where the figures come from, without what tells of prices or of rows that the viewer may not see."""
        self._require_some_measure()
        info, whole = self._rollup.info, self._viewer.scope == Scope()
        revenue = allows(self._viewer, Permission.MEASURE_REVENUE)
        aside = info.set_aside if revenue else without_prices(info.set_aside)
        return DataStatus(
            version=self._rollup.version,
            source=info.source if whole else named(self._options.source),
            imported_at=info.imported_at,
            last_day=info.last_day,
            complete_to=info.complete_to,
            complete_to_reason=info.complete_to_reason if whole else "the same date for the whole company.",
            currency=info.currency,
            minor_digits=info.minor_digits,
            lines_read=info.lines_read if whole else None,
            lines_kept=info.lines_kept if whole else None,
            set_aside=aside if whole else (),
            thresholds=self._gate.thresholds,
            uses_stock=self._uses_stock,
            stock_withheld=self._has_stock and not self._uses_stock,
        )

    def sources(self) -> tuple[SourceNews, ...]:
        """How the sources of the figures stand; none where they come from files."""
        self._require_some_measure()
        return self._gate.watch.news(self._viewer, self._rollup.info)

    def options(self) -> Options:
        """What the viewer may choose from."""
        self._require_some_measure()
        return self._options

    @cached_property
    def _options(self) -> Options:
        return offered(self._rollup, self._viewer.scope, self._known, lambda: self._sold)

    def monthly(self, measure_key: str, question: Question) -> Monthly:
        """The measure in every month of the data, whatever months the question names; its other parts count."""
        measure = self._measure(measure_key)
        self._check(question)
        asked = replace(question, first=self._rollup.months[0], last=self._rollup.months[-1])
        return self._answer(("monthly", measure_key, asked), asked, lambda view: by_month(view, measure))

    def headline(self, measure_key: str, question: Question) -> Headline:
        """The measure over the months asked for, with its like-for-like changes."""
        measure = self._measure(measure_key)
        return self._answer(
            ("headline", measure_key, question), question, lambda view: self._headline(view, measure, question)
        )

    def ranking(
        self, kind: Kind, measure_key: str, question: Question, limit: int = 10, *, zero_sellers: bool = True
    ) -> RankingAnswer:
        """The best or worst ``limit`` products (1 to 1000); see :func:`dashboard.sales.rankings.rank`."""
        measure = self._measure(measure_key)
        if not 1 <= limit <= MAX_ROWS:
            raise BadQuestionError(f"the number of products must be from 1 to {MAX_ROWS}")
        key = ("ranking", kind, measure_key, question, limit, zero_sellers)
        return self._answer(
            key, question, lambda view: self._ranking(view, kind, measure, question, limit, zero_sellers=zero_sellers)
        )

    def breakdown(self, measure_key: str, dimension: str, question: Question) -> Breakdown:
        """The measure split by one of :data:`ASKABLE`; values the viewer may not see are not there."""
        measure = self._measure(measure_key)
        if dimension not in ASKABLE:
            raise BadQuestionError(f"sales are split by {', '.join(ASKABLE)}, not by {dimension!r}")
        key = ("breakdown", measure_key, dimension, question)
        return self._answer(key, question, lambda view: self._breakdown(view, measure, dimension, question))

    def products(self, keys: tuple[str, ...], question: Question, page: Page) -> ProductPage:
        """A page of the product table with the columns ``keys``, the first of which is a measure.

        Each column needs its permissions; sorting is by these columns only.
        """
        columns = columns_of(keys)
        if RATE in keys and not self.rates_known:
            self._require(Permission.MEASURE_STOCK)
            raise BadQuestionError(NO_RATES)
        needs = [permission for key in keys for permission in permissions_of(key)]
        return self.ask(needs, ("products", keys, page), question, lambda context: page_of(context, columns, page))

    def columns(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Those of ``keys`` that the viewer may have as columns of the product table."""
        may = self._viewer.permissions
        return tuple(key for key in keys if may.issuperset(permissions_of(key)) and (key != RATE or self.rates_known))

    @property
    def rates_known(self) -> bool:
        """Whether figures may be set against days in stock."""
        return self._uses_stock

    def ask(
        self,
        needs: Iterable[Permission],
        key: Hashable,
        question: Question,
        compute: Callable[[Context], Answer],
        *,
        large: bool = False,
    ) -> Answer:
        """``compute``'s answer, kept for viewers with the very same rights: how modules of this room add topics.

        Args:
            needs: every permission the whole answer needs; parts that need more ask ``Context.may``.
            key: names the topic and all that the answer depends on besides the question.
            large: whether the answer holds an entry a product, so that only few such are kept.

        Raises:
            Forbidden, BadQuestionError: as every method here.
        """
        for permission in needs:
            self._require(permission)
        self._require_some_measure()
        cache = self._gate.large if large else self._gate.cache
        return self._answer(
            ("ask", key, question), question, lambda view: compute(self._context(view, question)), cache
        )

    def check(self, question: Question) -> None:
        """Raise what asking ``question`` would raise; for boards, whose parts ask on."""
        self._require_some_measure()
        self._check(question)

    def may(self, permission: Permission) -> bool:
        """Whether the viewer has the permission."""
        return allows(self._viewer, permission)

    def _context(self, view: Slice, question: Question) -> Context:
        may, rules, known = self._viewer.permissions, self._gate.rules, self._known
        first_day = self._rollup.products.first_day if known is None else known.first_day
        return Context(
            self._rollup,
            view,
            question,
            may,
            self._uses_stock,
            lambda: self._states(question),
            rules,
            first_day,
            everywhere=known is None,
            thresholds=self._gate.thresholds,
            holidays=self._holidays,
        )

    def product_name(self, code: str) -> str | None:
        """The name of a product in scope, or None: what is out of scope does not exist for the viewer."""
        self._require_some_measure()
        products = self._rollup.products
        place = products.position(code)
        return products.name[place] if place is not None and self._slice(None).universe[place] else None

    def remember(self, key: Hashable, compute: Callable[[], Answer]) -> Answer:
        """``compute()``, kept for viewers with the very same rights; ``key`` names it and all that it depends on.

        For answers put together out of other answers. What ``compute`` raises is not kept.
        """
        return self._gate.cache.get((self._rights, "remembered", key), compute)

    @property
    def _rights(self) -> Hashable:
        """All that shapes an answer but the question: nobody is served what another viewer's rights produced."""
        viewer = self._viewer
        data = (self._rollup.version, self._holidays.version)
        return viewer.policy_version, viewer.scope.digest, viewer.permissions, *data

    def _check(self, question: Question) -> None:
        check(question, self.options())
        if question.product is not None and self.product_name(question.product) is None:
            raise BadQuestionError(f"there is no product {question.product!r}")

    def _answer(
        self, key: Hashable, question: Question, compute: Callable[[Slice], Answer], cache: AnswerCache | None = None
    ) -> Answer:
        self._check(question)
        kept = self._gate.cache if cache is None else cache
        return kept.get((self._rights, key), lambda: compute(self._slice(question)))

    def _measure(self, key: str) -> Measure:
        if key not in MEASURES:
            raise BadQuestionError(
                f"there is no measure {key!r}; known are {', '.join(m.key for m in self.measures())}"
            )
        measure = MEASURES[key]
        self._require(measure.permission)
        return measure

    def _require(self, permission: Permission) -> None:
        if not allows(self._viewer, permission):
            self._gate.denied(self._viewer, permission)
            raise Forbidden(permission)

    def _require_some_measure(self) -> None:
        if not (self.measures() or allows(self._viewer, Permission.MEASURE_STOCK)):
            self._require(Permission.MEASURE_UNITS)

    @property
    def _uses_stock(self) -> bool:
        """Stock has no region and no channel: what follows from it would tell of rows outside such a scope."""
        return self._has_stock and self._known_to_all

    @property
    def _has_stock(self) -> bool:
        return self._rollup.stock is not None and allows(self._viewer, Permission.MEASURE_STOCK)

    def _selection(self, question: Question | None) -> Selection:
        chosen: dict[str, frozenset[str] | None] = {}
        for dimension in DIMENSIONS:
            allowed = self._viewer.scope.allowed(dimension)
            wanted = question.values(dimension) if question else None
            chosen[dimension] = wanted if allowed is None else allowed if wanted is None else allowed & wanted
        source, product = (question.source, question.product) if question else (None, None)
        return Selection(**chosen, source=source, product=product)

    def _slice(self, question: Question | None) -> Slice:
        """Kept for the request, whatever the months, for a slice keeps sums that the parts of a page share."""
        selection = self._selection(question)
        if selection not in self._slices:
            known = self._known
            self._slices[selection] = Slice(self._rollup, selection, None if known is None else known.products)
        return self._slices[selection]

    @property
    def _known_to_all(self) -> bool:
        """Whether the viewer's products are those of the whole company, or of some of its categories."""
        return self._viewer.scope.region is None and self._viewer.scope.channel is None

    @property
    def _known(self) -> Known | None:
        """What exists for a viewer of some regions or channels: what was sold there. None where everything does."""
        return None if self._known_to_all else self._sold

    @property
    def _sold(self) -> Known:
        """What was sold within the viewer's scope."""
        key = (self._rights, "known")
        return self._gate.cache.get(key, lambda: known_to(Slice(self._rollup, self._selection(None))))

    def _states(self, question: Question) -> Codes:
        window, known = month_window(question.first, question.last), self._known
        if window not in self._codes:
            first_day = None if known is None else known.first_day
            self._codes[window] = states(
                self._rollup, window, self._gate.thresholds, use_stock=self._uses_stock, first_day=first_day
            )
        return self._codes[window]

    def _headline(self, view: Slice, measure: Measure, question: Question) -> Headline:
        window = month_window(question.first, question.last)
        months, small = (question.first, question.last), self._gate.small_number
        return Headline(
            measure,
            view.total(measure, window) or 0,
            window,
            change(view, measure, months, Against.PREVIOUS, small),
            change(view, measure, months, Against.YEAR_BEFORE, small),
        )

    def _ranking(
        self, view: Slice, kind: Kind, measure: Measure, question: Question, limit: int, *, zero_sellers: bool
    ) -> RankingAnswer:
        values = view.by_product(measure, question.first, question.last)
        ties = view.by_product(MEASURES[measure.tie_break], question.first, question.last)
        state = self._states(question)
        result = rank(self._rollup, kind, values, ties, state, view.universe, limit, zero_sellers=zero_sellers)
        window = month_window(question.first, question.last)
        return RankingAnswer(**vars(result), measure=measure, window=window, uses_stock=self._uses_stock)

    def _breakdown(self, view: Slice, measure: Measure, dimension: str, question: Question) -> Breakdown:
        shown = set(self.options().values(dimension))
        return broken_down(view, measure, dimension, question, shown)
