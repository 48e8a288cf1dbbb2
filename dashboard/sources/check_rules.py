"""What is checked while data come in: a statement each, over the engine's tables (domain rules, section 11).

Whether two sources hold the same lines is checked in ``dashboard.sources.refresh.double_count``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.sources.mapping import Mapping
from dashboard.sources.supply import has_cost

_DAY = "strftime({}, '%-d %B %Y')"
# A line of a file has a row; one that a source added up stands for several.
_WHERE = (
    "coalesce('row ' || row, lines || CASE lines WHEN 1 THEN ' line of ' ELSE ' lines of ' END || "
    "(SELECT label FROM sources WHERE sources.name = lines.source))"
)
_WHEN = f"CASE grain WHEN 'month' THEN strftime(sold_at, '%B %Y') ELSE {_DAY.format('sold_at')} END"
_LINE = (
    f"{_WHERE} || coalesce(', order ' || order_number, '') || coalesce(', ' || code, '') || "
    f"coalesce(', ' || {_WHEN}, '')"
)
_PLACE = "(row, sold_at, source, code, region, channel)"


@dataclass(frozen=True)
class Rule:
    """One check.

    Attributes:
        key, label, what, advice, priced: as in :class:`Check`; names in braces are those of :class:`Words`.
        found: SQL that brings ``place`` (what comes first) and ``example`` of everything that is amiss, and ``lines``
            where lines are what is counted; ``$today``, ``$first``, ``$stop``, ``$days_from`` (the first day from which
            on lines are known by day) and ``$`` with a key of the settings' section ``checks`` stand for their values.
        serious: SQL over what was found: whether figures are wrong meanwhile.
        applies: whether a mapping gives what the check needs; without it nothing is said.
        by_day: what the advice adds where older lines are known by month only, as in "Before {day} ..."; empty where
            that changes nothing.
    """

    key: str
    label: str
    what: str
    advice: str
    found: str
    priced: bool = False
    serious: str = "false"
    applies: Callable[[Mapping], bool] = lambda _mapping: True
    by_day: str = ""


@dataclass(frozen=True)
class Words:
    """How the rules speak of where the data come from.

    Attributes:
        again: what to do after mending, as in "Mend it and ..."; bring: where days are missing, as in "... these days".
        master: where the products stand.
        today: the day against which dates are held.
        repeats: what a repeated line is.
        repeats_advice: what to do about them.
    """

    again: str
    bring: str
    master: str
    today: str
    repeats: str
    repeats_advice: str


FILE = Words(
    again="import again",
    bring="export",
    master="product file",
    today="the day of the import",
    repeats="Lines that repeat an earlier one in every column",
    repeats_advice="If the file was exported twice, export it again; if these are second, equal sales, nothing is "
    'wrong. The mapping\'s key "repeats" says whether they count.',
)
SOURCE = Words(
    again="refresh the source",
    bring="load",
    master="table of products",
    today="today",
    repeats="Lines whose key an earlier one has",
    repeats_advice="They are not counted. If the key of the mapping does not name one line, name more columns in "
    '"lines.columns.key".',
)


def _lines(test: str) -> str:
    return f"SELECT {_PLACE} AS place, {_LINE} AS example, lines FROM lines WHERE {test}"


def _has_category(mapping: Mapping) -> bool:
    master = mapping.products.columns
    return bool(mapping.columns.category or (master and master.category))


# A return can only be told from a sale of before the data by what came back in all.
_RETURNED_MORE = f"""
WITH dated AS (SELECT code, CAST(sold_at AS DATE) AS sold_on, (1 - 2 * is_return) * quantity AS units FROM lines
               WHERE verdict = ''),
     daily AS (SELECT code, CASE WHEN sold_on < $days_from THEN CAST(date_trunc('month', sold_on) AS DATE)
                            ELSE sold_on END AS day, sum(units) AS net
               FROM dated GROUP BY ALL),
     running AS (SELECT code, day, sum(net) OVER (PARTITION BY code ORDER BY day) AS left_over FROM daily)
SELECT code AS place, code || ', first on ' || {_DAY.format("min(day)")} AS example FROM running
WHERE left_over < 0 GROUP BY code
"""
# A weekday that is usually closed is no gap, nor a day of the year (25 December) on which nothing was ever sold.
# A run goes on over closed days: it is as long as the gaps between two days with lines.
_GAPS = f"""
WITH busy AS (SELECT DISTINCT source, CAST(sold_at AS DATE) AS day FROM lines
              WHERE verdict IN ('', 'other_source') AND CAST(sold_at AS DATE) >= $days_from),
     days AS (SELECT source, CAST(unnest(generate_series(min(day), max(day), INTERVAL 1 DAY)) AS DATE) AS day FROM busy
              GROUP BY source),
     seen AS (SELECT source, days.day, busy.day IS NOT NULL AS open, strftime(days.day, '%m-%d') AS date_of
              FROM days LEFT JOIN busy USING (source, day)),
     shares AS (SELECT *, avg(CAST(open AS INTEGER)) OVER (PARTITION BY source, isodow(day)) AS share,
                count(*) OVER (PARTITION BY source, date_of) AS years,
                bool_or(open) OVER (PARTITION BY source, date_of) AS ever,
                count(*) FILTER (open) OVER (PARTITION BY source ORDER BY day) AS block
                FROM seen)
SELECT (-epoch(day), source) AS place, strftime(day, '%A') || ' ' || {_DAY.format("day")}
       || coalesce(', ' || (SELECT label FROM sources WHERE sources.name = shares.source), '') AS example,
       count(*) OVER (PARTITION BY source, block) AS run
FROM shares WHERE NOT open AND share >= $open_share AND (ever OR years < 2)
"""
# Robust standard deviation: 1.4826 times the median distance from the median; of whole months only.
_MONTHS = """
WITH months AS (SELECT CAST(date_trunc('month', sold_at) AS DATE) AS month, sum((1 - 2 * is_return) * quantity) AS net
                FROM lines WHERE verdict = '' GROUP BY 1),
     whole AS (SELECT month, net FROM months WHERE month >= $first AND month + INTERVAL 1 MONTH <= $stop),
     centre AS (SELECT median(net) AS middle, count(*) AS months FROM whole),
     spread AS (SELECT 1.4826 * median(abs(net - middle)) AS sd FROM whole, centre)
SELECT -epoch(month) AS place, strftime(month, '%B %Y') AS example FROM whole, centre, spread
WHERE months >= $least_months AND abs(net - middle) > $deviation * sd AND sd > 0
"""
_NO_CATEGORY = """
SELECT code AS place, code AS example
FROM (SELECT code, category FROM labels UNION ALL SELECT code, category FROM master) AS known
GROUP BY code HAVING count(category) = 0
"""
_NEGATIVE = f"""
SELECT code AS place, code || ', last on ' || {_DAY.format("max(day)")} AS example FROM stock WHERE available < 0
GROUP BY code
"""
_STOCK_NO_COST = """
SELECT newest.code AS place, newest.code AS example
FROM (SELECT code, arg_max(available, day) AS available FROM stock GROUP BY code) AS newest
     LEFT JOIN master USING (code)
WHERE available > 0 AND cost IS NULL
      AND newest.code NOT IN (SELECT code FROM lines WHERE verdict = '' AND line_cost > 0)
"""

RULES = (
    Rule(
        "repeated_lines",
        "{repeats}",
        "lines",
        "{repeats_advice}",
        _lines("verdict = 'repeat' OR repeated"),
    ),
    Rule(
        "no_product",
        "Lines with no product",
        "lines",
        "They are not counted. Give them a product code in the source and {again}.",
        _lines("verdict = 'no_product'"),
    ),
    Rule(
        "no_category",
        "Products with no category",
        "products",
        'They are shown under "(none)". Give them a category in the {master} and {again}.',
        _NO_CATEGORY,
        applies=_has_category,
    ),
    Rule(
        "future_date",
        "Lines dated after {today}",
        "lines",
        "They are counted in months to come. Correct their dates, or check the date format and the time zone.",
        _lines("verdict = '' AND CAST(sold_at AS DATE) > $today"),
        serious="count(*) > 0",
    ),
    Rule(
        "before_launch",
        "Sales dated before the launch of their product",
        "lines",
        "They are counted. Correct the launch date in the {master}, or the date of the sale.",
        _lines(
            "verdict = '' AND is_return = 0 AND EXISTS (FROM master WHERE master.code = lines.code "
            "AND launch > CASE grain WHEN 'month' THEN last_day(sold_at) ELSE CAST(sold_at AS DATE) END)"
        ),
        applies=lambda mapping: bool(mapping.products.columns and mapping.products.columns.launch),
        by_day="Lines from before {day} are known by month only: those in months before the launch are found.",
    ),
    Rule(
        "price_not_positive",
        "Lines with a price of zero or less",
        "lines",
        "They are not counted. Free goods and write-offs are no sales; give the others their price.",
        _lines("verdict = 'price_not_positive'"),
        priced=True,
    ),
    Rule(
        "more_returned_than_sold",
        "Products of which more came back than had been sold",
        "products",
        "Returns of goods sold before the first line are as they should be; of later ones a sale is missing, or a "
        "return was booked twice.",
        _RETURNED_MORE,
        by_day="Before {day}, sales and returns are set against each other by month.",
    ),
    Rule(
        "no_exchange_rate",
        "Lines without an exchange rate for their day",
        "lines",
        "Their units count, their money does not. Add the rates of these days and {again}.",
        _lines("verdict = '' AND unconverted"),
        priced=True,
        serious="count(*) > 0",
        applies=lambda mapping: mapping.columns.currency is not None,
    ),
    Rule(
        "load_gap",
        "Days without any line between days with lines",
        "days",
        "If the business was closed, nothing is wrong; else {bring} these days and {again}.",
        _GAPS,
        serious="coalesce(max(run) >= $gap_days, false)",
        by_day="Looked for from {day} on: older lines are known by month only.",
    ),
    Rule(
        "month_off",
        "Months whose units are far from those of other months",
        "months",
        "Look whether part of the month is missing or was loaded twice. A month may also be special.",
        _MONTHS,
    ),
    Rule(
        "negative_stock",
        "Products whose stock was below zero",
        "products",
        "Count these products and correct their stock; advice on ordering them cannot be trusted before.",
        _NEGATIVE,
        applies=lambda mapping: mapping.stock is not None,
    ),
    Rule(
        "stock_without_cost",
        "Products in stock without a cost",
        "products",
        "The value of stock leaves them out. Give them a cost in the {master} and {again}.",
        _STOCK_NO_COST,
        priced=True,
        applies=lambda mapping: mapping.stock is not None and has_cost(mapping),
    ),
    Rule(
        "sold_without_cost",
        "Lines of products without a cost",
        "lines",
        "Margins leave them out. Give their products a cost and {again}.",
        _lines("verdict = '' AND NOT unconverted AND cost_minor IS NULL"),
        priced=True,
        applies=has_cost,
    ),
)
