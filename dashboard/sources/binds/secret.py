"""Passwords of binds: where they come from, and keeping them out of every text."""

import stat
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from sqlalchemy import make_url

from dashboard.settings.binds import Bind
from dashboard.sources.binds.errors import BindError

HIDDEN = "***"
# A shorter password is part of ordinary words: taking it out of a text would tell what it is.
_LEAST = 5


class Password(NamedTuple):
    """A password and what is wrong with the way it is kept; "" for nothing."""

    text: str
    warning: str


def password_of(name: str, bind: Bind) -> Password:
    """The password of a bind: its own, else the first line of ``password_file``, else "".

    Raises:
        BindError: the file is missing, empty, or cannot be read.
    """
    text = bind.password.get_secret_value()
    if not _is_text(text):
        raise BindError(f"Bind {name}: the password in {variable(name)} is not UTF-8 text. Set it again.", "settings")
    if text or not bind.password_file:
        return Password(text, "")
    path = Path(bind.password_file)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        mode = path.stat().st_mode
    except OSError as error:
        raise _unusable(name, path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _unusable(name, path, "is not UTF-8 text") from None
    first = lines[0].removesuffix("\r")
    if not first:
        raise _unusable(name, path, "has an empty first line; the password stands there")
    if not _is_text(first):
        raise _unusable(name, path, "is not UTF-8 text")
    exposed = mode & (stat.S_IRGRP | stat.S_IROTH)
    return Password(first, f"{path}: other users of this machine can read it; chmod 600 {path}" if exposed else "")


def _is_text(password: str) -> bool:
    """Whether it can be sent at all: bytes of the environment that are no text become half characters."""
    return "\0" not in password and not any("\ud800" <= letter <= "\udfff" for letter in password)


def _unusable(name: str, path: Path, reason: str) -> BindError:
    return BindError(f"Bind {name}: password_file {path} {reason}. Mend it, or set {variable(name)}.", "settings")


def variable(name: str) -> str:
    """The environment variable that a bind's password may come from."""
    return f"SALESGATE_BINDS__{name.upper()}__PASSWORD"


def password_place(name: str, bind: Bind) -> str:
    """Where the password of a bind stands, in words."""
    if bind.password.get_secret_value():
        return f"the password in {variable(name)}"
    if bind.password_file:
        return f"the password in {bind.password_file}"
    return f"name a password_file: no password is given, by it or by {variable(name)}"


def shown_url(bind: Bind) -> str:
    """The address of a bind for people and logs. The settings refuse one that holds a password."""
    return make_url(bind.url).render_as_string(hide_password=True)


def redact(text: str, bind: Bind) -> str:
    """``text``, from a driver or a database, without the bind's password in any spelling; "" where that is hopeless."""
    try:
        password = password_of("", bind).text
    except BindError:
        # Nobody knows any more what to look for.
        return ""
    if not password:
        return text
    spellings = sorted(_spellings(password), key=len, reverse=True)
    if len(password) < _LEAST:
        return "" if any(one.lower() in text.lower() for one in spellings) else text
    for one in spellings:
        text = text.replace(one, HIDDEN)
    return text


def _spellings(password: str) -> set[str]:
    """As drivers write it: in URLs, in ODBC strings, in SQL, in Python's repr and in JSON."""
    plain = {password, password.strip(), password.replace("}", "}}"), password.replace("'", "''")}
    escaped = {repr(password)[1:-1], ascii(password)[1:-1], password.replace("\\", "\\\\").replace('"', '\\"')}
    return {one for one in plain | escaped | {quote(password), quote(password, safe=""), quote_plus(password)} if one}
