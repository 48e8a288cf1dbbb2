"""The caller's own account: who am I, profile, password, sessions, role request, events."""

from dashboard.access import DIMENSIONS
from dashboard.api.bearer import is_by_key
from dashboard.api.models.me import Me
from dashboard.api.part import SIGNED_IN, Part
from dashboard.ui.caller import Caller
from dashboard.web.viewer import current_sign_in

part = Part("me", "Me", "The caller's own account.")


@part.operation("GET", "/me", SIGNED_IN, returns=Me)
def show(caller: Caller) -> Me:
    """Who calls, with the rights of this moment."""
    viewer, signed_in = caller.viewer, current_sign_in()
    scope = {name: viewer.scope.allowed(name) for name in DIMENSIONS}
    return Me(
        id=viewer.user_id,
        username=viewer.username,
        name=signed_in.name,
        role=viewer.role,
        role_name=signed_in.role_name,
        permissions=sorted(viewer.permissions),
        scope={name: None if values is None else sorted(values) for name, values in scope.items()},
        by_key=is_by_key(),
    )
