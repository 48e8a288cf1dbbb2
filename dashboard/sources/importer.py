"""Import of a sales file: read, judge each line, roll up, reconcile, swap. Nothing served changes before."""

import errno
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from dashboard.sales.rollup import DataInfo, Rollup
from dashboard.settings import Settings
from dashboard.sources import companions, engine
from dashboard.sources.account import Account, take_account
from dashboard.sources.assembly import assemble
from dashboard.sources.check_rules import FILE
from dashboard.sources.checks import check_lines
from dashboard.sources.classify import create_lines
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import Mapping
from dashboard.sources.reading import open_table
from dashboard.sources.reconcile import check_totals
from dashboard.sources.store import ROLLUP, WORK, RollupStore

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        file: what was read.
        version: name of the rollup that is now in force.
        info: as the rollup carries it.
        totals: sum over all kept lines per name of ``VALUE_COLUMNS``; money in minor units.
        products: how many products there are, sold or not.
        months: first and last month with lines.
        seconds: wall time.
    """

    file: Path
    version: str
    info: DataInfo
    totals: dict[str, int]
    products: int
    months: tuple[str, str]
    seconds: float


def import_file(path: Path, mapping: Mapping, settings: Settings, progress: Progress | None = None) -> ImportReport:
    """Import ``path`` and put the result in force; ``progress`` is told each step and the share done, 0 to 1.

    Raises:
        ImportRefused: the file or mapping cannot be used, or there is no space; what was served before still is.
    """
    started = time.monotonic()
    tell = progress or _silent
    store = RollupStore(settings.var / ROLLUP)
    try:
        with store.writing() as work:
            rollup, totals = _rolled_up(path, mapping, settings, work, tell)
            tell("Writing the figures", 0.9)
            version = store.write(rollup, work)
    except duckdb.Error as error:
        raise ImportRefused(_engine_reason(path, error, settings.var / ROLLUP)) from error
    except MemoryError:
        raise ImportRefused(f"{path}: too large for the memory of this machine. Give it as CSV or Parquet.") from None
    except OSError as error:
        raise ImportRefused(_system_reason(error)) from error
    tell("Done", 1.0)
    months = (rollup.months[0], rollup.months[-1])
    return ImportReport(path, version, rollup.info, totals, len(rollup.products), months, time.monotonic() - started)


def _rolled_up(
    path: Path, mapping: Mapping, settings: Settings, work: Path, tell: Progress
) -> tuple[Rollup, dict[str, int]]:
    with engine.connect(work) as connection:
        account = _read(connection, path, mapping, work, tell)
        tell("Adding up", 0.7)
        rollup = assemble(connection, path, mapping, account, settings.sales, work)
        tell("Checking the data", 0.85)
        totals = check_totals(connection, rollup)
        return _with_checks(connection, rollup, mapping, settings), totals


def _with_checks(connection: duckdb.DuckDBPyConnection, rollup: Rollup, mapping: Mapping, settings: Settings) -> Rollup:
    info = rollup.info
    whole = (info.first_day, min(info.complete_to, info.last_day) + timedelta(days=1))
    today = datetime.now(ZoneInfo(mapping.time_zone)).date()
    checks = check_lines(connection, (mapping,), settings.checks, (today, *whole), FILE)
    return replace(rollup, info=replace(info, checks=checks))


def _read(connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, work: Path, tell: Progress) -> Account:
    tell("Reading the file", 0.0)
    table = open_table(connection, path, "raw_sales", mapping, work)
    companions.create_rates(connection, path, mapping, work)
    companions.create_master(connection, path, mapping, work)
    companions.create_stock(connection, path, mapping, work)
    companions.create_receipts(connection, path, mapping, work)
    tell("Judging the lines", 0.3)
    create_lines(connection, table, mapping)
    return take_account(connection, table, mapping)


def _silent(step: str, share: float) -> None:
    """Progress that nobody watches."""


def _engine_reason(path: Path, error: duckdb.Error, store: Path) -> str:
    # The engine names files in the import's private folder, which says nothing to people.
    first = re.sub(rf"{re.escape(str(store / WORK))}[0-9]+/", "", str(error).splitlines()[0])
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            f"{path}: not enough memory or temporary space in the data folder ({first}). Free some and try again; of a "
            "file with hundreds of columns, export only those that the mapping names."
        )
    if "could not write" in first.lower() or "space" in first.lower():
        return f"No space left in the data folder ({first}). Free some and try again."
    return f"{path}: cannot be read ({first}). If the file is damaged, export or copy it again."


def _system_reason(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return f"No space left in the data folder ({error.filename or 'disk full'}). Free some and try again."
    return f"{error.filename or 'The data folder'}: {error.strerror or error}. Check the permissions and try again."
