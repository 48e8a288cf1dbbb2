"""Setting a second factor up in the middle of a sign-in, where policy does not let anybody pass without one."""

from collections.abc import Callable
from dataclasses import dataclass

import segno
from flask import Blueprint, Response, make_response, render_template, request

from dashboard.accounts import AccountError, Method, Step, TotpOffer
from dashboard.web import csrf
from dashboard.web.cookies import step_token
from dashboard.web.errors import problem
from dashboard.web.factor_page import INCOMPLETE, FactorPage, begun, json_text, masked_address
from dashboard.web.next_page import leading_to, safe_next
from dashboard.web.site import site
from dashboard.web.step_forms import FactorForm
from dashboard.web.steps import ENROL, SECOND, begin_again, follow, give, go
from dashboard.web.viewer import adopt, current_origin

GROUP = 4

blueprint = Blueprint("enrol", __name__, url_prefix=ENROL)


@dataclass(frozen=True)
class TotpPage:
    """An authenticator app being set up: the picture to scan as a data URI, and the secret in groups to type."""

    picture: str
    secret: str
    uri: str


def totp_page(offer: TotpOffer) -> TotpPage:
    """How ``offer`` is shown."""
    picture = segno.make_qr(offer.uri, error="m").svg_data_uri(scale=4, border=4, light="#fff")
    groups = (offer.secret[at : at + GROUP] for at in range(0, len(offer.secret), GROUP))
    return TotpPage(picture, " ".join(groups), offer.uri)


@blueprint.get("")
def show() -> Response:
    """Why it is needed, and the ways; or the field for a mailed code."""
    target = safe_next(request.args.get("next"))
    sent = request.args.get("way") == Method.MAIL and request.args.get("sent") == "1"
    return _with_step(target, lambda step: _page(step, target, Method.MAIL if sent else None))


@blueprint.post("/totp")
def begin_totp() -> Response:
    """Make a secret for an authenticator app, and show it."""
    target = safe_next(request.form.get("next"))
    return _with_step(target, lambda step: _page(step, target, Method.TOTP))


@blueprint.post("/mail")
def send() -> Response:
    """Mail a code, and come back for it."""
    target = safe_next(request.form.get("next"))
    return _with_step(target, lambda step: _sent(step, target))


@blueprint.post("/options")
def options() -> Response:
    """The WebAuthn creation options, for the page's script."""
    try:
        return json_text(site().accounts.sign_ins.enrol_passkey_options(step_token()))
    except AccountError as error:
        return problem(400, str(error))


@blueprint.post("")
def submit() -> Response:
    """Check the first answer of the new factor: it starts the session, and the recovery codes are shown, this once."""
    form = FactorForm(request.form)
    target = safe_next(form.next.data)
    return _with_step(target, lambda step: _checked(step, form, target))


def _with_step(target: str, view: Callable[[Step], Response]) -> Response:
    step = begun()
    if step is None:
        return begin_again(target)
    return view(step) if step.enrol else go(leading_to(SECOND, target))


def _sent(step: Step, target: str) -> Response:
    try:
        site().accounts.sign_ins.send_code(step_token(), current_origin())
    except AccountError as error:
        return _page(step, target, None, error.reasons, 400)
    return go(leading_to(ENROL, target, way=Method.MAIL, sent="1"))


def _checked(step: Step, form: FactorForm, target: str) -> Response:
    method = next((method for method in step.ways if method == form.method.data), None)
    if method is None or not form.validate():
        return _page(step, target, method, (INCOMPLETE,), 400)
    try:
        done, codes = site().accounts.sign_ins.enrol(step_token(), method, form.answer.data.strip(), current_origin())
    except AccountError as error:
        refused, shown = error.reasons, None if method == Method.PASSKEY else method
        return _with_step(target, lambda step: _page(step, target, shown, refused, 401))
    return _codes(done, codes, target) if codes and done.session else follow(done, target)


def _codes(step: Step, codes: list[str], target: str) -> Response:
    signed_in = adopt(step.session)
    if signed_in is None:
        return follow(step, target)
    csrf.bind(signed_in.session)
    response = make_response(render_template("codes.html", codes=codes, target=target))
    give(response, step)
    return response


def _page(step: Step, target: str, shown: Method | None, reasons: tuple[str, ...] = (), code: int = 200) -> Response:
    """The choice of ways, or with ``shown`` the fields of one."""
    totp = None
    if shown == Method.TOTP:
        try:
            totp = totp_page(site().accounts.sign_ins.enrol_totp(step_token()))
        except AccountError:
            return begin_again(target)
    methods, sent_to = step.ways, masked_address(step.username)
    page = FactorPage(ENROL, target, methods, shown or Method.TOTP, reasons, shown == Method.MAIL, sent_to)
    return make_response(render_template("enrol.html", page=page, shown=shown, totp=totp), code)
