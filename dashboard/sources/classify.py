"""One pass over the raw lines: each gets its canonical values and exactly one verdict."""

import duckdb

from dashboard.sources.canonical import canonical_select, code
from dashboard.sources.engine import literal
from dashboard.sources.mapping import Mapping
from dashboard.sources.reading import RawTable
from dashboard.sources.values import LONGEST_CODE, NONE, plain

LARGEST_AMOUNT = 10**13
LARGEST_MINOR = 10**15
RATES = "rates"


def create_lines(connection: duckdb.DuckDBPyConnection, table: RawTable, mapping: Mapping) -> None:
    """Create the engine's table ``lines``, a row for each row of ``table``, and over its kept ones ``sales_lines``.

    Columns: row, verdict ('' if kept), rule (position of the leave_out rule), culprit (the value at fault), repeated,
    unconverted, local_net (in its own currency), currency, code, name, region, channel, category (NULL if not given),
    sold_at, is_return (0 or 1), units_as_read, quantity, gross_minor, discount_minor. Money is rounded here, once,
    half up.
    """
    connection.execute(
        f"CREATE TABLE lines AS WITH seen AS ({canonical_select(table, mapping)}), priced AS ({_priced(mapping)}), "
        f"converted AS ({_converted(mapping)}), judged AS (SELECT *, {_verdict(mapping)} AS verdict "
        f"FROM converted) SELECT row, verdict, rule, {_culprit()} AS culprit, false AS repeated, fingerprint, "
        "rate IS NULL AS unconverted, local_net, currency, code, name, region, channel, category, sold_at, is_return, "
        "units_as_read, abs(units_as_read) AS quantity, coalesce(gross_minor, 0) AS gross_minor, "
        "coalesce(discount_minor, 0) AS discount_minor FROM judged"
    )
    _mark_repeats(connection, table, mapping)
    connection.execute(
        "CREATE VIEW sales_lines AS SELECT CAST(sold_at AS DATE) AS business_date, code AS product, "
        f"coalesce(region, '{NONE}') AS region, coalesce(channel, '{NONE}') AS channel, is_return, "
        "quantity, gross_minor, discount_minor FROM lines WHERE verdict = ''"
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
    """The same in minor units of the reporting currency, at the rate of the business date."""
    own = f"currency = {literal(mapping.currency)}"
    rate = f"CASE WHEN {own} THEN CAST(1 AS DECIMAL(16, 10)) ELSE {RATES}.rate END"
    joined = f"LEFT JOIN {RATES} ON {RATES}.day = CAST(sold_at AS DATE) AND {RATES}.code = currency"
    net = "(local_amount - local_discount) * CASE WHEN is_return = 1 THEN -1 ELSE 1 END"
    gross, discount = _minor("local_amount", mapping), _minor("local_discount", mapping)
    return (
        f"SELECT *, {gross} AS gross_minor, {discount} AS discount_minor, {net} AS local_net "
        f"FROM (SELECT priced.*, {rate} AS rate FROM priced {joined})"
    )


def _minor(amount: str, mapping: Mapping) -> str:
    """Half up: the engine rounds decimals half away from zero, and what is counted is never negative."""
    exact = f"CAST({amount} AS DECIMAL(38, 8)) * rate"
    minor = f"round({exact}, {mapping.minor_digits}) * {10**mapping.minor_digits}"
    return f"CASE WHEN abs({amount}) < {LARGEST_AMOUNT} THEN TRY_CAST({minor} AS BIGINT) END"


def _verdict(mapping: Mapping) -> str:
    too_large = f"(rate IS NOT NULL AND coalesce(gross_minor, {LARGEST_MINOR}) >= {LARGEST_MINOR})"
    tests = {
        "left_out": "rule IS NOT NULL",
        "no_product": "code IS NULL",
        "not_a_product": _no_product(mapping),
        "bad_date": "sold_at IS NULL",
        "bad_quantity": "units_as_read IS NULL",
        "bad_price": f"signed_value IS NULL OR abs(local_amount) >= {LARGEST_AMOUNT} OR {too_large}",
        "price_not_positive": "signed_value <= 0",
        "not_sold": "units_as_read = 0 OR (units_as_read < 0 AND is_return = 0)",
        "bad_discount": "local_discount IS NULL OR local_discount < 0 OR local_discount > local_amount",
    }
    return "CASE " + " ".join(f"WHEN {test} THEN '{reason}'" for reason, test in tests.items()) + " ELSE '' END"


def _no_product(mapping: Mapping) -> str:
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
