"""Registering, signing in and out, and what is given for it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel

from dashboard.api.models.common import PLAIN_DAY, Answer, Asked, Line

Password = Annotated[str, Field(min_length=1, max_length=1024)]
Token = Annotated[str, Field(min_length=1, max_length=2048)]
Name = Annotated[Line, Field(min_length=1, max_length=100)]
Email = Annotated[Line, Field(min_length=3, max_length=254, description="mail address")]


class Registration(Asked):
    """An account that somebody asks for. The role is a request: it grants nothing before an administrator agrees."""

    username: Annotated[Line, Field(min_length=3, max_length=64)]
    email: Email
    password: Password
    first_name: Name
    last_name: Name
    wanted_role: Annotated[Line, Field(max_length=64, description="key of a role; empty: not known yet")] = ""
    date_of_birth: Annotated[date, PLAIN_DAY] | None = Field(
        None, description="needed where this installation asks for it"
    )


class RegistrationAgain(Asked):
    """Where to mail the link once more."""

    email: Email


class Verification(Asked):
    """The end of the mailed link, and the password that was chosen at registration."""

    token: Token
    password: Password


class Accepted(Answer):
    """What happens next."""

    detail: str = Field(description="a sentence for people")


class Verified(Answer):
    """The mail address is known to be the user's: the account may be used."""

    username: str


class Credentials(Asked):
    """User name and password."""

    username: Annotated[Line, Field(min_length=1)]
    password: Password


FactorMethod = Literal["totp", "mail", "recovery"]


class SecondFactor(Asked):
    """The second step of a sign-in."""

    pending: Token
    method: FactorMethod
    answer: Annotated[Line, Field(min_length=1, max_length=64, description="the code")]


class Pending(Asked):
    """A sign-in on its way."""

    pending: Token


class Refreshing(Asked):
    """A refresh token, which this uses up. Never send one twice: the second time ends the sign-in."""

    refresh_token: Token


class Revoking(Asked):
    """Any refresh token of the sign-in that is to end; without one, the sign-in of the access token that came along."""

    refresh_token: Token | None = None


class SignedInTokens(Answer):
    """The sign-in is complete. Both tokens are secrets."""

    step: Literal["done"]
    access_token: str = Field(description="for `Authorization: Bearer ...`")
    refresh_token: str = Field(description="good once, for new tokens")
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="seconds for which the access token is good")


class SecondFactorNeeded(Answer):
    """The password is right, and one of the second factors is asked for."""

    step: Literal["second_factor"]
    pending: str = Field(description="names this sign-in; a secret")
    methods: list[FactorMethod] = Field(description="what can be answered; mail: have a code sent first")


class SignInStep(RootModel[Annotated[SignedInTokens | SecondFactorNeeded, Field(discriminator="step")]]):
    """What a sign-in leads to."""

    model_config = ConfigDict(frozen=True)
