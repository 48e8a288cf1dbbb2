"""What a sample of the mapped columns says about the mapping."""

from collections.abc import Iterable, Iterator

from dashboard.sources.doctor.findings import ColumnLook, Finding
from dashboard.sources.pushdown.mapping import Source

# Above this share of empty values a required column is worth a word.
MANY = 0.2
# In fewer rows nothing is proven.
_LEAST_ROWS = 20
_NEEDED = ("product", "quantity", "date", "amount", "price")


def judge_columns(source: Source, looks: Iterable[ColumnLook]) -> Iterator[Finding]:
    """Warnings about columns that are empty, and about currencies without rates."""
    for look in looks:
        yield from _empty(look)
        if look.key == "lines.columns.currency":
            yield from _currencies(source, look)


def _empty(look: ColumnLook) -> Iterator[Finding]:
    if not look.rows:
        return
    where = f"{look.table}.{look.column}"
    needed = look.key.rpartition(".")[2] in _NEEDED
    if look.nulls == look.rows:
        yield Finding(
            "fault" if needed and look.rows >= _LEAST_ROWS else "warning",
            look.key,
            f"{where} is empty in all {look.rows:,} rows looked at. Map another column, or leave the key out.",
        )
    elif needed and look.nulls > MANY * look.rows:
        share = look.nulls / look.rows
        yield Finding("warning", look.key, f"{where} is empty in {share:.0%} of {look.rows:,} rows looked at.")


def _currencies(source: Source, look: ColumnLook) -> Iterator[Finding]:
    others = [value for value in look.values if value.strip() != source.currency]
    if others and source.rates is None:
        yield Finding(
            "warning",
            look.key,
            f"There are lines in {', '.join(others)}, and no table of rates is mapped: their units count, their money "
            "does not. Map [rates].",
        )
