"""Figures of speed and weight, each beside its floor or its budget: `make bench`. Trust the ratios most."""

import os
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Response
from kit import PLENTY, Installation, Served, command, serve, with_users

from dashboard.reports import open_gate
from dashboard.settings import PROJECT, load_settings

sys.path.insert(0, str(PROJECT / "tests" / "browser"))
sys.path.insert(0, str(PROJECT / "tests" / "integration" / "app"))
import app_kit
import bench_api
import bench_engines
import bench_scale
from app_kit import Person, body
from browser_kit import Visitor, launch

DATA = PROJECT.parent / "shared" / "data" / "online_retail_ii.parquet"
ROUNDS = 60
# The page's own clock, which starts with the click: frame by frame until the first bar is there.
WATCH = """
const look = () => document.querySelector("[data-sg='monthly.plot'] .bars .point path")
    ? (window.firstBarAt = performance.now()) : requestAnimationFrame(look);
look();
"""


def main() -> None:
    """Print everything; the real data are used where they stand beside the project, the demo elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder) / "var"
        installation = _import(var) if DATA.exists() else _demo(var)
        _callbacks(installation)
        for served in serve(installation):
            _pages(served)
        bench_api.run(installation)
    bench_scale.run([sys.executable, bench_scale.__file__])
    bench_engines.main()


def _import(var: Path) -> Installation:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, time.perf_counter()
    done = command(var, "import", str(DATA), "--mapping", "docs/mappings/online_retail_ii.toml")
    assert done.returncode == 0, done.stderr
    seconds, peak = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert peak >= before
    lines = re.search(r"read +([\d,]+)", done.stdout)
    print(
        f"import of {lines[1] if lines else '?'} lines: {seconds:.1f} s (budget 20), peak {peak / 1024:.0f} MiB (1,024)"
    )
    return with_users(var)


def _demo(var: Path) -> Installation:
    print(f"{DATA} is not here: the demo data are measured")
    assert command(var, "demo").returncode == 0
    return with_users(var)


def _callbacks(installation: Installation) -> None:
    """Each page's filter callback beside a bare route that returns the same bytes behind the same gate, in turns."""
    settings = load_settings(var=installation.var, limits=PLENTY)
    app, floor = _with_floor(settings)
    current = open_gate(settings).store.current()
    assert current is not None
    months = current.months
    app_kit.DEFAULTS.update({"from": months[-2], "to": months[-2]})
    products = len(current.products)
    print(
        f"filter callbacks at {products:,} products; the bare route is behind the same gate and returns the same bytes"
    )
    for role in ("sales_manager", "procurement_manager"):
        person = Person(app, role)
        for page in app_kit.PAGES.values():
            if f"{page}-view.data" in app_kit.callbacks(app) and app_kit.is_open(page, role):
                _callback(app, person, f"{page}-view.data", months, floor, f"{role.partition('_')[0]}, {page}")


def _callback(app: Any, person: Person, view: str, months: tuple[str, ...], floor: list[bytes], name: str) -> None:
    headers, payload = person.headers, body(app, view, {})
    floor[:] = [person.post(payload).get_data()]

    def ask() -> Any:
        return person.post(payload)

    def bare() -> Any:
        return person.client.post("/_dash-floor", json=payload, headers=headers)

    assert bare().get_data() == ask().get_data()
    seen, least = _in_turns(ask, bare)
    new = _fresh_questions(app, person, view, months)
    known = f"asked before {seen:.2f} ms, {seen / least:.1f} times that"
    unknown = f"never asked before {new:.1f} ms, {new / least:.0f} times"
    print(f"    {name}, {len(floor[0]):,} bytes: bare {least:.2f} ms; {known}; {unknown}")


def _with_floor(settings: Any) -> tuple[Any, list[bytes]]:
    from dashboard import wiring  # noqa: PLC0415
    from pages import PAGES  # noqa: PLC0415

    answer: list[bytes] = [b""]
    make = wiring.create_server

    def with_route(chosen: Any) -> Any:
        server = make(chosen)
        view = lambda: Response(answer[0], mimetype="application/json")  # noqa: E731
        server.add_url_rule("/_dash-floor", "floor", view, methods=["POST"])
        return server

    wiring.create_server = with_route  # type: ignore[assignment]
    return wiring.wire(settings, PAGES, PROJECT), answer


def _in_turns(one: Callable[[], Any], two: Callable[[], Any]) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, kept in zip((one, two), times, strict=True):
            started = time.perf_counter()
            work()
            kept.append(time.perf_counter() - started)
    return statistics.median(times[0]) * 1000, statistics.median(times[1]) * 1000


def _fresh_questions(app: Any, person: Person, view: str, months: tuple[str, ...]) -> float:
    times = []
    for month in months[1:-2]:
        payload = body(app, view, {"from": month, "to": month})
        started = time.perf_counter()
        answer = person.post(payload)
        times.append(time.perf_counter() - started)
        assert answer.status_code == 200
    return statistics.median(times) * 1000


def _pages(served: Served) -> None:
    with launch() as browser:
        for name, weight, drawn in _visits(browser, served):
            print(f"{name}: {weight / 1000:.0f} KB, chart drawn {drawn:.2f} s after the click")
    print("    (budgets: 650 KB cold, 35 KB warm, 1.2 s)")


def _visits(browser: Any, served: Served) -> Iterator[tuple[str, int, float]]:
    visitor = Visitor(browser, served)
    visitor.page.add_init_script(WATCH)
    visitor.sign_in("sales_manager")
    visitor.drawn()
    page, received = visitor.page, []
    protocol = visitor.context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    for cold in (True, False):
        times = []
        for _ in range(5):
            page.goto("about:blank")
            if cold:
                protocol.send("Network.clearBrowserCache")
            received.clear()
            page.goto("/revenue")
            visitor.drawn()
            times.append(page.evaluate("window.firstBarAt") / 1000)
            page.wait_for_load_state("networkidle")
        yield f"first page, {'cold' if cold else 'warm'}", sum(received), statistics.median(times)
    visitor.close()


if __name__ == "__main__":
    os.chdir(PROJECT)
    main()
