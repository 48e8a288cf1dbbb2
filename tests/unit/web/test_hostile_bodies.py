"""What a stranger may send before sign-in: never more than a 4xx."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_kit import Installation, form_token

ROUTES = ("/sign-in", "/invitation/made-up")


@pytest.mark.promise("ASVS 15.3.5")
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "body",
    [[], {}, None, 7, "x", [1, 2], {"username": 5}, {"username": ["a"], "password": {"a": 1}}, {"username": None}],
)
def test_json_is_no_form(shared: Installation, path: str, body: object) -> None:
    browser = shared.browser()
    headers = {"X-CSRFToken": form_token(browser.get("/sign-in"))}
    answers = {browser.post(path, json=body, headers=headers).status_code, browser.post(path, json=body).status_code}
    assert answers <= {400, 404}


@pytest.mark.promise("ASVS 2.2.1")
@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("username", "ad\x00min"),
        ("password", "a\x00b"),
        ("username", "x" * 255),
        ("password", "x" * 1025),
        ("username", ""),
        ("password", ""),
        ("username", "a\r\nb"),
    ],
)
def test_text_that_no_account_has_is_400(shared: Installation, field: str, text: str) -> None:
    browser = shared.browser()
    token = form_token(browser.get("/sign-in"))
    data = {"username": "admin", "password": "x", "csrf_token": token, field: text}
    response = browser.post("/sign-in", data=data)
    assert response.status_code == 400
    assert "Enter your user name and your password." in response.text


@pytest.mark.promise("ASVS 15.3.5")
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("field", ["username", "password", "csrf_token", "next"])
def test_a_megabyte_is_413(shared: Installation, path: str, field: str) -> None:
    assert shared.browser().post(path, data={field: "x" * 1_000_000}).status_code == 413
    for size in (100_000, 2_000_000):
        part = f'--b\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{"x" * size}\r\n--b--\r\n'
        answer = shared.browser().post(path, data=part.encode(), content_type="multipart/form-data; boundary=b")
        assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", "x", "application/json"])
def test_a_body_that_is_not_what_it_says(shared: Installation, kind: str) -> None:
    for body in (b"", b"\xff\xfe\x00", b"--x\r\n", b"a=%ff%fe", b"&&&===", b"{"):
        assert shared.browser().post("/sign-in", data=body, content_type=kind).status_code == 400


def test_many_form_parts_are_refused(shared: Installation) -> None:
    data = {f"field{n}": "x" for n in range(200)}
    response = shared.browser().post("/sign-in", data=data, content_type="multipart/form-data")
    assert response.status_code == 413


@pytest.mark.promise("ASVS 15.3.5")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(username=st.text(max_size=40), password=st.text(max_size=3), target=st.text(max_size=20))
def test_any_words_are_answered_in_the_same_few_ways(
    shared: Installation, username: str, password: str, target: str
) -> None:
    browser = shared.browser()
    encoded = {
        name: value.encode("utf-8", "surrogatepass")
        for name, value in (("username", username), ("password", password), ("next", target))
    }
    token = form_token(browser.get("/sign-in"))
    response = browser.post("/sign-in", data={**encoded, "csrf_token": token})
    assert response.status_code in {400, 401}


@pytest.mark.parametrize("token", ["x", "%00", "%ff", "a" * 4000, "..", "a.b.c", "%2e%2e%2funits", "<script>"])
def test_a_made_up_invitation_is_not_found(shared: Installation, token: str) -> None:
    response = shared.browser().get(f"/invitation/{token}")
    assert response.status_code in {302, 404}
    assert "<script>" + "</" not in response.text
    assert json.dumps(token) not in response.text
