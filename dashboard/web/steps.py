"""From one step of signing in to the next: where a :class:`Step` leads, and what the browser is given on the way."""

from flask import Response, make_response, redirect

from dashboard.accounts import Step
from dashboard.web import csrf
from dashboard.web.cookies import give_device, give_session, give_step_cookie, take_step_cookie
from dashboard.web.next_page import leading_to, safe_next
from dashboard.web.viewer import forget

SIGN_IN, SECOND, ENROL = "/sign-in", "/sign-in/second", "/sign-in/enrol"
# Why somebody is asked to sign in; nothing else of the address is ever shown.
REASONS = {
    "idle": "Your session has ended because it was not used. Sign in to go on where you were.",
    "expired": "Your session has ended because its time was up. Sign in to go on where you were.",
    "signed-out": "You are signed out. Sign in to go on where you were.",
    "step": "That took too long, or there were too many wrong answers. Begin again, please.",
}


def follow(step: Step, target: str, *, second: str = SECOND) -> Response:
    """The way to what ``step`` needs next, with its cookies; to ``target``, a path of this site, when all is proved.

    ``second`` is the page that asks for a second factor.
    """
    if step.session:
        response = go(safe_next(target))
    elif step.enrol:
        response = go(leading_to(ENROL, target))
    elif step.methods:
        response = go(leading_to(second, target))
    else:
        response = go(leading_to(SIGN_IN, target))
    give(response, step)
    if step.session:
        csrf.forget()
        forget()
    return response


def give(response: Response, step: Step) -> None:
    """Hand the browser the tokens of ``step``; what was begun is forgotten when the session has started."""
    if step.device:
        give_device(response, step.device)
    if step.session:
        give_session(response, step.session, remembered=step.remembered)
        take_step_cookie(response)
    elif step.pending:
        give_step_cookie(response, step.pending)


def begin_again(target: str, start: str = SIGN_IN) -> Response:
    """Back to the first step, with the reason; for a step that is over."""
    response = go(leading_to(start, target, ended="step"))
    take_step_cookie(response)
    return response


def go(target: str) -> Response:
    """Load ``target`` instead."""
    return make_response(redirect(target, code=303))
