"""The groups that sources brought, as the engine's table ``lines``: products are judged and money is converted here."""

from collections.abc import Sequence

import duckdb

from dashboard.sources import values
from dashboard.sources.canonical import code
from dashboard.sources.classify import create_sales_lines, no_product
from dashboard.sources.engine import literal
from dashboard.sources.pushdown.groups import LEFT_OUT, VERDICTS
from dashboard.sources.reading import Column
from dashboard.sources.refresh.extract import LABELS
from dashboard.sources.refresh.mappings import Part

_TEXT = "VARCHAR"
_LINES = """
CREATE TABLE lines (row BIGINT, verdict VARCHAR, rule INTEGER, culprit VARCHAR, repeated BOOLEAN, unconverted BOOLEAN,
    local_net DECIMAL(38, 8), currency VARCHAR, code VARCHAR, region VARCHAR, channel VARCHAR, sold_at TIMESTAMP,
    is_return SMALLINT, units_as_read BIGINT, quantity BIGINT, gross_minor BIGINT, discount_minor BIGINT,
    constant_minor BIGINT, cost_minor BIGINT, line_cost DECIMAL(18, 8), order_number VARCHAR, lines BIGINT,
    source VARCHAR, grain VARCHAR);
CREATE TABLE sources (name VARCHAR, label VARCHAR);
CREATE TABLE labels (code VARCHAR, name VARCHAR, category VARCHAR, lines BIGINT, latest TIMESTAMP);
"""


def create_lines(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> int:
    """Create ``lines`` as ``dashboard.sources.classify`` does, but a row a group, and what goes with it.

    Rows have no number. Money in other currencies is converted a group at a time, half up: at most half a minor unit
    a group from what line by line would give. Quantities are as booked, but those of returns by negative quantity.

    Returns:
        How many lines the groups stand for.
    """
    connection.execute(_LINES)
    read = 0
    for part in parts:
        connection.execute("INSERT INTO sources VALUES (?, ?)", [part.source.name, part.source.label])
        connection.execute(f"CREATE VIEW groups{part.tag} AS {_groups(part)}")
        read += _count(connection, part) + part.extract.outside_lines
        connection.execute(f"INSERT INTO lines BY NAME {_judged(part)}")
        _insert_outside(connection, part)
        connection.execute(f"INSERT INTO labels {_labels(part)}")
    create_sales_lines(connection)
    return read


def _count(connection: duckdb.DuckDBPyConnection, part: Part) -> int:
    return int(connection.execute(f"SELECT coalesce(sum(lines), 0) FROM groups{part.tag}").fetchall()[0][0])


def _groups(part: Part) -> str:
    """All rows that still count."""
    selects = [
        f"SELECT *, {literal(segment.grain)} AS grain FROM read_parquet({literal(str(part.folder / segment.file))}) "
        f"WHERE period >= DATE '{segment.start}' AND period < DATE '{segment.stop}'"
        for segment in part.extract.segments
    ]
    return " UNION ALL ".join(selects) or _NOTHING


_NOTHING = (
    "SELECT CAST(NULL AS DATE) AS period, NULL::VARCHAR AS product, NULL::VARCHAR AS region, NULL::VARCHAR AS channel, "
    "NULL::VARCHAR AS currency, 0 AS verdict, 0 AS is_return, 0 AS costed, 0 AS lines, 0 AS units, 0 AS gross_minor, "
    "0 AS discount_minor, 0 AS cost_minor, 'day' AS grain WHERE false"
)


def _judged(part: Part) -> str:
    source = part.source
    negative = source.returns.by == "negative_quantity"
    as_read = f"CASE WHEN {'is_return = 1 OR ' if negative else ''}found = {VERDICTS.index('not_sold')} THEN -units "
    unit_cost = f"CAST(cost_minor AS DOUBLE) / units / {10**source.minor_digits}"
    return (
        f"WITH named AS ({_named(part)}), rated AS ({_rated(part)}), converted AS ({_converted(part)}), "
        f"judged AS (SELECT *, {_verdict(part)} AS verdict FROM converted) "
        f"SELECT verdict, CASE verdict WHEN 'left_out' THEN found - {LEFT_OUT} END AS rule, "
        f"CASE verdict WHEN 'not_a_product' THEN left(raw_code, {values.LONGEST_CODE}) END AS culprit, "
        "false AS repeated, rate IS NULL AS unconverted, currency, code, region, channel, sold_at, is_return, "
        f"{as_read} ELSE units END AS units_as_read, units AS quantity, coalesce(gross, 0) AS gross_minor, "
        "CASE WHEN rate IS NULL THEN CAST((gross_minor - discount_minor) * (1 - 2 * is_return) AS DECIMAL(19, 0)) "
        f"* CAST({10.0**-source.minor_digits} AS DECIMAL(5, 4)) END AS local_net, "
        "coalesce(discount, 0) AS discount_minor, CASE WHEN rate IS NULL THEN 0 ELSE "
        "coalesce(fixed_gross - fixed_discount, 0) END AS constant_minor, "
        "CASE WHEN rate IS NOT NULL THEN cost END AS cost_minor, "
        f"CASE WHEN costed = 1 AND units > 0 THEN TRY_CAST({unit_cost} AS DECIMAL(18, 8)) END AS line_cost, "
        f"lines, {literal(source.name)} AS source, grain FROM judged"
    )


def _named(part: Part) -> str:
    """Names as people are shown them; what a line does not say, the whole source may."""
    source = part.source
    chosen = {"code": code("product", part.mapping)}
    for name in ("region", "channel"):
        constant = getattr(source.constants, name)
        own = values.label(Column(name, _TEXT))
        chosen[name] = f"coalesce({own}, {literal(constant)})" if constant else own
    chosen["currency"] = literal(source.currency)
    if source.lines.columns.currency:
        chosen["currency"] = f"upper({values.label(Column('currency', _TEXT))})"
    listed = ", ".join(f"{sql} AS {name}" for name, sql in chosen.items())
    return (
        f"SELECT CAST(period AS TIMESTAMP) AS sold_at, period, product AS raw_code, {listed}, verdict AS found, "
        "is_return, costed, lines, units, gross_minor, discount_minor, cost_minor, grain FROM groups" + part.tag
    )


def _rated(part: Part) -> str:
    """The rate of the day, the fixed one (the newest of the currency), and the cost that masters know."""
    rates, master = f"rates{part.tag}", f"master{part.tag}"
    own = f"named.currency = {literal(part.source.currency)}"
    rate, fixed = (
        f"CASE WHEN {own} THEN CAST(1 AS DECIMAL(16, 10)) ELSE {found} END" for found in (f"{rates}.rate", "newest")
    )
    return (
        f"SELECT named.*, {rate} AS rate, {fixed} AS fixed, coalesce({master}.cost, master.cost) AS master_cost "
        f"FROM named LEFT JOIN {rates} ON {rates}.day = period AND {rates}.code = named.currency "
        f"LEFT JOIN (SELECT code AS newest_of, arg_max(rate, day) AS newest FROM {rates} GROUP BY code) "
        f"ON newest_of = named.currency LEFT JOIN {master} ON {master}.code = named.code "
        "LEFT JOIN master ON master.code = named.code"
    )


def _converted(part: Part) -> str:
    digits = part.source.minor_digits
    whole = "CAST(master_cost AS DECIMAL(38, 8)) * CAST(units AS DECIMAL(18, 0))"
    of_master = f"TRY_CAST(round({whole}, {digits}) * {10**digits} AS BIGINT)"
    return (
        f"SELECT *, {_money('gross_minor', 'rate')} AS gross, {_money('discount_minor', 'rate')} AS discount, "
        f"{_money('gross_minor', 'fixed')} AS fixed_gross, {_money('discount_minor', 'fixed')} AS fixed_discount, "
        f"CASE WHEN costed = 1 THEN cost_minor WHEN master_cost > 0 THEN {of_master} END AS cost FROM rated"
    )


def _money(minor: str, rate: str) -> str:
    exact = f"CAST({minor} AS DECIMAL(19, 0)) * {rate}"
    return f"CASE WHEN {rate} = 1 THEN {minor} ELSE TRY_CAST(round({exact}, 0) AS BIGINT) END"


def _verdict(part: Part) -> str:
    """In the order of a file import: the rules of the mapping, then the code, then what the database found."""
    found = " ".join(f"WHEN found = {place} THEN '{reason}'" for place, reason in enumerate(VERDICTS) if reason)
    return (
        f"CASE WHEN found >= {LEFT_OUT} THEN 'left_out' WHEN code IS NULL THEN 'no_product' "
        f"WHEN {no_product(part.mapping)} THEN 'not_a_product' {found} "
        "WHEN rate IS NOT NULL AND (gross IS NULL OR fixed_gross IS NULL) THEN 'bad_price' ELSE '' END"
    )


def _insert_outside(connection: duckdb.DuckDBPyConnection, part: Part) -> None:
    """Lines without a usable date are in no group: the database only counted them."""
    lines, units = part.extract.outside_lines, part.extract.outside_units
    if lines:
        connection.execute(
            "INSERT INTO lines BY NAME SELECT 'bad_date' AS verdict, false AS repeated, false AS unconverted, "
            "? AS units_as_read, ? AS lines, ? AS source, 'day' AS grain",
            [units, lines, part.source.name],
        )


def _labels(part: Part) -> str:
    """Names and categories of the counted products, with how many lines bear them."""
    constant = part.source.constants.category
    category = literal(constant) if constant else "CAST(NULL AS VARCHAR)"
    counted = f"SELECT code, sum(lines) AS lines FROM lines WHERE verdict = '' AND source = {literal(part.source.name)}"
    file = part.file(LABELS)
    if file is None:
        return _known(counted, category)
    name, group = (values.label(Column(text, _TEXT)) for text in ("name", "category"))
    return (
        f"{_known(counted, 'CAST(NULL AS VARCHAR)')} UNION ALL SELECT code, name, category, "
        "CAST(sum(lines) AS BIGINT), CAST(NULL AS TIMESTAMP) FROM "
        f"(SELECT {code('product', part.mapping)} AS code, {name} AS name, coalesce({group}, {category}) AS category, "
        f"lines FROM read_parquet({literal(str(file))})) WHERE code IN (SELECT code FROM ({counted} GROUP BY code)) "
        "GROUP BY ALL"
    )


def _known(counted: str, category: str) -> str:
    """The counted products themselves, which nothing names."""
    return (
        f"SELECT code, CAST(NULL AS VARCHAR), {category}, CAST(lines AS BIGINT), CAST(NULL AS TIMESTAMP) "
        f"FROM ({counted} GROUP BY code)"
    )
