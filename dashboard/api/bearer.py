"""Who calls: an access token in ``Authorization``, or an API key in ``X-API-Key``. Cookies do not count."""

from flask import Response, abort, g, request

from dashboard.accounts import SignedIn
from dashboard.web.site import site
from dashboard.web.viewer import current_origin

KEY_HEADER = "X-API-Key"
SCHEME = "Bearer"
_REALM = 'Bearer realm="salesgate"'


def identify() -> SignedIn:
    """Who calls, put on ``g`` for the rest of the request; 401 where nobody does.

    What this gives is made anew from the database at every request: the claims of a token are never believed beyond
    which session it belongs to.
    """
    g.signed_in = g.viewer = None
    token = access_token()
    key = request.headers.get(KEY_HEADER, "")
    if request.headers.get("Authorization") and key:
        abort(400, "Send an access token or an API key, not both.")
    g.by_key = bool(key)
    accounts = site().accounts
    if key:
        signed_in = accounts.keys.load(key, current_origin(), site().denials.left_out)
    elif token:
        signed_in = accounts.tokens.load(token)
    else:
        abort(401, "Send an access token (Authorization: Bearer ...) or an API key (X-API-Key: ...).")
    if signed_in is None:
        abort(401, "This token or key is not valid any more, or not from this address.")
    g.signed_in, g.viewer = signed_in, signed_in.viewer
    return signed_in


def access_token() -> str:
    """The access token that came along, good or not; empty for none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == SCHEME.lower() else ""


def is_by_key() -> bool:
    """Whether an API key came along."""
    return bool(g.get("by_key"))


def challenge(response: Response) -> Response:
    """Say in every 401 how to authenticate."""
    error = ', error="invalid_token"' if request.headers.get("Authorization") else ""
    response.headers["WWW-Authenticate"] = _REALM + error
    return response
