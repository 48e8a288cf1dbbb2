"""Re-authentication: before sensitive changes people prove once more who they are, and come back to where they were."""

from flask import Blueprint, Response, make_response, render_template, request

from dashboard.accounts import AccountError, Method, Step
from dashboard.web.cookies import device_token, give_step_cookie, session_token
from dashboard.web.errors import problem
from dashboard.web.factor_page import Asking, FactorPage, json_text
from dashboard.web.next_page import safe_next
from dashboard.web.site import site
from dashboard.web.step_forms import PasswordForm
from dashboard.web.steps import REASONS, follow, go
from dashboard.web.viewer import current_origin, current_sign_in

CONFIRM, SECOND = "/confirm", "/confirm/second"
INCOMPLETE = "Enter your password."

blueprint = Blueprint("confirm", __name__)
asking = Asking(SECOND, CONFIRM, "Confirm that it is you", "Back to the password")

blueprint.add_url_rule(SECOND, "second", asking.show)
blueprint.add_url_rule(SECOND, "answer", asking.submit, methods=["POST"])
blueprint.add_url_rule(f"{SECOND}/mail", "send", asking.send, methods=["POST"])


@blueprint.get(CONFIRM)
def show() -> Response:
    """The form; whoever proved it a short while ago is sent on."""
    target = safe_next(request.args.get("next"))
    if current_sign_in().fresh:
        return go(target)
    return _page(target, REASONS["step"] if request.args.get("ended") == "step" else "")


@blueprint.post(CONFIRM)
def submit() -> Response:
    """Check the password; a second factor is asked next where there is one."""
    form = PasswordForm(request.form)
    target = safe_next(form.next.data)
    if not form.validate():
        return _page(target, INCOMPLETE, 400)
    try:
        step = _begin(form.password.data)
    except AccountError as error:
        return _page(target, str(error), 401)
    return follow(step, target, second=SECOND)


@blueprint.post(f"{SECOND}/options")
def options() -> Response:
    """The WebAuthn request options for the page's script, as the second step or in place of the password."""
    if request.args.get("alone") != "1":
        return asking.options()
    try:
        step = _begin("")
        response = json_text(site().accounts.sign_ins.passkey_options(step.pending))
    except AccountError as error:
        return problem(400, str(error))
    give_step_cookie(response, step.pending)
    return response


def _begin(password: str) -> Step:
    sign_ins = site().accounts.sign_ins
    return sign_ins.reauthenticate_begin(session_token(), password, current_origin(), device=device_token())


def _page(target: str, message: str = "", code: int = 200) -> Response:
    here = site()
    user = here.accounts.user(current_sign_in().viewer.user_id)
    page = FactorPage(SECOND, target, (Method.PASSKEY,), Method.PASSKEY)
    words = {
        "form": PasswordForm(None, data={"next": target}),
        "page": page if Method.PASSKEY in {*user.factors} & {*here.accounts.factors.methods} else None,
        "user": user,
        "providers": here.accounts.federation.of(user.id),
        "message": message,
        "target": target,
    }
    return make_response(render_template("confirm.html", **words), code)
