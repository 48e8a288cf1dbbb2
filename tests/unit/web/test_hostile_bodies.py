"""What a stranger may send before sign-in: never more than a 4xx."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_kit import Installation, form_token
from werkzeug.datastructures import MultiDict

from dashboard.web.forms import BirthDateForm

PREFIXES = ("/invitation/", "/verify/", "/recover/", "/unlock/", "/mail/")
FORMS = ("/sign-in", "/register", "/register/again", "/recover", "/recovery/second", "/recovery/password")
ROUTES = (*FORMS, *(f"{prefix}made-up" for prefix in PREFIXES))
FIELDS = ("username", "password", "csrf_token", "next", "name", "email", "first_name", "year", "role", "answer")


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
    assert answers <= {303, 400, 410}
    assert 400 in answers


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
@pytest.mark.parametrize("field", FIELDS)
def test_a_megabyte_is_413(shared: Installation, path: str, field: str) -> None:
    assert shared.browser().post(path, data={field: "x" * 1_000_000}).status_code == 413
    for size in (100_000, 2_000_000):
        part = f'--b\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{"x" * size}\r\n--b--\r\n'
        answer = shared.browser().post(path, data=part.encode(), content_type="multipart/form-data; boundary=b")
        assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", "x", "application/json"])
@pytest.mark.parametrize("path", ROUTES)
def test_a_body_that_is_not_what_it_says(shared: Installation, kind: str, path: str) -> None:
    for body in (b"", b"\xff\xfe\x00", b"--x\r\n", b"a=%ff%fe", b"&&&===", b"{"):
        assert shared.browser().post(path, data=body, content_type=kind).status_code == 400


@pytest.mark.parametrize("path", ROUTES)
def test_many_form_parts_are_refused(shared: Installation, path: str) -> None:
    data = {f"field{n}": "x" for n in range(200)}
    response = shared.browser().post(path, data=data, content_type="multipart/form-data")
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


NASTY = {
    "null byte": "ad\x00min",
    "line break": "a\r\nX-Injected: 1",
    "escape": "\x1b[2J",
    "right to left": "\u202eadmin",
    "astral": "\U0001f600" * 10,
    "combining": "a" + "\u0301" * 200,
    "template": "{{ 70007 * 190019 }}${70007 * 190019}",
    "markup": '"><script>alert(1)</script>',
    "quote": "' OR 1=1 --",
    "surrogate": "\ud800",
    "long": "x" * 60_000,
    "number": "1e999",
    "negative": "-1",
    "digits": "9" * 4000,
}
ALL_FIELDS = ("name", "email", "first_name", "last_name", "username", "password", "day", "month", "year", "role")


@pytest.mark.promise("hostile bodies before sign-in")
@pytest.mark.promise("ASVS 2.2.1")
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("what", NASTY)
def test_any_text_in_every_field_is_answered_with_a_page(shared: Installation, path: str, what: str) -> None:
    text = NASTY[what].encode("utf-8", "surrogatepass")
    for fields in (ALL_FIELDS, *((field,) for field in ALL_FIELDS)):
        browser = shared.browser()
        good = {"day": "9", "month": "12", "year": "1984", "first_name": "Ada", "last_name": "Quill", "role": ""}
        data = {**good, **dict.fromkeys(fields, text), "csrf_token": form_token(browser.get("/sign-in"))}
        answer = browser.post(path, data=data)
        assert answer.status_code in {200, 303, 400, 401, 410, 413}, (fields, answer.status)
        assert answer.status_code != 200 or path.startswith("/recover"), fields
        assert "<script>alert" not in answer.text
        assert str(70007 * 190019) not in answer.text
        assert "X-Injected" not in answer.headers
        assert "\x1b" not in answer.text


@pytest.mark.promise("ASVS 15.3.5")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.tuples(*[st.text(max_size=6) | st.integers().map(str)] * 3))
def test_any_three_texts_are_a_date_or_none(shared: Installation, parts: tuple[str, str, str]) -> None:
    with shared.server.test_request_context("/recover/x", method="POST"):
        form = BirthDateForm(MultiDict(zip(("day", "month", "year"), parts, strict=True)))
        form.validate()
        assert form.day.errors or form.date_of_birth() is not None


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("token", ["x", "%00", "%ff", "a" * 4000, "..", "a.b.c", "%2e%2e%2funits", "<script>"])
def test_a_made_up_link_is_gone(shared: Installation, prefix: str, token: str) -> None:
    response = shared.browser().get(f"{prefix}{token}")
    assert response.status_code in {302, 410}
    assert "<script>" + "</" not in response.text
    assert json.dumps(token) not in response.text
