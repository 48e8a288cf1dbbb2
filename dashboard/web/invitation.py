"""Setting the first password by a one-time link. Nothing here asks who is signed in: the link alone counts."""

from flask import Blueprint, Response, make_response, render_template, request

from dashboard.accounts import AccountError, User
from dashboard.web.errors import problem
from dashboard.web.forms import InvitationForm
from dashboard.web.site import site
from dashboard.web.viewer import current_origin

DEAD_LINK = "This link is not good any more. Ask your administrator for a new one."

blueprint = Blueprint("invitation", __name__)


@blueprint.get("/invitation/<token>")
def show(token: str) -> Response:
    """The form. It changes nothing: mail scanners open links too."""
    user = site().accounts.invited(token)
    if user is None:
        return problem(404, DEAD_LINK)
    return _page(user, InvitationForm(None))


@blueprint.post("/invitation/<token>")
def submit(token: str) -> Response:
    """Set the password, which uses the link up."""
    accounts = site().accounts
    user = accounts.invited(token)
    if user is None:
        return problem(404, DEAD_LINK)
    form = InvitationForm(request.form)
    if not form.validate():
        return _page(user, form, code=400)
    try:
        accounts.redeem(token, form.password.data, current_origin())
    except AccountError as error:
        return _page(user, InvitationForm(None), error.reasons, 400)
    return make_response(render_template("invitation_done.html", user=user))


def _page(user: User, form: InvitationForm, reasons: tuple[str, ...] = (), code: int = 200) -> Response:
    return make_response(render_template("invitation.html", user=user, form=form, reasons=reasons), code)
