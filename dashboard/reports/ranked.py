"""Rankings beside the totals: by rate of sale, and by change. Each is refused before anything is computed."""

from dashboard.access import Permission
from dashboard.reports.answers import MoversAnswer, RateAnswer
from dashboard.reports.changes import kind_of
from dashboard.reports.context import Context
from dashboard.reports.gate import NO_RATES, Reports
from dashboard.reports.products import MAX_ROWS
from dashboard.reports.question import BadQuestionError, Question
from dashboard.reports.windows import own_comparison
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.movers import Direction, move
from dashboard.sales.rankings import Kind
from dashboard.sales.rate_of_sale import rank_rates


def rate_ranking(
    reports: Reports, kind: Kind, measure_key: str, question: Question, limit: int = 10, *, zero_sellers: bool = True
) -> RateAnswer:
    """The best or worst ``limit`` products (1 to 1000) by ``measure`` a day in stock.

    Raises:
        Forbidden, BadQuestionError: as the gate does; also where :meth:`Reports.rates_known` is False.
    """
    measure = _measure(measure_key)
    _check_limit(limit)
    key = ("rate ranking", kind, measure_key, limit, zero_sellers)
    needs = (measure.permission, Permission.MEASURE_STOCK)

    def compute(context: Context) -> RateAnswer:
        if not reports.rates_known:
            raise BadQuestionError(NO_RATES)
        return _rates(context, kind, measure, limit, zero_sellers=zero_sellers)

    return reports.ask(needs, key, question, compute)


def movers(
    reports: Reports, direction: Direction, measure_key: str, question: Question, limit: int = 10
) -> MoversAnswer | str:
    """Risers or fallers between like-for-like windows; one sentence where there is nothing to compare with."""
    measure = _measure(measure_key)
    _check_limit(limit)
    key = ("movers", direction, measure_key, limit)
    return reports.ask(
        (measure.permission,), key, question, lambda context: _movers(context, direction, measure, limit)
    )


def _measure(key: str) -> Measure:
    if key not in MEASURES:
        raise BadQuestionError(f"there is no measure {key!r}")
    return MEASURES[key]


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_ROWS:
        raise BadQuestionError(f"the number of products must be from 1 to {MAX_ROWS}")


def _rates(context: Context, kind: Kind, measure: Measure, limit: int, *, zero_sellers: bool) -> RateAnswer:
    sold = context.view.by_product(measure, context.question.first, context.question.last)
    found = rank_rates(
        context.rollup,
        kind,
        context.window,
        sold,
        sold,
        context.states(),
        context.view.universe,
        limit,
        context.thresholds,
        zero_sellers=zero_sellers,
    )
    return RateAnswer(**vars(found), measure=measure, window=context.window)


def _movers(context: Context, direction: Direction, measure: Measure, limit: int) -> MoversAnswer | str:
    view = context.view
    pair, why = own_comparison(view, context.question)
    now, then = (view.by_product_window(measure, w) for w in (pair.current, pair.base)) if pair else (None, None)
    if pair is None or now is None or then is None:
        return why or "the daily figures do not reach back that far"
    found = move(context.rollup, direction, now, then, view.universe, limit)
    small = context.rules.small_number if measure.unit is Unit.UNITS else 0
    frame = found.frame.assign(
        kind=[
            kind_of(current, base, small)
            for current, base in zip(found.frame["current"].tolist(), found.frame["base"].tolist(), strict=True)
        ]
    )
    return MoversAnswer(
        **{**vars(found), "frame": frame},
        measure=measure,
        current_window=pair.current,
        base_window=pair.base,
    )
