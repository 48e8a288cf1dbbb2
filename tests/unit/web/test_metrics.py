"""What monitors read: who may, what is counted, and that nothing of anybody is in it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from kit import PLENTY, free_port
from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families
from stock_kit import CODES, shop
from web_kit import PASSWORD, Installation, install, script_token, sign_in

from dashboard.observing.meters import FOLDER, Meters, open_meters
from dashboard.observing.slots import Slot, count, tidy
from dashboard.settings import PROJECT, SettingsError, load_settings
from dashboard.sources.store import ROLLUP, RollupStore
from dashboard.web.metrics import MetricsPort

TOKEN = "of the monitor 0123456789abcdef0123456789"
PRICE = 987_654_321  # a figure of sales that would be seen
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("counted")
    (folder / "token").write_text(f"{TOKEN}\n")
    made = install(
        folder / "var",
        limits={**PLENTY, "per_pair": "8 per minute"},
        metrics={"token_file": str(folder / "token"), "port": free_port()},
    )
    RollupStore(made.site.settings.var / ROLLUP).write(shop(price=PRICE))
    yield made
    made.accounts.close()


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(made: Installation) -> str:
    answer = made.browser().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return answer.text


def value(made: Installation, name: str, **labels: str) -> float:
    return samples(read(made)).get((f"salesgate_{name}", frozenset(labels.items())), 0.0)


@pytest.mark.promise("metrics are for the monitor only")
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}],
)
def test_without_the_token_there_is_nothing_to_read(counted: Installation, headers: dict[str, str]) -> None:
    for browser in (counted.browser(), counted.signed_in("admin")):
        answer = browser.get("/metrics", headers=headers)
        assert answer.status_code == 401
        assert "salesgate_" not in answer.text


@pytest.mark.promise("metrics are for the monitor only")
def test_without_settings_there_are_none(installation: Installation) -> None:
    assert installation.site.meters is None
    assert installation.browser().get("/metrics", headers=BEARER).status_code == 404
    assert not (installation.site.settings.var / FOLDER).exists()


def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    for file in ("token", "nowhere"):
        with pytest.raises(SettingsError, match=r"metrics\.token_file"):
            install(tmp_path / "var", metrics={"token_file": str(tmp_path / file)})


def test_requests_sign_ins_locks_and_refusals_are_counted(counted: Installation) -> None:
    before = samples(read(counted))
    browser = counted.signed_in("sales_manager")
    browser.get("/users")
    for _ in range(5):
        sign_in(counted.browser(), "procurement_manager", "wrong")
    for _ in range(9):
        sign_in(counted.browser(), "nobody", "wrong")
    browser.get("/made-up/path")
    browser.open("/account", method="BREW")
    browser.post("/session/extend", headers=script_token(browser))
    after = samples(read(counted))
    grown = {key: number - before.get(key, 0) for key, number in after.items() if number != before.get(key, 0)}

    def by(name: str, **labels: str) -> float:
        return grown.get((f"salesgate_{name}", frozenset(labels.items())), 0.0)

    assert by("requests_total", route="/users", method="GET", status="4xx") == 1
    assert by("request_seconds_count", route="/users") == 1
    assert by("requests_total", route="unknown", method="GET", status="4xx") == 1
    assert by("requests_total", route="/account", method="other", status="4xx") == 1
    assert by("sign_ins_total", outcome="ok", methods="pwd", by="web") == 1
    assert by("sign_ins_total", outcome="locked", methods="none", by="none") == 1
    assert by("lockouts_total", by="guesses") == 1
    assert by("limits_reached_total", limit="per_pair") >= 1
    assert by("refusals_total", status="403") == 1
    assert by("audit_events_total", kind="access_denied", outcome="denied") == 1
    assert after["salesgate_requests_under_way", frozenset()] == 1  # the one that reads
    assert after["salesgate_sessions_open", frozenset({("kind", "web")})] >= 1
    assert after["salesgate_figures", frozenset({("state", "ok")})] == 1
    assert 0 <= after["salesgate_figures_age_seconds", frozenset()] < 600


@pytest.mark.promise("no name, no address and no figure is a metric")
def test_labels_come_from_closed_lists(counted: Installation) -> None:
    browser = counted.browser()
    browser.environ_base["REMOTE_ADDR"] = "198.51.100.77"
    for number in range(30):
        browser.get(f"/canary-{number}?q=canary", headers={"User-Agent": "canary", "X-Forwarded-For": "203.0.113.5"})
        browser.open(f"/canary/{number}", method=f"CANARY{number}")
    sign_in(browser, "canary-name", "canary-password")
    text = read(counted)
    for private in (
        "canary",
        "198.51",
        "203.0.113",
        "sales_manager",
        "admin@",
        PASSWORD,
        str(counted.site.settings.var),
    ):
        assert private not in text.replace('by="admin"', "").lower()
    assert str(PRICE)[:6] not in text
    assert not [code for code in CODES if f'"{code}"' in text]
    labels = [line.partition("{")[2].partition("}")[0] for line in text.splitlines() if "{" in line]
    assert len(labels) < 2000
    routes = {route for one in labels for route in re.findall(r'route="([^"]*)"', one)}
    rules = {rule.rule for rule in counted.server.url_map.iter_rules()}
    assert routes <= rules | set(counted.site.pages) | {"unknown"}


def test_the_reference_page_names_every_metric(counted: Installation) -> None:
    page = (PROJECT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(salesgate_\w+)`", page, re.M))
    found = {name for name in re.findall(r"^# TYPE (\S+)", read(counted), re.M) if "_process_" not in name}
    assert found <= told
    declared = {f"salesgate_{name}_total" for name in counters_of(counted)}
    assert declared <= told


def counters_of(made: Installation) -> set[str]:
    meters = made.site.meters
    found = (metric for metric in vars(meters).values() if isinstance(metric, Counter))
    return {metric._name.removeprefix("salesgate_") for metric in found}


def test_the_port_of_its_own_is_served_by_one_and_taken_over_by_another(counted: Installation) -> None:
    settings = counted.site.settings
    one, two = MetricsPort(counted.server, settings), MetricsPort(counted.server, settings)
    one.serve()
    two.serve()
    two.serve()
    address = f"http://127.0.0.1:{settings.metrics.port}/metrics"
    with urlopen(address, timeout=10) as answer:
        assert b"salesgate_accounts_up 1.0" in answer.read()
    one.stop()
    two.serve()
    with urlopen(address, timeout=10) as answer:
        assert answer.status == 200
    two.stop()


def test_a_successor_counts_on_where_a_process_ended(tmp_path: Path) -> None:
    one, other = Slot(tmp_path), Slot(tmp_path)
    assert (one(), other(), count(tmp_path)) == ("0", "1", 2)
    for name in ("counter_0.db", "counter_1.db", "gauge_livesum_0.db"):
        (tmp_path / name).touch()
    tidy(tmp_path)  # both are alive
    assert len(list(tmp_path.glob("*.db"))) == 3
    os.close(one._lock)  # as the kernel does when a process ends
    assert count(tmp_path) == 1
    assert Slot(tmp_path)() == "0"
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["counter_0.db", "counter_1.db"]
    tidy(tmp_path)


def test_only_what_the_settings_ask_for_is_opened(tmp_path: Path) -> None:
    assert open_meters(load_settings(var=tmp_path)) is None
    assert isinstance(open_meters(load_settings(var=tmp_path, metrics={"port": free_port()})), Meters)


def test_what_alarms_watch_stands_at_zero_before_the_first_event(tmp_path: Path) -> None:
    meters = open_meters(load_settings(var=tmp_path, metrics={"port": free_port()}))
    assert meters
    meters.expect(["sending mails"])
    found = samples(meters.exposition(list).decode())
    for name, labels in (
        ("lockouts", {"by": "guesses"}),
        ("refusals", {"status": "401"}),
        ("refreshes", {"outcome": "failed"}),
        ("background_failures", {"task": "sending mails"}),
        ("token_reuses", {}),
    ):
        assert found[f"salesgate_{name}_total", frozenset(labels.items())] == 0.0
