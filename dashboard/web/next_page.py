"""Where to go after sign-in: a path of this site and nothing else."""

from urllib.parse import urlencode, urlsplit

from dashboard.web.text import has_control_characters

HOME = "/"
LONGEST = 2000


def safe_next(target: str | None) -> str:
    """``target`` if it is a path on this site, else the home path.

    Refused are other sites in every spelling that browsers accept (``//host``, ``/\\host``, a tab or line break that a
    browser drops), and addresses with a scheme.
    """
    if not target or len(target) > LONGEST or not target.startswith("/") or target.startswith("//"):
        return HOME
    if "\\" in target or has_control_characters(target):
        return HOME
    return target


def leading_to(path: str, target: str | None, **words: str) -> str:
    """Address of ``path``, a step on the way to ``target``; ``words`` stand in the query before it."""
    return f"{path}?" + urlencode({**words, "next": safe_next(target)})


def sign_in_url(target: str, **words: str) -> str:
    """Address of the sign-in page that leads on to ``target``; ``ended`` may say why."""
    return leading_to("/sign-in", target, **words)


def page_of(referrer: str | None, host: str) -> str:
    """Path and query of the page that sent a request, or the home path where it was not one of ``host``."""
    try:
        parts = urlsplit(referrer or "")
    except ValueError:
        return HOME
    if parts.netloc != host:
        return HOME
    return safe_next(parts.path + (f"?{parts.query}" if parts.query else ""))
