"""The access review: accounts and rights that deserve a look."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from dashboard.access import NO_ROLE, Permission, Role, Roles
from dashboard.accounts import users as people
from dashboard.accounts.models import permission_uses, users
from dashboard.accounts.rights import require_right
from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor, Finding, User

KINDS = ("no_factor", "stale", "never", "unused_right", "unverified", "no_role")
_LONGEST_PAGE = 500
# Rights that a page asks for, so that their use is noted. The others are used beside these, or by no page yet.
NOTED = (
    Permission.MEASURE_UNITS,
    Permission.MEASURE_REVENUE,
    Permission.MEASURE_STOCK,
    Permission.USERS_MANAGE,
    Permission.ROLES_MANAGE,
    Permission.AUDIT_READ,
    Permission.SOURCES_MANAGE,
)

Uses = dict[int, dict[str, datetime]]


@dataclass(frozen=True)
class _Measure:
    """What the accounts are held against."""

    roles: Roles
    since: datetime
    days: int
    required_for: frozenset[str]

    def role(self, user: User) -> Role | None:
        """The role, where it exists."""
        return self.roles.get(user.role)


def findings(store: Store, by: Actor, kind: str, offset: int, limit: int) -> tuple[list[Finding], int]:
    """One page, by kind and user name; see :meth:`dashboard.accounts.administration.Administration.review`.

    An unknown ``kind`` has no findings; the empty one is all of them.
    """
    require_right(by, Permission.USERS_MANAGE)
    with store.reading() as connection:
        measure = _measure(store, connection)
        uses = _uses(connection)
        rows = connection.execute(people.selected(store).order_by(users.c.username_key, users.c.id))
        found = [one for row in rows for one in _of_user(measure, people.user_of(store, row), uses[row.id])]
    chosen = sorted((one for one in found if kind in {"", one.kind}), key=lambda one: KINDS.index(one.kind))
    first = max(offset, 0)
    return chosen[first : first + min(max(limit, 1), _LONGEST_PAGE)], len(chosen)


def _measure(store: Store, connection: Connection) -> _Measure:
    days = store.settings.accounts.stale_days
    required_for = frozenset(store.settings.second_factor.required_for)
    return _Measure(store.roles(connection), store.clock() - timedelta(days=days), days, required_for)


def _uses(connection: Connection) -> Uses:
    """User -> permission -> when it was last used."""
    found: Uses = defaultdict(dict)
    for row in connection.execute(select(permission_uses)):
        found[row.user_id][row.permission] = row.used_at
    return found


def _of_user(measure: _Measure, user: User, used: dict[str, datetime]) -> Iterator[Finding]:
    """What there is to say about one user. Who is disabled cannot sign in: that is settled."""
    if not user.active:
        return
    for kind, detail in (
        ("no_factor", _no_factor(measure, user)),
        ("stale", _stale(measure, user)),
        ("never", _never(measure, user)),
        ("unused_right", _unused(measure, user, used)),
        ("unverified", "" if user.verified else "The mail address was never verified, so nobody can sign in."),
        ("no_role", _no_role(measure, user)),
    ):
        if detail:
            yield Finding(user.id, user.username, user.role, kind, detail)


def _no_factor(measure: _Measure, user: User) -> str:
    role = measure.role(user)
    wanted = role is not None and (role.is_administrative or role.key in measure.required_for)
    return "No second factor, though the role should have one." if wanted and not user.factors else ""


def _stale(measure: _Measure, user: User) -> str:
    last = user.last_sign_in_at
    if last is None or last > measure.since:
        return ""
    return f"No sign-in since {_day(last)}, which is more than {_days(measure)} ago."


def _never(measure: _Measure, user: User) -> str:
    if user.last_sign_in_at is not None or user.created_at > measure.since:
        return ""
    return f"Created on {_day(user.created_at)} and never used."


def _unused(measure: _Measure, user: User, used: dict[str, datetime]) -> str:
    """Rights that somebody who does sign in makes no use of; accounts that are not used at all are told above."""
    role = measure.role(user)
    too_new = user.created_at > measure.since
    if role is None or too_new or user.last_sign_in_at is None or user.last_sign_in_at <= measure.since:
        return ""
    idle = [right for right in NOTED if right in role.permissions and not _is_used(used, right, measure.since)]
    return f"Not used for {_days(measure)}: {'; '.join(right.meaning for right in idle)}." if idle else ""


def _is_used(used: dict[str, datetime], right: Permission, since: datetime) -> bool:
    return right.value in used and used[right.value] > since


def _no_role(measure: _Measure, user: User) -> str:
    if measure.role(user) is None:
        return f"The role {user.role} does not exist any more: the account may do nothing."
    return "Has no role yet, so the account may do nothing." if user.role == NO_ROLE else ""


def _days(measure: _Measure) -> str:
    return f"{measure.days} day{'' if measure.days == 1 else 's'}"


def _day(at: datetime) -> date:
    return at.date()
