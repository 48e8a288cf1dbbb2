"""Role requests: somebody asks, an administrator decides, and never about themselves."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from dashboard.accounts import links, requesting, slots
from dashboard.accounts.guards import Action, require
from dashboard.accounts.models import role_requests, users
from dashboard.accounts.requesting import APPROVED, OPEN, REFUSED, WITHDRAWN
from dashboard.accounts.rights import beyond, require_fresh
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, NotFoundError, RoleRequest
from dashboard.accounts.users import LARGEST_ID, line_up
from dashboard.audit import Kind
from dashboard.mail import MailKind

_LONGEST_REASON = 500
_LONGEST_PAGE = 500
# Whoever changes their mind all the time does not fill the administrators' mailboxes.
_QUIET = timedelta(hours=1)
_GONE = "This request is not open any more. Somebody else has decided it, or it was taken back."


class RoleRequests:
    """What people asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask(self, role: str, by: Actor) -> RoleRequest:
        """Ask for a role; an open request of the same user is replaced.

        Raises:
            AccountError: no such role, or the user has it already.
        """
        store = self._store
        with store.writing() as connection:
            user = slots.hold(connection, by.user_id)
            if user is None or not user.active or role not in {one.key for one in store.roles(connection).grantable}:
                raise AccountError("There is no such role.")
            if user.role == role:
                raise AccountError("You have this role already.")
            if requesting.open_role(connection, user.id) != role:
                _replace(store, connection, user, role, by)
            return _latest(connection, user.id)

    def withdraw(self, by: Actor) -> None:
        """Take the own open request back; nothing open is no error."""
        with self._store.writing() as connection:
            user = slots.hold(connection, by.user_id)
            theirs, now = role_requests.c.user_id == by.user_id, self._store.clock()
            if user is not None and requesting.close(connection, theirs, WITHDRAWN, by.username, now):
                detail = {"decision": WITHDRAWN}
                self._store.record(connection, done_by(by, Kind.ROLE_REQUEST_DECIDED, user.username, detail))

    def mine(self, user_id: int) -> RoleRequest | None:
        """The latest request of a user."""
        newest = _selected().where(role_requests.c.user_id == user_id).order_by(role_requests.c.id.desc()).limit(1)
        with self._store.reading() as connection:
            row = connection.execute(newest).one_or_none()
            return None if row is None else _request(row)

    def open(self, offset: int = 0, limit: int = 50) -> tuple[list[RoleRequest], int]:
        """One page of the open requests, oldest first, and how many there are.

        Of people whose address is not verified, or whose account is disabled, nothing is shown.
        """
        waiting = (role_requests.c.state == OPEN, users.c.active.is_(True), users.c.verified_at.is_not(None))
        count = select(func.count()).select_from(role_requests.join(users)).where(*waiting)
        page = _selected().where(*waiting).order_by(role_requests.c.requested_at, role_requests.c.id)
        first, most = min(max(offset, 0), LARGEST_ID), min(max(limit, 1), _LONGEST_PAGE)
        with self._store.reading() as connection:
            total = connection.execute(count).scalar_one()
            return [_request(row) for row in connection.execute(page.offset(first).limit(most))], total

    def approve(self, request_id: int, by: Actor) -> RoleRequest:
        """Grant what was asked for, and mail the user.

        Raises:
            AccountError: not open any more, one's own, or a role that ``by`` may not hand out.
            NotFreshError: ``by`` must prove once more who they are.
        """
        require_fresh(by)
        store = self._store
        with store.writing() as connection:
            request, user = _held(store, connection, request_id, by, Action.ROLE)
            line_up(connection)
            name = _require_grantable(store, connection, request.role, by)
            _require_usable(user)
            _decide(store, connection, request, APPROVED, by)
            given = {"role": request.role, "version": users.c.version + 1}
            connection.execute(update(users).where(users.c.id == user.id).values(**given))
            links.mail(store, connection, MailKind.ROLE_APPROVED, user, role=name, link=links.page(store))
            detail = {"from": user.role, "to": request.role}
            store.record(connection, done_by(by, Kind.ROLE_CHANGED, user.username, detail))
            return _one(connection, request.id)

    def refuse(self, request_id: int, reason: str, by: Actor) -> RoleRequest:
        """Refuse with a reason (1 to 500 characters), which is mailed to the user; raises as :meth:`approve` does."""
        require_fresh(by)
        said = " ".join(reason.split())
        if not 0 < len(said) <= _LONGEST_REASON or not said.isprintable():
            raise AccountError(f"Say why, in 1 to {_LONGEST_REASON} characters: the reason is mailed to the person.")
        store = self._store
        with store.writing() as connection:
            request, user = _held(store, connection, request_id, by, Action.DECIDE)
            name = requesting.role_name(store, connection, request.role)
            _decide(store, connection, request, REFUSED, by, said)
            links.mail(store, connection, MailKind.ROLE_REFUSED, user, role=name, reason=said)
            return _one(connection, request.id)


def _replace(store: Store, connection: Connection, user: AnyRow, role: str, by: Actor) -> None:
    now, theirs = store.clock(), role_requests.c.user_id == user.id
    is_quiet = connection.execute(select(func.max(role_requests.c.requested_at)).where(theirs)).scalar_one()
    requesting.close(connection, theirs, WITHDRAWN, by.username, now)
    new = {"user_id": user.id, "role": role, "state": OPEN, "requested_at": now}
    connection.execute(insert(role_requests).values(**new))
    if is_quiet is None or is_quiet <= now - _QUIET:
        requesting.tell_administrators(store, connection, user, role)
    store.record(connection, done_by(by, Kind.ROLE_REQUESTED, user.username, {"role": role}))


def _held(
    store: Store, connection: Connection, request_id: int, by: Actor, action: Action
) -> tuple[RoleRequest, AnyRow]:
    """The request and the row of its user, after every guard of ``action``, locked until the commit."""
    if type(request_id) is not int or not 0 < request_id <= LARGEST_ID:
        raise NotFoundError(_GONE)
    user_id = _one(connection, request_id).user_id
    user = require(store, connection, action, user_id, by)
    return _one(connection, request_id), user


def _require_grantable(store: Store, connection: Connection, key: str, by: Actor) -> str:
    """The name of the role, where ``by`` may hand it out."""
    roles = store.roles(connection)
    if key not in roles:
        raise AccountError("This role does not exist any more. Refuse the request and say which one to ask for.")
    refused = beyond(roles, by, roles[key])
    if refused:
        raise AccountError(refused)
    return roles[key].name


def _require_usable(user: AnyRow) -> None:
    if not user.active:
        raise AccountError("This user is disabled. Enable the account first.")
    if user.verified_at is None:
        raise AccountError("This person has not confirmed their mail address yet: nobody knows who asks.")


def _decide(
    store: Store, connection: Connection, request: RoleRequest, state: str, by: Actor, reason: str = ""
) -> None:
    """Close the request and audit that; AccountError where somebody was quicker."""
    if requesting.close(connection, role_requests.c.id == request.id, state, by.username, store.clock(), reason) != 1:
        raise AccountError(_GONE)
    detail = {"decision": state, "role": request.role, "reason": reason}
    said = {key: value for key, value in detail.items() if value}
    store.record(connection, done_by(by, Kind.ROLE_REQUEST_DECIDED, request.username, said))


def _selected() -> Select[Any]:
    return select(role_requests, users.c.username, users.c.first_name, users.c.last_name).join(users)


def _latest(connection: Connection, user_id: int) -> RoleRequest:
    newest = _selected().where(role_requests.c.user_id == user_id).order_by(role_requests.c.id.desc()).limit(1)
    return _request(connection.execute(newest).one())


def _one(connection: Connection, request_id: int) -> RoleRequest:
    row = connection.execute(_selected().where(role_requests.c.id == request_id)).one_or_none()
    if row is None:
        raise NotFoundError(_GONE)
    return _request(row)


def _request(row: AnyRow) -> RoleRequest:
    return RoleRequest(
        id=row.id,
        user_id=row.user_id,
        username=row.username,
        name=f"{row.first_name} {row.last_name}".strip() or row.username,
        role=row.role,
        state=row.state,
        reason=row.reason,
        requested_at=row.requested_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
    )
