"""Devices in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.accounts.agents import BROWSERS, SYSTEMS, UNKNOWN, device_words

MOZILLA = "Mozilla/5.0"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"{MOZILLA} (X11; Linux x86_64) {CHROME} Safari/537.36", "Chrome on Linux"),
        (
            f"{MOZILLA} (X11; Linux x86_64) {CHROME.replace('Chrome', 'HeadlessChrome')} Safari/537.36",
            "Chromium on Linux",
        ),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/141.0.0.0", "Edge on Windows"),
        (f"{MOZILLA} (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (f"{MOZILLA} (Linux; Android 10; K) {CHROME} Mobile Safari/537.36 EdgA/141.0", "Edge on Android"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 OPR/120.0", "Opera on Windows"),
        (f"{MOZILLA} (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10.15) AppleWebKit/605.1 Version/18.0 Safari/605.1", "Safari on Mac"),
        (f"{MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        (f"{MOZILLA} (iPad; CPU OS 18_0 like Mac OS X) CriOS/141.0 Mobile Safari/604.1", "Chrome on iPad"),
        (f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "Chrome on ChromeOS"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32", "a Python program"),
        (f"{MOZILLA} (X11; Linux x86_64) SomethingNew/1", "Unknown browser on Linux"),
        ("", UNKNOWN),
    ],
)
def test_a_device_is_named_by_its_browser_and_system(agent: str, words: str) -> None:
    assert device_words(agent) == words


@given(st.text())
def test_nothing_of_the_header_is_passed_on(agent: str) -> None:
    known = {name for _, name in (*BROWSERS, *SYSTEMS)} | {UNKNOWN}
    assert set(device_words(agent).split(" on ")) <= known
