"""Registering, signing in and out: what is open to everybody. The web's own rules, lock and policy hold."""

from typing import cast, get_args

from flask import Response, abort

from dashboard.accounts import AccountError, Method, Registering, SessionKind, Step, Tokens
from dashboard.api.bearer import access_token
from dashboard.api.models.auth import (
    Accepted,
    Credentials,
    FactorMethod,
    Pending,
    Refreshing,
    Registration,
    RegistrationAgain,
    Revoking,
    SecondFactor,
    SecondFactorNeeded,
    SignedInTokens,
    SignInStep,
    Verification,
    Verified,
)
from dashboard.api.part import PUBLIC, TOKEN_OR_NONE, Part
from dashboard.web.errors import problem
from dashboard.web.site import site
from dashboard.web.viewer import current_origin

METHODS: tuple[str, ...] = get_args(FactorMethod)
UNAUTHORIZED, FORBIDDEN = 401, 403
REFUSED = "The user name or password is not right, or the account is locked for a while."
ENROL = "This account needs a second factor first. Sign in with a browser at {url}/sign-in and set one up."
BROWSER_ONLY = (
    "The only second factor of this account is a passkey, which programs cannot use. Set up an authenticator app at "
    "{url}/account, or make an API key there."
)
CLOSED = "Nobody can register here. Ask an administrator for an account."
SENT = (
    "If the account could be made, a mail with a link to confirm the address is on its way, good for {hours:g} hours."
)
AGAIN = "If an account waits for it, a mail with a new link is on its way, good for {hours:g} hours."

part = Part("auth", "Sign-in", "Registering, signing in and out.")


@part.operation("POST", "/auth/register", PUBLIC, returns=Accepted, status=202, also=(404,))
def register(body: Registration) -> Accepted:
    """Ask for an account. One answer, whether or not the user name or the address is taken; the mail says more."""
    _require_open()
    new = Registering(
        username=body.username.strip(),
        email=body.email.strip(),
        password=body.password,
        first_name=body.first_name.strip(),
        last_name=body.last_name.strip(),
        wanted_role=body.wanted_role,
        date_of_birth=body.date_of_birth,
    )
    site().accounts.registration.register(new, current_origin())
    return _sent(SENT)


@part.operation("POST", "/auth/register/again", PUBLIC, returns=Accepted, status=202, also=(404,))
def register_again(body: RegistrationAgain) -> Accepted:
    """Have the link mailed once more, where an account waits for it."""
    _require_open()
    site().accounts.registration.send_again(body.email.strip(), current_origin())
    return _sent(AGAIN)


@part.operation("POST", "/auth/verify", PUBLIC, returns=Verified)
def verify(body: Verification) -> Verified:
    """Confirm the mail address by the mailed link (what follows its last slash). Then sign in."""
    step = site().accounts.registration.verify(body.token, current_origin(), password=body.password)
    return Verified(username=step.username)


@part.operation("POST", "/auth/login", PUBLIC, returns=SignInStep, also=(401, 403))
def login(body: Credentials) -> SignedInTokens | SecondFactorNeeded | Response:
    """Sign in: tokens, or a second step. Code `enrol_first` asks for a browser once.

    One answer for an unknown name, a wrong password and a locked account.
    """
    ins = site().accounts.sign_ins
    step = ins.begin(body.username, body.password, current_origin(), kind=SessionKind.API)
    return problem(UNAUTHORIZED, REFUSED, word="wrong_credentials") if step is None else _next(step)


@part.operation("POST", "/auth/second-factor", PUBLIC, returns=SignedInTokens, also=(401,))
def second_factor(body: SecondFactor) -> SignedInTokens | Response:
    """Finish a sign-in. Code `wrong_answer`: try again; `begin_anew`: sign in from the start."""
    ins, method = site().accounts.sign_ins, Method(body.method)
    try:
        step = ins.second(body.pending, method, body.answer, current_origin(), kind=SessionKind.API)
    except AccountError as error:
        goes_on = ins.offered(body.pending, kind=SessionKind.API) is not None
        return problem(UNAUTHORIZED, str(error), word="wrong_answer" if goes_on else "begin_anew")
    return _done(site().accounts.tokens.issue(step.session))


@part.operation("POST", "/auth/second-factor/code", PUBLIC, status=204)
def send_code(body: Pending) -> None:
    """Have a code mailed for this sign-in; one that was mailed before is dead."""
    site().accounts.sign_ins.send_code(body.pending, current_origin(), kind=SessionKind.API)


@part.operation("POST", "/auth/refresh", PUBLIC, returns=SignedInTokens, also=(401,))
def refresh(body: Refreshing) -> SignedInTokens | Response:
    """New tokens of the same sign-in; the refresh token is used up.

    One that comes a second time ends the sign-in with all its tokens, for one of its two users has stolen it: refresh
    from one place of a program only, and keep the new token before the old one is thrown away.
    """
    try:
        return _done(site().accounts.tokens.refresh(body.refresh_token, current_origin()))
    except AccountError as error:
        return problem(UNAUTHORIZED, str(error), word="signed_out")


@part.operation("POST", "/auth/revoke", TOKEN_OR_NONE, status=204)
def revoke(body: Revoking) -> None:
    """Sign out, by a refresh token or the access token that comes along. What has ended already is no error."""
    given = {"refresh": body.refresh_token} if body.refresh_token else {"access": access_token()}
    site().accounts.tokens.revoke(current_origin(), **given)


def _next(step: Step) -> SignedInTokens | SecondFactorNeeded | Response:
    if step.session:
        return _done(site().accounts.tokens.issue(step.session))
    methods = [cast(FactorMethod, method.value) for method in step.methods if method.value in METHODS]
    if methods:
        return SecondFactorNeeded(step="second_factor", pending=step.pending, methods=methods)
    text = ENROL if step.enrol else BROWSER_ONLY
    return problem(FORBIDDEN, text.format(url=site().settings.public_url), word="enrol_first")


def _done(tokens: Tokens) -> SignedInTokens:
    return SignedInTokens(
        step="done",
        token_type="Bearer",  # noqa: S106 - a word of the protocol
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in=tokens.seconds,
    )


def _require_open() -> None:
    if site().settings.registration.mode != "open":
        abort(404, CLOSED)


def _sent(text: str) -> Accepted:
    return Accepted(detail=text.format(hours=site().settings.registration.verify_hours))
