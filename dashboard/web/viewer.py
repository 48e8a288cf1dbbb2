"""Who sends this request. The gate finds out once; everything else asks here."""

from typing import cast

from flask import abort, g, request
from flask_login import LoginManager

from dashboard.access import Viewer
from dashboard.accounts import Actor, Origin, SignedIn
from dashboard.ui.caller import Caller
from dashboard.web.address import client_address
from dashboard.web.cookies import device_token, session_token
from dashboard.web.site import site

LONGEST_AGENT = 255


class Person:
    """A signed-in person as Flask-Login and the templates see one."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, signed_in: SignedIn) -> None:
        self.name = signed_in.name
        self._id = signed_in.viewer.user_id

    def get_id(self) -> str:
        """The user's id as text, for Flask-Login."""
        return str(self._id)


class RequestLogin(LoginManager):  # type: ignore[misc]
    """Flask-Login without its remember cookie: sessions are our own rows."""

    def _update_remember_cookie(self, response: object) -> object:
        # Not even looked for: reading Flask's session here would make every cached file vary by cookie.
        return response


def login_manager() -> LoginManager:
    """Flask-Login, fed by what the gate found and by nothing else."""
    manager = RequestLogin()
    manager.session_protection = None
    manager.request_loader(_person)
    return manager


def _person(_request: object) -> Person | None:
    signed_in = g.get("signed_in")
    return None if signed_in is None else Person(signed_in)


def identify(*, touch: bool) -> SignedIn | None:
    """Whose session this request carries, put on ``g`` for the rest of the request; None without a live one.

    ``touch`` says whether the request counts as use, which starts the idle time anew.
    """
    return adopt(session_token(), touch=touch)


def adopt(token: str, *, touch: bool = False) -> SignedIn | None:
    """The rest of this request is that of the session of ``token``, such as one that was started just now."""
    signed_in = site().accounts.load_session(token, touch=touch) if token else None
    g.signed_in = signed_in
    g.viewer = None if signed_in is None else signed_in.viewer
    return signed_in


def forget() -> None:
    """Nobody is signed in for the rest of this request."""
    g.signed_in = None
    g.viewer = None


def current_sign_in() -> SignedIn:
    """The sign-in behind this request; 401 where there is none."""
    signed_in = g.get("signed_in")
    if signed_in is None:
        abort(401)
    return cast(SignedIn, signed_in)


def current_viewer() -> Viewer:
    """The viewer of this request; 401 where nobody is signed in."""
    return current_sign_in().viewer


def current_actor() -> Actor:
    """The viewer of this request as accounts and the audit log know one; 401 where nobody is signed in."""
    signed_in = current_sign_in()
    viewer = signed_in.viewer
    return Actor(
        viewer.user_id,
        viewer.username,
        current_origin(),
        signed_in.session,
        viewer.permissions,
        viewer.scope,
        signed_in.fresh,
        device_token(),
    )


def current_caller() -> Caller:
    """The viewer of this request, with the doors that are open to them; 401 where nobody is signed in."""
    # By the site of the request: Dash keeps layouts in one registry of the process, whichever app they came with.
    here = site()
    return Caller(current_viewer(), current_actor(), here.gate, here.accounts, here.listed)


def current_origin() -> Origin:
    """Address and browser of this request."""
    return Origin(ip=client_address(), agent=request.user_agent.string[:LONGEST_AGENT])
