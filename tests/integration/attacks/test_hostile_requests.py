"""Whatever a stranger sends to an address that is open to strangers: a clear refusal, never a 500."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from attack_kit import OPERATOR, TOKEN, accounts_of, sign_in, user_of
from flask import Flask
from werkzeug.routing import Rule

from dashboard.web.gate import PUBLIC

LONG = "x" * 1_000_000
TEXTS = {
    "empty": "",
    "null byte": "a\0b",
    "control": "a\r\nSet-Cookie: x=y",
    "half of a pair": b"\xed\xa0\x80",
    "no utf-8": b"\xff\xfe\xfd",
    "bidi": "\u202egnp.exe",
    "markup": "<script>alert(1)</script>",
    "template": "{{ 1234 * 4321 }}{% raw %}",
    "sql": "' OR 1=1; DROP TABLE users; --",
    "long": "x" * 50_000,
    "number": "1e999999",
    "format": "%s%n%x {0.__class__}",
}
JSONS: list[Any] = [
    None,
    True,
    0,
    1.5,
    "text",
    [],
    [[]],
    {},
    {"username": {"$ne": ""}},
    {"username": ["a"], "password": 1},
]
FIELDS = (
    "username", "password", "next", "email", "first_name", "last_name", "date_of_birth", "day", "month", "year", "role",
    "wanted_role", "code", "method", "answer", "response", "name", "repeat", "remember", "target", "csrf_token",
)  # fmt: skip


def public_rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            yield rule


def address(rule: Rule, value: str = "1.2.abc") -> str:
    return "/".join(value if part.startswith("<") else part for part in rule.rule.split("/"))


def posts(app: Flask) -> list[str]:
    found = sorted({address(rule) for rule in public_rules(app) if "POST" in (rule.methods or set())})
    assert len(found) >= 12, found
    return found


def token(app: Flask, browser: Any) -> str:
    found = TOKEN.search(browser.get("/sign-in").text)
    assert found
    return found[1]


@pytest.mark.promise("hostile bodies before sign-in")
@pytest.mark.promise("ASVS 2.2.1")
@pytest.mark.parametrize("what", TEXTS)
def test_texts_in_every_field_of_every_form(lasting: Flask, what: str) -> None:
    for path in posts(lasting):
        browser = lasting.test_client()
        data = {**dict.fromkeys(FIELDS, TEXTS[what]), "csrf_token": token(lasting, browser)}
        answer = browser.post(path, data=data)
        assert answer.status_code < 500, (path, what, answer.status)
        assert "5332114" not in answer.text, path
        assert "<script>alert(1)" not in answer.text, path
        assert not any("x=y" in value for value in answer.headers.getlist("Set-Cookie")), path


@pytest.mark.promise("hostile bodies before sign-in")
@pytest.mark.promise("ASVS 15.3.5")
def test_json_of_every_type_where_a_form_is_expected(lasting: Flask) -> None:
    for path in posts(lasting):
        for body in JSONS:
            browser = lasting.test_client()
            headers = {"X-CSRFToken": token(lasting, browser)}
            answer = browser.post(path, json=body, headers=headers)
            assert answer.status_code < 500, (path, body, answer.status)


@pytest.mark.promise("hostile bodies before sign-in")
@pytest.mark.promise("ASVS 5.2.1")
def test_a_megabyte_is_refused_before_it_is_read(lasting: Flask) -> None:
    for path in posts(lasting):
        browser = lasting.test_client()
        form = {"username": LONG, "csrf_token": token(lasting, browser)}
        assert browser.post(path, data=form).status_code == 413, path
        assert browser.post(path, json={"a": LONG}).status_code in {400, 413}, path


@pytest.mark.promise("hostile bodies before sign-in")
def test_broken_bodies(lasting: Flask) -> None:
    bodies = [b"{", b"\0" * 1000, b"[" * 30_000, b"\xff" * 100, b"a=%zz&b=%00", b"--x\r\n\r\n--x--"]
    kinds = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml", ""]
    for path in posts(lasting):
        for body in bodies:
            for kind in kinds:
                browser = lasting.test_client()
                headers = {"X-CSRFToken": token(lasting, browser)}
                answer = browser.post(path, data=body, content_type=kind, headers=headers)
                assert answer.status_code < 500, (path, body[:9], kind, answer.status)


@pytest.mark.promise("ASVS 3.5.1")
def test_no_form_is_accepted_without_its_token(lasting: Flask) -> None:
    for path in posts(lasting):
        browser = lasting.test_client()
        assert browser.post(path, data={"username": "sales_manager"}).status_code == 400, path
        forged = {"csrf_token": "forged", "username": "sales_manager"}
        assert browser.post(path, data=forged).status_code == 400, path
        good = {"csrf_token": token(lasting, browser)}
        assert browser.post(path, data=good, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403, path


@pytest.mark.promise("ASVS 3.5.3")
@pytest.mark.promise("ASVS 13.4.4")
def test_only_the_methods_of_a_route_are_answered(lasting: Flask) -> None:
    for rule in public_rules(lasting):
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"):
            browser = lasting.test_client()
            headers = {"X-CSRFToken": token(lasting, browser)}
            answer = browser.open(address(rule), method=method, headers=headers)
            assert answer.status_code in {400, 401, 403, 404, 405}, (rule.rule, method, answer.status)


@pytest.mark.promise("ASVS 2.3.1")
def test_no_step_can_be_entered_from_the_middle(lasting: Flask) -> None:
    for rule in public_rules(lasting):
        path = address(rule)
        answer = lasting.test_client().get(path)
        assert answer.status_code < 500, path
        assert lasting.test_client().get(path, headers={"Cookie": "salesgate_step=made-up"}).status_code < 500, path
        assert "salesgate_session" not in str(answer.headers.getlist("Set-Cookie")), path


TARGETS = [
    "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "javascript:alert(1)", "data:text/html,x", "///evil.example", "/%09/evil.example@",
    "//evil.example/%2f..", "http:evil.example", "/\x00/evil.example", "https:/evil.example", "@evil.example",
]  # fmt: skip


@pytest.mark.promise("open redirect")
@pytest.mark.promise("ASVS 3.7.2")
@pytest.mark.parametrize("target", TARGETS)
def test_signing_in_never_leads_off_the_site(lasting: Flask, target: str) -> None:
    browser = lasting.test_client()
    answer = sign_in(browser, "sales_manager", next=target)
    assert answer.status_code == 303
    place = answer.headers["Location"]
    parts = urlsplit(place)
    assert (parts.scheme, parts.netloc) == ("", ""), place
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))


@pytest.mark.promise("host header")
@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-URL", "Referer"])
def test_no_header_gets_into_a_mail_or_a_redirect(app: Flask, header: str) -> None:
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    browser = app.test_client()
    token_ = token(app, browser)
    data = {"name": "sales_manager", "email": "sales_manager@example.com", "username": "sales_manager"}
    for path in ("/recover", "/register"):
        answer = browser.post(path, data={**data, "csrf_token": token_}, headers={header: value})
        assert "evil.example" not in answer.text + answer.headers.get("Location", "")
    user = user_of(app, "sales_manager")
    accounts_of(app).invite(user.id, OPERATOR)
    with accounts_of(app).engine.connect() as connection:
        kept = [row[0] for row in connection.exec_driver_sql("SELECT body FROM outbox")]
    assert kept
    bodies = [accounts_of(app).vault.open(body) for body in kept]
    assert not any("evil.example" in body for body in bodies)
    assert any("http://localhost:8050/" in body for body in bodies)
