"""The second step of signing in, for those who have a second factor. Nobody is signed in yet: the step alone counts."""

from flask import Blueprint

from dashboard.web.factor_page import Asking
from dashboard.web.steps import SECOND, SIGN_IN

blueprint = Blueprint("second_step", __name__)
asking = Asking(SECOND, SIGN_IN, "One more step", "Sign in as somebody else")

blueprint.add_url_rule(SECOND, "show", asking.show)
blueprint.add_url_rule(SECOND, "submit", asking.submit, methods=["POST"])
blueprint.add_url_rule(f"{SECOND}/mail", "send", asking.send, methods=["POST"])
blueprint.add_url_rule(f"{SECOND}/options", "options", asking.options, methods=["POST"])
