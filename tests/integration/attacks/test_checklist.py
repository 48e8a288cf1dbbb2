"""Lines of the checklist that belong to the whole application."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attack_kit import HOME, OPERATOR, PASSWORD, ROLES, accounts_of, make_app, signed_in, user_of
from flask import Flask
from sqlalchemy import select

from dashboard import audit
from dashboard.access import Permission, built_in_roles
from dashboard.accounts import AccountError, Accounts, NewUser, Origin
from dashboard.accounts.models import sessions, users
from dashboard.audit.models import audit_events
from dashboard.sales.measures import MEASURES
from dashboard.settings import PROJECT, load_settings

HERE = Origin("192.0.2.7", "Browser/1.0")
PUBLIC_PAGES = ("/sign-in", "/register", "/recover")


class Inputs(HTMLParser):
    """The inputs of a page, and whatever would run a script from within the markup."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inputs: list[dict[str, str | None]] = []
        self.handlers: list[str] = []
        self.inline: list[str] = []
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "input":
            self.inputs.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(data)


@pytest.mark.promise("ASVS 6.2.6")
@pytest.mark.promise("ASVS 6.2.7")
@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_password_fields_hide_and_take_what_managers_fill_in(lasting: Flask, path: str) -> None:
    page = Inputs(lasting.test_client().get(path).text)
    passwords = [one for one in page.inputs if "password" in str(one.get("name"))]
    assert bool(passwords) == (path != "/recover")
    for one in passwords:
        assert one["type"] == "password"
        assert one["autocomplete"] in {"current-password", "new-password"}
        assert "readonly" not in one
    assert page.handlers == []
    assert page.inline == []


@pytest.mark.promise("ASVS 6.2.10")
def test_a_password_is_good_for_as_long_as_its_owner_likes(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 21, tzinfo=UTC)]
    accounts = Accounts(load_settings(var=tmp_path / "var"), clock=lambda: now[0])
    accounts.create_user(NewUser("petra", "petra@example.com", "sales_manager"), OPERATOR, PASSWORD)
    now[0] += timedelta(days=3650)
    assert accounts.authenticate("petra", PASSWORD, HERE) is not None
    accounts.close()


@pytest.mark.promise("ASVS 6.1.1")
@pytest.mark.promise("ASVS 6.1.2")
@pytest.mark.promise("ASVS 6.1.3")
@pytest.mark.promise("ASVS 7.1.1")
@pytest.mark.promise("ASVS 7.1.2")
def test_the_security_page_has_the_numbers_of_the_settings() -> None:
    page = " ".join((PROJECT / "docs" / "security.md").read_text(encoding="utf-8").split())
    settings = load_settings()
    for words in (
        "Five wrong answers in a row lock an account",
        f"{settings.sign_in.lock_minutes:.0f} minutes and doubles each time",
        f"for {settings.sign_in.device_days:.0f} days (`sign_in.device_days`)",
        f"after {settings.session.idle_minutes:.0f} minutes without use (`session.idle_minutes`",
        f"after {settings.session.absolute_hours:.0f} hours in any case",
        f"lasts {settings.session.remember_days:.0f} days, never for roles that manage something",
        f"proved more than {settings.session.fresh_minutes:.0f} minutes ago",
        "Any number of devices may be signed in at once",
        "A stranger must not lock a person out.",
        "**words of the context**: user name, mail address, first and last name, role and product name",
        "## Ways in",
    ):
        assert words in page, words
    assert settings.sign_in.attempts_before_lock == 5


@pytest.mark.promise("ASVS 6.3.2")
def test_a_new_installation_has_no_user(tmp_path: Path) -> None:
    accounts = Accounts(load_settings(var=tmp_path / "var"))
    assert accounts.users() == ([], 0)
    accounts.close()


@pytest.mark.promise("ASVS 6.4.6")
def test_an_admin_gets_a_link_for_others_and_never_a_password(lasting: Flask) -> None:
    accounts, user = accounts_of(lasting), user_of(lasting, "procurement_manager")
    token = accounts.invite(user.id, OPERATOR)
    with pytest.raises(AccountError):
        accounts.redeem(token, "short", HERE)
    methods = {name for name in dir(accounts.administration) if not name.startswith("_")}
    assert not {name for name in methods if "password" in name}


@pytest.mark.promise("ASVS 7.2.2")
@pytest.mark.promise("ASVS 7.2.3")
@pytest.mark.promise("ASVS 11.5.1")
def test_session_tokens_are_random_kept_as_hashes_and_never_the_same(lasting: Flask) -> None:
    browsers = [signed_in(lasting, "sales_manager") for _ in range(5)]
    tokens = {browser.get_cookie("salesgate_session").value for browser in browsers}  # type: ignore[union-attr]
    assert len(tokens) == 5
    assert all(len(token) * 6 >= 256 for token in tokens)
    with accounts_of(lasting).engine.connect() as connection:
        kept = set(connection.execute(select(sessions.c.token_hash)).scalars())
    assert not tokens & kept


@pytest.mark.promise("ASVS 7.6.2")
def test_looking_at_pages_begins_no_session(app: Flask) -> None:
    for path in (
        *PUBLIC_PAGES,
        "/verify/1.2.a.b",
        "/invitation/1.2.a.b",
        "/recover/1.2.a.b",
        "/unlock/1.2.a.b",
        "/health",
    ):
        answer = app.test_client().get(path)
        assert not any(one.startswith("salesgate_session=") for one in answer.headers.getlist("Set-Cookie"))
    with accounts_of(app).engine.connect() as connection:
        assert connection.execute(select(sessions.c.token_hash)).all() == []


@pytest.mark.promise("ASVS 8.1.2")
def test_every_measure_names_the_one_permission_that_shows_it() -> None:
    for measure in MEASURES.values():
        holders = {role.key for role in built_in_roles() if measure.permission in role.permissions}
        assert holders <= {"procurement_manager", "sales_manager"}
        assert (holders == {"sales_manager"}) == (measure.permission is Permission.MEASURE_REVENUE)


@pytest.mark.promise("ASVS 1.2.4")
def test_no_statement_is_made_of_typed_text(app: Flask) -> None:
    accounts = accounts_of(app)
    hostile = "x' OR '1'='1"
    assert accounts.users(search=hostile) == ([], 0)
    assert accounts.users(search="%") == ([], 0)
    assert accounts.find(hostile) is None
    with accounts.engine.connect() as connection:
        assert len(connection.execute(select(users.c.id)).all()) == len(ROLES)


@pytest.mark.promise("ASVS 2.3.3")
def test_what_fails_half_way_leaves_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("disk full")

    user = user_of(app, "sales_manager")
    browser = signed_in(app, "sales_manager")
    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError):
        accounts_of(app).disable_user(user.id, OPERATOR)
    monkeypatch.undo()
    assert user_of(app, "sales_manager").active
    assert browser.get("/revenue").status_code == 200


@pytest.mark.promise("ASVS 3.3.3")
@pytest.mark.promise("ASVS 3.3.1")
def test_with_https_every_cookie_belongs_to_this_host_alone(tmp_path: Path) -> None:
    app = make_app(tmp_path / "var", server={"https": True})
    browser = app.test_client()
    browser.get("/sign-in", base_url="https://localhost")
    page = browser.get("/sign-in", base_url="https://localhost")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    data = {"username": "sales_manager", "password": PASSWORD, "csrf_token": token[1]}
    answer = browser.post("/sign-in", data=data, base_url="https://localhost")
    given = answer.headers.getlist("Set-Cookie")
    assert given
    for one in given:
        assert "Secure" in one, one
        assert "Domain=" not in one, one
        assert "Path=/" in one, one
        assert one.startswith("__Host-") or one.startswith("_csrf_token="), one
    accounts_of(app).close()


@pytest.mark.promise("ASVS 3.3.2")
@pytest.mark.promise("ASVS 3.3.4")
def test_cookies_have_samesite_and_only_the_form_token_is_for_scripts(lasting: Flask) -> None:
    browser = signed_in(lasting, "sales_manager")
    page = browser.get("/revenue")
    for one in page.headers.getlist("Set-Cookie"):
        assert "SameSite=" in one, one
        assert "HttpOnly" in one or one.startswith("_csrf_token="), one


@pytest.mark.promise("ASVS 3.4.2")
@pytest.mark.promise("ASVS 3.4.4")
@pytest.mark.promise("ASVS 3.4.5")
@pytest.mark.promise("ASVS 3.4.6")
@pytest.mark.promise("ASVS 4.1.1")
def test_headers_of_every_page_of_every_role(lasting: Flask) -> None:
    for role in ROLES:
        browser = signed_in(lasting, role)
        for path in (HOME[role], "/account", "/nothing", "/_dash-layout"):
            answer = browser.get(path, headers={"Origin": "https://evil.example"})
            headers = answer.headers
            assert "Access-Control-Allow-Origin" not in headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "unsafe-eval" not in headers["Content-Security-Policy"]
            script = re.search(r"script-src ([^;]*)", headers["Content-Security-Policy"])
            assert script
            assert "unsafe-inline" not in script[1]
            kind = headers["Content-Type"]
            assert kind == "application/json" or kind.endswith("json") or kind == "text/html; charset=utf-8", kind


@pytest.mark.promise("ASVS 3.5.2")
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_bodies_that_another_site_could_send_never_reach_a_callback(lasting: Flask, kind: str) -> None:
    browser = signed_in(lasting, "sales_manager")
    browser.get("/revenue")
    token = browser.get_cookie("_csrf_token")
    assert token
    headers = {"X-CSRFToken": token.value}
    answer = browser.post("/_dash-update-component", data=b"{}", content_type=kind, headers=headers)
    assert answer.status_code == 415


@pytest.mark.promise("ASVS 13.4.2")
@pytest.mark.promise("ASVS 16.5.1")
def test_debug_is_off_and_an_error_tells_nothing(lasting: Flask) -> None:
    assert not lasting.debug
    assert not lasting.testing
    assert lasting.extensions["salesgate"].dash._dev_tools.ui in {None, False}
    assert lasting.test_client().get("/console").status_code in {302, 404}


@pytest.mark.promise("ASVS 13.4.5")
def test_strangers_find_no_documentation_or_monitoring(lasting: Flask) -> None:
    stranger = lasting.test_client()
    for path in (
        "/docs",
        "/metrics",
        "/openapi.json",
        "/api",
        "/_mcp",
        "/_dash-dependencies",
        "/status",
        "/server-status",
    ):
        assert stranger.get(path).status_code in {302, 401, 404}, path
    assert stranger.get("/health").json == {"status": "ok"}


@pytest.mark.promise("ASVS 15.1.2")
def test_every_library_is_pinned_with_its_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements/smoke.txt"):
        lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
        packages = [line for line in lines if re.match(r"[A-Za-z]", line)]
        assert len(packages) > 5
        assert all("==" in line and line.rstrip().endswith("\\") for line in packages), name
        assert sum("--hash=sha256:" in line for line in lines) >= len(packages)


@pytest.mark.promise("ASVS 16.2.1")
@pytest.mark.promise("ASVS 16.2.2")
def test_events_say_when_in_utc_who_from_where_and_what(app: Flask) -> None:
    signed_in(app, "sales_manager")
    with accounts_of(app).engine.connect() as connection:
        last = connection.execute(select(audit_events).order_by(audit_events.c.seq.desc()).limit(1)).one()
    assert (last.kind, last.actor, last.target, last.outcome) == ("sign_in", "sales_manager", "sales_manager", "ok")
    assert last.ip == "127.0.0.1"
    assert len(last.session_hash) == 12
    assert last.happened_at.utcoffset().total_seconds() == 0


@pytest.mark.promise("ASVS 16.3.4")
def test_an_unexpected_error_is_logged_with_the_number_that_the_person_sees(
    lasting: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError("inside")

    browser = signed_in(lasting, "sales_manager")
    monkeypatch.setattr(accounts_of(lasting), "load_session", fail)
    answer = browser.get("/revenue", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    number = answer.headers["X-Request-ID"]
    assert number in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert number in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.promise("ASVS 13.3.1")
def test_no_secret_stands_in_the_repository() -> None:
    ignored = (PROJECT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"var/", "/var/", "var"} & set(ignored)
    for path in (*PROJECT.glob("*"), *(PROJECT / "dashboard").rglob("*"), *(PROJECT / "tests").rglob("*")):
        assert path.suffix not in {".key", ".pem", ".p12"}, path
    settings = (PROJECT / "settings.toml").read_text(encoding="utf-8")
    assert not re.search(r"(?im)^\s*\w*(secret|password|token)\w* *= *\"[^\"]+\"", settings)
