"""The columns of a sales file as SQL in canonical names and types, as the mapping says."""

from dashboard.sources import values
from dashboard.sources.engine import literal, literals
from dashboard.sources.mapping import Mapping
from dashboard.sources.reading import RawTable


def canonical_select(table: RawTable, mapping: Mapping) -> str:
    """SQL that reads each row of ``table`` once, in canonical types; what cannot be read is NULL.

    Raises:
        ImportRefused: a mapped column that the file does not have, or of a type that holds no such values.
    """
    columns = mapping.columns
    product = table.column(columns.product, "columns.product")
    quantity = table.column(columns.quantity, "columns.quantity")
    date = table.column(columns.date, "columns.date")
    key = "price" if columns.price else "amount"
    value = table.column(columns.price or columns.amount or "", f"columns.{key}")
    selected = {
        "raw_code": values.raw_text(product),
        "code": code(values.raw_text(product), mapping),
        "date_text": values.raw_text(date),
        "sold_at": values.sold_at(table, date, mapping),
        "quantity_text": values.raw_text(quantity),
        "units_as_read": values.quantity(table, quantity, mapping),
        "value_text": values.raw_text(value),
        "value": values.decimal(table, value, mapping),
        "rule": _rule(table, mapping),
        **_optional(table, mapping),
    }
    listed = ", ".join(f"{sql} AS {name}" for name, sql in selected.items())
    everything = ", ".join(column.sql for column in table.columns.values())
    returned = _returned(table, mapping)
    return f"SELECT row, hash({everything}) AS fingerprint, {listed}, {returned} AS is_return FROM {table.relation}"


def code(raw: str, mapping: Mapping) -> str:
    """SQL of a product code as we keep it, from its raw text; NULL if blank."""
    plain = values.plain(raw)
    trimmed = f"trim({plain})" if mapping.codes.trim else plain
    folded = f"upper({trimmed})" if mapping.codes.case == "upper" else trimmed
    return f"CASE WHEN trim({plain}) <> '' THEN {folded} END"


def _optional(table: RawTable, mapping: Mapping) -> dict[str, str]:
    """SQL of the columns that a mapping may leave out."""
    columns = mapping.columns
    found: dict[str, str] = {}
    for name in ("name", "region", "category", "channel"):
        column = getattr(columns, name)
        found[name] = values.label(table.column(column, f"columns.{name}")) if column else "CAST(NULL AS VARCHAR)"
    found["order_number"] = (
        values.text(table.column(columns.order, "columns.order")) if columns.order else "CAST(NULL AS VARCHAR)"
    )
    found["line_cost"] = "CAST(NULL AS DECIMAL(18, 8))"
    if columns.cost:
        found["line_cost"] = values.decimal(table, table.column(columns.cost, "columns.cost"), mapping)
    found["discount_text"], found["discount"] = "CAST(NULL AS VARCHAR)", "CAST(0 AS DECIMAL(18, 8))"
    if columns.discount:
        column = table.column(columns.discount, "columns.discount")
        found["discount_text"] = values.text(column)
        found["discount"] = (
            f"CASE WHEN {values.text(column)} IS NULL THEN 0 ELSE {values.decimal(table, column, mapping)} END"
        )
    found["currency"] = literal(mapping.currency)
    if columns.currency:
        found["currency"] = f"upper({values.label(table.column(columns.currency, 'columns.currency'))})"
    return found


def _rule(table: RawTable, mapping: Mapping) -> str:
    """The position of the first leave_out rule that holds, NULL if none does."""
    tests = [
        f"WHEN {_listed(table, rule.column, f'leave_out.{index}.column', rule.by, rule.values)} THEN {index}"
        for index, rule in enumerate(mapping.leave_out)
    ]
    return f"CASE {' '.join(tests)} END" if tests else "CAST(NULL AS INTEGER)"


def _returned(table: RawTable, mapping: Mapping) -> str:
    rule = mapping.returns
    if rule.by == "negative_quantity":
        test = "units_as_read < 0"
    else:
        test = _listed(table, rule.column or "", "returns.column", rule.by, rule.values)
    return f"CASE WHEN {test} THEN 1 ELSE 0 END"


def _listed(table: RawTable, column: str, key: str, by: str, wanted: tuple[str, ...]) -> str:
    raw = values.raw_text(table.column(column, key))
    if by == "value":
        return f"trim({raw}) IN {literals(wanted)}"
    return "(" + " OR ".join(f"starts_with({raw}, {literal(value)})" for value in wanted) + ")"
