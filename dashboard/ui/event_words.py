"""Audit events in sentences, for people who read about their own account or about everybody's."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from dashboard.accounts import LoggedEvent
from dashboard.audit import Kind

# What is said when it was done, and what to call the attempt when it was not. {target} is whom or what it was done to.
WORDS: Mapping[str, tuple[str, str]] = {
    Kind.SIGN_IN: ("Signed in", "Sign-in"),
    Kind.SIGN_OUT: ("Signed out", "Sign-out"),
    Kind.SESSION_EXPIRED: ("Session ended by itself", "End of a session"),
    Kind.SESSION_ENDED: ("Sessions of {target} ended", "Ending sessions of {target}"),
    Kind.USER_CREATED: ("User {target} created", "Creating the user {target}"),
    Kind.USER_DISABLED: ("User {target} disabled", "Disabling {target}"),
    Kind.USER_ENABLED: ("User {target} enabled", "Enabling {target}"),
    Kind.USER_LOCKED: ("User {target} locked by an administrator", "Locking {target}"),
    Kind.USER_UNLOCKED: ("Lock of {target} taken off", "Unlocking {target}"),
    Kind.USER_INVITED: ("Invitation link made for {target}", "Inviting {target}"),
    Kind.PASSWORD_RESET_OFFERED: ("Link for a new password made for {target}", "Link for a new password of {target}"),
    Kind.PASSWORD_SET: ("Password set", "Setting a password"),
    Kind.PASSWORD_CHANGED: ("Password changed", "Change of the password"),
    Kind.REGISTERED: ("Account {target} registered", "Registration"),
    Kind.MAIL_VERIFIED: ("Mail address confirmed", "Confirming a mail address"),
    Kind.RECOVERY_ASKED: ("Way back into the account asked for", "Asking for a way back in"),
    Kind.RECOVERY_CHECKED: ("Identity checked to get back into the account", "Check to get back into the account"),
    Kind.RECOVERY_DONE: ("New password set by the mailed link", "New password by the mailed link"),
    Kind.UNLOCK_OFFERED: ("Unlock link mailed", "Mailing an unlock link"),
    Kind.MAIL_CHANGE_ASKED: ("Link to confirm a new mail address sent", "Asking for a new mail address"),
    Kind.MAIL_CHANGED: ("Mail address changed", "Change of the mail address"),
    Kind.PROFILE_CHANGED: ("Profile changed", "Change of the profile"),
    Kind.VIEW_CHANGED: ("Saved views changed", "Change of the saved views"),
    Kind.SECOND_FACTOR_CHECKED: ("Second factor confirmed", "Second factor"),
    Kind.FACTOR_ADDED: ("Second factor set up", "Setting up a second factor"),
    Kind.FACTOR_REMOVED: ("Second factor removed", "Removing a second factor"),
    Kind.FACTORS_RESET: ("All second factors of {target} removed", "Removing all second factors of {target}"),
    Kind.RECOVERY_CODES_MADE: ("New recovery codes made", "Making recovery codes"),
    Kind.REAUTHENTICATED: ("Confirmed who they are once more", "Confirming who they are"),
    Kind.IDENTITY_CONNECTED: ("Sign-in by a provider connected", "Connecting a provider"),
    Kind.IDENTITY_DISCONNECTED: ("Sign-in of {target} by a provider disconnected", "Disconnecting a provider"),
    Kind.API_KEY_MADE: ("API key made", "Making an API key"),
    Kind.API_KEY_REVOKED: ("API key of {target} revoked", "Revoking an API key of {target}"),
    Kind.API_KEY_REFUSED: ("API key of {target} turned away", "Use of an API key"),
    Kind.USER_EDITED: ("Details of {target} changed", "Changing the details of {target}"),
    Kind.USER_DELETED: ("User {target} deleted", "Deleting {target}"),
    Kind.ROLE_CHANGED: ("Role of {target} changed", "Changing the role of {target}"),
    Kind.ROLE_REQUESTED: ("Role asked for", "Asking for a role"),
    Kind.ROLE_REQUEST_DECIDED: ("Role request of {target} decided", "Deciding a role request of {target}"),
    Kind.ROLE_DEFINED: ("Role {target} saved", "Saving the role {target}"),
    Kind.ROLE_REMOVED: ("Role {target} removed", "Removing the role {target}"),
    Kind.AUDIT_EXPORTED: ("Audit log exported", "Export of the audit log"),
    Kind.LIMIT_REACHED: ("Too many attempts; further ones were turned away", "Limit on attempts"),
    Kind.ACCESS_DENIED: ("Turned away from {target}", "Access to {target}"),
    Kind.TOKEN_REUSED: ("API sign-in ended, for a token came twice", "Use of a token that was used before"),
    Kind.SIGNING_KEY_CHANGED: ("Key that signs API tokens replaced", "Replacing the key that signs API tokens"),
    Kind.DATA_IMPORTED: ("Sales data imported from {target}", "Import of sales data"),
    Kind.DATA_REFRESHED: ("Sales data read from {target}", "Reading sales data from {target}"),
    Kind.DATA_VERIFIED: ("Sales data compared with {target}", "Comparing sales data with {target}"),
    Kind.REFRESH_ASKED: ("Asked to {target}", "Asking to {target}"),
    Kind.HOLIDAY_ADDED: ("Holiday {target} added", "Adding the holiday {target}"),
    Kind.HOLIDAY_REMOVED: ("Holiday {target} removed", "Removing the holiday {target}"),
    Kind.HOLIDAYS_IMPORTED: ("List of holidays imported", "Import of a list of holidays"),
    Kind.BACKUP_MADE: ("Backup {target} made", "Making the backup {target}"),
    Kind.BACKUP_RESTORED: ("Backup {target} restored", "Restoring the backup {target}"),
}
OUTCOMES: Mapping[str, str] = {
    "failed": "failed",
    "locked": "failed, and the account was locked",
    "denied": "was refused",
}
# These are refusals by themselves, whatever outcome they carry.
REFUSALS = frozenset({Kind.LIMIT_REACHED, Kind.ACCESS_DENIED, Kind.API_KEY_REFUSED})
METHODS: Mapping[str, str] = {
    "pwd": "password",
    "totp": "authenticator app",
    "passkey": "passkey",
    "mail": "code by mail",
    "recovery": "recovery code",
    "link": "mailed link",
    "sso": "provider",
    "sso2": "second factor there",
}
YES: Mapping[str, str] = {"new_device": "new device", "remembered": "kept signed in", "at_once": "at once"}


def sentence(event: LoggedEvent) -> str:
    """What happened, in one line without a full stop: ``Sign-in failed: wrong password``.

    Who did it is not said, for that stands beside it.
    """
    words = _words(event)
    more = _more(event.detail)
    return f"{words}: {more}" if more else words


def _words(event: LoggedEvent) -> str:
    # An event of a later version of this program, read by an earlier one.
    done, attempt = WORDS.get(event.kind, (event.kind.replace("_", " ").capitalize(),) * 2)
    target = event.target or "an unknown account"
    if event.outcome == "ok" or event.kind in REFUSALS:
        return done.format(target=target)
    return f"{attempt.format(target=target)} {OUTCOMES.get(event.outcome, event.outcome)}"


def _more(detail: str) -> str:
    known = _read(detail)
    parts = (_part(name, known[name]) for name in DETAILS if name in known)
    return ", ".join(filter(None, parts))


def _read(detail: str) -> Mapping[str, Any]:
    try:
        found = json.loads(detail)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(name: str, value: Any) -> str:
    if value is True:
        return YES.get(name, "")
    if not isinstance(value, str | int) or not value or name not in DETAILS:
        return ""
    return DETAILS[name](str(value))


def _plain(text: str) -> str:
    return text.replace("_", " ")


def _methods(text: str) -> str:
    return " and ".join(METHODS.get(method, method) for method in text.split())


def _sessions(count: str) -> str:
    return "1 device signed out" if count == "1" else f"{count} devices signed out"


# What is told of an event's details, in this order. The rest is for those who read the log itself.
DETAILS: Mapping[str, Callable[[str], str]] = {
    "decision": _plain,
    "key": lambda text: f"“{text}”",
    "reason": str,
    "method": _methods,
    "methods": _methods,
    "new_device": str,
    "remembered": str,
    "kind": lambda kind: "by API" if kind == "api" else "",
    "at_once": str,
    "role": lambda text: f"role {_plain(text)}",
    "from": lambda text: f"from {_plain(text)}",
    "to": lambda text: f"to {_plain(text)}",
    "changed": _plain,
    "holidays": str,
    "permissions": str,
    "sessions": _sessions,
    "by": lambda text: f"by {text}",
    "permission": lambda text: f"needs {text}",
    "left_out": lambda text: f"{text} more of the same before",
}
