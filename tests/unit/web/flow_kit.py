"""Registration and recovery as a browser goes through them, with the links out of the mails."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from mail_kit import deliver, latest, mails
from web_kit import Installation, form_token
from werkzeug.test import TestResponse

CHOSEN = "seven brass kettles under snow"
PERSON = {
    "first_name": "Ada",
    "last_name": "Quill",
    "email": "ada.quill@example.com",
    "username": "ada",
    "day": "9",
    "month": "12",
    "year": "1984",
    "password": CHOSEN,
    "role": "sales_manager",
}
# What differs between any two answers, whatever they say.
CHANGING = (r'name="csrf_token"[^>]*value="[^"]+"', r"number [0-9a-f]{12}", r"/assets/[^\"]+")

LEFT_OUT = {"Set-Cookie", "X-Request-ID", "Content-Length"}


def send(browser: FlaskClient, path: str, form: str = "", **data: str) -> TestResponse:
    """Load the page of the form (``path`` unless said) and send it."""
    return browser.post(path, data={**data, "csrf_token": form_token(browser.get(form or path))})


def register(browser: FlaskClient, **other: str) -> TestResponse:
    return send(browser, "/register", **{**PERSON, **other})


def link(installation: Installation, recipient: str, kind: str) -> str:
    """Path of the link in the newest such mail."""
    deliver(installation.accounts)
    return urlsplit(latest(installation.site.settings.var, recipient, kind).link).path


def kinds(installation: Installation, recipient: str = "") -> list[str]:
    """The kinds of the mails that were sent, the oldest first."""
    deliver(installation.accounts)
    return [mail.kind for mail in mails(installation.site.settings.var, recipient)]


def registered(installation: Installation, **other: str) -> FlaskClient:
    """A browser in which somebody has registered and verified the address."""
    browser = installation.browser()
    assert register(browser, **other).status_code == 200
    assert send(browser, link(installation, {**PERSON, **other}["email"], "verify")).status_code in {200, 303}
    return browser


def said(response: TestResponse) -> tuple[int, Any, str]:
    """An answer without what differs between any two: code, headers, text."""
    text = response.text
    for pattern in CHANGING:
        text = re.sub(pattern, "", text)
    headers = {name: value for name, value in response.headers if name not in LEFT_OUT}
    given = sorted(re.sub(r"=[^;]+;", "=;", cookie, count=1) for cookie in response.headers.getlist("Set-Cookie"))
    return response.status_code, (headers, re.sub(r"Expires=[^;]+", "", str(given))), text
