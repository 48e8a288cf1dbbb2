"""What the pages say: the right figures in the right words."""

from pathlib import Path
from typing import Any

from app_kit import LAST, Person, canary_app, canary_rollup

from dashboard import create_app
from dashboard.access import built_in_roles
from dashboard.accounts.demo import ensure_demo_users
from dashboard.reports import Gate, Question
from dashboard.sales.rankings import Kind
from dashboard.settings import load_settings
from dashboard.sources.store import RollupStore


def view(person: Person, page: str, **values: Any) -> dict[str, Any]:
    answer = person.call(f"{page}-view.data", {key.replace("_", "-"): value for key, value in values.items()})
    return answer.json["response"][f"{page}-view"]["data"]


class Fixed:
    def current(self) -> Any:
        return canary_rollup(2)


def reports(role: str) -> Any:
    viewer = next(r for r in built_in_roles() if r.key == role).viewer(1, "x")
    return Gate(Fixed()).open(viewer)


def test_the_view_shows_what_the_gate_answers(people: dict[str, Person]) -> None:
    shown = view(people["procurement_manager"], "units")
    asked = Question("2026-11", "2026-11")
    best = reports("procurement_manager").ranking(Kind.BEST, "net_units", asked)
    rows = shown["charts"]["best"]["table"]["rows"]
    assert [row[2] for row in rows] == best.frame["product"].tolist()
    assert [row[3][0] for row in rows] == best.frame["value"].tolist()
    assert shown["charts"]["best"]["figure"]["data"][0]["customdata"] == best.frame["product"].tolist()
    worst = shown["charts"]["worst"]
    assert {reason["key"] for reason in worst["left_out"]} == {"new", "discontinued", "stock_out"}
    assert shown["window"] == "November 2026 (1–20 Nov so far)"
    assert shown["cards"][0]["changes"][0]["words"] == "for 1–20 Nov 2026 against 1–20 Oct 2026"
    assert shown["cards"][-1]["label"] == "Products with net sales"


def test_the_unfinished_month_is_hatched(people: dict[str, Person]) -> None:
    monthly = view(people["procurement_manager"], "units")["charts"]["monthly"]
    assert monthly["figure"]["data"][0]["marker"]["pattern"]["shape"] == [""] * 6 + ["/"]
    assert monthly["note"] == f"Hatched: not finished yet (1–{LAST.day} Nov)."


def test_a_drill_narrows_cards_months_and_split_but_not_the_rankings(people: dict[str, Person]) -> None:
    all_products, one = (view(people["sales_manager"], "revenue", product=code) for code in ("", "p03"))
    assert [step["text"] for step in one["drill"]["steps"]] == ["All months", "2026", "November 2026", "Product p03"]
    assert one["drill"]["links"][0]["href"] == "/product?product=p03&from=2026-11&to=2026-11"
    assert one["charts"]["best"]["table"] == all_products["charts"]["best"]["table"]
    assert one["cards"][0]["value"] != all_products["cards"][0]["value"]
    assert len(one["cards"]) == len(all_products["cards"]) - 1
    assert one["address"] == "product=p03"


def test_the_address_brings_the_choice_back(people: dict[str, Person]) -> None:
    person = people["procurement_manager"]
    shown = view(person, "units", **{"from": "2026-06"}, region="North", show="5", zero=False, split_by="channel")
    assert shown["address"] == "from=2026-06&to=2026-11&region=North&show=5&zero=0&split=channel"
    whole = person.open("/units", f"?{shown['address']}").json["response"]["_pages_content"]["children"]
    layout = whole["props"]["children"][-1]  # below the line about a source that failed
    stores = {
        child["props"]["id"]: child["props"].get("data")
        for child in layout["props"]["children"]
        if child["type"] == "Store"
    }
    assert stores["units-view"] == shown


def test_no_sales_are_explained(people: dict[str, Person]) -> None:
    """p20 to p23 are in the product master and never sold."""
    shown = view(people["procurement_manager"], "units", product="p20", **{"from": "2026-05", "to": "2026-05"})
    words = "No sales in May 2026 for these filters. Choose other months, or fewer filters."
    assert (shown["charts"]["split"]["figure"], shown["charts"]["split"]["empty"]) == (None, words)
    assert shown["charts"]["best"]["figure"] is not None


def test_before_the_first_import_the_pages_say_what_is_missing(tmp_path: Path) -> None:
    settings = load_settings(var=tmp_path / "var")
    ensure_demo_users(settings)
    empty = create_app(settings)
    try:
        person = Person(empty, "sales_manager")
        page = person.open("/revenue")
        assert page.status_code == 200
        assert "There are no sales data yet. Ask an administrator to import some." in page.get_data(as_text=True)
    finally:
        empty.extensions["salesgate"].accounts.close()


def test_a_new_import_is_seen_without_a_restart(tmp_path: Path) -> None:
    app = canary_app(tmp_path / "var", seed=2)
    try:
        person = Person(app, "sales_manager")
        before = view(person, "revenue")["cards"][0]["value"]
        RollupStore(tmp_path / "var" / "rollup").write(canary_rollup(5))
        assert view(person, "revenue")["cards"][0]["value"] != before
    finally:
        app.extensions["salesgate"].accounts.close()


def test_damaged_data_are_said_to_be_so(tmp_path: Path) -> None:
    app = canary_app(tmp_path / "var", seed=2)
    try:
        person = Person(app, "sales_manager")
        for file in (tmp_path / "var" / "rollup").rglob("info.json"):
            file.write_text("{")
        (tmp_path / "var" / "rollup" / "CURRENT").touch()
        refused = person.open("/revenue")
        assert refused.status_code == 503
        assert "import them again" in refused.json["detail"]
    finally:
        app.extensions["salesgate"].accounts.close()


def test_products_are_paged_by_the_server(people: dict[str, Person]) -> None:
    answer = people["sales_manager"].call("revenue-products.data", {"table": {"offset": 100000}})
    data = answer.json["response"]["revenue-products"]["data"]
    assert (data["offset"], data["found"], len(data["rows"])) == (0, 24, 24)
