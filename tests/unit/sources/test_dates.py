from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_kit import Shop, daily

from dashboard.sources.errors import ImportRefused
from dashboard.sources.importer import import_file


def day_of(shop: Shop, when: str, **keys: Any) -> date:
    shop.import_lines(f"A1,1,{when},2", **keys)
    return next(iter(daily(shop.rollup)))


@pytest.mark.parametrize(
    ("when", "zone", "timestamps", "expected"),
    [
        ("2024-01-31 23:59:59", "America/New_York", "local", date(2024, 1, 31)),
        ("2024-02-01 00:00", "America/New_York", "local", date(2024, 2, 1)),
        ("2024-01-31 23:00", "Europe/Paris", "utc", date(2024, 2, 1)),
        ("2024-01-31 22:59", "Europe/Paris", "utc", date(2024, 1, 31)),
        ("2024-07-31 22:00", "Europe/Paris", "utc", date(2024, 8, 1)),
        ("2024-07-31 21:59", "Europe/Paris", "utc", date(2024, 7, 31)),
        ("2024-03-31 00:59", "Europe/Paris", "utc", date(2024, 3, 31)),
        ("2024-02-01 04:59", "America/New_York", "utc", date(2024, 1, 31)),
        ("2024-02-01 05:00", "America/New_York", "utc", date(2024, 2, 1)),
        ("2024-11-03 03:59", "America/New_York", "utc", date(2024, 11, 2)),
        ("2024-11-03 04:00", "America/New_York", "utc", date(2024, 11, 3)),
        ("2024-11-04 04:59", "America/New_York", "utc", date(2024, 11, 3)),
        ("2024-01-31 18:00", "Asia/Tokyo", "America/Chicago", date(2024, 2, 1)),
        ("2024-01-31T23:30:00Z", "Europe/Paris", "local", date(2024, 2, 1)),
        ("2024-01-31T23:30:00+02:00", "Europe/Paris", "local", date(2024, 1, 31)),
        ("2024-01-31 23:30+0200", "UTC", "local", date(2024, 1, 31)),
        ("2024-01-31T23:30:00.123-05:00", "UTC", "local", date(2024, 2, 1)),
        ("2024-01-31", "America/New_York", "utc", date(2024, 1, 31)),
    ],
)
def test_business_date(shop: Shop, when: str, zone: str, timestamps: str, expected: date) -> None:
    assert day_of(shop, when, time_zone=zone, timestamps=timestamps) == expected


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.sampled_from(["Europe/London", "Australia/Lord_Howe"])
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_business_date_agrees_with_zoneinfo(shop: Shop, when: datetime, zone: str) -> None:
    when = when.replace(microsecond=0)
    expected = when.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date()
    assert day_of(shop, f"{when:%Y-%m-%d %H:%M:%S}", time_zone=zone, timestamps="utc") == expected


@pytest.mark.parametrize(
    ("when", "date_format", "expected"),
    [
        ("31/01/2024 10:00", "%d/%m/%Y %H:%M", date(2024, 1, 31)),
        ("1/2/2024", "%m/%d/%Y", date(2024, 1, 2)),
        ("20240131", "%Y%m%d", date(2024, 1, 31)),
        ("31.1.24", "%d.%m.%y", date(2024, 1, 31)),
    ],
)
def test_date_format(shop: Shop, when: str, date_format: str, expected: date) -> None:
    assert day_of(shop, when, csv={"date_format": date_format}) == expected


def test_a_date_format_without_a_time_is_not_shifted_by_a_zone(shop: Shop) -> None:
    keys = {"time_zone": "America/New_York", "timestamps": "utc"}
    assert day_of(shop, "31.01.2024", csv={"date_format": "%d.%m.%Y"}, **keys) == date(2024, 1, 31)
    assert day_of(shop, "31.01.2024 02", csv={"date_format": "%d.%m.%Y %H"}, **keys) == date(2024, 1, 30)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([date(2024, 2, 1)]), date(2024, 2, 1)),
        (pa.array([datetime(2024, 2, 1, 3)], pa.timestamp("ns")), date(2024, 1, 31)),
        (pa.array([datetime(2024, 2, 1, 3)], pa.timestamp("s")), date(2024, 1, 31)),
        (pa.array([datetime(2024, 2, 1, 3)], pa.timestamp("us", "Asia/Tokyo")), date(2024, 1, 31)),
        (pa.array(["2024-02-01 03:00"]), date(2024, 1, 31)),
    ],
    ids=["date", "timestamp[ns]", "timestamp[s]", "instant", "text"],
)
def test_parquet_types_of_time(shop: Shop, values: pa.Array, expected: date) -> None:
    path = shop.folder / "sales.parquet"
    pq.write_table(pa.table({"code": ["A1"], "qty": [1], "date": values, "price": [2.0]}), path)
    import_file(path, shop.mapping(time_zone="America/New_York", timestamps="utc"), shop.settings)
    assert next(iter(daily(shop.rollup))) == expected


def test_whole_number_dates_are_read_only_with_a_format(shop: Shop) -> None:
    path = shop.folder / "sales.parquet"
    pq.write_table(pa.table({"code": ["A1"], "qty": [1], "date": [20240131], "price": [2.0]}), path)
    with pytest.raises(ImportRefused, match="holds BIGINT, no dates"):
        import_file(path, shop.mapping(), shop.settings)
    import_file(path, shop.mapping(csv={"date_format": "%Y%m%d"}), shop.settings)
    assert list(daily(shop.rollup)) == [date(2024, 1, 31)]


def test_complete_to_is_assumed_the_day_before_when_lines_have_a_time(shop: Shop) -> None:
    info = shop.import_lines("A1,1,2024-01-31 09:00,2", "A1,1,2024-02-09 12:50,2", "A1,1,2024-02-10 10:00,0").info
    assert info.complete_to == date(2024, 2, 8)
    assert (
        info.complete_to_reason
        == "Assumed: the last line is of 9 February 2024, 12:50, so that day may not be finished."
    )
    assert (info.first_day, info.last_day) == (date(2024, 1, 31), date(2024, 2, 9))


def test_complete_to_is_assumed_the_last_date_when_lines_have_none(shop: Shop) -> None:
    info = shop.import_lines("A1,1,2024-01-31,2", "A1,1,2024-02-09,2").info
    assert (info.complete_to, info.complete_to_reason) == (
        date(2024, 2, 9),
        "Assumed: the last line is of 9 February 2024.",
    )


def test_complete_to_of_the_mapping_wins(shop: Shop) -> None:
    info = shop.import_lines("A1,1,2024-01-31 09:00,2", complete_to=date(2024, 2, 1)).info
    assert (info.complete_to, info.complete_to_reason) == (date(2024, 2, 1), "Set in the import mapping.")


def test_complete_to_before_all_lines_is_refused(shop: Shop) -> None:
    with pytest.raises(ImportRefused, match=r"complete_to in the mapping \(2024-01-30\) lies before the first line"):
        shop.import_lines("A1,1,2024-01-31,2", complete_to=date(2024, 1, 30))
