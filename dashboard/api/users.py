"""Users: who may sign in, with what role, and where they are signed in. The guards are those of the Users page."""

from flask import Response

from dashboard.access import Permission
from dashboard.accounts import NewUser, Profile, User
from dashboard.api.models.common import Paging
from dashboard.api.models.requests import RoleRequestAnswer
from dashboard.api.models.sessions import Ended, SessionList, UserSessionPath
from dashboard.api.models.users import (
    Confirmation,
    RoleGiven,
    UserAnswer,
    UserChange,
    UserCreation,
    UserList,
    UserPath,
    UsersAsked,
    UserSummary,
    fields_of,
)
from dashboard.api.part import PREFIX, Part, answered, needing
from dashboard.api.sessions import end_one
from dashboard.ui.caller import Caller

USERS, SESSIONS = needing(Permission.USERS_MANAGE), needing(Permission.SESSIONS_MANAGE)
UNLOCKING = needing(Permission.USERS_MANAGE, person=True)

part = Part(
    "users",
    "Users",
    "Other people's accounts. What lets somebody in or gives rights needs a fresh sign-in, which API keys never are.",
)


@part.operation("GET", "/users", USERS, returns=UserList)
def index(caller: Caller, query: UsersAsked) -> UserList:
    """Users, searched, filtered and sorted."""
    found, total = caller.accounts.users(
        search=query.search,
        role=query.role or "",
        state=query.state or "",
        sort=query.sort,
        descending=query.descending,
        offset=query.offset,
        limit=query.limit,
    )
    items = [UserSummary.of(user) for user in found]
    return UserList(items=items, total=total, offset=query.offset, limit=query.limit)


@part.operation("POST", "/users", USERS, returns=UserAnswer, status=201)
def create(caller: Caller, body: UserCreation) -> Response:
    """Create a user, who is sent a link by mail to set a password: nobody else ever knows it."""
    user = caller.accounts.create_user(NewUser(**body.model_dump()), caller.actor)
    caller.accounts.invite(user.id, caller.actor)
    response = answered(_answer(caller, user), 201)
    response.headers["Location"] = f"{PREFIX}/users/{user.id}"
    return response


@part.operation("GET", "/users/<int:id>", USERS, returns=UserAnswer)
def read(caller: Caller, path: UserPath) -> UserAnswer:
    """One user, with what the caller may do to the account now."""
    return _answer(caller, caller.accounts.user(path.id))


@part.operation("PATCH", "/users/<int:id>", USERS, returns=UserAnswer)
def change(caller: Caller, path: UserPath, body: UserChange) -> UserAnswer:
    """Change names and mail address. A new address counts at once; both are told."""
    user = caller.accounts.user(path.id)
    given = body.model_dump(include=body.model_fields_set)
    email = given.pop("email", user.email)
    profile = Profile(**{"first_name": user.first_name, "last_name": user.last_name, **given})
    return _answer(caller, caller.accounts.administration.edit(user.id, profile, email, caller.actor))


@part.operation("DELETE", "/users/<int:id>", USERS, status=204)
def delete(caller: Caller, path: UserPath, query: Confirmation) -> None:
    """Delete an account for good, with everything that hangs on it; the audit log keeps the name."""
    caller.accounts.administration.delete(path.id, query.confirm, caller.actor)


@part.operation("PUT", "/users/<int:id>/role", USERS, returns=UserAnswer)
def give_role(caller: Caller, path: UserPath, body: RoleGiven) -> UserAnswer:
    """Give a user another role, which counts at their next request."""
    return _answer(caller, caller.accounts.administration.change_role(path.id, body.role, caller.actor))


@part.operation("POST", "/users/<int:id>/disable", USERS, returns=UserAnswer)
def disable(caller: Caller, path: UserPath) -> UserAnswer:
    """Close an account: its sessions, tokens and keys are dead from the next request on."""
    return _answer(caller, caller.accounts.disable_user(path.id, caller.actor))


@part.operation("POST", "/users/<int:id>/enable", USERS, returns=UserAnswer)
def enable(caller: Caller, path: UserPath) -> UserAnswer:
    """Open an account again; what was signed in before stays signed out."""
    return _answer(caller, caller.accounts.enable_user(path.id, caller.actor))


@part.operation("POST", "/users/<int:id>/lock", USERS, returns=UserAnswer)
def lock(caller: Caller, path: UserPath) -> UserAnswer:
    """Let nobody sign in to an account until the lock is taken off; sessions go on."""
    return _answer(caller, caller.accounts.administration.lock(path.id, caller.actor))


@part.operation("POST", "/users/<int:id>/unlock", UNLOCKING, returns=UserAnswer)
def unlock(caller: Caller, path: UserPath) -> UserAnswer:
    """Take a lock off, whoever it came from. Keys cannot: one that was stolen would allow any number of guesses."""
    return _answer(caller, caller.accounts.unlock_user(path.id, caller.actor))


@part.operation("POST", "/users/<int:id>/invite", USERS, returns=UserAnswer)
def invite(caller: Caller, path: UserPath) -> UserAnswer:
    """Mail a link to set a password with. Links from before die; the answer never holds one."""
    caller.accounts.invite(path.id, caller.actor)
    return _answer(caller, caller.accounts.user(path.id))


@part.operation("GET", "/users/<int:id>/sessions", SESSIONS, returns=SessionList)
def sessions(caller: Caller, path: UserPath, query: Paging) -> SessionList:
    """Where a user is signed in."""
    user = caller.accounts.user(path.id)
    return SessionList.of(caller.accounts.open_sessions(user.id), caller.actor.session, query)


@part.operation("DELETE", "/users/<int:id>/sessions", SESSIONS, returns=Ended)
def end_sessions(caller: Caller, path: UserPath) -> Ended:
    """Sign a user out everywhere."""
    return Ended(ended=caller.accounts.end_sessions(path.id, caller.actor))


@part.operation("DELETE", "/users/<int:id>/sessions/<session>", SESSIONS, status=204)
def end_session(caller: Caller, path: UserSessionPath) -> None:
    """End one session of a user."""
    end_one(caller, caller.accounts.user(path.id).id, path.session)


def _answer(caller: Caller, user: User) -> UserAnswer:
    request = caller.accounts.requests.mine(user.id)
    waiting = request if request is not None and request.state == "open" else None
    return UserAnswer(
        **fields_of(user),
        may=sorted(caller.accounts.administration.may(user.id, caller.actor)),
        request=None if waiting is None else RoleRequestAnswer.of(waiting),
    )
