"""What the gate answers when it does not let a request pass."""

import pytest
from web_kit import CALLBACK, Installation, cookie, get_raw, script_token

from dashboard.access import Permission


def test_the_sign_in_address_remembers_the_page(shared: Installation) -> None:
    response = shared.browser().get("/units?month=2026-10&category=Tea")
    assert response.location == "/sign-in?next=%2Funits%3Fmonth%3D2026-10%26category%3DTea"


@pytest.mark.promise("ASVS 3.7.2")
def test_a_hostile_path_is_not_carried_on(shared: Installation) -> None:
    assert get_raw(shared.browser(), "//evil.example/x").location == "/sign-in?next=%2Fevil.example%2Fx"
    assert shared.browser().get("/%5Cevil.example").location == "/sign-in?next=%2F"


@pytest.mark.parametrize(
    ("referrer", "target"),
    [
        ("http://localhost/units?month=2026-10", "%2Funits%3Fmonth%3D2026-10"),
        ("http://evil.example/units", "%2F"),
        ("http://localhost//evil.example", "%2F"),
        ("", "%2F"),
    ],
)
def test_an_expired_session_makes_dash_leave_for_sign_in(shared: Installation, referrer: str, target: str) -> None:
    response = shared.browser().post("/_dash-update-component", json=CALLBACK, headers={"Referer": referrer})
    assert response.status_code == 200
    assert response.headers["X-Signed-Out"] == "1"
    assert response.json == {
        "multi": True,
        "response": {},
        "sideUpdate": {"_pages_location": {"href": f"/sign-in?ended=signed-out&next={target}"}},
    }


def test_a_script_gets_401_and_not_the_sign_in_page(shared: Installation) -> None:
    for path, headers in (("/_dash-layout", {}), ("/units", {"Accept": "application/json"}), ("/session/more", {})):
        response = shared.browser().get(path, headers=headers)
        assert response.status_code == 401
        assert response.mimetype == "application/problem+json"


@pytest.mark.promise("ASVS 3.5.3")
@pytest.mark.parametrize("where", ["cross-site", "same-site", "anything"])
def test_what_another_site_sends_is_refused(shared: Installation, where: str) -> None:
    headers = {"Sec-Fetch-Site": where}
    assert shared.browser().post("/sign-in", headers=headers).status_code == 403
    browser = shared.signed_in("admin")
    token = script_token(browser)
    assert browser.post("/session/extend", headers={**token, **headers}).status_code == 403
    assert browser.get("/account", headers=headers).status_code == 200


@pytest.mark.parametrize("where", ["same-origin", "none"])
def test_what_our_own_pages_send_passes(shared: Installation, where: str) -> None:
    browser = shared.signed_in("admin")
    headers = {**script_token(browser), "Sec-Fetch-Site": where}
    assert browser.post("/session/extend", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonx"]
)
def test_callbacks_take_json_only(shared: Installation, kind: str) -> None:
    browser = shared.signed_in("admin")
    token = script_token(browser)
    response = browser.post("/_dash-update-component", data=b"{}", content_type=kind, headers=token)
    assert response.status_code == 415


def test_the_viewer_of_a_callback_is_the_one_of_the_session(shared: Installation) -> None:
    browser = shared.signed_in("sales_manager")
    response = browser.post(
        "/_dash-update-component?role=admin", json={**CALLBACK, "role": "admin"}, headers=script_token(browser)
    )
    assert response.json == {"response": "sales_manager"}


@pytest.mark.promise("ASVS 16.3.2")
def test_a_denied_page_is_written_to_the_audit_log(installation: Installation) -> None:
    browser = installation.signed_in("procurement_manager")
    assert browser.get("/revenue?x=1").status_code == 403
    event = installation.events()[-1]
    assert (event["kind"], event["actor"], event["outcome"]) == ("access_denied", "procurement_manager", "denied")
    assert event["target"] == "/revenue"
    assert Permission.MEASURE_REVENUE in event["detail"]


def test_a_role_without_any_page_is_told_so(installation: Installation) -> None:
    installation.site.pages.clear()
    assert installation.signed_in("sales_manager").get("/").status_code == 403


@pytest.mark.promise("ASVS 4.1.3")
@pytest.mark.parametrize("host", ["evil.example", "evil.example:99", "a b", "[", "x\\y", ""])
def test_the_host_header_never_gets_into_an_answer(shared: Installation, host: str) -> None:
    browser = shared.browser()
    for path in ("/", "/units", "//units", "/invitation//x", "/sign-in", "/invitation/x", "/health", "/assets/x"):
        response = get_raw(browser, path, Host=host)
        assert response.status_code < 500
        assert "evil.example" not in response.text + str(response.headers)


@pytest.mark.promise("ASVS 4.1.3")
@pytest.mark.parametrize("path", ["/invitation//x", "/session//extend", "/units//x", "/_dash-component-suites//x/y"])
def test_no_redirect_is_made_of_the_host_header(shared: Installation, path: str) -> None:
    token = cookie(shared.signed_in("admin"), "salesgate_session")
    assert token
    browser = shared.browser()
    browser.set_cookie("salesgate_session", token, domain="evil.example")
    assert browser.get("/account", base_url="http://evil.example").status_code == 200
    for method in ("GET", "POST"):
        assert "Location" not in browser.open(path, method=method, base_url="http://evil.example").headers
