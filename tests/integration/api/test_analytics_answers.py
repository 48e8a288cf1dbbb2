"""Analytics by API: who gets which answer, for what, and how mistakes are told."""

from typing import Any

import pytest
from api_kit import Api, Client, problem_of

from dashboard.access import Permission, Role, Scope
from dashboard.accounts import session_rules

MEASURE_OPERATIONS = ("monthly", "headline", "best", "worst", "breakdown", "products")
STOCK_OPERATIONS = ("stock", "stock/worklist", "findings?page=stock", "best?by=day&first=2026-11")
YEAR = "first=2026-05&last=2026-11"


def told(client: Client, asked: str) -> Any:
    answer = client.get(f"/analytics/{asked}")
    assert answer.status_code == 200, (asked, answer.text)
    return answer.json


def refused(client: Client, asked: str) -> tuple[int, str]:
    return problem_of(client.get(f"/analytics/{asked}"))


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.promise("ASVS 8.2.3")
def test_each_role_gets_what_its_rights_allow_and_nothing_else(clients: dict[str, Client]) -> None:
    buyer, seller = clients["procurement_manager"], clients["sales_manager"]
    for name in MEASURE_OPERATIONS:
        assert told(buyer, f"{name}?measure=net_units")
        assert told(seller, f"{name}?measure=net_sales")
        assert refused(buyer, f"{name}?measure=net_sales") == (403, "forbidden")
        assert refused(seller, f"{name}?measure=margin") == (403, "forbidden")
        for role in ("admin", "auditor", "helpdesk", "no_role"):
            assert refused(clients[role], f"{name}?measure=net_units") == (403, "forbidden"), role
    for name in STOCK_OPERATIONS:
        assert told(buyer, name)
        assert refused(seller, name) == (403, "forbidden")
    assert refused(buyer, "findings?page=revenue") == (403, "forbidden")
    assert {one["key"] for one in told(buyer, "measures")["measures"]} == {"net_units", "gross_units", "returned_units"}
    assert told(clients["admin"], "measures") == {"measures": [], "ratios": [], "rate": False}
    for name in ("options", "data-status"):
        assert refused(clients["admin"], name) == (403, "forbidden")


@pytest.mark.promise("ASVS 8.2.1")
def test_nobody_gets_anything_without_a_token(api: Api) -> None:
    for name in (*MEASURE_OPERATIONS, "measures", "options", "stock", "stock/worklist", "findings", "data-status"):
        assert refused(api.nobody, name) == (401, "not_signed_in")


@pytest.mark.promise("ASVS 8.2.3")
def test_a_forbidden_measure_is_refused_before_the_question_is_looked_at(clients: dict[str, Client]) -> None:
    buyer = clients["procurement_manager"]
    for wrong in ("first=1999-01", "region=Mars", "product=nothing"):
        for name in ("headline", "best", "worst", "breakdown", "products"):
            assert refused(buyer, f"{name}?measure=net_sales&{wrong}") == (403, "forbidden"), (name, wrong)
            assert refused(buyer, f"{name}?measure=net_units&{wrong}") == (400, "bad_question"), (name, wrong)


def test_mistakes_are_told(clients: dict[str, Client]) -> None:
    seller = clients["sales_manager"]
    assert refused(seller, "monthly?first=2026-13") == (400, "invalid")
    assert refused(seller, "monthly?months=2026-11") == (400, "invalid")
    assert refused(seller, "monthly?first=2026-11&first=2026-10") == (400, "invalid")
    assert refused(seller, "best?limit=1001") == (400, "invalid")
    assert refused(seller, "products?limit=501") == (400, "invalid")
    assert refused(seller, "monthly?first=2026-11&last=2026-10") == (400, "bad_question")
    assert refused(seller, "monthly?measure=price") == (400, "bad_question")
    assert refused(seller, "products?sort=margin") == (400, "bad_question")
    assert refused(seller, "products/nothing") == (404, "not_found")
    # Whoever may not see units is not told, either, which products there are.
    assert refused(clients["admin"], "products/nothing") == refused(clients["admin"], "products/p03")


def test_months_default_to_the_newest_finished_ones_and_unfinished_ones_are_flagged(clients: dict[str, Client]) -> None:
    seller = clients["sales_manager"]
    assert told(seller, "options")["newest_finished"] == "2026-10"
    assert told(seller, "headline")["window"] == {"first": "2026-05-01", "last": "2026-10-31"}
    assert told(seller, "headline?last=2026-11")["window"] == {"first": "2026-11-01", "last": "2026-11-30"}
    months = told(seller, f"monthly?{YEAR}")["months"]
    assert [one["month"] for one in months] == [f"2026-{month:02}" for month in range(5, 12)]
    assert [one["complete"] for one in months] == [True] * 6 + [False]
    assert months[-1]["through"] == "2026-11-20"
    change = told(seller, "headline?first=2026-11")["previous"]
    assert change["kind"] == "percent"
    assert change["percent"] == pytest.approx((change["current"] / change["base"] - 1) * 100)
    assert change["base_window"] == {"first": "2026-10-01", "last": "2026-10-20"}
    unknown = told(seller, "headline?first=2026-11")["year_before"]
    assert (unknown["kind"], unknown["percent"], bool(unknown["why"])) == ("unknown", None, True)


def test_money_says_its_currency_and_parts_add_up(clients: dict[str, Client]) -> None:
    seller = clients["sales_manager"]
    asked = f"measure=net_sales&{YEAR}"
    head = told(seller, f"headline?{asked}")
    assert head["measure"] == {"key": "net_sales", "name": "Net sales", "unit": "EUR", "minor_digits": 2}
    assert sum(one["value"] for one in told(seller, f"monthly?{asked}")["months"]) == head["value"]
    for dimension in ("region", "category", "channel", "source"):
        split = told(seller, f"breakdown?{asked}&dimension={dimension}")
        assert sum(one["value"] for one in split["parts"]) == split["total"] == head["value"]
    ranked = told(seller, f"best?{asked}&limit=3")
    assert sum(one["value"] for one in ranked["items"]) + ranked["others_value"] == ranked["total"] == head["value"]
    regions = (
        told(seller, f"headline?{asked}&{query}")["value"] for query in ("region=North&region=South", "region=West")
    )
    assert sum(regions) == head["value"]


def test_products_come_in_parts_and_in_order(clients: dict[str, Client]) -> None:
    seller, asked = clients["sales_manager"], f"products?measure=net_sales&column=average_price&sort=net_sales&{YEAR}"
    whole = told(seller, f"{asked}&descending=true&limit=500")
    parts = [told(seller, f"{asked}&descending=true&limit=10&offset={offset}") for offset in (0, 10, 20, 30)]
    assert [row for part in parts for row in part["items"]] == whole["items"]
    assert {part["total"] for part in parts} == {whole["total"]} == {len(whole["items"])}
    values = [row["values"]["net_sales"] for row in whole["items"]]
    assert values == sorted(values, reverse=True)
    blank = [row["values"]["average_price"] for row in whole["items"] if not row["values"]["net_sales"]]
    assert blank
    assert set(blank) == {None}
    kinds = {column["key"]: column["kind"] for column in whole["columns"]}
    assert kinds == {"net_sales": "measure", "average_price": "price"}


def test_one_product_has_what_the_caller_may_see_of_it(clients: dict[str, Client]) -> None:
    seller, buyer = (told(clients[role], f"products/p03?{YEAR}") for role in ("sales_manager", "procurement_manager"))
    assert [one["measure"]["key"] for one in seller["headlines"]] == ["net_units", "net_sales"]
    assert [one["ratio"]["key"] for one in seller["ratios"]] == ["average_price", "return_rate"]
    assert [one["measure"]["key"] for one in buyer["headlines"]] == ["net_units"]
    assert seller["stock"] is None
    assert buyer["stock"]["months"] == buyer["history"]["months"]
    price = seller["ratios"][0]["now"]
    assert price["value"] == pytest.approx(price["top"] / price["bottom"])
    by_key = {one["measure"]["key"]: sum(one["values"]) for one in seller["history"]["sums"]}
    assert by_key["net_sales"] == seller["headlines"][1]["value"]


def test_stock_and_worklist_agree(clients: dict[str, Client]) -> None:
    buyer = clients["procurement_manager"]
    standing = told(buyer, "stock")["standing"]
    rows = told(buyer, "stock/worklist?limit=500")
    assert rows["total"] == standing["products"] == len(rows["items"])
    for action in ("reorder", "clear"):
        listed = [row for row in rows["items"] if row["action"] == action]
        assert len(listed) == standing["counts"][action] == told(buyer, f"stock/worklist?only={action}")["total"]
        assert sum(row["quantity"] for row in listed) == standing["units"][action]
    assert all(row["unit_cost"] is None for row in rows["items"])
    assert sum(row["available"] is None for row in rows["items"]) == standing["unknown"]
    assert told(buyer, "stock/worklist?offset=5000")["items"] == []


@pytest.mark.promise("ASVS 8.2.2")
def test_a_viewer_of_one_region_gets_no_figure_of_others(
    clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = clients["sales_manager"]
    asked = f"measure=net_sales&{YEAR}"
    north, whole = told(seller, f"headline?{asked}&region=North"), told(seller, f"headline?{asked}")
    rights = frozenset({Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE, Permission.MEASURE_STOCK})
    role = Role("northern", "Northern", rights, Scope(region=frozenset({"North"})))
    monkeypatch.setattr(session_rules, "role_in", lambda *_: role)
    assert told(seller, f"headline?{asked}")["value"] == north["value"] != whole["value"]
    assert told(seller, "options")["region"] == ["North"]
    assert [one["name"] for one in told(seller, f"breakdown?{asked}")["parts"]] == ["North"]
    assert refused(seller, f"monthly?{asked}&region=South") == (400, "bad_question")
    assert told(seller, "data-status")["lines_read"] is None
    assert told(seller, "stock") == {"missing": "part", "standing": None}
    assert told(seller, "stock/worklist")["missing"] == "part"
    assert refused(seller, "products/p23") == (404, "not_found")  # it never sold there
