"""The chosen user as data for the browser: facts, what can be done now, and where the user is signed in."""

from datetime import UTC, datetime

from dashboard.access import Permission, Roles, allows
from dashboard.accounts import ApiKey, OpenSession, RoleRequest, User
from dashboard.accounts.agents import session_words
from dashboard.ui.admin_parts import Data, full_name, moment, rights_words, role_name, state_of
from dashboard.ui.caller import Caller
from dashboard.ui.users_list import factors_words

# In the order of the buttons; the domain says which of them are possible now.
OFFERS = {
    "edit": "Edit name and mail",
    "role": "Change role",
    "verify": "Mark the mail as verified",
    "invite": "",  # depends on the user
    "end_sessions": "End all sessions",
    "reset_factors": "Reset second factors",
    "unlock": "Take the lock off",
    "lock": "Lock",
    "enable": "Enable",
    "disable": "Disable",
    "delete": "Delete",
}


def panel(caller: Caller, user: User) -> Data:
    """Everything about one user that the page shows."""
    roles = caller.accounts.roles
    can = caller.accounts.administration.may(user.id, caller.actor)
    if "edit" in can and not user.verified:
        can |= {"verify"}  # guarded as editing
    request = caller.accounts.requests.mine(user.id)
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        "state": state_of(user),
        "usable": state_of(user) == "active",
        "facts": _facts(caller, user),
        "note": _note(caller, user),
        "offers": [[action, _label(action, user)] for action in OFFERS if action in can],
        "request": _request(roles, request, "decide" in can),
        "roles": [[role.key, role.name, rights_words(role)] for role in roles] if "role" in can else [],
        "sessions": _sessions(caller, user),
        "may_end": "end_sessions" in can,
        "keys": [_key(key) for key in caller.accounts.keys.list(user.id)],
        "may_revoke": "revoke_keys" in can,
        "links": _links(caller, user),
    }


def _facts(caller: Caller, user: User) -> list[list[str]]:
    elsewhere = ", ".join(one.label for one in caller.accounts.federation.of(user.id))
    return [
        ["Name", full_name(user) or "–"],
        ["E-mail", (user.email or "–") + ("" if user.verified else " (not verified)")],
        ["Role", role_name(caller.accounts.roles, user.role)],
        *([["Signs in with", elsewhere]] if elsewhere else []),
        ["Second factor", factors_words(user)],
        ["Last sign-in (UTC)", moment(user.last_sign_in_at)],
        ["Created (UTC)", moment(user.created_at)],
    ]


def _note(caller: Caller, user: User) -> str:
    if user.id == caller.viewer.user_id:
        return "This is you. Your own name, password and sessions are on the Account page."
    if user.is_original_admin:
        return "This is the original Admin: nobody else can change, lock, disable or delete this account."
    return ""


def _label(action: str, user: User) -> str:
    if action == "invite":
        return "New password link" if user.has_password else "New invitation link"
    return OFFERS[action]


def _request(roles: Roles, request: RoleRequest | None, may_decide: bool) -> Data | None:
    if request is None or request.state != "open":
        return None
    role = role_name(roles, request.role)
    return {"id": request.id, "role": role, "asked": moment(request.requested_at), "may_decide": may_decide}


def _sessions(caller: Caller, user: User) -> list[Data]:
    if not allows(caller.viewer, Permission.SESSIONS_MANAGE):
        return []
    return [_session(caller, session) for session in caller.accounts.open_sessions(user.id)]


def _session(caller: Caller, session: OpenSession) -> Data:
    mine = " (this one)" if session.session == caller.actor.session else ""
    return {
        "session": session.session,
        "device": session_words(session) + mine,
        "where": f"{session.ip or 'address unknown'} · seen {moment(session.seen_at)} UTC",
    }


def _key(key: ApiKey) -> Data:
    used = f"last used {moment(key.last_used_at)} UTC from {key.last_used_ip}" if key.last_used_at else "never used"
    ends = "ended" if key.expires_at <= datetime.now(UTC) else "ends"
    words = f"{key.prefix}… · {ends} {moment(key.expires_at)} UTC · {used}"
    return {"key": key.id, "name": key.name, "words": words, "scopes": ", ".join(sorted(key.scopes))}


def _links(caller: Caller, user: User) -> list[list[str]]:
    places = {
        Permission.ROLES_MANAGE: ["What this user can see", f"/roles?user={user.id}"],
        Permission.AUDIT_READ: ["In the audit log", f"/audit?text={user.username}"],
    }
    return [link for permission, link in places.items() if allows(caller.viewer, permission)]
