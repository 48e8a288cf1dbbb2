"""The caller's own account: who am I, profile, password, sessions, role request, events."""

from dashboard.access import DIMENSIONS
from dashboard.accounts import Profile
from dashboard.api.bearer import is_by_key
from dashboard.api.models.common import Paging
from dashboard.api.models.me import (
    EventsAsked,
    Me,
    OwnEvent,
    OwnEvents,
    OwnProfile,
    OwnRoleRequest,
    PasswordChange,
    ProfileChange,
    RoleWish,
)
from dashboard.api.models.requests import RoleRequestAnswer
from dashboard.api.models.sessions import Ended, SessionList, SessionPath
from dashboard.api.part import PERSON, SIGNED_IN, Part
from dashboard.api.sessions import end_one
from dashboard.ui.caller import Caller
from dashboard.web.viewer import current_sign_in

part = Part("me", "Me", "The caller's own account. All of it but the first needs a person: API keys are refused.")


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


@part.operation("GET", "/me/profile", PERSON, returns=OwnProfile)
def profile(caller: Caller) -> OwnProfile:
    """What the account says about the caller."""
    return _profile(caller)


@part.operation("PATCH", "/me/profile", PERSON, returns=OwnProfile)
def change_profile(caller: Caller, body: ProfileChange) -> OwnProfile:
    """Change names and date of birth. A new mail address has to be confirmed by mail: ask for it on the site."""
    profiles = caller.accounts.profiles
    given = body.model_dump(include=body.model_fields_set)
    profiles.change(Profile(**{**vars(profiles.read(caller.viewer.user_id)), **given}), caller.actor)
    return _profile(caller)


@part.operation("POST", "/me/password", PERSON, returns=Ended)
def change_password(caller: Caller, body: PasswordChange) -> Ended:
    """Set a new password, which ends every other session. Wrong current passwords count towards the lock."""
    return Ended(ended=caller.accounts.profiles.change_password(body.current, body.new, caller.actor))


@part.operation("GET", "/me/sessions", PERSON, returns=SessionList)
def sessions(caller: Caller, query: Paging) -> SessionList:
    """Where the caller is signed in."""
    return SessionList.of(caller.accounts.open_sessions(caller.viewer.user_id), caller.actor.session, query)


@part.operation("DELETE", "/me/sessions", PERSON, returns=Ended)
def end_other_sessions(caller: Caller) -> Ended:
    """End every session of the caller but the present one."""
    return Ended(ended=caller.accounts.end_others(caller.actor))


@part.operation("DELETE", "/me/sessions/<session>", PERSON, status=204)
def end_session(caller: Caller, path: SessionPath) -> None:
    """End one session of the caller; the present one, too."""
    end_one(caller, caller.viewer.user_id, path.session)


@part.operation("GET", "/me/role-request", PERSON, returns=OwnRoleRequest)
def role_request(caller: Caller) -> OwnRoleRequest:
    """Which role the caller asked for last, and what became of it."""
    asked = caller.accounts.requests.mine(caller.viewer.user_id)
    return OwnRoleRequest(request=None if asked is None else RoleRequestAnswer.of(asked))


@part.operation("PUT", "/me/role-request", PERSON, returns=OwnRoleRequest)
def ask_for_role(caller: Caller, body: RoleWish) -> OwnRoleRequest:
    """Ask for a role, in place of the one that is asked for. It grants nothing: an administrator decides."""
    return OwnRoleRequest(request=RoleRequestAnswer.of(caller.accounts.requests.ask(body.role, caller.actor)))


@part.operation("DELETE", "/me/role-request", PERSON, status=204)
def withdraw_role_request(caller: Caller) -> None:
    """Take the open request back; nothing open is no error."""
    caller.accounts.requests.withdraw(caller.actor)


@part.operation("GET", "/me/events", PERSON, returns=OwnEvents)
def events(caller: Caller, query: EventsAsked) -> OwnEvents:
    """What the caller did, and what was done to their account."""
    found, total = caller.accounts.profiles.events(caller.viewer.user_id, query.offset, query.limit)
    items = [OwnEvent.of(event) for event in found]
    return OwnEvents(items=items, total=total, offset=query.offset, limit=query.limit)


def _profile(caller: Caller) -> OwnProfile:
    user = caller.accounts.user(caller.viewer.user_id)
    mine = caller.accounts.profiles.read(user.id)
    return OwnProfile(username=user.username, email=user.email, verified=user.verified, **vars(mine))
