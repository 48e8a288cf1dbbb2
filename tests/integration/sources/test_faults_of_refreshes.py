"""What befalls a refresh itself: its own files, its settings, its lease, and a wish to stop."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults_kit import Store, half_written, store_of
from refresh_kit import Shop, current, lines, mapping, settings_of, totals
from test_refresh_processes import until

from dashboard.accounts.database import migrate, open_engine
from dashboard.accounts.leases import Leases
from dashboard.settings import Settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.cancel import Cancelled
from dashboard.sources.refresh.control import cancel_refresh
from dashboard.sources.refresh.lease import LeaseLost
from dashboard.sources.refresh.run import refresh
from dashboard.sources.refresh.status import read_status

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
NORTH, SOUTH = 4 * 2 * 3, 2 * 3


@pytest.fixture
def shops(tmp_path: Path) -> dict[str, Shop]:
    north = Shop(tmp_path / "north.db", lines(range(4)))
    return {"north": north, "south": Shop(tmp_path / "south.db", lines([1], region="South"))}


@pytest.fixture
def both(tmp_path: Path, shops: dict[str, Shop]) -> Settings:
    settings = settings_of(tmp_path / "var", shops)
    refresh(settings)
    assert totals(settings)["gross_units"] == NORTH + SOUTH
    return settings


def harm(settings: Settings, source: str) -> None:
    place = settings.var / "rollup" / "sources" / source
    next((place / (place / "CURRENT").read_text()).glob("*.parquet")).write_bytes(b"PAR1")


def test_figures_that_are_damaged_and_cannot_be_read_again_are_not_dropped(
    both: Settings, shops: dict[str, Shop]
) -> None:
    version = current(both).version
    harm(both, "south")
    shops["south"].path.rename(shops["south"].path.with_suffix(".gone"))
    shops["north"].add(lines([0], days=(4,)))
    with pytest.raises(
        ImportRefused, match=r"What was read of Shop south before cannot be used, and it was not read again"
    ):
        refresh(both)
    assert (current(both).version, totals(both)["gross_units"]) == (version, NORTH + SOUTH)
    last = read_status(both.var).last
    assert last
    assert (last.ok, "Shop south" in last.reason, "there is no file" in last.reason) == (False, True, True)
    shops["south"].path.with_suffix(".gone").rename(shops["south"].path)
    assert refresh(both).ok
    assert totals(both)["gross_units"] == NORTH + 3 + SOUTH


def test_a_new_mapping_of_a_source_that_is_down_waits(both: Settings, shops: dict[str, Shop]) -> None:
    shops["south"].path.rename(shops["south"].path.with_suffix(".gone"))
    table = mapping("south")
    table["lines"]["columns"]["channel"] = "region"
    table["master"] = {"table": "products", "columns": {"product": "code", "name": "name"}}
    table["stock"] = {"table": "stock", "columns": {"date": "day", "product": "code", "available": "units"}}
    again = both.model_copy(update={"sources": {**both.sources, "south": table}})
    shops["north"].add(lines([0], days=(4,)))
    report = refresh(again)
    assert [one.ok for one in report.sources] == [True, False]
    assert totals(again)["gross_units"] == NORTH + 3 + SOUTH
    shops["south"].path.with_suffix(".gone").rename(shops["south"].path)
    shops["south"].run("CREATE TABLE products (code TEXT, name TEXT)")
    shops["south"].run("CREATE TABLE stock (day DATE, code TEXT, units INTEGER)")
    assert refresh(again).ok
    assert totals(again)["gross_units"] == NORTH + 3 + SOUTH


def test_one_source_with_products_twice_stops_no_other(both: Settings, shops: dict[str, Shop]) -> None:
    shops["south"].run("CREATE TABLE products (code TEXT, name TEXT)")
    for _ in range(2):
        shops["south"].run("INSERT INTO products VALUES ('A1', 'Hammer')")
    table = {**mapping("south"), "master": {"table": "products", "columns": {"product": "code", "name": "name"}}}
    again = both.model_copy(update={"sources": {**both.sources, "south": table}})
    shops["north"].add(lines([0], days=(4,)))
    report = refresh(again)
    assert [one.ok for one in report.sources] == [True, False]
    assert "several rows for one code: A1." in report.sources[1].reason
    assert totals(again)["gross_units"] == NORTH + 3 + SOUTH


def test_a_lease_that_is_lost_on_the_way_stops_before_the_swap(both: Settings, shops: dict[str, Shop]) -> None:
    version = current(both).version
    shops["north"].add(lines([0], days=(4,)))
    engine = open_engine(both)
    migrate(engine)
    here = Leases(engine, machine="a")
    ahead = [timedelta(minutes=5)]
    later = Leases(engine, machine="b", clock=lambda: datetime.now(UTC) + ahead[0])
    name = f"refresh:{(both.var / 'rollup' / 'sources' / 'installation-id').read_text()}"
    theirs = later.hold(name, 90)

    def tell(step: str, _share: float) -> None:
        if step == "Writing the figures":
            theirs.__enter__()

    with pytest.raises(LeaseLost, match=r"Another host has taken over, or .* nothing was put in force"):
        refresh(both, tell=tell, lease=here)
    assert current(both).version == version
    last = read_status(both.var).last
    assert last
    assert (last.ok, last.reason.startswith("Another host has taken over")) == (False, True)
    assert half_written(both.var) == []
    ahead[0] = timedelta(0)
    theirs.__exit__(None, None, None)
    assert refresh(both, lease=here).changed
    engine.dispose()


def cancelled(store: Store) -> float:
    """Seconds from the wish of the page to the end of the refresh."""
    ended: list[BaseException] = []

    def run() -> None:
        try:
            store.refresh()
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: (now := read_status(store.var).running) and now.source)
    time.sleep(0.5)
    began = time.monotonic()
    assert cancel_refresh(store.settings)
    thread.join(60)
    assert [type(error) for error in ended] == [Cancelled], ended
    return time.monotonic() - began


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_statement_of_minutes_is_cancelled_within_five_seconds(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = store_of(kind, request, tmp_path)
    assert store.refresh().ok
    version = current(store.settings).version
    store.make_endless()
    assert cancelled(store) < 5
    last = read_status(store.var).last
    assert last
    assert (last.outcome, current(store.settings).version) == ("cancelled", version)
    assert half_written(store.var) == []
    store.make_sound()
    assert store.refresh().ok
