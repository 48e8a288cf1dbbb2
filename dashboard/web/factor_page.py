"""The page that asks for one second factor: at sign-in, at a re-authentication, at a recovery."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Response, make_response, render_template, request

from dashboard.accounts import AccountError, Method, Step
from dashboard.accounts.wording import masked
from dashboard.web.cookies import step_token
from dashboard.web.errors import problem
from dashboard.web.next_page import leading_to, safe_next
from dashboard.web.site import site
from dashboard.web.step_forms import FactorForm
from dashboard.web.steps import begin_again, follow, go
from dashboard.web.viewer import current_origin

INCOMPLETE = "Enter the code."
# In the order in which they are offered first.
WAYS = {
    Method.TOTP: "A code from your authenticator app",
    Method.PASSKEY: "Your passkey",
    Method.MAIL: "A code by mail",
    Method.RECOVERY_CODE: "One of your recovery codes",
}


@dataclass(frozen=True)
class FactorPage:
    """What ``templates/factor_fields.html`` needs.

    Attributes:
        action: where the answer goes; ``/mail`` below it sends a code, ``/options`` answers the WebAuthn options.
        target: where to go in the end, a path of this site.
        methods: of which one is asked.
        chosen: the one that is shown.
        reasons: what was wrong with the last answer, in sentences.
        sent: whether a code was mailed just now.
        sent_to: masked address that codes are mailed to.
    """

    action: str
    target: str
    methods: tuple[Method, ...]
    chosen: Method
    reasons: tuple[str, ...] = ()
    sent: bool = False
    sent_to: str = ""
    form: FactorForm = field(default_factory=lambda: FactorForm(None))

    @property
    def send(self) -> str:
        """Where a mailed code is asked for."""
        return f"{self.action}/mail"

    @property
    def options(self) -> str:
        """Where the page's script gets the WebAuthn options."""
        return f"{self.action}/options"

    @property
    def here(self) -> str:
        """This page again."""
        return leading_to(self.action, self.target)

    @property
    def origin(self) -> str:
        """The one address of the site at which its passkeys work."""
        return site().settings.public_url

    @property
    def minutes(self) -> str:
        """How long a code is good."""
        return f"{site().settings.second_factor.code_minutes:g}"

    @property
    def others(self) -> list[tuple[str, str]]:
        """The other ways: address and words."""
        rest = [method for method in WAYS if method in self.methods and method != self.chosen]
        return [(leading_to(self.action, self.target, way=method), WAYS[method]) for method in rest]


def factor_page(step: Step, action: str, target: str, reasons: tuple[str, ...] = ()) -> FactorPage:
    """The page for ``step``; the address may choose the way (``?way=mail``), and what was just answered does."""
    wanted = request.form.get("method") or request.args.get("way")
    methods = tuple(method for method in WAYS if method in step.methods)
    chosen = next((method for method in methods if method == wanted), methods[0])
    sent = chosen == Method.MAIL and (request.args.get("sent") == "1" or request.method == "POST")
    return FactorPage(action, safe_next(target), methods, chosen, reasons, sent, masked_address(step.username))


def masked_address(username: str) -> str:
    """The mail address of a user, such as ``p•••@example.com``; empty where there is none."""
    user = site().accounts.find(username)
    return masked(user.email) if user else ""


@dataclass(frozen=True)
class Asking:
    """One place that asks for a second factor, with the views of its routes.

    Attributes:
        path: of the page.
        start: the page on which the first step is taken.
        title: of the page.
        back: words of the link to ``start``.
    """

    path: str
    start: str
    title: str
    back: str

    def show(self) -> Response:
        """The page, while there is something to prove."""
        target = safe_next(request.args.get("next"))
        return self._with_step(target, lambda step: self._page(step, target))

    def submit(self) -> Response:
        """Check the answer. Too many wrong ones, or too late, lead back to the first step."""
        form = FactorForm(request.form)
        target = safe_next(form.next.data)
        return self._with_step(target, lambda step: self._checked(step, form, target))

    def send(self) -> Response:
        """Mail a code, and come back for it."""
        target = safe_next(request.form.get("next"))
        return self._with_step(target, lambda _: self._sent(target))

    def options(self) -> Response:
        """The WebAuthn request options, for the page's script."""
        try:
            return json_text(site().accounts.sign_ins.passkey_options(step_token()))
        except AccountError as error:
            return problem(400, str(error))

    def _with_step(self, target: str, view: Callable[[Step], Response]) -> Response:
        step = begun()
        return begin_again(target, self.start) if step is None or not step.methods else view(step)

    def _checked(self, step: Step, form: FactorForm, target: str) -> Response:
        method = next((method for method in step.methods if method == form.method.data), None)
        if method is None or not form.validate():
            return self._page(step, target, (INCOMPLETE,), 400)
        try:
            done = site().accounts.sign_ins.second(step_token(), method, form.answer.data.strip(), current_origin())
        except AccountError as error:
            refused = error.reasons
            return self._with_step(target, lambda step: self._page(step, target, refused, 401))
        return follow(done, target, second=self.path)

    def _sent(self, target: str) -> Response:
        try:
            site().accounts.sign_ins.send_code(step_token(), current_origin())
        except AccountError as error:
            refused = error.reasons
            return self._with_step(target, lambda step: self._page(step, target, refused, 400))
        return go(leading_to(self.path, target, way=Method.MAIL, sent="1"))

    def _page(self, step: Step, target: str, reasons: tuple[str, ...] = (), code: int = 200) -> Response:
        page = factor_page(step, self.path, target, reasons)
        back = leading_to(self.start, target)
        return make_response(render_template("second_step.html", page=page, asking=self, back=back), code)


def begun() -> Step | None:
    """The step that this browser's cookie stands for; None where it is over, or there is none."""
    token = step_token()
    return site().accounts.sign_ins.offered(token) if token else None


def json_text(text: str) -> Response:
    """``text``, which is JSON already."""
    return Response(text, mimetype="application/json")
