"""Signing in and out."""

from flask import Blueprint, Response, make_response, redirect, render_template, request

from dashboard.accounts import AccountError
from dashboard.web import csrf
from dashboard.web.cookies import give_session, session_token, take_session
from dashboard.web.forms import SignInForm
from dashboard.web.next_page import safe_next
from dashboard.web.site import site
from dashboard.web.viewer import current_actor, current_origin, forget, identify

REFUSED = "The user name or password is not right, or the account is locked for a while."
INCOMPLETE = "Enter your user name and your password."

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
def show() -> Response:
    """The form; whoever is signed in already is sent on."""
    target = safe_next(request.args.get("next"))
    if identify(touch=True) is not None:
        return _go(target)
    return _page(target)


@blueprint.post("/sign-in")
def submit() -> Response:
    """Check the words and start a new session in place of any old one. One answer for every kind of failure."""
    form = SignInForm(request.form)
    target = safe_next(form.next.data)
    if not form.validate():
        return _page(target, INCOMPLETE, 400)
    token = _new_session(form.username.data, form.password.data)
    if token is None:
        return _page(target, REFUSED, 401)
    csrf.forget()
    response = _go(target)
    give_session(response, token)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session and make the browser forget what it kept of it."""
    site().accounts.end_session(session_token(), current_actor())
    csrf.forget()
    forget()
    response = _go("/sign-in")
    take_session(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _new_session(username: str, password: str) -> str | None:
    accounts, origin = site().accounts, current_origin()
    user = accounts.authenticate(username, password, origin)
    if user is None:
        return None
    try:
        return accounts.start_session(user.id, origin, replacing=session_token() or None)
    except AccountError:  # disabled in this very moment
        return None


def _go(target: str) -> Response:
    return make_response(redirect(target, code=303))


def _page(target: str, message: str = "", code: int = 200) -> Response:
    form = SignInForm(None, data={"next": target})
    return make_response(render_template("sign_in.html", form=form, message=message), code)
