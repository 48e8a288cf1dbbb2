"""What an administrator does to a user: wishes of the browser, checked, and what came of them in words."""

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.access import Permission, require
from dashboard.accounts import AccountError, NewUser, Profile
from dashboard.ui.admin_parts import NOT_HERE, Data, record, role_name, sentence_of, text, whole
from dashboard.ui.caller import Caller
from dashboard.ui.users_panel import panel

FIELDS = ("username", "email", "first-name", "last-name", "new-role")
LONGEST_REASON = 500
SESSIONS = Permission.SESSIONS_MANAGE


def act(caller: Caller, wish: Any) -> Data:
    """Do to a user what the browser asks for: ``{"do", "id", "name", ...}``; answers the user as it is then, and what
    was done. ``name`` is the user name that stands on the page: some databases give the id of a deleted user again.

    Raises:
        Forbidden, NotFreshError: as the policy and the domain do.
    """
    wanted = record(wish)
    do, user_id = wanted.get("do"), wanted.get("id")
    action = ACTIONS.get(do) if isinstance(do, str) else None
    if action is None or type(user_id) is not int:
        return {"error": NOT_HERE}
    try:
        if wanted.get("name", "") not in {"", caller.accounts.user(user_id).username}:
            return {"error": NOT_HERE}
        done = action(caller, user_id, wanted)
    except AccountError as error:
        return {**_still_there(caller, user_id), "error": sentence_of(error)}
    return {**_still_there(caller, user_id), **done}


def create(caller: Caller, values: tuple[Any, ...]) -> Data:
    """Create a user and an invitation; nobody but the user ever knows the password. ``values`` are those of FIELDS."""
    username, email, first, last, role = map(text, values)
    try:
        user = caller.accounts.create_user(NewUser(username, email, role, first, last), caller.actor)
        invitation = _invite(caller, user.id, {})
        return {"user": panel(caller, caller.accounts.user(user.id)), **invitation, "created": True}
    except AccountError as error:
        return {"error": sentence_of(error), "create": True}


def _still_there(caller: Caller, user_id: int) -> Data:
    try:
        return {"user": panel(caller, caller.accounts.user(user_id))}
    except AccountError as error:
        return {"error": sentence_of(error)}


def _show(_caller: Caller, _user_id: int, _wish: Data) -> Data:
    return {}


def _edit(caller: Caller, user_id: int, wish: Data) -> Data:
    profile = Profile(text(wish.get("first_name")), text(wish.get("last_name")))
    caller.accounts.administration.edit(user_id, profile, text(wish.get("email")), caller.actor)
    return {"message": "Saved."}


def _verify(caller: Caller, user_id: int, _wish: Data) -> Data:
    caller.accounts.administration.verify_mail(user_id, caller.actor)
    return {"message": "The mail address counts as verified: the user can sign in."}


def _role(caller: Caller, user_id: int, wish: Data) -> Data:
    user = caller.accounts.administration.change_role(user_id, text(wish.get("role")), caller.actor)
    name = role_name(caller.accounts.roles, user.role)
    return {"message": f"{user.username} has the role {name} from the next click on."}


def _approve(caller: Caller, _user_id: int, wish: Data) -> Data:
    request = caller.accounts.requests.approve(whole(wish.get("request")), caller.actor)
    name = role_name(caller.accounts.roles, request.role)
    return {"message": f"Approved: {request.username} has the role {name} from the next click on."}


def _refuse(caller: Caller, _user_id: int, wish: Data) -> Data:
    reason = wish.get("reason")
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise AccountError(f"Say why, in 1 to {LONGEST_REASON} characters: the user is told.")
    request = caller.accounts.requests.refuse(whole(wish.get("request")), reason.strip(), caller.actor)
    return {"message": f"Refused: {request.username} is told the reason by mail."}


def _disable(caller: Caller, user_id: int, _wish: Data) -> Data:
    caller.accounts.disable_user(user_id, caller.actor)
    return {"message": "Disabled: the user is signed out everywhere and cannot sign in."}


def _enable(caller: Caller, user_id: int, _wish: Data) -> Data:
    caller.accounts.enable_user(user_id, caller.actor)
    return {"message": "Enabled: the user can sign in again."}


def _lock(caller: Caller, user_id: int, _wish: Data) -> Data:
    caller.accounts.administration.lock(user_id, caller.actor)
    return {"message": "Locked: the user cannot sign in until an administrator takes the lock off."}


def _unlock(caller: Caller, user_id: int, _wish: Data) -> Data:
    caller.accounts.unlock_user(user_id, caller.actor)
    return {"message": "The lock is off."}


def _end_sessions(caller: Caller, user_id: int, _wish: Data) -> Data:
    require(caller.viewer, SESSIONS)
    ended = caller.accounts.end_sessions(user_id, caller.actor)
    return {"message": f"{ended} session{'' if ended == 1 else 's'} ended."}


def _end_one(caller: Caller, user_id: int, wish: Data) -> Data:
    require(caller.viewer, SESSIONS)
    caller.accounts.end_one(user_id, text(wish.get("session")), caller.actor)
    return {"message": "That session ended."}


def _revoke_key(caller: Caller, user_id: int, wish: Data) -> Data:
    caller.accounts.keys.revoke(user_id, whole(wish.get("key")), caller.actor)
    return {"message": "That key is revoked."}


def _reset_factors(caller: Caller, user_id: int, _wish: Data) -> Data:
    caller.accounts.factors.reset(user_id, caller.actor)
    return {"message": "The second factors are off, and the user is signed out everywhere."}


def _delete(caller: Caller, user_id: int, wish: Data) -> Data:
    username = caller.accounts.user(user_id).username
    caller.accounts.administration.delete(user_id, text(wish.get("confirmation")), caller.actor)
    return {"message": f"{username} was deleted. The audit log keeps the name.", "error": ""}


def _invite(caller: Caller, user_id: int, _wish: Data) -> Data:
    token = caller.accounts.invite(user_id, caller.actor)
    return {
        "message": "Send this link to the user. It sets one password, once, and is shown only now.",
        "invitation": f"/invitation/{token}",
    }


ACTIONS: Mapping[str, Callable[[Caller, int, Data], Data]] = {
    "show": _show,
    "edit": _edit,
    "verify": _verify,
    "role": _role,
    "approve": _approve,
    "refuse": _refuse,
    "disable": _disable,
    "enable": _enable,
    "lock": _lock,
    "unlock": _unlock,
    "end_sessions": _end_sessions,
    "end_one": _end_one,
    "revoke_key": _revoke_key,
    "reset_factors": _reset_factors,
    "delete": _delete,
    "invite": _invite,
}
