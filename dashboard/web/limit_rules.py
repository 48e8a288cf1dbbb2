"""What is limited: each rule says which requests it counts, and what it counts apart. The settings say how often."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g, request

from dashboard.accounts.names import email_key, lookup_key
from dashboard.web import gate
from dashboard.web.address import client_address, network_of
from dashboard.web.cookies import device_token
from dashboard.web.factor_page import begun
from dashboard.web.site import site

CONFIRM = "/confirm"
# Which field of the form names the account that is meant, by endpoint.
ACCOUNT_FIELDS = {
    "sign_in.submit": "username",
    "recovery.ask": "name",
    "registration.submit": "email",
    "registration.again": "email",
}
TRIES_ACCOUNT = frozenset({"sign_in.submit", "recovery.ask"})
SENDS_CODE = frozenset({"second_step.send", "enrol.send", "confirm.send"})
SENDS_MAIL = SENDS_CODE | {"recovery.ask", "registration.submit", "registration.again"}


@dataclass(frozen=True)
class Rule:
    """One limit.

    Attributes:
        name: of the key in the settings that says how often.
        counts: whether it counts the present request.
        whose: what is counted apart, such as an address; never kept as it stands.
        text: what to tell whoever reached it.
    """

    name: str
    counts: Callable[[], bool]
    whose: Callable[[], str]
    text: str


def address() -> str:
    """The address that counts; what is no address counts as a single one."""
    return network_of(client_address())


def sends_mail() -> bool:
    """Whether the request may cause a mail."""
    return request.method == "POST" and request.endpoint in SENDS_MAIL


def _tries_secret() -> bool:
    """Whether the request could be a guess: of a password, a code, a link, a date."""
    if request.endpoint in gate.PUBLIC:
        return request.method == "POST" or "token" in (request.view_args or {})
    return request.method == "POST" and (request.path == CONFIRM or request.path.startswith(f"{CONFIRM}/"))


def _tries_account() -> bool:
    return request.method == "POST" and request.endpoint in TRIES_ACCOUNT


def _tries_account_as_stranger() -> bool:
    return _tries_account() and not _is_known_device()


def _is_known_device() -> bool:
    token = device_token()
    return bool(token) and site().accounts.sign_ins.knows(_typed(), token)


def _is_signed_in() -> bool:
    return g.get("signed_in") is not None


def _user() -> str:
    return str(g.signed_in.viewer.user_id)


def _typed() -> str:
    return request.form.get(ACCOUNT_FIELDS[request.endpoint or ""], "")


def _account() -> str:
    """The account that is meant, whether or not there is one."""
    if request.endpoint in SENDS_CODE:
        step = begun()
        # Apart from the others: whoever only knows the name must not use up the codes of somebody who is signing in.
        return f"code for {lookup_key(step.username)}" if step else f"no step, {address()}"
    typed = _typed()
    return lookup_key(typed) or email_key(typed)


def _account_and_address() -> str:
    return f"{_account()} {address()}"


_ACCOUNT_TEXT = "Too many attempts for this account."
RULES = (
    Rule("per_address", _tries_secret, address, "Too many attempts from your network."),
    Rule("per_pair", _tries_account_as_stranger, _account_and_address, _ACCOUNT_TEXT),
    Rule("per_account", _tries_account_as_stranger, _account, _ACCOUNT_TEXT),
    Rule("mails_per_address", sends_mail, address, "Too many mails were asked for from your network."),
    Rule("mails_per_account", sends_mail, _account, "Too many mails were asked for. Look into your spam folder, too."),
    Rule("requests_per_user", _is_signed_in, _user, "You are asking for more than the server can give at once."),
)
