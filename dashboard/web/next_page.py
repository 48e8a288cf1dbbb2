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


def sign_in_url(target: str) -> str:
    """Address of the sign-in page that leads on to ``target``."""
    return "/sign-in?" + urlencode({"next": safe_next(target)})


def page_of(referrer: str | None, host: str) -> str:
    """Path and query of the page that sent a request, or the home path where it was not one of ``host``."""
    try:
        parts = urlsplit(referrer or "")
    except ValueError:
        return HOME
    if parts.netloc != host:
        return HOME
    return safe_next(parts.path + (f"?{parts.query}" if parts.query else ""))
