"""How long a session lasts, and what keeps it alive."""

import pytest
from web_kit import Installation, script_token


@pytest.mark.promise("7.3.1")
def test_a_session_ends_after_the_idle_time(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    installation.clock.forward(minutes=9)
    assert browser.get("/units").status_code == 200
    installation.clock.forward(minutes=9)
    assert browser.get("/units").status_code == 200
    installation.clock.forward(minutes=11)
    assert browser.get("/units").status_code == 302
    assert browser.get("/units").status_code == 302


@pytest.mark.promise("7.3.2")
def test_a_session_ends_after_its_absolute_time_however_it_is_used(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    for _ in range(12 * 60 // 8):
        assert browser.get("/units").status_code == 200
        installation.clock.forward(minutes=8)
    assert browser.get("/units").status_code == 302


@pytest.mark.promise("7.3.1")
def test_asking_for_the_status_does_not_keep_a_session_alive(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    seen = []
    for _ in range(10):
        seen.append((browser.get("/session/status").json or {})["idle_seconds_left"])
        installation.clock.forward(minutes=1)
    assert seen == list(range(600, 0, -60))
    installation.clock.forward(seconds=1)
    assert browser.get("/session/status").status_code == 401
    assert browser.get("/units").status_code == 302


def test_extending_starts_the_idle_time_anew(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    token = script_token(browser)
    installation.clock.forward(minutes=9)
    assert browser.post("/session/extend", headers=token).json == {
        "idle_seconds_left": 600,
        "absolute_seconds_left": 12 * 3600 - 540,
    }
    installation.clock.forward(minutes=9)
    assert (browser.get("/session/status").json or {})["idle_seconds_left"] == 60


def test_nobody_has_a_status(shared: Installation) -> None:
    assert shared.browser().get("/session/status").status_code == 401
    assert shared.browser().post("/session/extend").status_code == 401


@pytest.mark.promise("8.3.2")
def test_signing_in_elsewhere_leaves_this_session_alone(installation: Installation) -> None:
    first, second = installation.signed_in("admin"), installation.signed_in("admin")
    assert first.get("/users").status_code == second.get("/users").status_code == 200
