"""Signing in by another provider: people are sent there, and come back with an answer that is used once."""

import logging
from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request

from dashboard.accounts import AccountError, NotFreshError
from dashboard.accounts.federation_terms import Aim, Assertion, Begun
from dashboard.web.cookies import device_token, give_step_cookie, session_token, step_token, take_step_cookie
from dashboard.web.errors import CONFIRM, problem
from dashboard.web.forms import ConfirmForm
from dashboard.web.next_page import leading_to, safe_next
from dashboard.web.openid.errors import DisbelievedError, ProviderDownError
from dashboard.web.openid.providers import client_of
from dashboard.web.request_id import described
from dashboard.web.site import site
from dashboard.web.steps import follow, go
from dashboard.web.viewer import current_actor, current_origin, current_sign_in, identify

ACCOUNT, SECOND_OF_CONFIRM = "/account", "/confirm/second"
TO_ACCOUNT = (ACCOUNT, "Your account")
NOT_BEGUN = (
    "This answer belongs to nothing that this browser has begun, or it took too long. Nobody was signed in. "
    "Begin again, in one window."
)
NOT_BELIEVED = (
    "{label} has answered, but the answer does not prove who you are. Begin again. If it happens again, give your "
    "administrator the number below."
)
DOWN = "{label} does not answer just now. Try again in a minute"
DOWN_ENDS = {
    Aim.SIGN_IN: ", or sign in with a password if you have one here.",
    Aim.CONNECT: ". Nothing was changed here.",
}
TURNED_DOWN = "You, or {label}, have turned this sign-in down. Nothing was changed here."

logger = logging.getLogger(__name__)
blueprint = Blueprint("single_sign_on", __name__, url_prefix="/sign-on")


@blueprint.get("/<name>")
def begin(name: str) -> Response:
    """Send the browser to the provider; whoever is signed in already is sent on."""
    target = safe_next(request.args.get("next"))
    client_of(name)
    return go(target) if identify(touch=True) is not None else _depart(name, Aim.SIGN_IN, target)


@blueprint.get("/<name>/confirm")
def confirm(name: str) -> Response:
    """Let the provider ask once more who somebody is, in the middle of a session."""
    target = safe_next(request.args.get("next"))
    client_of(name)
    return go(target) if current_sign_in().fresh else _depart(name, Aim.CONFIRM, target)


@blueprint.get("/<name>/connect")
def connecting(name: str) -> Response:
    """What it means to connect one's account, and the button."""
    return _question("sign_on_connect.html", name)


@blueprint.post("/<name>/connect")
def connect(name: str) -> Response:
    """Go to the provider, to come back connected."""
    return _depart(name, Aim.CONNECT, ACCOUNT)


@blueprint.get("/<name>/disconnect")
def disconnecting(name: str) -> Response:
    """What it means to undo that, and the button."""
    return _question("sign_on_disconnect.html", name)


@blueprint.post("/<name>/disconnect")
def disconnect(name: str) -> Response:
    """Undo it."""
    client_of(name)
    federation, actor = site().accounts.federation, current_actor()
    try:
        for mine in federation.of(actor.user_id):
            if mine.provider == name:
                federation.disconnect(mine.id, actor)
    except AccountError as error:
        return problem(400, str(error), way=TO_ACCOUNT)
    return go(ACCOUNT)


@blueprint.get("/<name>/callback")
def callback(name: str) -> Response:
    """What the provider sends the browser back with."""
    client, federation = client_of(name), site().accounts.federation
    begun = federation.take(step_token(), name, request.args.get("state", ""))
    if begun is None:
        return problem(400, NOT_BEGUN, "This did not work")
    return _answered(name, begun, lambda: client.told(begun, request.args.get("code", ""), request.args.get("iss")))


def _answered(name: str, begun: Begun, tell: Callable[[], Assertion]) -> Response:
    label = site().accounts.federation.providers[name]
    if request.args.get("error"):
        return _failed(name, begun, f"the provider answered {request.args['error'][:60]!r}", TURNED_DOWN, 403)
    try:
        told = tell()
    except ProviderDownError as error:
        logger.warning("%s: %s: %s", described(), name, error)
        return _gone(_down(label, begun))
    except DisbelievedError as error:
        return _failed(name, begun, str(error), NOT_BELIEVED, 400)
    try:
        return _arrive(name, begun, told)
    except AccountError as error:
        return _gone(problem(403, str(error), "You are not signed in" if begun.aim is Aim.SIGN_IN else "", _way(begun)))


def _arrive(name: str, begun: Begun, told: Assertion) -> Response:
    federation, origin = site().accounts.federation, current_origin()
    if begun.aim is Aim.SIGN_IN:
        step = federation.sign_in(name, told, origin, device=device_token(), replacing=session_token())
        return follow(step, begun.target)
    identify(touch=True)
    if begun.aim is Aim.CONFIRM:
        return follow(federation.confirm(begun, told, session_token(), origin), begun.target, second=SECOND_OF_CONFIRM)
    try:
        federation.connect(begun, told, current_actor())
    except NotFreshError:
        return _gone(go(leading_to(CONFIRM, begun.target)))  # and never back to this address
    return _gone(go(begun.target))


def _depart(name: str, aim: Aim, target: str) -> Response:
    client, federation = client_of(name), site().accounts.federation
    label = federation.providers[name]
    by = None if aim is Aim.SIGN_IN else current_actor()
    token, begun = federation.begin(name, aim, target, by)
    try:
        address = client.address(begun)
    except ProviderDownError as error:
        logger.warning("%s: %s: %s", described(), name, error)
        return _down(label, begun)
    # A form may lead to this site only (CSP): after one, the page itself goes on.
    if request.method == "GET":
        response = go(address)
    else:
        response = _page("sign_on_leaving.html", name, address=address)
        response.headers["Refresh"] = f"0; url={address}"
    give_step_cookie(response, token)
    return response


def _failed(name: str, begun: Begun, reason: str, words: str, code: int) -> Response:
    federation = site().accounts.federation
    logger.warning("%s: %s: %s", described(), name, reason)
    if begun.aim is Aim.SIGN_IN:
        federation.refused(name, reason, current_origin())
    text = words.format(label=federation.providers[name])
    return _gone(problem(code, text, "You are not signed in" if begun.aim is Aim.SIGN_IN else "", _way(begun)))


def _down(label: str, begun: Begun) -> Response:
    text = DOWN.format(label=label) + DOWN_ENDS.get(begun.aim, ".")
    return problem(503, text, f"{label} does not answer", _way(begun))


def _way(begun: Begun) -> tuple[str, str]:
    if begun.aim is Aim.SIGN_IN:
        return leading_to("/sign-in", begun.target), "Back to the sign-in page"
    return (leading_to(CONFIRM, begun.target), "Try again") if begun.aim is Aim.CONFIRM else TO_ACCOUNT


def _gone(response: Response) -> Response:
    take_step_cookie(response)
    return response


def _question(template: str, name: str) -> Response:
    client_of(name)
    if not current_actor().fresh:
        raise NotFreshError
    return _page(template, name)


def _page(template: str, name: str, **words: str) -> Response:
    label = site().accounts.federation.providers[name]
    return make_response(render_template(template, form=ConfirmForm(), label=label, name=name, **words))
