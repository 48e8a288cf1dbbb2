"""One pass over the raw lines: each gets its canonical values and exactly one verdict."""

import duckdb

from dashboard.sources.canonical import canonical_select, code
from dashboard.sources.engine import literal
from dashboard.sources.mapping import Mapping
from dashboard.sources.reading import RawTable
from dashboard.sources.values import LONGEST_CODE, LONGEST_NAME, NONE, is_odd, plain

LARGEST_AMOUNT = 10**13
LARGEST_MINOR = 10**15
RATES = "rates"


def create_lines(connection: duckdb.DuckDBPyConnection, table: RawTable, mapping: Mapping) -> None:
    """Create the engine's table ``lines``, a row for each row of ``table``, and over its kept ones ``sales_lines``.

    Columns: row, verdict ('' if kept), rule (position of the leave_out rule), culprit (the value at fault), repeated,
    unconverted, local_net (in its own currency), currency, code, name, region, channel, category (NULL if not given),
    sold_at, is_return (0 or 1), units_as_read, quantity, gross_minor, discount_minor, constant_minor (net at the fixed
    rate), cost_minor (NULL if not known), line_cost (of one unit, as read), order_number; and for lines that a source
    added up before (see ``dashboard.sources.refresh.lines``): lines (how many it stands for), source ('' here), grain
    ('day' or 'month'). Money is rounded here, once, half up.
    """
    connection.execute(
        f"CREATE TABLE lines AS WITH seen AS ({canonical_select(table, mapping)}), priced AS ({_priced(mapping)}), "
        f"converted AS ({_converted(mapping)}), judged AS (SELECT *, {_verdict(mapping)} AS verdict "
        f"FROM converted) SELECT row, verdict, rule, {_culprit()} AS culprit, false AS repeated, fingerprint, "
        "rate IS NULL AS unconverted, local_net, currency, code, name, region, channel, category, sold_at, is_return, "
        "units_as_read, abs(units_as_read) AS quantity, coalesce(gross_minor, 0) AS gross_minor, "
        "coalesce(discount_minor, 0) AS discount_minor, "
        "CASE WHEN rate IS NULL THEN 0 ELSE fixed_gross - fixed_discount END AS constant_minor, "
        f"CASE WHEN rate IS NOT NULL AND cost_minor < {LARGEST_MINOR} THEN cost_minor END AS cost_minor, line_cost, "
        "order_number, CAST(1 AS BIGINT) AS lines, '' AS source, 'day' AS grain FROM judged"
    )
    _mark_repeats(connection, table, mapping)
    if mapping.columns.order:
        _clean_orders(connection)
    connection.execute("CREATE TABLE sources (name VARCHAR, label VARCHAR)")
    connection.execute(
        "CREATE VIEW labels AS SELECT code, name, category, lines, sold_at AS latest FROM lines WHERE verdict = ''"
    )
    create_sales_lines(connection)


def create_sales_lines(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what the rollup statement reads: the kept ones of ``lines``."""
    connection.execute(
        "CREATE VIEW sales_lines AS SELECT CAST(sold_at AS DATE) AS business_date, code AS product, "
        f"coalesce(region, '{NONE}') AS region, coalesce(channel, '{NONE}') AS channel, is_return, "
        "quantity, gross_minor, discount_minor, constant_minor, cost_minor, source FROM lines WHERE verdict = ''"
    )


def _clean_orders(connection: duckdb.DuckDBPyConnection) -> None:
    """Order numbers are shown to people like names are; hardly any has something to clean."""
    cut = f"left(nullif(trim({plain('order_number')}), ''), {LONGEST_NAME})"
    connection.execute(
        f"UPDATE lines SET order_number = {cut} WHERE {is_odd('order_number')} OR length(order_number) > {LONGEST_NAME}"
    )


def _priced(mapping: Mapping) -> str:
    """The line's value before discount, exact, in its own currency; absolute on returns."""
    value = "CAST(CASE WHEN is_return = 1 THEN abs(value) ELSE value END AS DECIMAL(38, 8))"
    factor = " * CAST(abs(units_as_read) AS DECIMAL(10, 0))" if mapping.columns.price else ""
    return (
        f"SELECT *, {value} AS signed_value, {value}{factor} AS local_amount, "
        "CASE WHEN is_return = 1 THEN abs(discount) ELSE discount END AS local_discount FROM seen"
    )


def _converted(mapping: Mapping) -> str:
    """The same in minor units of the reporting currency: at the rate of the business date, and at the fixed rate.

    The fixed rate of a currency is its newest one in the file of rates. A cost on the line wins over the master's.
    """
    own = f"currency = {literal(mapping.currency)}"
    rate, fixed = (
        f"CASE WHEN {own} THEN CAST(1 AS DECIMAL(16, 10)) ELSE {found} END" for found in (f"{RATES}.rate", "newest")
    )
    joined = (
        f"LEFT JOIN {RATES} ON {RATES}.day = CAST(sold_at AS DATE) AND {RATES}.code = currency LEFT JOIN "
        f"(SELECT code AS newest_of, arg_max(rate, day) AS newest FROM {RATES} GROUP BY code) ON newest_of = currency "
        "LEFT JOIN (SELECT code AS cost_of, cost FROM master) ON cost_of = priced.code"
    )
    net = "(local_amount - local_discount) * CASE WHEN is_return = 1 THEN -1 ELSE 1 END"
    money = {
        "gross_minor": _minor("local_amount", "rate", mapping),
        "discount_minor": _minor("local_discount", "rate", mapping),
        "fixed_gross": _at_fixed_rate("gross_minor", "local_amount", mapping),
        "fixed_discount": _at_fixed_rate("discount_minor", "local_discount", mapping),
        "cost_minor": _cost_minor(mapping),
    }
    listed = ", ".join(f"{sql} AS {name}" for name, sql in money.items())
    return (
        f"SELECT *, {listed}, {net} AS local_net "
        f"FROM (SELECT priced.*, {rate} AS rate, {fixed} AS fixed, cost AS master_cost FROM priced {joined})"
    )


def _minor(amount: str, rate: str, mapping: Mapping) -> str:
    """Half up: the engine rounds decimals half away from zero, and what is counted is never negative."""
    exact = f"CAST({amount} AS DECIMAL(38, 8)) * {rate}"
    return f"CASE WHEN abs({amount}) < {LARGEST_AMOUNT} THEN {_rounded(exact, mapping)} END"


def _at_fixed_rate(minor: str, amount: str, mapping: Mapping) -> str:
    """Most lines are in the reporting currency, where nothing is left to convert."""
    return f"CASE WHEN fixed = rate THEN {minor} ELSE {_minor(amount, 'fixed', mapping)} END"


def _cost_minor(mapping: Mapping) -> str:
    """Cost of the line's units. A cost of zero, or one that cannot be read, is no known cost."""
    unit = "CASE WHEN line_cost > 0 THEN line_cost ELSE master_cost END"
    exact = f"CAST({unit} AS DECIMAL(38, 8)) * CAST(abs(units_as_read) AS DECIMAL(10, 0))"
    return f"CASE WHEN {unit} > 0 THEN {_rounded(exact, mapping)} END"


def _rounded(exact: str, mapping: Mapping) -> str:
    return f"TRY_CAST(round({exact}, {mapping.minor_digits}) * {10**mapping.minor_digits} AS BIGINT)"


def _verdict(mapping: Mapping) -> str:
    converted = f"coalesce(greatest(gross_minor, fixed_gross), {LARGEST_MINOR})"
    too_large = f"(rate IS NOT NULL AND {converted} >= {LARGEST_MINOR})"
    tests = {
        "left_out": "rule IS NOT NULL",
        "no_product": "code IS NULL",
        "not_a_product": no_product(mapping),
        "bad_date": "sold_at IS NULL",
        "bad_quantity": "units_as_read IS NULL",
        "bad_price": f"signed_value IS NULL OR abs(local_amount) >= {LARGEST_AMOUNT} OR {too_large}",
        "price_not_positive": "signed_value <= 0",
        "not_sold": "units_as_read = 0 OR (units_as_read < 0 AND is_return = 0)",
        "bad_discount": "local_discount IS NULL OR local_discount < 0 OR local_discount > local_amount",
    }
    return "CASE " + " ".join(f"WHEN {test} THEN '{reason}'" for reason, test in tests.items()) + " ELSE '' END"


def no_product(mapping: Mapping) -> str:
    """SQL of whether ``code``, read from ``raw_code``, is the code of no product."""
    products = mapping.products
    raw = f"trim({plain('raw_code')})" if mapping.codes.trim else plain("raw_code")
    tests = [f"length(code) > {LONGEST_CODE}"]
    if products.pattern is not None:
        tests.append(f"NOT regexp_full_match({raw}, {literal(products.pattern)})")
    if products.not_products:
        refused = ", ".join(code(literal(text), mapping) for text in products.not_products)
        tests.append(f"code IN ({refused})")
    return " OR ".join(tests)


def _culprit() -> str:
    shown = {
        "not_a_product": "raw_code",
        "bad_date": "date_text",
        "bad_quantity": "quantity_text",
        "bad_price": "value_text",
        "price_not_positive": "value_text",
        "not_sold": "quantity_text",
        "bad_discount": "discount_text",
    }
    return (
        "CASE verdict "
        + " ".join(f"WHEN '{reason}' THEN left({text}, {LONGEST_CODE})" for reason, text in shown.items())
        + " END"
    )


def _mark_repeats(connection: duckdb.DuckDBPyConnection, table: RawTable, mapping: Mapping) -> None:
    """Find kept lines that equal an earlier kept one in every column of the file: by hash first, then exactly."""
    everything = ", ".join(column.sql for column in table.columns.values())
    connection.execute(
        "CREATE TABLE repeats AS WITH twice AS (SELECT fingerprint FROM lines WHERE verdict = '' "
        "GROUP BY fingerprint HAVING count(*) > 1), candidates AS (SELECT row FROM lines "
        "WHERE verdict = '' AND fingerprint IN (FROM twice)) "
        f"SELECT row FROM {table.relation} WHERE row IN (FROM candidates) "
        f"QUALIFY row_number() OVER (PARTITION BY {everything} ORDER BY row) > 1"
    )
    change = "verdict = 'repeat'" if mapping.repeats == "set_aside" else "repeated = true"
    connection.execute(f"UPDATE lines SET {change} WHERE row IN (FROM repeats)")
