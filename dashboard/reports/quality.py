"""What the checks of the data found, as far as the viewer may know it (domain.md section 11)."""

from dataclasses import dataclass, replace

from dashboard.access import Permission
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import Question
from dashboard.sales.rollup import Check

BANNER_WORD, BANNER_ADDRESS = "Data", "/data"
# Checks of what only viewers with the right to stock may know of.
STOCK_KEYS = ("stock", "snapshot")


@dataclass(frozen=True)
class Quality:
    """The checks a viewer may see: serious ones that found something first, then the rest that did, then what passed.

    Attributes:
        known: False for a viewer of a part of the company, since the checks count lines of all of it.
        checked: False for data that were imported before there were checks.
    """

    checks: tuple[Check, ...]
    known: bool
    checked: bool

    @property
    def found(self) -> tuple[Check, ...]:
        """Those that found something."""
        return tuple(check for check in self.checks if check.count)

    @property
    def serious(self) -> tuple[Check, ...]:
        """Those that make figures wrong meanwhile."""
        return tuple(check for check in self.found if check.serious)


def quality(reports: Reports) -> Quality:
    """The checks of the import in force.

    Raises:
        Forbidden: as the gate does; the right to units is needed.
    """
    newest = reports.options().months[-1]
    known = reports.status().lines_read is not None
    question = Question(newest, newest)
    return reports.ask((Permission.MEASURE_UNITS,), "quality", question, lambda context: _quality(context, known=known))


def banner(reports: Reports) -> str:
    """One sentence for the top of every page while figures are wrong; empty else.

    It ends with the name of the page that says more: ``BANNER_WORD``, at ``BANNER_ADDRESS``. Nobody is told who may not
    open that page.

    Raises:
        Forbidden: the viewer may see no measure at all.
    """
    if not reports.may(Permission.MEASURE_UNITS):
        return ""
    serious = quality(reports).serious
    if not serious:
        return ""
    told = ", ".join(f"{check.label[:1].lower()}{check.label[1:]} ({counted(check)})" for check in serious)
    return f"Check the data before you rely on these figures: {told}. See {BANNER_WORD}"


def counted(check: Check) -> str:
    """``3 lines``, ``1 day``."""
    return f"{check.count:,} {check.what.removesuffix('s') if check.count == 1 else check.what}"


def _quality(context: Context, *, known: bool) -> Quality:
    checks = context.rollup.info.checks
    told = [_told(check, context) for check in checks if known and _may_know(check, context)]
    return Quality(tuple(sorted(told, key=_order)), known, bool(checks))


def _may_know(check: Check, context: Context) -> bool:
    if any(part in check.key for part in STOCK_KEYS) and Permission.MEASURE_STOCK not in context.may:
        return False
    return not check.priced or Permission.MEASURE_REVENUE in context.may


def _told(check: Check, context: Context) -> Check:
    hidden = check.examples_priced and Permission.MEASURE_REVENUE not in context.may
    return replace(check, examples=()) if hidden else check


def _order(check: Check) -> tuple[bool, bool, str]:
    return not check.count, not check.serious, check.label
