"""The forms before sign-in. They check shape only; whether the words are right is for the accounts."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from dashboard.web.text import has_control_characters

LONGEST_USERNAME = 254
LONGEST_PASSWORD = 1024


def no_control_characters(_form: object, field: Any) -> None:
    """Refuse text that some databases cannot store."""
    if has_control_characters(field.data or ""):
        raise ValidationError("This has characters that cannot be used.")


class SignInForm(FlaskForm):  # type: ignore[misc]
    """User name and password, and where to go then."""

    username = StringField(
        "User name",
        [InputRequired("Enter your user name."), Length(max=LONGEST_USERNAME), no_control_characters],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Enter your password."), Length(max=LONGEST_PASSWORD), no_control_characters],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class InvitationForm(FlaskForm):  # type: ignore[misc]
    """The first password, typed twice."""

    password = PasswordField(
        "New password",
        [InputRequired("Choose a password."), Length(max=LONGEST_PASSWORD), no_control_characters],
        render_kw={"autocomplete": "new-password", "aria-describedby": "password-help", "autofocus": True},
    )
    repeat = PasswordField(
        "New password again",
        [EqualTo("password", "The two passwords are not the same.")],
        render_kw={"autocomplete": "new-password"},
    )
