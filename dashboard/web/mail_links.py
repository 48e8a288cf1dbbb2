"""Links out of mails that need one click: verify an address, change it, unlock an account.

A link shows a page with a button, and the button does it: mail scanners open links too. Nothing here asks who is
signed in: the link alone counts.
"""

from flask import Blueprint, Response, make_response, render_template, request

from dashboard.accounts import AccountError, User
from dashboard.web.cookies import registration_token, take_registration
from dashboard.web.errors import problem
from dashboard.web.forms import ConfirmForm, VerifyForm
from dashboard.web.site import site
from dashboard.web.steps import follow
from dashboard.web.viewer import current_origin

HOME = "/"
DEAD_VERIFICATION = "It was used already, or it is too old. Sign in; if that does not work, register again."
CLOSED = "Nobody can register here any more. Ask an administrator to open your account."
DEAD_CHANGE = "It was used already, or it is too old. Sign in, and ask for the change once more on your account page."
DEAD_UNLOCK = "The lock is gone already, or the link is too old. Sign in, or choose a new password."

blueprint = Blueprint("mail_links", __name__)


@blueprint.get("/verify/<token>")
def verify(token: str) -> Response:
    """Whose address it is, the password where another browser registered, and the button."""
    user = site().accounts.registration.verifying(token)
    return _dead() if user is None else _verifying(user, _verify_form(token, None))


@blueprint.post("/verify/<token>")
def verified(token: str) -> Response:
    """The address is verified. Who registered in this browser is signed in at once, where the settings say so."""
    registration = site().accounts.registration
    user = registration.verifying(token)
    if user is None:
        return _dead()
    form = _verify_form(token, request.form)
    if not form.validate():
        return _verifying(user, form, code=400)
    password = form.password.data if isinstance(form, VerifyForm) else ""
    try:
        step = registration.verify(token, current_origin(), registration_token(), password)
    except AccountError as error:
        again = registration.verifying(token)
        return _dead() if again is None else _verifying(again, _verify_form(token, None), error.reasons, 401)
    on = bool(step.session or step.pending)
    response = follow(step, HOME) if on else _verified(step.username)
    take_registration(response)
    return response


@blueprint.get("/mail/<token>")
def mail(token: str) -> Response:
    """Whose new address it is, and the button."""
    found = site().accounts.profiles.changing_mail(token)
    if found is None:
        return problem(410, DEAD_CHANGE)
    user, address = found
    return _page("mail.html", user=user, address=address)


@blueprint.post("/mail/<token>")
def mail_changed(token: str) -> Response:
    """The new address counts from now on."""
    try:
        user = site().accounts.profiles.change_mail(token, current_origin())
    except AccountError:
        return problem(410, DEAD_CHANGE)
    return _page("mail_changed.html", user=user)


@blueprint.get("/unlock/<token>")
def unlock(token: str) -> Response:
    """Whose account it is, and the button."""
    user = site().accounts.recovery.unlocking(token)
    if user is None:
        return problem(410, DEAD_UNLOCK)
    return _page("unlock.html", user=user)


@blueprint.post("/unlock/<token>")
def unlocked(token: str) -> Response:
    """The lock is off."""
    try:
        user = site().accounts.recovery.unlock(token, current_origin())
    except AccountError:
        return problem(410, DEAD_UNLOCK)
    return _page("unlocked.html", user=user)


def _dead() -> Response:
    return problem(410, DEAD_VERIFICATION if site().settings.registration.mode == "open" else CLOSED)


def _verify_form(token: str, typed: object) -> VerifyForm | ConfirmForm:
    needed = site().accounts.registration.needs_password(token, registration_token())
    return VerifyForm(typed) if needed else ConfirmForm(typed)


def _verifying(user: User, form: VerifyForm | ConfirmForm, reasons: tuple[str, ...] = (), code: int = 200) -> Response:
    return make_response(render_template("verify.html", user=user, form=form, reasons=reasons), code)


def _verified(username: str) -> Response:
    """What happens next: whoever asked for a role waits for an administrator."""
    accounts = site().accounts
    user = accounts.find(username)
    asked = accounts.requests.mine(user.id) if user else None
    role = accounts.roles.get(asked.role) if asked else None
    return _page("verified.html", username=username, role=role.name if role else "")


def _page(template: str, **words: object) -> Response:
    return make_response(render_template(template, form=ConfirmForm(None), **words))
