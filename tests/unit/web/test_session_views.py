"""How long a session lasts, and what keeps it alive."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from kit import PLENTY
from web_kit import Installation, install, script_token, sign_in


@pytest.mark.promise("ASVS 7.3.1")
def test_a_session_ends_after_the_idle_time(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    installation.clock.forward(minutes=9)
    assert browser.get("/units").status_code == 200
    installation.clock.forward(minutes=9)
    assert browser.get("/units").status_code == 200
    installation.clock.forward(minutes=11)
    assert browser.get("/units").status_code == 302
    assert browser.get("/units").status_code == 302


@pytest.mark.promise("ASVS 7.3.2")
def test_a_session_ends_after_its_absolute_time_however_it_is_used(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    for _ in range(12 * 60 // 8):
        assert browser.get("/units").status_code == 200
        installation.clock.forward(minutes=8)
    assert browser.get("/units").status_code == 302


@pytest.mark.promise("ASVS 7.3.1")
def test_asking_for_the_status_does_not_keep_a_session_alive(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    seen = []
    for _ in range(10):
        seen.append((browser.get("/session/status").json or {})["idle_seconds_left"])
        installation.clock.forward(minutes=1)
    assert seen == list(range(600, 0, -60))
    installation.clock.forward(seconds=1)
    assert browser.get("/session/status").json == {"ended": True}
    assert browser.get("/units").status_code == 302


def test_following_a_refresh_does_not_keep_a_session_alive(installation: Installation) -> None:
    browser = installation.signed_in("admin")
    for _ in range(10):
        assert browser.get("/sources/state").status_code == 200
        installation.clock.forward(minutes=1)
    installation.clock.forward(seconds=1)
    assert browser.get("/sources/state", headers={"Accept": "application/json"}).status_code == 401
    assert browser.get("/users").status_code == 302


def test_extending_starts_the_idle_time_anew(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    token = script_token(browser)
    installation.clock.forward(minutes=9)
    assert browser.post("/session/extend", headers=token).json == {
        "ended": False,
        "idle_seconds_left": 600,
        "absolute_seconds_left": 12 * 3600 - 540,
        "warn_seconds": 60,
        "remembered": False,
    }
    installation.clock.forward(minutes=9)
    assert (browser.get("/session/status").json or {})["idle_seconds_left"] == 60


def test_nobody_has_no_session_to_tell_of_or_to_extend(shared: Installation) -> None:
    assert shared.browser().get("/session/status").json == {"ended": True}
    assert shared.browser().post("/session/extend").status_code == 401


@pytest.mark.promise("ASVS 3.5.3")
def test_extending_needs_the_token_and_no_get_does_it(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    assert browser.get("/session/extend").status_code == 404
    assert browser.post("/session/extend").status_code == 400


def test_the_question_comes_no_sooner_than_halfway(tmp_path: Path) -> None:
    made = install(tmp_path, limits=PLENTY, session={"idle_minutes": 1, "warn_seconds": 90})
    assert (made.signed_in("admin").get("/session/status").json or {})["warn_seconds"] == 30
    made.accounts.close()


def kept(browser: FlaskClient) -> int | None:
    found = browser.get_cookie("salesgate_session")
    assert found
    return found.max_age


def test_a_remembered_session_outlives_the_browser_and_the_idle_limit(installation: Installation) -> None:
    browser = installation.browser()
    sign_in(browser, "sales_manager", remember="y")
    assert kept(browser) == 14 * 24 * 3600
    assert (browser.get("/session/status").json or {})["remembered"] is True
    installation.clock.forward(days=10)
    assert browser.get("/units").status_code == 200
    installation.clock.forward(days=15)
    assert browser.get("/units").status_code == 302


def test_a_session_that_is_not_remembered_ends_with_the_browser(installation: Installation) -> None:
    assert kept(installation.signed_in("sales_manager")) is None


@pytest.mark.promise("remember me is never for Admins")
def test_no_admin_is_remembered(installation: Installation) -> None:
    browser = installation.browser()
    sign_in(browser, "admin", remember="y")
    assert kept(browser) is None
    installation.clock.forward(minutes=11)
    assert browser.get("/users").status_code == 302


@pytest.mark.promise("ASVS 7.5.1")
def test_a_resumed_session_is_not_fresh(installation: Installation) -> None:
    browser = installation.browser()
    sign_in(browser, "sales_manager", remember="y")
    assert browser.get("/confirm?next=/account").location == "/account"
    installation.clock.forward(minutes=11)
    browser.get("/units")
    assert browser.get("/confirm?next=/account").status_code == 200


@pytest.mark.promise("ASVS 8.3.2")
def test_signing_in_elsewhere_leaves_this_session_alone(installation: Installation) -> None:
    first, second = installation.signed_in("admin"), installation.signed_in("admin")
    assert first.get("/users").status_code == second.get("/users").status_code == 200
