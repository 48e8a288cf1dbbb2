"""Browsers in words: what a User-Agent header says, as far as a person wants to know."""

from collections.abc import Sequence

from dashboard.accounts.terms import OpenSession, SessionKind

# The first that is found counts: most browsers name others besides themselves.
BROWSERS: Sequence[tuple[str, str]] = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chromium"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "a Python program"),
)
SYSTEMS: Sequence[tuple[str, str]] = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
UNKNOWN = "Unknown browser"


def device_words(agent: str) -> str:
    """``Firefox on Windows``; what is not known is left out, and of nothing known :data:`UNKNOWN` is said.

    The header comes from the browser, so nothing of it is passed on: only words that stand here.
    """
    browser = _first(BROWSERS, agent) or UNKNOWN
    system = _first(SYSTEMS, agent)
    return f"{browser} on {system}" if system else browser


def session_words(session: OpenSession) -> str:
    """What a session belongs to: a browser as above, or ``API sign-in (curl on Linux)``."""
    if session.kind is SessionKind.WEB:
        return device_words(session.agent)
    program = program_words(session.agent)
    return f"API sign-in ({program})" if program else "API sign-in"


def program_words(agent: str) -> str:
    """``curl on Linux``; empty for what is not known."""
    program = device_words(agent)
    return "" if program.startswith(UNKNOWN) else program


def _first(known: Sequence[tuple[str, str]], agent: str) -> str:
    return next((name for mark, name in known if mark in agent), "")
