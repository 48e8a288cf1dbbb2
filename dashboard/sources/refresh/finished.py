"""Up to which day the figures of a source are finished: said by the mapping or the source, else assumed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.mapping import Source

_DAY = timedelta(days=1)
_OLDEST, _NEWEST = date(1970, 1, 1), date(2100, 12, 31)


def complete_to(source: Source, last_day: date | None, loaded: object, now: datetime) -> tuple[date | None, str]:
    """The complete-to date of ``source`` and one sentence on who says so; None while it has no lines.

    Args:
        last_day: the last business day with counted lines.
        loaded: the newest value of the column that tells how far the load is; None where it is not mapped or empty.
        now: aware.

    Raises:
        ImportRefused: ``loaded`` is no date.
    """
    if last_day is None:
        return None, "There are no lines yet."
    if isinstance(source.complete_to, date):
        return source.complete_to, "Set in the mapping of the source."
    yesterday = now.astimezone(ZoneInfo(source.time_zone)).date() - _DAY
    if source.loaded is not None and loaded is not None:
        day, said = _loaded(source, loaded)
        return min(day, yesterday), f"The load of the source says {said}."
    if source.stop is not None and source.stop <= yesterday:
        return yesterday, f"The source has no days from {_words(source.stop)} on."
    if last_day > yesterday:
        return yesterday, f"Assumed: there are lines of {_words(last_day)}, and {_words(yesterday)} is over."
    return last_day, f"Assumed: the last line is of {_words(last_day)}."


def _loaded(source: Source, loaded: object) -> tuple[date, str]:
    """A day that the load named is finished; of a moment, the day before it."""
    moment = _moment(source, loaded)
    day = moment.date() if isinstance(moment, datetime) else moment
    if not _OLDEST <= day <= _NEWEST:
        raise ImportRefused(_no_date(source, loaded))
    if not isinstance(moment, datetime):
        return day, _words(day)
    local = _local(source, moment)
    return local.date() - _DAY, f"{_words(local.date())}, {local:%H:%M}"


def _moment(source: Source, loaded: object) -> date:
    if isinstance(loaded, str):
        try:
            loaded = datetime.fromisoformat(loaded.strip())
        except ValueError:
            raise ImportRefused(_no_date(source, loaded)) from None
    if not isinstance(loaded, date):
        raise ImportRefused(_no_date(source, loaded))
    # Oracle's DATE and datetime2 carry a time that midnight says nothing by.
    if isinstance(loaded, datetime) and loaded.tzinfo is None and loaded.time() == datetime.min.time():
        return loaded.date()
    return loaded


def _local(source: Source, moment: datetime) -> datetime:
    zone = ZoneInfo(source.time_zone)
    if moment.tzinfo is not None:
        return moment.astimezone(zone)
    own = source.timestamp_zone
    if own is None:
        return moment
    return moment.replace(tzinfo=UTC if own == "UTC" else ZoneInfo(own)).astimezone(zone)


def _no_date(source: Source, loaded: object) -> str:
    table, column = source.loaded and source.loaded.table, source.loaded and source.loaded.column
    return (
        f"Source {source.name}: {table}.{column} says {str(loaded)[:40]!r}, which is no date. Correct sources.loaded."
    )


def _words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
