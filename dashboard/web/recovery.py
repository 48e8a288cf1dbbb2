"""Getting back in: a mailed link, the date of birth, the second factor, a new password.

What was done so far stands in a row of the server; the browser holds its secret in a cookie. Nothing here asks who is
signed in.
"""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, make_response, render_template, request

from dashboard.accounts import AccountError, Method, RecoveryLink, Step
from dashboard.accounts.password_policy import SHORTEST, SHORTEST_BESIDE_A_FACTOR
from dashboard.web.cookies import give_step_cookie, step_token, take_step_cookie
from dashboard.web.errors import problem
from dashboard.web.factor_page import INCOMPLETE, Asking, factor_page
from dashboard.web.forms import AskForm, BirthDateForm, ConfirmForm, NewPasswordForm
from dashboard.web.site import site
from dashboard.web.step_forms import FactorForm
from dashboard.web.steps import REASONS, begin_again, go
from dashboard.web.viewer import current_origin

HOME, START, SECOND, PASSWORD = "/", "/recover", "/recovery/second", "/recovery/password"
DEAD = "It was used already, or it is too old. Ask for a new one."
NEW_LINK = (START, "Ask for a new link")

blueprint = Blueprint("recovery", __name__)
asking = Asking(SECOND, START, "One more step", "Begin again")
blueprint.add_url_rule(f"{SECOND}/options", "options", asking.options, methods=["POST"])


@blueprint.get(START)
def show() -> Response:
    """The question whose account it is."""
    message = REASONS["step"] if request.args.get("ended") == "step" else ""
    return _page("recover.html", form=AskForm(None), message=message)


@blueprint.post(START)
def ask() -> Response:
    """Mail a link, where there is somebody to mail it to. One answer for all."""
    form = AskForm(request.form)
    if not form.validate():
        return _page("recover.html", 400, form=form)
    site().accounts.recovery.ask(form.name.data.strip(), current_origin())
    return _page("recover_sent.html", minutes=f"{site().settings.recovery.token_minutes:g}")


@blueprint.get(f"{START}/<token>")
def opened(token: str) -> Response:
    """What the link asks: a date of birth, or just to go on. It changes nothing: mail scanners open links too."""
    link = site().accounts.recovery.opened(token)
    return problem(410, DEAD, way=NEW_LINK) if link is None else _opened(link, _first_form(link))


@blueprint.post(f"{START}/<token>")
def check(token: str) -> Response:
    """Check the date, and go on to the second factor or to the new password."""
    link = site().accounts.recovery.opened(token)
    if link is None:
        return problem(410, DEAD, way=NEW_LINK)
    form = BirthDateForm(request.form) if link.hint else ConfirmForm(request.form)
    if not form.validate():
        return _opened(link, form, code=400)
    born = form.date_of_birth() if isinstance(form, BirthDateForm) else None
    return _checked(token, born)


@blueprint.get(SECOND)
def second() -> Response:
    """The page that asks for the second factor."""
    return _with_step(lambda step: _ask_factor(step) if step.methods else go(PASSWORD))


@blueprint.post(SECOND)
def answer() -> Response:
    """Check the second factor."""
    return _with_step(lambda step: _answered(step, FactorForm(request.form)))


@blueprint.get(PASSWORD)
def password() -> Response:
    """The form for the new password."""
    return _with_step(lambda step: go(SECOND) if step.methods else _choose(step, NewPasswordForm(None)))


@blueprint.post(PASSWORD)
def finish() -> Response:
    """Set the new password."""
    return _with_step(lambda step: go(SECOND) if step.methods else _finished(step, NewPasswordForm(request.form)))


def _first_form(link: RecoveryLink) -> BirthDateForm | ConfirmForm:
    if not link.hint:
        return ConfirmForm(None)
    form = BirthDateForm(None)
    form.look_at(form.day)
    return form


def _opened(
    link: RecoveryLink, form: BirthDateForm | ConfirmForm, reasons: tuple[str, ...] = (), code: int = 200
) -> Response:
    return _page("recover_link.html", code, link=link, form=form, reasons=reasons)


def _checked(token: str, born: date | None) -> Response:
    recovery = site().accounts.recovery
    try:
        step = recovery.check(token, born, current_origin())
    except AccountError as error:
        link = recovery.opened(token)
        return problem(410, str(error)) if link is None else _opened(link, _first_form(link), error.reasons, 401)
    response = go(SECOND if step.methods else PASSWORD)
    give_step_cookie(response, step.pending)
    return response


def _with_step(view: Callable[[Step], Response]) -> Response:
    token = step_token()
    step = site().accounts.recovery.offered(token) if token else None
    return begin_again(HOME, START) if step is None else view(step)


def _ask_factor(step: Step, reasons: tuple[str, ...] = (), code: int = 200) -> Response:
    page = factor_page(step, SECOND, START, reasons)
    return _page("second_step.html", code, page=page, asking=asking, back=START)


def _answered(step: Step, form: FactorForm) -> Response:
    method = next((method for method in step.methods if method == form.method.data), None)
    if not step.methods:
        return go(PASSWORD)
    if method is None or not form.validate():
        return _ask_factor(step, (INCOMPLETE,), 400)
    try:
        site().accounts.recovery.second(step_token(), method, form.answer.data.strip(), current_origin())
    except AccountError as error:
        refused = error.reasons
        return _with_step(lambda step: _ask_factor(step, refused, 401) if step.methods else go(PASSWORD))
    return go(PASSWORD)


def _choose(step: Step, form: NewPasswordForm, reasons: tuple[str, ...] = (), code: int = 200) -> Response:
    user = site().accounts.find(step.username)
    has_factor = user is not None and not {Method.TOTP, Method.PASSKEY}.isdisjoint(user.factors)
    shortest = SHORTEST_BESIDE_A_FACTOR if has_factor else SHORTEST
    return _page("recover_password.html", code, form=form, user=user, shortest=shortest, reasons=reasons)


def _finished(step: Step, form: NewPasswordForm) -> Response:
    if not form.validate():
        return _choose(step, form, code=400)
    try:
        user = site().accounts.recovery.finish(step_token(), form.password.data, current_origin())
    except AccountError as error:
        refused = error.reasons
        return _with_step(lambda step: _choose(step, NewPasswordForm(None), refused, 400))
    response = _page("recovered.html", user=user)
    take_step_cookie(response)
    return response


def _page(template: str, code: int = 200, **words: object) -> Response:
    return make_response(render_template(template, **words), code)
