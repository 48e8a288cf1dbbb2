"""The part of the audit log that a user may see: what they did, and what was done to their account."""

from sqlalchemy import and_, func, or_, select

from dashboard.accounts.audit_log import LoggedEvent
from dashboard.accounts.models import users
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.users import LARGEST_ID, checked_id
from dashboard.audit import Kind
from dashboard.audit.models import audit_events

_LONGEST_PAGE = 100
# Their targets are no users, though they may be called like one.
_OTHER_THINGS = (
    Kind.ROLE_DEFINED,
    Kind.ROLE_REMOVED,
    Kind.AUDIT_EXPORTED,
    Kind.DATA_IMPORTED,
    Kind.DATA_REFRESHED,
    Kind.DATA_VERIFIED,
    Kind.LIMIT_REACHED,
)


def read(store: Store, user_id: int, offset: int, limit: int) -> tuple[list[LoggedEvent], int]:
    """See :meth:`dashboard.accounts.profiles.Profiles.events`."""
    first, most = min(max(offset, 0), LARGEST_ID), min(max(limit, 1), _LONGEST_PAGE)
    whose = select(users.c.username, users.c.created_at).where(users.c.id == checked_id(user_id))
    with store.reading() as connection:
        user = connection.execute(whose).one_or_none()
        if user is None:
            return [], 0
        about = and_(audit_events.c.target == user.username, audit_events.c.kind.not_in(_OTHER_THINGS))
        # Numbers and names may have belonged to somebody else before.
        theirs = (audit_events.c.happened_at >= user.created_at, or_(audit_events.c.actor_id == user_id, about))
        total = connection.execute(select(func.count()).select_from(audit_events).where(*theirs)).scalar_one()
        page = select(audit_events).where(*theirs).order_by(audit_events.c.seq.desc()).offset(first).limit(most)
        return [_event(row, user_id) for row in connection.execute(page)], total


def _event(row: AnyRow, user_id: int) -> LoggedEvent:
    is_by_others = row.actor_id not in {user_id, None}
    ip, session = ("", "") if is_by_others else (row.ip, row.session_hash)
    return LoggedEvent(row.seq, row.happened_at, row.kind, row.actor, row.outcome, row.target, ip, session, row.detail)
