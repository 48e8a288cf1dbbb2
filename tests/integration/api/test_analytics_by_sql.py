"""Figures by API are those of the raw files of the demo company, and those that the pages show."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_kit import Api, Client
from figures_kit import SALES, Sql, demo_sql, one, rows
from kit import Installation

from dashboard import create_app
from dashboard.reports import Question, Reports, open_gate
from dashboard.reports.products import Page
from dashboard.sales.rankings import Kind
from dashboard.settings import load_settings

MONTH = "first=2026-11"
ASKED = Question("2026-11", "2026-11")


@pytest.fixture(scope="module")
def sql(raw_demo: Path) -> Sql:
    return demo_sql(raw_demo)


@pytest.fixture(scope="module")
def seller(demo: Installation) -> Iterator[Client]:
    app = create_app(load_settings(var=demo.var))
    me = demo.credentials["sales_manager"]
    api = Api(app, {"sales_manager": (me["username"], me["password"])})
    yield api.sign_in("sales_manager")
    api.accounts.close()


@pytest.fixture(scope="module")
def reports(demo: Installation) -> Reports:
    return open_gate(demo.settings).open(SALES)


def told(client: Client, asked: str) -> Any:
    answer = client.get(f"/analytics/{asked}")
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.parametrize("measure", ["net_sales", "net_units"])
def test_months_are_those_of_the_raw_lines(seller: Client, sql: Sql, measure: str) -> None:
    found = told(seller, f"monthly?measure={measure}&first=2023-12&last=2026-11&region=North&region=South")["months"]
    query = f"SELECT month, sum({measure}) AS value FROM sales WHERE region IN ('North', 'South') GROUP BY 1 ORDER BY 1"
    assert [(row["month"], row["value"]) for row in found] == [(row["month"], row["value"]) for row in rows(sql, query)]
    assert [row["complete"] for row in found] == [True] * 35 + [False]


def test_headline_and_its_change_are_those_of_the_raw_lines(seller: Client, sql: Sql) -> None:
    head = told(seller, f"headline?measure=net_sales&{MONTH}")
    days = "SELECT sum(net_sales) AS value FROM sales WHERE day BETWEEN DATE '{}' AND DATE '{}'"
    now, before = (
        one(sql, days.format(*pair))["value"] for pair in (("2026-11-01", "2026-11-20"), ("2026-10-01", "2026-10-20"))
    )
    assert (head["value"], head["previous"]["current"], head["previous"]["base"]) == (now, now, before)
    assert head["previous"]["percent"] == pytest.approx((now / before - 1) * 100)


def test_best_sellers_are_those_of_the_raw_lines(seller: Client, sql: Sql) -> None:
    query = """
        SELECT code, sum(net_sales) AS value FROM sales WHERE month = '2026-11' GROUP BY 1
        ORDER BY 2 DESC, sum(gross) FILTER (NOT back) DESC, 1 LIMIT 20
    """
    found = told(seller, f"best?measure=net_sales&limit=20&{MONTH}")
    assert [(row["product"], row["value"]) for row in found["items"]] == [
        (row["code"], row["value"]) for row in rows(sql, query)
    ]


@pytest.mark.parametrize("kind", list(Kind))
def test_rankings_are_those_of_the_pages(seller: Client, reports: Reports, kind: Kind) -> None:
    found = told(seller, f"{kind.value}?measure=net_units&limit=50&{MONTH}")
    page = reports.ranking(kind, "net_units", ASKED, 50)
    columns = ["rank", "product", "name", "category", "value", "state"]
    assert [[row[name] for name in columns] for row in found["items"]] == page.frame[columns].to_numpy().tolist()
    sums = ("tied_beyond", "universe", "others", "others_value", "outside_value", "total", "left_out")
    assert {name: found[name] for name in sums} == {name: getattr(page, name) for name in sums}


def test_the_product_table_is_that_of_the_pages(seller: Client, reports: Reports) -> None:
    keys = ("net_sales", "average_price", "return_rate", "change")
    page = reports.products(keys, ASKED, Page("change", only="fallers", offset=5, limit=40))
    columns = "&".join(f"column={key}" for key in keys[1:])
    found = told(seller, f"products?measure=net_sales&{columns}&sort=change&only=fallers&offset=5&limit=40&{MONTH}")
    assert found["total"] == page.found
    assert [row["product"] for row in found["items"]] == page.frame["product"].tolist()
    for key in keys:
        blank = page.frame[key].astype(object).where(page.frame[key].notna(), None).tolist()
        assert [row["values"][key] for row in found["items"]] == blank
    assert {column["key"]: column["base_window"] for column in found["columns"]}["change"] == {
        "first": "2026-10-01",
        "last": "2026-10-20",
    }
