"""Ending one session, the caller's own or somebody else's."""

from flask import abort

from dashboard.ui.caller import Caller


def end_one(caller: Caller, user_id: int, session: str) -> None:
    """End the session of that short name; 404 where the user has none of that name (any more).

    Raises:
        AccountError: a user whose sessions the caller may not end.
    """
    if session not in {one.session for one in caller.accounts.open_sessions(user_id)}:
        abort(404, "There is no such session: it has ended already, or belongs to somebody else.")
    caller.accounts.end_one(user_id, session, caller.actor)
