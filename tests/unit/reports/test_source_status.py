"""How the sources stand, by viewer: who may ask, what managers are not told, and when a line stands on every page."""

import os
import socket
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import Line, make_rollup

from dashboard.access import Forbidden, Permission, Scope, Viewer
from dashboard.reports import Gate
from dashboard.reports.source_states import ReadOnly, State
from dashboard.reports.source_status import NOT_RUNNING, RUNNING, SourceWatch
from dashboard.settings import PROJECT, load_settings
from dashboard.sources.errors import ImportRefused, StoreError
from dashboard.sources.refresh import asking, control
from dashboard.sources.refresh.status import (
    LastRun,
    RefreshStatus,
    Running,
    SourceStatus,
    Verified,
    status_file,
    write_status,
)
from dashboard.ui import data_board
from dashboard.ui.asked import read
from dashboard.ui.board import answer
from dashboard.ui.caller import Caller
from pages.data import BOARD

P = Permission
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECRETS = ("db.example.com", "READER", "ORA-12170", "Oracle", "SELECT", "shop_reader", "hunter2")
SECTIONS: dict[str, Any] = {
    "binds": {
        "erp": {"url": "sqlite:////srv/erp.db"},
        "shop": {"url": "oracle+oracledb://shop_reader@db.example.com:1521/?service_name=SHOP", "allow_writes": True},
        "till": {"url": "mssql+pyodbc://reader@[::1]:1433/till?driver=ODBC+Driver+18+for+SQL+Server"},
    },
    "sources": {
        "erp": {"bind": "erp", "label": "Head office"},
        "shop": {"bind": "shop", "label": "Online shop"},
        "till": {"bind": "till"},
    },
    "refresh": {"late_hours": 26, "every_minutes": 60},
}
DRIFT = Verified("2026-11-21T07:00:00+00:00", 6, ("2026-04", "2026-05", "2026-07", "2026-08"), "4 months differ by 12.")
FAILED = "ORA-12170: db.example.com did not answer READER: SELECT"


def viewer(*permissions: Permission, scope: Scope | None = None) -> Viewer:
    return Viewer(1, "x", "x", frozenset(permissions), scope or Scope())


ADMIN, MANAGER = viewer(P.SOURCES_MANAGE), viewer(P.MEASURE_UNITS)


def at(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat()


def source(name: str, label: str, **values: Any) -> SourceStatus:
    good = {"as_of": at(minutes=9), "rows": 20, "lines": 1000, "read_only": "proved", "evidence": "Only SELECT."}
    return SourceStatus(name, label, name, **{**good, **values})


ERP = source("erp", "Head office")
SHOP = source(
    "shop", "Online shop", product="Oracle 19c", ok=False, kind="unreachable", reason=FAILED, as_of=at(hours=3),
    read_only="writable", evidence="READER may INSERT.",
)  # fmt: skip
LAST = LastRun(at(minutes=9), "incremental", False, "failed", "Online shop failed.", 12.4, "v", True)


@pytest.fixture
def watch(tmp_path: Path) -> SourceWatch:
    settings = load_settings(var=tmp_path, **SECTIONS)
    return SourceWatch(settings, lambda: make_rollup([Line(date(2026, 11, 2), "pan", 1, 100)]), lambda: NOW)


def note(watch: SourceWatch, *sources: SourceStatus, **values: Any) -> None:
    assert watch.settings
    write_status(watch.settings.var, RefreshStatus(sources=sources, **values))


def running() -> Running:
    now = datetime.now(UTC).isoformat()
    return Running("full", "shop", "Reading lines", 0.25, 12, now, now, socket.gethostname(), os.getpid())


def test_only_who_manages_sources_sees_and_refreshes_them(watch: SourceWatch) -> None:
    for one in (MANAGER, viewer(P.USERS_MANAGE, P.AUDIT_READ), viewer()):
        for ask in (watch.overview, watch.cancel, lambda v: watch.start(v, "full")):
            with pytest.raises(Forbidden):
                ask(one)


def test_an_administrator_sees_each_source_as_it_stands(watch: SourceWatch) -> None:
    note(watch, ERP, SHOP, last=LAST, running=running())
    overview = watch.overview(ADMIN)
    erp, shop, till = overview.sources
    assert (erp.state, erp.address, erp.lines, erp.groups) == (State.READ, "/srv/erp.db", 1000, 20)
    assert (shop.state, shop.reason, shop.product) == (State.FAILED, FAILED, "Oracle 19c")
    assert (shop.address, shop.read_only, shop.accepted) == ("db.example.com:1521", ReadOnly.WRITABLE, True)
    assert (till.state, till.label, till.address, till.as_of) == (State.NEVER, "till", "::1:1433/till", None)
    assert overview.running is not None
    assert (overview.running.source, overview.running.share) == ("Online shop", 0.25)
    note(watch, running=running(), last=LAST)  # not noted before
    first = watch.overview(ADMIN).running
    assert first is not None
    assert first.source == "Online shop"
    # What failed is tried again sooner.
    assert overview.next_at == NOW - timedelta(minutes=9) + timedelta(minutes=control.AGAIN_MINUTES)
    note(watch, ERP, last=LastRun(at(minutes=9), "incremental", True, "ok", "", 1, "v", True))
    assert watch.overview(ADMIN).next_at == NOW + timedelta(minutes=51)


def test_figures_older_than_the_limit_are_late(watch: SourceWatch) -> None:
    for hours, state in ((25.9, State.READ), (26.1, State.LATE)):
        note(watch, source("erp", "Head office", as_of=at(hours=hours)))
        assert watch.overview(ADMIN).sources[0].state is state
    assert "Figures of Head office are late: as of 20 Nov 2026, 06:54 UTC." in watch.notices(MANAGER)[0].text


def test_nothing_but_the_class_of_a_failure_reaches_managers(watch: SourceWatch) -> None:
    note(watch, ERP, SHOP, last=LAST)
    rollup = make_rollup([Line(date(2026, 11, 2), "pan", 1, 100)])
    news = watch.news(MANAGER, rollup.info)
    words = [
        "up to date",
        "the refresh failed: the database did not answer; its account can write to the database",
        "never read: its figures are missing",
    ]
    assert [one.words for one in news] == words
    told = f"{news} {watch.notices(MANAGER)}"
    assert not [secret for secret in SECRETS if secret in told]
    assert [one.lines_read for one in news] == [1000, 1000, None]


NORTH = viewer(P.MEASURE_UNITS, P.MEASURE_REVENUE, scope=Scope(region=frozenset({"North"})))


@pytest.mark.parametrize(
    ("sources", "outcome", "words"),
    [
        ((ERP, SHOP, source("till", "till", verified=DRIFT)), "failed", "Not every source"),
        ((ERP, source("shop", "Online shop", as_of=at(hours=30)), source("till", "till")), "ok", "Not every source"),
        ((ERP, source("shop", "Online shop"), source("till", "till", verified=DRIFT)), "ok", "Closed months changed"),
        ((ERP, source("shop", "Online shop"), source("till", "till")), "failed", "The last refresh"),
        ((ERP, source("shop", "Online shop"), source("till", "till")), "ok", ""),
    ],
)
def test_viewers_of_a_part_learn_no_source_s_name_number_or_date(
    watch: SourceWatch, sources: tuple[SourceStatus, ...], outcome: str, words: str
) -> None:
    """Sources often are regions: "Figures of Shop South are missing" would tell that there is a South."""
    note(watch, *sources, last=LastRun(at(minutes=9), "full", outcome == "ok", outcome, FAILED, 1, "v", True))
    notices, news = watch.notices(NORTH), watch.news(NORTH, make_rollup([Line(date(2026, 11, 2), "pan", 1, 100)]).info)
    assert [one.text.startswith(words) for one in notices] == ([True] if words else [])
    assert len(news) == 1
    assert (news[0].as_of, news[0].lines_read, news[0].lines_kept) == (None, None, None)
    told = f"{notices} {news}"
    for secret in (*SECRETS, "Head office", "Online shop", "till", "April", "2026", "1000"):
        assert secret not in told


def test_the_lines_of_every_page_and_where_they_lead(watch: SourceWatch) -> None:
    note(watch, ERP, SHOP, source("till", "till", verified=DRIFT), last=LAST)
    manager, admin = watch.notices(MANAGER), watch.notices(ADMIN)
    assert [one.text for one in manager] == [
        "Figures of Online shop are as of 21 Nov 2026, 06:00 UTC; the refresh failed: the database did not answer. "
        "See Data",
        "Closed months changed in the source since they were read: till (April 2026, May 2026, July 2026 and 1 more). "
        "See Data",
    ]
    assert {one.address for one in manager} == {"/data"}
    assert {one.address for one in admin} == {"/sources"}
    assert "The account that reads Online shop can write" in admin[-1].text
    # Who may open neither page is told without a link; who sees no figures is told nothing.
    assert {one.address for one in watch.notices(viewer(P.MEASURE_REVENUE))} == {""}
    assert watch.notices(viewer(P.USERS_MANAGE, P.AUDIT_READ)) == ()


def test_all_is_quiet_while_all_is_well(watch: SourceWatch) -> None:
    good = (ERP, source("shop", "Online shop"), source("till", "till"))
    note(watch, *good, last=LastRun(at(minutes=9), "incremental", True, "ok", "", 1, "v", True))
    assert watch.notices(ADMIN) == watch.notices(MANAGER) == ()
    for outcome, count in (("cancelled", 0), ("failed", 1)):  # by itself: not the fault of a source
        note(watch, *good, last=LastRun(at(minutes=9), "full", False, outcome, "Disk full.", 1, "v", False))
        assert len(watch.notices(MANAGER)) == count
    assert SourceWatch().notices(ADMIN) == ()
    assert SourceWatch().overview(ADMIN).sources == ()


def test_a_refresh_is_begun_once_and_refusals_are_said(watch: SourceWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(asking, "GAP_SECONDS", 0)
    monkeypatch.setattr(control, "start_refresh", lambda _settings, mode: begun.append(mode))
    assert watch.cancel(ADMIN) == NOT_RUNNING
    assert watch.start(ADMIN, "verify") == ""
    note(watch, running=running())
    assert watch.start(ADMIN, "full") == RUNNING
    assert watch.cancel(ADMIN) == ""
    assert begun == ["verify"]
    note(watch)

    def refuse(*_: object) -> None:
        raise ImportRefused("No process can be started.")

    monkeypatch.setattr(control, "start_refresh", refuse)
    assert watch.start(ADMIN, "full") == "No process can be started."
    assert SourceWatch().start(ADMIN, "full") == SourceWatch().cancel(ADMIN) == "No source is configured."


def test_clicks_do_not_become_a_load_on_the_databases(watch: SourceWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(control, "start_refresh", lambda _settings, mode: begun.append(mode))
    assert watch.settings
    together = [watch.start(ADMIN, "full") for _ in range(20)]
    assert (together.count(""), len(begun)) == (1, 1)
    assert together[1].startswith("Too many refreshes were asked for. Wait 2 s")
    monkeypatch.setattr(asking, "GAP_SECONDS", 0)
    slowly = [watch.start(ADMIN, "incremental") for _ in range(20)]
    assert slowly.count("") == asking.MOST - 1
    assert slowly[-1].startswith("Too many refreshes were asked for. Wait 10 min")
    file = status_file(watch.settings.var).with_name(asking.ASKED)
    assert file.stat().st_mode & 0o777 == 0o600
    for damaged in ("", "{", '["x"]', "[1e999]", "[[]]"):
        file.write_text(damaged)
        assert watch.start(ADMIN, "full") == ""
    file.unlink()
    file.symlink_to(watch.settings.var / "elsewhere")
    assert "cannot be started" in watch.start(ADMIN, "full")
    assert not (watch.settings.var / "elsewhere").exists()


def test_damaged_figures_do_not_hide_the_sources(watch: SourceWatch) -> None:
    def damaged() -> None:
        raise StoreError("damaged")

    assert len(SourceWatch(watch.settings, damaged).overview(ADMIN).sources) == 3


class Fixed:
    def current(self) -> Any:
        return make_rollup([Line(date(2026, 11, 2), "pan", 1, 100)])


def test_the_data_page_changes_with_the_sources_though_the_figures_stay(watch: SourceWatch) -> None:
    gate = Gate(Fixed(), watch=watch)
    caller = Caller(MANAGER, None, gate, None)  # type: ignore[arg-type]
    note(watch, ERP)
    rows = answer(BOARD, caller, {}, {})["parts"]["sources"]["table"]["rows"]
    assert rows[0][:2] == ["Head office", "Up to date"]
    assert rows[0][3] == [1000, "1,000"]
    note(watch, source("erp", "Head office", ok=False, kind="lost", reason=FAILED))
    rows = answer(BOARD, caller, {}, {})["parts"]["sources"]["table"]["rows"]
    assert rows[0][1] == "The refresh failed: the connection to the database broke off"


@pytest.mark.parametrize("scope", [Scope(), Scope(region=frozenset({"North"}))])
def test_the_block_of_the_data_page_has_a_cell_a_column_and_is_not_there_without_sources(
    watch: SourceWatch, scope: Scope
) -> None:
    note(watch, ERP, SHOP)
    shown = 3 if scope == Scope() else 1
    for gate, count in ((Gate(Fixed(), watch=watch), shown), (Gate(Fixed()), 0)):
        one = gate.open(viewer(P.MEASURE_UNITS, scope=scope))
        block = data_board.build(one, read({}, one.options(), {}, ()))["sources"]
        assert (block is not None) == bool(count)
        rows = block["table"]["rows"] if block else []
        assert len(rows) == count
        assert all(len(row) == len(block["table"]["columns"]) for row in rows)


def test_no_engine_is_loaded_into_the_process_of_the_site(watch: SourceWatch) -> None:
    note(watch, ERP, SHOP, last=LAST)
    assert watch.settings
    code = f"""
import sys
from pathlib import Path
from dashboard.access import Permission, Viewer
from dashboard.reports.source_status import SourceWatch
from dashboard.settings import load_settings
settings = load_settings(var=Path({str(watch.settings.var)!r}), **{SECTIONS!r})
watch = SourceWatch(settings)
admin = Viewer(1, "x", "x", frozenset({{Permission.SOURCES_MANAGE}}))
assert watch.overview(admin).sources and watch.notices(admin) and watch.cancel(admin)
heavy = {{"duckdb", "oracledb", "pyodbc", "arrow_odbc"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
