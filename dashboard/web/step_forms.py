"""The forms of signing in, step by step. They check shape only; whether the words are right is for the accounts."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from dashboard.web.text import has_control_characters

LONGEST_USERNAME = 254
LONGEST_PASSWORD = 1024
# A code is short; a WebAuthn response with its certificates is not.
LONGEST_ANSWER = 20_000


def usable(_form: object, field: Any) -> None:
    """Refuse text that some databases cannot store."""
    if has_control_characters(field.data or ""):
        raise ValidationError("This has characters that cannot be used.")


class SignInForm(FlaskForm):  # type: ignore[misc]
    """User name and password, whether to stay signed in, and where to go then."""

    username = StringField(
        "User name",
        [InputRequired("Enter your user name."), Length(max=LONGEST_USERNAME), usable],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Enter your password."), Length(max=LONGEST_PASSWORD), usable],
        render_kw={"autocomplete": "current-password"},
    )
    remember = BooleanField("Keep me signed in")
    next = HiddenField()


class PasskeyForm(FlaskForm):  # type: ignore[misc]
    """What a passkey answered, put in by the page's script."""

    answer = HiddenField(validators=[InputRequired(), Length(max=LONGEST_ANSWER), usable])
    remember = HiddenField()
    next = HiddenField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The password once more."""

    password = PasswordField(
        "Password",
        [InputRequired("Enter your password."), Length(max=LONGEST_PASSWORD), usable],
        render_kw={"autocomplete": "current-password", "autofocus": True},
    )
    next = HiddenField()


class FactorForm(FlaskForm):  # type: ignore[misc]
    """One answer of a second factor; ``method`` says of which."""

    method = HiddenField()
    answer = StringField(validators=[InputRequired(), Length(max=LONGEST_ANSWER), usable])
    next = HiddenField()
