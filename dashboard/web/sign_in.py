"""Signing in and out."""

from flask import Blueprint, Response, make_response, render_template, request

from dashboard.accounts import AccountError, Method
from dashboard.web import csrf
from dashboard.web.cookies import (
    device_token,
    give_step_cookie,
    session_token,
    step_token,
    take_session,
    take_step_cookie,
)
from dashboard.web.errors import problem
from dashboard.web.factor_page import json_text
from dashboard.web.next_page import safe_next
from dashboard.web.site import site
from dashboard.web.step_forms import PasskeyForm, SignInForm
from dashboard.web.steps import REASONS, follow, go
from dashboard.web.viewer import current_actor, current_origin, forget, identify

REFUSED = "The user name or password is not right, or the account is locked for a while."
REFUSED_PASSKEY = "That passkey does not open an account here. Use another way, or ask your administrator."
INCOMPLETE = "Enter your user name and your password."

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
def show() -> Response:
    """The form, and why somebody is here; whoever is signed in already is sent on."""
    target = safe_next(request.args.get("next"))
    if identify(touch=True) is not None:
        return go(target)
    return _page(target, reason=REASONS.get(request.args.get("ended", ""), ""))


@blueprint.post("/sign-in")
def submit() -> Response:
    """Check the words; the session starts, in place of any old one, or a second step follows.

    One answer for every kind of failure.
    """
    form = SignInForm(request.form)
    target = safe_next(form.next.data)
    if not form.validate():
        return _page(target, INCOMPLETE, 400)
    step = site().accounts.sign_ins.begin(
        form.username.data,
        form.password.data,
        current_origin(),
        device=device_token(),
        remember=form.remember.data,
        replacing=session_token(),
    )
    return _page(target, REFUSED, 401) if step is None else follow(step, target)


@blueprint.post("/sign-in/passkey/options")
def passkey_options() -> Response:
    """The WebAuthn request options for signing in by passkey alone, for the page's script."""
    try:
        pending, options = site().accounts.sign_ins.passkey_begin(current_origin())
    except AccountError as error:
        return problem(400, str(error))
    response = json_text(options)
    give_step_cookie(response, pending)
    return response


@blueprint.post("/sign-in/passkey")
def passkey() -> Response:
    """Sign in by passkey alone."""
    form = PasskeyForm(request.form)
    target, pending = safe_next(form.next.data), step_token()
    if not pending or not form.validate():
        return _page(target, REFUSED_PASSKEY, 400)
    step = site().accounts.sign_ins.passkey_finish(
        pending,
        form.answer.data,
        current_origin(),
        device=device_token(),
        remember=form.remember.data == "y",
        replacing=session_token(),
    )
    if step is not None:
        return follow(step, target)
    response = _page(target, REFUSED_PASSKEY, 401)
    take_step_cookie(response)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session and make the browser forget what it kept of it."""
    site().accounts.end_session(session_token(), current_actor())
    csrf.forget()
    forget()
    response = go("/sign-in")
    take_session(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _page(target: str, message: str = "", code: int = 200, *, reason: str = "") -> Response:
    here = site()
    settings = here.settings
    words = {
        "form": SignInForm(None, data={"next": target}),
        "target": target,
        "message": message,
        "reason": reason,
        "remember_days": f"{settings.session.remember_days:g}" if settings.session.remember_days else "",
        "passkeys": Method.PASSKEY in here.accounts.factors.methods,
        "origin": settings.public_url,
        "providers": here.accounts.federation.providers,
        "may_register": settings.registration.mode == "open",
    }
    return make_response(render_template("sign_in.html", **words), code)
