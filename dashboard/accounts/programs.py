"""From where programs of a user have signed in: the audit log knows, and it forgets nothing."""

from sqlalchemy import Connection, exists, select

from dashboard.accounts.terms import SessionKind
from dashboard.audit import Kind
from dashboard.audit.models import audit_events


def was_used(connection: Connection, user_id: int, address: str) -> bool:
    """Whether the user has signed in by API from that network address before: so nobody is told of one twice."""
    if not address:
        return True
    theirs = (audit_events.c.actor_id == user_id, audit_events.c.kind == Kind.SIGN_IN, audit_events.c.ip == address)
    by_program = audit_events.c.detail.contains(f'"kind":"{SessionKind.API}"', autoescape=True)
    return bool(connection.execute(select(exists().where(*theirs, by_program))).scalar())
