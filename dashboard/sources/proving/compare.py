"""The rollup of a month beside plain sums of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.binds.opening import OpenBind
from dashboard.sources.errors import ImportRefused
from dashboard.sources.proving.plain import FLOATS, Totals, plain_totals
from dashboard.sources.proving.report import MonthCheck
from dashboard.sources.pushdown.groups import SUMS, VERDICTS
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import Shapes

_KEPT, _REPEAT = 0, VERDICTS.index("repeat")
_HALF = Decimal("0.5")
# Sums of floats are good to about fifteen digits.
_FLOAT_SHARE = Decimal("1e-9")


@dataclass(frozen=True)
class _Rolled:
    """The same of the rollup; money in minor units, of lines that are no repeats."""

    lines: int
    counted: int
    repeats: int
    sold: int
    returned: int
    gross: int
    discount: int
    groups: int


def compare_months(
    opened: OpenBind, source: Source, shapes: Shapes, monthly: pa.Table, months: Sequence[tuple[date, date]]
) -> Iterator[MonthCheck]:
    """One check for each month; every month is asked for by a statement of its own.

    Raises:
        ImportRefused: the database refuses a statement.
    """
    for start, stop in months:
        with opened.connect() as connection:
            plain = plain_totals(connection, source, shapes, start, stop)
        yield _compared(source, shapes, f"{start:%Y-%m}", plain, _rolled(_of(monthly, start)))


def compare_days(source: Source, daily: pa.Table, monthly: pa.Table, month: date) -> str:
    """That the days of a month add up to it.

    Raises:
        ImportRefused: they do not; the message names what differs.
    """
    by_day, by_month = (
        {name: pc.sum(table.column(name)).as_py() or 0 for name in SUMS} for table in (daily, _of(monthly, month))
    )
    different = [name for name in SUMS if by_day[name] != by_month[name]]
    if different:
        raise ImportRefused(
            f"The days of {month:%Y-%m} do not add up to the month in {', '.join(different)} of {source.name}. The "
            "lines may have changed meanwhile: run it again; if it stays, send this report to us."
        )
    return f"{by_day['lines']:,} lines of {month:%Y-%m} in {len(daily):,} groups by day"


def _compared(source: Source, shapes: Shapes, month: str, plain: Totals, rolled: _Rolled) -> MonthCheck:
    factor = Decimal(10) ** source.minor_digits
    # Each line is rounded by half a minor unit at most; sums of floats are not exact either.
    slack = _HALF * rolled.counted + (_FLOAT_SHARE * plain.gross * factor if shapes.dialect in FLOATS else 0)
    differences, rounding = [], False
    for name in ("lines", "counted", "sold", "returned"):
        ours, theirs = getattr(rolled, name), getattr(plain, name)
        if ours != theirs:
            differences.append(f"{name}: rollup {ours - theirs:+,} beside the plain sum")
    for name in ("gross", "discount"):
        off = getattr(rolled, name) - getattr(plain, name) * factor
        if rolled.repeats:
            continue
        rounding = rounding or off != 0
        if abs(off) > slack:
            differences.append(f"{name}: rollup differs by {abs(off):,.2f} minor units, rounding explains {slack:,.2f}")
    ok = not differences
    return MonthCheck(
        source=source.name,
        month=month,
        lines=plain.lines,
        groups=rolled.groups,
        ok=ok,
        rounding=ok and rounding,
        note=f"money not compared: {rolled.repeats:,} repeats" if rolled.repeats else "",
        differences=tuple(differences),
    )


def _of(monthly: pa.Table, month: date) -> pa.Table:
    return monthly.filter(pc.equal(monthly.column("period"), pa.scalar(month, pa.date32())))


def _rolled(groups: pa.Table) -> _Rolled:
    verdict = groups.column("verdict")
    kept = groups.filter(pc.equal(verdict, _KEPT))
    again = groups.filter(pc.equal(verdict, _REPEAT))
    counted = pa.concat_tables([kept, again])
    back = pc.equal(counted.column("is_return"), 1)
    return _Rolled(
        lines=_sum(groups, "lines"),
        counted=_sum(counted, "lines"),
        repeats=_sum(again, "lines"),
        sold=_sum(counted.filter(pc.invert(back)), "units"),
        returned=_sum(counted.filter(back), "units"),
        gross=_sum(kept, "gross_minor"),
        discount=_sum(kept, "discount_minor"),
        groups=len(groups),
    )


def _sum(table: pa.Table, name: str) -> int:
    return int(pc.sum(table.column(name)).as_py() or 0)
