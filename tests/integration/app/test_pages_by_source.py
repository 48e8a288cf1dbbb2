"""Two sources in one picture: the filter and what follows from it on every page and at the API, and for whom."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from app_kit import PAGES, PASSWORD, Person, body, callbacks
from factories import Item, Line, make_rollup
from flask import Flask
from integration.api.api_kit import Api, Client, problem_of
from kit import PLENTY

from dashboard import create_app
from dashboard.accounts import Accounts, Actor, NewUser
from dashboard.settings import RoleSettings, load_settings
from dashboard.sources.store import RollupStore

ORACLE, SERVER = "Oracle of Delphi", "SQL Server of Redmond"
MAY = ["measure:units", "measure:revenue"]
OWN_ROLES = {
    "whole": RoleSettings(name="Whole", permissions=MAY),
    "islander": RoleSettings(name="Islander", permissions=MAY, scope={"region": ["Islands"]}),
}
START = date(2026, 8, 1)


def lines() -> list[Line]:
    """The server alone sells on the islands."""
    days = [START + timedelta(days=n) for n in range(100)]
    oracle = [Line(day, f"p{n % 5}", 2, 20_00 + n, source=ORACLE) for n, day in enumerate(days)]
    places = ("Islands", "North")
    server = [Line(d, f"p{n % 4}", 3, 33_00 + n, region=places[n % 2], source=SERVER) for n, d in enumerate(days)]
    return [*oracle, *server]


def made(var: Path, sold: Sequence[Line], told: str) -> Flask:
    """A site of the lines ``sold``, of which is ``told`` where they come from."""
    rollup = make_rollup(sold, [Item(f"p{n}", ("Kitchen", "Bath")[n % 2], first=START) for n in range(5)])
    rollup = replace(rollup, info=replace(rollup.info, source=told))
    settings = load_settings(var=var, limits={**PLENTY, "requests_per_user": "100000 per minute"}, roles=OWN_ROLES)
    RollupStore(var / "rollup").write(rollup)
    accounts = Accounts(settings)
    for role in OWN_ROLES:
        accounts.create_user(NewUser(role, f"{role}@example.com", role), Actor(0, "command line"), PASSWORD)
    accounts.close()
    return create_app(settings)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = made(tmp_path_factory.mktemp("by-source") / "var", lines(), "2 sources")
    yield app
    app.extensions["salesgate"].accounts.close()


@pytest.fixture(scope="module")
def people(app: Flask) -> dict[str, Person]:
    return {role: Person(app, role) for role in OWN_ROLES}


@pytest.fixture(scope="module")
def clients(app: Flask) -> dict[str, Client]:
    api = Api(app, {role: (role, PASSWORD) for role in OWN_ROLES})
    return {role: api.sign_in(role) for role in OWN_ROLES}


FIGURES = ("/overview", "/revenue", "/units", "/changes", "/classes", "/product")


def hidden(page: Any, control: str) -> bool:
    """Whether the field around a control is hidden; page as Dash's components in JSON."""
    if isinstance(page, dict):
        props = page.get("props", {})
        inside = props.get("children")
        if isinstance(inside, list) and any(
            child.get("props", {}).get("id") == control for child in inside if isinstance(child, dict)
        ):
            return bool(props.get("hidden"))
        page = list(page.values())
    found = [hidden(part, control) for part in page if isinstance(part, dict | list)] if isinstance(page, list) else []
    return any(found)


@pytest.mark.parametrize("path", FIGURES)
def test_every_page_of_figures_has_the_filter_for_who_can_choose(people: dict[str, Person], path: str) -> None:
    key = PAGES[path]
    whole, islander = (people[role].open(path).get_json() for role in ("whole", "islander"))
    assert not hidden(whole, f"{key}-source")
    assert hidden(islander, f"{key}-source")


def test_the_filter_narrows_stands_in_the_address_and_is_told(people: dict[str, Person]) -> None:
    shown = people["whole"].call(
        "revenue-view.data", {"from": "2026-10", "to": "2026-10", "source": SERVER, "split-by": "source"}
    )
    view = shown.get_json()["response"]["revenue-view"]["data"]
    assert view["address"] == "from=2026-10&to=2026-10&source=SQL+Server+of+Redmond&split=source"
    expected = sum(line.gross_sales for line in lines() if line.source == SERVER and f"{line.day}"[:7] == "2026-10")
    assert view["cards"][0]["value"].replace(",", "") == f"€{expected / 100:.2f}"
    assert f"source {SERVER}" in str(view["cards"][0]["how"])
    assert view["drill"]["steps"][-1]["text"] == SERVER
    assert view["drill"]["steps"][0]["set"]["source"] == "*"
    both = people["whole"].call("changes-view.data", {"from": "2026-10", "to": "2026-10"}).get_data(as_text=True)
    assert "Change by source: net sales" in both
    product = people["whole"].call("product-view.data", {"product": "p1", "from": "2026-10", "to": "2026-10"})
    assert "Net units by source" in product.get_data(as_text=True)
    address = f"/revenue?{view['address']}"
    saved = people["whole"].call(
        "account-views.data", {"views-ask": {"do": "save", "name": "Mine", "address": address}}
    )
    assert "Saved." in saved.get_data(as_text=True)


@pytest.mark.promise("row scope")
def test_who_sees_one_source_alone_never_meets_the_other(
    app: Flask, people: dict[str, Person], clients: dict[str, Client]
) -> None:
    """Its name, its figures, or a filter that would tell there is one; also not by a forged request."""
    person, found = people["islander"], []
    for path in (*PAGES, "/revenue?split=source", f"/units?source={SERVER}", "/changes?region=Islands"):
        address, _, search = path.partition("?")
        found.append((path, person.open(address, f"?{search}" if search else "")))
    for output in callbacks(app):
        found += [(output, person.call(output, values)) for values in ({}, {"product": "p1"}, {"split-by": "source"})]
    for path in (
        "options",
        "breakdown?dimension=source",
        "data-status",
        "headline",
        "products",
        "products/p1",
        "findings",
    ):
        found.append((path, clients["islander"].get(f"/analytics/{path}")))
    assert sum(answer.status_code == 200 for _, answer in found) > 30
    for asked, answer in found:
        assert ORACLE not in answer.get_data(as_text=True), asked
    forged = person.post(body(app, "units-view.data", {"source": ORACLE, "from": "2026-10", "to": "2026-10"}))
    assert "cards" not in forged.get_data(as_text=True)
    assert "choose one of: SQL Server of Redmond." in forged.get_data(as_text=True)


MOMENT = r'\d{8}T\d+Z|"request":"\w+"'


def said_to(person: Person, client: Client) -> dict[str, str]:
    """Page, callback or operation -> what is said, but for the moment of the data and the number of the request."""
    views = [key for key in callbacks(person.app) if key.partition("-")[0] in {PAGES[path] for path in FIGURES}]
    said = {path: person.open(path) for path in FIGURES}
    said |= {output: person.call(output, {"product": "p1"}) for output in views}
    said |= {path: client.get(f"/analytics/{path}") for path in ("options", "data-status", "headline?source=Nobody")}
    return {asked: re.sub(MOMENT, "", answer.get_data(as_text=True)) for asked, answer in said.items()}


@pytest.mark.promise("row scope")
def test_where_the_other_source_is_not_there_at_all_the_same_is_said(
    people: dict[str, Person], clients: dict[str, Client], tmp_path: Path
) -> None:
    """Nor how many sources there are."""
    alone = made(tmp_path / "var", [line for line in lines() if line.source == SERVER], SERVER)
    client = Api(alone, {"islander": ("islander", PASSWORD)}).sign_in("islander")
    assert said_to(people["islander"], clients["islander"]) == said_to(Person(alone, "islander"), client)
    assert "2 sources, imported" in people["whole"].open("/data").get_data(as_text=True)
    alone.extensions["salesgate"].accounts.close()


def test_the_api_asks_by_source(clients: dict[str, Client]) -> None:
    def told(path: str, **query: str) -> Any:
        asked = {"measure": "net_sales", "first": "2026-09", "last": "2026-10", **query}
        return clients["whole"].get(f"/analytics/{path}", query_string=asked).get_json()

    assert clients["whole"].get("/analytics/options").get_json()["source"] == [ORACLE, SERVER]
    assert clients["islander"].get("/analytics/options").get_json()["source"] == [SERVER]
    split = told("breakdown", dimension="source")
    parts = {one["name"]: one["value"] for one in split["parts"]}
    assert parts == {name: told("headline", source=name)["value"] for name in (ORACLE, SERVER)}
    assert sum(parts.values()) == told("headline")["value"] == split["total"]
    unknown = [clients["whole"].get(f"/analytics/headline?{name}=Nobody") for name in ("source", "region")]
    assert problem_of(unknown[0]) == problem_of(unknown[1])
    assert unknown[0].get_json()["detail"].endswith(f"choose one of: {ORACLE}, {SERVER}.")
