"""Whoever has no right to revenue learns nothing about it by API: not a figure, not an order, not a byte."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from api_kit import Api, Client, canary_api
from integration.app.app_kit import LEAST_REVENUE, canary_app
from werkzeug.test import TestResponse

from dashboard.access import Permission
from dashboard.reports.products import FILTERS
from dashboard.reports.stock_pages import SORTS as WORKLIST_SORTS
from dashboard.sales.measures import MEASURES
from dashboard.sales.ratios import RATIOS

TOKEN = "a-monitor-reads-with-this-token-0123456789"
# What differs by chance: numbers of requests and sessions, and the moment at which data were imported.
CHANCE = re.compile(r'(?<="request":")\w+|(?<="version":")\w+|(?<="session":")\w+|(?<=request )[0-9a-f]{12}')
# Revenue of a single line is ten million and more, units stay below ten thousand: any large number is a leak.
LARGE = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3}){2,}|\d{7,})(?:\.\d+)?(?![\w])")
PERIODS = ("", "first=2026-05&last=2026-11", "first=2026-11", "region=South&first=2026-06", "product=p01&first=2026-07")
ENDS = ("headline", "best", "worst", "breakdown", "products")
COLUMNS = (*MEASURES, *RATIOS, "rate", "change", "price")
SORTS = ("product", "name", "category", "state", *COLUMNS)
HIDDEN = {key for key, measure in MEASURES.items() if measure.permission is not Permission.MEASURE_UNITS}
# Every operation with every measure, column, way to sort and to filter, and with mistakes.
QUESTIONS = (
    *(f"monthly?measure={key}&{period}" for key in MEASURES for period in PERIODS),
    *(f"{name}?measure={key}" for key in MEASURES for name in ENDS),
    *(f"{name}?{period}" for period in PERIODS for name in (*ENDS, "findings")),
    *(f"products?column={column}&column=rate&limit=5" for column in COLUMNS),
    *(f"products?column={column}" for column in COLUMNS),
    *(f"products?sort={sort}&descending=true&column=change&column=return_rate&column=rate" for sort in SORTS),
    *(f"products?sort={sort}&column=average_price" for sort in SORTS),
    *(f"products?only={only}&column=rate&column=change" for only in FILTERS),
    *(f"stock/worklist?sort={sort}&descending=true" for sort in WORKLIST_SORTS),
    *(f"findings?page={page}&first=2026-05&last=2026-11" for page in ("overview", "revenue", "units", "stock")),
    *("best?by=day&first=2026-11", "worst?by=day&first=2026-11&zero_sellers=false", "best?by=day&measure=net_sales"),
    *("breakdown?dimension=category", "breakdown?dimension=channel", "stock?category=Bath", "stock?x=net_sales"),
    *("measures", "options", "stock", "data-status", "stock/worklist?only=dead", "products/nothing", "nothing"),
    *("products/p03", "products/p03?first=2026-11&channel=Online", "worst?limit=0"),
    *("monthly?first=1999-01", "monthly?region=Mars", "monthly?measure=price"),
)


def walk(client: Client) -> Iterator[tuple[str, TestResponse]]:
    for asked in QUESTIONS:
        yield asked, client.get(f"/analytics/{asked}")
    for path in ("/me", "/users", "/audit", "/nothing"):
        yield path, client.get(path)
    yield "POST", client.post("/analytics/monthly", {"measure": "net_sales"})


def reads(client: Client) -> set[str]:
    """Every path that can be read, as the document has it, with something in the place of its variables."""
    described = client.app.extensions["salesgate"].api_document
    found = {path.removeprefix("/api/v1") for path, methods in described["paths"].items() if "get" in methods}
    return {re.sub(r"{\w+}", "p03" if "products" in path else "1", path) for path in found}


def said(answer: TestResponse) -> str:
    """The body and the headers, without what differs by chance."""
    kept = [f"{name}: {value}" for name, value in answer.headers if not name.startswith(("X-Request-ID", "RateLimit-"))]
    return CHANCE.sub("", "\n".join([answer.text, *kept]))


def leaves(value: Any) -> Iterator[Any]:
    for part in value.values() if isinstance(value, dict) else value:
        yield from leaves(part) if isinstance(part, dict | list) else (part,)


def revenue_in(answer: TestResponse) -> str:
    """The first figure that is too large for units: in any text or header, and among the numbers of JSON."""
    numbers = leaves(json.loads(answer.text)) if answer.is_json else iter(())
    large = (str(n) for n in numbers if isinstance(n, int | float) and abs(n) >= LEAST_REVENUE / 100)
    found = LARGE.search(said(answer))
    return next(large, found[0] if found else "")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The same company with other revenue, and with metrics."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "token").write_text(TOKEN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESGATE_METRICS__TOKEN_FILE", str(folder / "token"))
        made = canary_api(canary_app(folder / "var", seed=3))
    yield made
    made.accounts.close()


@pytest.mark.promise("canary")
@pytest.mark.promise("ASVS 8.2.3")
def test_no_byte_of_any_answer_holds_revenue(
    api: Api, clients: dict[str, Client], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    units_only = api.with_key("sales_manager", Permission.MEASURE_UNITS)
    for who, client in (("session", clients["procurement_manager"]), ("key", units_only)):
        answers = list(walk(client))
        walked = {answer.request.path.removeprefix("/api/v1") for _, answer in answers}
        answers += [(path, client.get(path)) for path in sorted(reads(client) - walked)]
        assert sum(answer.status_code == 200 for _, answer in answers) > 70, who
        for asked, answer in answers:
            assert not revenue_in(answer), f"{who} {asked}: {revenue_in(answer)}"
            assert answer.status_code < 500, f"{who} {asked}"
            names_it = asked.partition("measure=")[2].partition("&")[0]
            assert answer.status_code == 403 or names_it not in HIDDEN, f"{who} {asked}"
    logged = LARGE.search(CHANCE.sub("", caplog.text))
    assert not logged, logged[0] if logged else ""
    assert "refused" in caplog.text or "403" in caplog.text, "the logs would not even be seen"


@pytest.mark.promise("canary")
def test_the_walk_finds_revenue_where_it_belongs(api: Api, clients: dict[str, Client]) -> None:
    """Or the tests beside it could not fail."""
    answers = dict(walk(clients["sales_manager"]))
    found = {asked for asked, answer in answers.items() if revenue_in(answer)}
    first = {asked.partition("?")[0] for asked in found}
    assert {"monthly", "headline", "best", "worst", "breakdown", "findings", "products", "products/p03"} <= first
    operations = {rule.rule for rule in api.app.url_map.iter_rules() if rule.endpoint.startswith("api_analytics.")}
    walked = {f"/api/v1/analytics/{asked.partition('?')[0]}" for asked in answers}
    assert {rule.replace("<path:code>", "p03") for rule in operations} <= walked, "an operation is not walked"


@pytest.mark.promise("canary")
def test_other_revenue_changes_no_byte_without_the_right_to_it(
    api: Api, clients: dict[str, Client], other: Api
) -> None:
    """Nothing can be ordered, ranked or classed by what makes no difference at all."""
    mine, theirs = walk(clients["procurement_manager"]), walk(other.sign_in("procurement_manager"))
    for (asked, one), (_, two) in zip(mine, theirs, strict=True):
        assert one.status_code == two.status_code, asked
        if asked != "/me":
            assert said(one) == said(two), asked
    asked = "/analytics/monthly?measure=net_sales"
    assert other.sign_in("sales_manager").get(asked).json != clients["sales_manager"].get(asked).json


@pytest.mark.promise("canary")
def test_metrics_hold_no_figure(other: Api) -> None:
    seller = other.sign_in("sales_manager")
    for asked in ("monthly?measure=net_sales", "best?measure=net_sales", "findings?page=revenue"):
        assert revenue_in(seller.get(f"/analytics/{asked}"))
    answer = other.app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert "/api/v1/analytics/monthly" in answer.text, "the requests would not even be seen"
    amounts = {str(value) for asked in ("monthly", "best") for value in _amounts(seller, asked)}
    assert amounts
    assert not [amount for amount in amounts if amount in answer.text]
    # Every number but times and bytes of memory, which are large by themselves.
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    plain = [line for line in lines if not re.match(r"[a-z_]*(created|seconds|bytes|timestamp)", line)]
    large = [line for line in plain if float(line.rpartition(" ")[2]) >= LEAST_REVENUE / 100]
    assert not large, large


def _amounts(client: Client, name: str) -> list[int]:
    answer = client.get(f"/analytics/{name}?measure=net_sales").json
    assert answer
    return [row["value"] for row in answer.get("months") or answer["items"] if row["value"]]
