"""The forms of registration and recovery. Each field says for itself what is wrong with it."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from dashboard.accounts import birth_dates, names
from dashboard.accounts.password_policy import SHORTEST, Owner, objections
from dashboard.web.step_forms import LONGEST_PASSWORD, usable
from dashboard.web.text import has_control_characters

LONGEST_EMAIL = 254
LONGEST_NAME = 100
UNDECIDED = ""
NO_DATE = "This is no date. Write it like 31, 12 and 1990."
PLAIN = {"autocapitalize": "none", "spellcheck": "false"}
DIGITS = re.compile(r"[0-9]{1,4}")


def judged_by(objections: Callable[[str], Iterable[str]]) -> Callable[[object, Any], None]:
    """A validator that asks the accounts what they object to."""

    def check(_form: object, field: Any) -> None:
        reasons = tuple(objections((field.data or "").strip()))
        if reasons:
            raise ValidationError(" ".join(reasons))

    return check


class Form(FlaskForm):  # type: ignore[misc]
    """A form that puts the cursor into the first field with an error, and shows again what was typed."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything typed has the right shape."""
        fits = bool(super().validate(extra_validators))
        for field in self:
            if not fits and isinstance(field.data, str):
                field.data = "".join(char for char in field.data if not has_control_characters(char))
        wrong = next((field for field in self.in_order() if field.errors), None)
        if wrong is not None:
            self.look_at(wrong)
        return fits

    def in_order(self) -> Iterable[Any]:
        """The fields as the page shows them."""
        return self

    def look_at(self, wrong: Any) -> None:
        """Let the page open with the cursor in this field."""
        for field in self:
            field.render_kw = {**(field.render_kw or {}), "autofocus": field is wrong}


class ConfirmForm(Form):
    """A button, and nothing to type."""


class VerifyForm(Form):
    """The password of the registration, where another browser opens the link."""

    password = PasswordField(
        "Password you chose when you registered",
        [InputRequired("Enter the password you chose when you registered."), Length(max=LONGEST_PASSWORD), usable],
        render_kw={"autocomplete": "current-password", "autofocus": True},
    )


class AgainForm(Form):
    """Where to mail the link once more."""

    email = StringField(validators=[DataRequired(), usable, judged_by(names.email_objections)])


class AskForm(Form):
    """Whose account it is about."""

    name = StringField(
        "User name or e-mail address",
        [DataRequired("Enter your user name or your e-mail address."), Length(max=LONGEST_EMAIL), usable],
        render_kw={**PLAIN, "autocomplete": "username", "autofocus": True},
    )


class BirthDateForm(Form):
    """A date of birth in three parts, which need no calendar and no script."""

    day = StringField("Day", render_kw={"inputmode": "numeric", "autocomplete": "bday-day", "maxlength": 2})
    month = StringField("Month", render_kw={"inputmode": "numeric", "autocomplete": "bday-month", "maxlength": 2})
    year = StringField("Year", render_kw={"inputmode": "numeric", "autocomplete": "bday-year", "maxlength": 4})

    def date_of_birth(self) -> date | None:
        """The date that was typed; None where none was. ValueError where it is no date."""
        parts = [(field.data or "").strip() for field in (self.year, self.month, self.day)]
        if not any(parts):
            return None
        if not all(DIGITS.fullmatch(part) for part in parts):
            raise ValueError(NO_DATE)
        return date(*map(int, parts))

    def validate_day(self, _field: object) -> None:
        """Speaks for the three fields."""
        try:
            reasons = self.objections(self.date_of_birth())
        except ValueError:
            reasons = (NO_DATE,)
        if reasons:
            raise ValidationError(" ".join(reasons))

    def objections(self, born: date | None) -> tuple[str, ...]:
        """What speaks against the date."""
        return () if born else ("Enter your date of birth.",)


class NewPasswordForm(Form):
    """A new password. It can be looked at while it is typed, so once is enough."""

    password = PasswordField(
        "New password",
        [InputRequired("Choose a password."), Length(max=LONGEST_PASSWORD), usable],
        render_kw={"autocomplete": "new-password", "autofocus": True},
    )


class RegistrationForm(BirthDateForm):
    """What somebody types who wants an account."""

    first_name = StringField(
        "First name",
        [DataRequired("Enter your first name."), Length(max=LONGEST_NAME), usable],
        render_kw={"autocomplete": "given-name", "autofocus": True},
    )
    last_name = StringField(
        "Last name",
        [DataRequired("Enter your last name."), Length(max=LONGEST_NAME), usable],
        render_kw={"autocomplete": "family-name"},
    )
    email = StringField(
        "E-mail address",
        [DataRequired("Enter your e-mail address."), usable, judged_by(names.email_objections)],
        render_kw={**PLAIN, "type": "email", "autocomplete": "email", "maxlength": LONGEST_EMAIL},
    )
    username = StringField(
        "User name",
        [DataRequired("Choose a user name."), usable, judged_by(names.username_objections)],
        render_kw={**PLAIN, "autocomplete": "username", "maxlength": 64},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Choose a password."), Length(max=LONGEST_PASSWORD), usable],
        render_kw={"autocomplete": "new-password"},
    )
    role = RadioField("What do you work on?", default=UNDECIDED)

    def __init__(self, typed: Any, roles: list[tuple[str, str]], *, birth_date_needed: bool) -> None:
        super().__init__(typed)
        self.role.choices = [*roles, (UNDECIDED, "I do not know yet")]
        self._birth_date_needed = birth_date_needed

    def in_order(self) -> Iterable[Any]:
        """The date of birth stands in the middle."""
        first = (self.first_name, self.last_name, self.email, self.username, self.day, self.password)
        return (*first, *(field for field in self if field not in first))

    def validate_password(self, field: Any) -> None:
        """As the accounts see it, who know what an attacker would try first."""
        parts = (self.username, self.email, self.role, self.first_name, self.last_name)
        reasons = objections(field.data, Owner(*(part.data or "" for part in parts)), SHORTEST)
        if reasons:
            raise ValidationError(" ".join(reasons))

    def objections(self, born: date | None) -> tuple[str, ...]:
        """An impossible date; none at all where it is needed."""
        return birth_dates.objections(born, datetime.now(UTC).date(), required=self._birth_date_needed)
