"""Registration: the form, and the page that says to look into one's mail."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from dashboard.access import Role
from dashboard.accounts import AccountError, Registering
from dashboard.web.cookies import give_registration
from dashboard.web.errors import problem
from dashboard.web.forms import AgainForm, RegistrationForm
from dashboard.web.site import site
from dashboard.web.viewer import current_origin

CLOSED_TITLE = "You cannot register here"
CLOSED = {
    "invited": "Accounts are made by invitation. Ask an administrator to invite you.",
    "off": "Accounts are made by administrators. Ask one for yours.",
}
INCOMPLETE = "Enter your e-mail address."

blueprint = Blueprint("registration", __name__)


@blueprint.get("/register")
def show() -> Response:
    """The form."""
    return _closed() or _page(_form(None))


@blueprint.post("/register")
def submit() -> Response:
    """Take the registration. One answer, whether or not the user name or the address is taken."""
    closed = _closed()
    if closed is not None:
        return closed
    form = _form(request.form)
    if not form.validate():
        return _page(form, code=400)
    try:
        browser = site().accounts.registration.register(_typed(form), current_origin())
    except AccountError as error:
        return _page(form, error.reasons, 400)
    response = _sent(form.email.data.strip())
    give_registration(response, browser)
    return response


@blueprint.post("/register/again")
def again() -> Response:
    """Mail the link once more, where an account waits for it."""
    closed = _closed()
    if closed is not None:
        return closed
    form = AgainForm(request.form)
    if not form.validate():
        return problem(400, INCOMPLETE)
    email = form.email.data.strip()
    site().accounts.registration.send_again(email, current_origin())
    return _sent(email, again=True)


def sees(role: Role) -> str:
    """What a role lets its holder do, in a sentence."""
    meanings = [permission.meaning for permission in sorted(role.permissions) if not permission.is_administrative]
    if role.is_administrative:
        meanings.append("manage users, roles and this site")
    text = "; ".join(meanings) or "nothing yet"
    return f"{text[:1].upper()}{text[1:]}."


def _closed() -> Response | None:
    text = CLOSED.get(site().settings.registration.mode)
    return problem(404, text, CLOSED_TITLE) if text else None


def _form(typed: Any) -> RegistrationForm:
    here = site()
    roles = [(role.key, role.name) for role in here.accounts.roles.grantable]
    return RegistrationForm(typed, roles, birth_date_needed=here.settings.recovery.date_of_birth)


def _typed(form: RegistrationForm) -> Registering:
    return Registering(
        username=form.username.data.strip(),
        email=form.email.data.strip(),
        password=form.password.data,
        first_name=form.first_name.data.strip(),
        last_name=form.last_name.data.strip(),
        wanted_role=form.role.data,
        date_of_birth=form.date_of_birth(),
    )


def _page(form: RegistrationForm, reasons: tuple[str, ...] = (), code: int = 200) -> Response:
    here = site()
    words = {
        "form": form,
        "reasons": reasons,
        "sees": {role.key: sees(role) for role in here.accounts.roles.grantable},
        "birth_date_needed": here.settings.recovery.date_of_birth,
    }
    return make_response(render_template("register.html", **words), code)


def _sent(email: str, *, again: bool = False) -> Response:
    hours = f"{site().settings.registration.verify_hours:g}"
    form = AgainForm(None, data={"email": email})
    return make_response(render_template("register_sent.html", form=form, email=email, hours=hours, again=again))
