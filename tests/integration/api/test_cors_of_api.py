"""Scripts of other web sites: those of the settings' list read the API's answers, and no others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_kit import Api, small_api

from dashboard.access import Permission
from dashboard.settings import SettingsError, load_settings

SHOP, LOCAL = "https://shop.example.com", "http://[::1]:3000"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, content-type, x-api-key, x-other",
}


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    made = small_api(tmp_path_factory.mktemp("cors") / "var", api={"origins": [SHOP, LOCAL]})
    yield made
    made.accounts.close()


def said(api: Api, origin: str, path: str = "/me", method: str = "GET", **headers: str) -> dict[str, str]:
    answer = api.nobody.call(method, path, headers={"Origin": origin, **headers})
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}


@pytest.mark.promise("ASVS 3.4.2")
@pytest.mark.parametrize("origin", [SHOP, LOCAL])
def test_a_listed_site_reads_answers_and_their_headers(listed: Api, origin: str) -> None:
    for path in ("/me", "/openapi.json", "/no/such/thing"):
        found = said(listed, origin, path)
        assert found["Access-Control-Allow-Origin"] == origin
        assert "Access-Control-Allow-Credentials" not in found
        told = {name.strip() for name in found["Access-Control-Expose-Headers"].split(",")}
        assert told >= {"Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Location"}
        assert "X-Request-ID" in told
    answer = listed.with_key("sales_manager", Permission.MEASURE_UNITS).get("/me", headers={"Origin": origin})
    assert (answer.status_code, answer.headers["Vary"]) == (200, "Origin")


@pytest.mark.promise("ASVS 3.4.2")
def test_a_preflight_needs_no_token_and_allows_what_the_api_knows(listed: Api) -> None:
    answer = listed.nobody.call("OPTIONS", "/me/keys", headers={"Origin": SHOP, **PREFLIGHT})
    assert (answer.status_code, answer.data) == (200, b"")
    found = answer.headers
    assert found["Access-Control-Allow-Origin"] == SHOP
    assert set(found["Access-Control-Allow-Methods"].split(", ")) == {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert found["Access-Control-Allow-Headers"] == "authorization, content-type, x-api-key"
    assert found["Access-Control-Max-Age"] == "600"
    assert "Access-Control-Allow-Credentials" not in found
    assert listed.nobody.call("OPTIONS", "/me").status_code == 401, "a preflight only"
    assert listed.nobody.call("OPTIONS", "/no/such", headers={"Origin": SHOP, **PREFLIGHT}).status_code == 404


@pytest.mark.promise("ASVS 3.4.2")
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.com", "http://shop.example.com", f"{SHOP}.evil.example", f"{SHOP}:8443", "null", "*",
     "https://shopXexample.com", "https://shop.example.com\x00.evil", "http://x.[::1]:3000", "http://:3000", ""],
)  # fmt: skip
def test_another_site_gets_no_header(listed: Api, origin: str) -> None:
    assert said(listed, origin) == {}
    assert said(listed, origin, method="OPTIONS", **PREFLIGHT) == {}


def test_pages_say_nothing_to_other_sites(listed: Api, own_api: Api) -> None:
    answer = listed.app.test_client().get("/sign-in", headers={"Origin": SHOP})
    assert answer.status_code == 200
    assert not [name for name in dict(answer.headers) if name.startswith("Access-Control-")]
    assert said(own_api, SHOP) == said(own_api, "null") == {}, "nothing is listed by itself"


@pytest.mark.promise("ASVS 3.4.2")
@pytest.mark.parametrize(
    "origin", ["*", "null", "https://*", "https://*.example.com", "https://shop.example.com/", "https://u@shop.example",
               "shop.example.com", "file://", "https://", "https://a b", "https://[x"]
)  # fmt: skip
def test_what_is_no_exact_origin_stops_the_start(tmp_path: Path, origin: str) -> None:
    with pytest.raises(SettingsError, match=r"api\.origins"):
        load_settings(var=tmp_path, api={"origins": [origin]})
