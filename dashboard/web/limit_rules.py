"""What is limited: each rule says which requests it counts, and what it counts apart. The settings say how often."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g, request
from pydantic_core import from_json

from dashboard.accounts import SessionKind
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
# Each of these asks another server, which may be slow.
ASKS_PROVIDER = frozenset({"single_sign_on.begin", "single_sign_on.callback"})
# What the API has of these; its bodies are JSON.
API_SIGN_IN = "api_auth."  # how the endpoints begin that anybody may ask
API_ACCOUNT_FIELDS = {
    "api_auth.login": "username",
    "api_auth.register": "email",
    "api_auth.register_again": "email",
}
API_SENDS_CODE = {"api_auth.send_code": "pending"}  # which field names the step
API_TRIES_ACCOUNT = frozenset({"api_auth.login"})
API_SENDS_MAIL = frozenset({*API_SENDS_CODE, "api_auth.register", "api_auth.register_again"})


@dataclass(frozen=True)
class Rule:
    """One limit.

    Attributes:
        name: of the key in the settings that says how often.
        counts: whether it counts the present request.
        whose: what is counted apart, such as an address; never kept as it stands.
        text: what to tell whoever reached it.
        first: whether it counts before anybody is asked who sends the request, so that made-up keys count, too.
    """

    name: str
    counts: Callable[[], bool]
    whose: Callable[[], str]
    text: str
    first: bool = False


def address() -> str:
    """The address that counts; what is no address counts as a single one."""
    return network_of(client_address())


def sends_mail() -> bool:
    """Whether the request may cause a mail."""
    return request.method == "POST" and (request.endpoint in SENDS_MAIL or request.endpoint in API_SENDS_MAIL)


def is_counted_by_gate() -> bool:
    """Whether no more rules can count the request than those that the gate of the API asks by itself."""
    return _is_api() and not _is_api_sign_in()


def _is_api_sign_in() -> bool:
    return (request.endpoint or "").startswith(API_SIGN_IN)


def _is_api() -> bool:
    return request.path.startswith(gate.API)


def _tries_secret() -> bool:
    """Whether the request could be a guess: of a password, a code, a link, a date."""
    if _is_api():
        return request.method == "POST" and _is_api_sign_in()
    if request.endpoint in gate.PUBLIC:
        guesses = request.method == "POST" or "token" in (request.view_args or {})
        return guesses or request.endpoint in ASKS_PROVIDER
    return request.method == "POST" and (request.path == CONFIRM or request.path.startswith(f"{CONFIRM}/"))


def _tries_account() -> bool:
    tries = request.endpoint in TRIES_ACCOUNT or request.endpoint in API_TRIES_ACCOUNT
    return request.method == "POST" and tries


def _tries_account_as_stranger() -> bool:
    return _tries_account() and not _is_known_device()


def _is_known_device() -> bool:
    token = "" if _is_api() else device_token()  # a cookie
    return bool(token) and site().accounts.sign_ins.knows(_typed(), token)


def _is_signed_in() -> bool:
    return g.get("signed_in") is not None


def _user() -> str:
    return str(g.signed_in.viewer.user_id)


def _is_by_key() -> bool:
    return _is_signed_in() and bool(g.get("by_key"))


def _key() -> str:
    return str(g.signed_in.session)


def _typed() -> str:
    endpoint = request.endpoint or ""
    field = API_ACCOUNT_FIELDS.get(endpoint)
    return _in_body(field) if field else request.form.get(ACCOUNT_FIELDS[endpoint], "")


def _in_body(field: str) -> str:
    """That field of a JSON body; empty where there is none, for the operation itself says what is wrong then.

    It is read as the operation reads it: of a field that stands there twice, both take the same.
    """
    try:
        body = from_json(request.get_data())
    except ValueError:
        return ""
    value = body.get(field) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""


def _account() -> str:
    """The account that is meant, whether or not there is one."""
    by_api = API_SENDS_CODE.get(request.endpoint or "")
    if request.endpoint in SENDS_CODE or by_api:
        step = site().accounts.sign_ins.offered(_in_body(by_api), kind=SessionKind.API) if by_api else begun()
        # Apart from the others: whoever only knows the name must not use up the codes of somebody who is signing in.
        return f"code for {lookup_key(step.username)}" if step else f"no step, {address()}"
    typed = _typed()
    return lookup_key(typed) or email_key(typed)


def _account_and_address() -> str:
    return f"{_account()} {address()}"


_ACCOUNT_TEXT = "Too many attempts for this account."
_REQUESTS_TEXT = "You are asking for more than the server can give at once."
RULES = (
    Rule("per_address", _tries_secret, address, "Too many attempts from your network."),
    Rule("per_pair", _tries_account_as_stranger, _account_and_address, _ACCOUNT_TEXT),
    Rule("per_account", _tries_account_as_stranger, _account, _ACCOUNT_TEXT),
    Rule("mails_per_address", sends_mail, address, "Too many mails were asked for from your network."),
    Rule("mails_per_account", sends_mail, _account, "Too many mails were asked for. Look into your spam folder, too."),
    Rule("requests_per_user", _is_signed_in, _user, _REQUESTS_TEXT),
    Rule("requests_per_key", _is_by_key, _key, "This API key is used more often than it may be."),
    Rule("requests_per_address", _is_api, address, "Too many requests from your network.", first=True),
)
