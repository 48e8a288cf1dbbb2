"""Setting the first password by a one-time link. Nothing here asks who is signed in: the link alone counts."""

from flask import Blueprint, Response, make_response, render_template, request

from dashboard.accounts import AccountError, User
from dashboard.accounts.password_policy import SHORTEST
from dashboard.web.errors import problem
from dashboard.web.forms import NewPasswordForm
from dashboard.web.site import site
from dashboard.web.viewer import current_origin

DEAD = "It was used already, or it is too old. Ask your administrator for a new one."

blueprint = Blueprint("invitation", __name__)


@blueprint.get("/invitation/<token>")
def show(token: str) -> Response:
    """The form. It changes nothing: mail scanners open links too."""
    user = site().accounts.invited(token)
    return problem(410, DEAD) if user is None else _page(user, _empty())


@blueprint.post("/invitation/<token>")
def submit(token: str) -> Response:
    """Set the password, which uses the link up."""
    accounts = site().accounts
    user = accounts.invited(token)
    if user is None:
        return problem(410, DEAD)
    form = NewPasswordForm(request.form)
    if not form.validate():
        return _page(user, form, code=400)
    try:
        accounts.redeem(token, form.password.data, current_origin())
    except AccountError as error:
        return problem(410, DEAD) if accounts.invited(token) is None else _page(user, _empty(), error.reasons, 400)
    return make_response(render_template("invitation_done.html", user=user))


def _empty() -> NewPasswordForm:
    return NewPasswordForm(None)


def _page(user: User, form: NewPasswordForm, reasons: tuple[str, ...] = (), code: int = 200) -> Response:
    words = {"user": user, "form": form, "reasons": reasons, "shortest": SHORTEST}
    return make_response(render_template("invitation.html", **words), code)
