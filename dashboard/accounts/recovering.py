"""The second half of a recovery: the second factor, which a mailed link never replaces, and the new password."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from dashboard.accounts import devices, factor_policy, links, pending, proofs, slots, stepping
from dashboard.accounts import users as people
from dashboard.accounts.models import users
from dashboard.accounts.password_policy import SHORTEST, SHORTEST_BESIDE_A_FACTOR, Owner, objections
from dashboard.accounts.passwords import hash_password
from dashboard.accounts.pending import Pending
from dashboard.accounts.sessions import drop_all
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method, Origin, Step, User
from dashboard.accounts.wording import moment
from dashboard.audit import Kind
from dashboard.mail import MailKind

PURPOSE = stepping.RECOVERY
_STRONG = frozenset({Method.TOTP, Method.PASSKEY})
_OVER = "This has taken too long, or was finished already. Ask for a new link."


def asked(store: Store, connection: Connection, user: AnyRow) -> tuple[Method, ...]:
    """The second factors of which one is asked for; none where the user has no other than mailed codes."""
    theirs = factor_policy.asked(store, connection, user)
    return tuple(method for method in theirs if method is not Method.MAIL) if _STRONG & {*theirs} else ()


def shortest_password(store: Store, connection: Connection, user: AnyRow) -> int:
    """How long the password of this user has to be; a factor that comes by mail makes it no shorter."""
    theirs = factor_policy.asked(store, connection, user)
    return SHORTEST_BESIDE_A_FACTOR if _STRONG & {*theirs} else SHORTEST


def begin(store: Store, connection: Connection, user: AnyRow) -> Step:
    """Begin the row of a recovery in the caller's transaction; ``user`` is the row of ``users``."""
    lasts, data = timedelta(minutes=store.settings.recovery.token_minutes), {"proved": ""}
    token = pending.create(store, connection, PURPOSE, user_id=user.id, version=user.version, data=data, lasts=lasts)
    return Step(token, asked(store, connection, user), username=user.username)


def offered(store: Store, token: str) -> Step | None:
    """See :meth:`dashboard.accounts.recovery.Recovery.offered`."""
    with store.reading() as connection:
        step, user = _current(store, connection, token)
        if step is None or user is None:
            return None
        methods = _missing(store, connection, step, user)
    if not methods:
        return Step(token, username=user.username)
    # A lock that strangers caused does not keep a passkey out.
    left = tuple(one for one in methods if not proofs.is_barred(store, step, user, passkey=one is Method.PASSKEY))
    return Step(token, left, username=user.username) if left and step.attempts < proofs.MOST else None


def second(store: Store, token: str, method: Method, answer: str, origin: Origin) -> Step:
    """See :meth:`dashboard.accounts.recovery.Recovery.second`."""
    given = proofs.Answer(method, answer, origin)
    with store.writing() as connection:
        proof = proofs.check_in(store, connection, token, (PURPOSE,), given, (Method.MAIL,))
        if proof.step is not None and proof.user is not None and not proof.problem:
            pending.update(connection, proof.step.token_hash, {**proof.step.data, "proved": method.value})
            by = Actor(proof.user.id, proof.user.username, origin)
            detail = {"method": method.value, "for": "recovery"}
            store.record(connection, done_by(by, Kind.SECOND_FACTOR_CHECKED, proof.user.username, detail))
    # Only now, so that the attempt is kept.
    if proof.problem or proof.user is None:
        raise AccountError(proof.problem)
    return Step(token, username=proof.user.username)


def finish(store: Store, token: str, password: str, origin: Origin) -> User:
    """See :meth:`dashboard.accounts.recovery.Recovery.finish`."""
    with store.reading() as connection:
        step, row = _complete(store, connection, token)
        shortest = shortest_password(store, connection, row)
    reasons = objections(password, Owner(row.username, row.email, row.role, row.first_name, row.last_name), shortest)
    if reasons:
        raise AccountError(*reasons)
    password_hash = hash_password(password)
    with store.writing() as connection:
        # Whoever loses a second factor loses this step too: a short password is never left alone.
        if not _set(store, connection, row, step, password_hash, is_long=len(password) >= SHORTEST):
            raise AccountError(_OVER)
        pending.drop_all(connection, row.id)
        devices.forget_all(connection, row.id)
        ended = drop_all(connection, row.id)
        tell(store, connection, row, "by a link that was mailed to you", origin)
        by = Actor(row.id, row.username, origin)
        store.record(connection, done_by(by, Kind.RECOVERY_DONE, row.username, {"sessions": ended}))
        return people.read(store, connection, row.id)


def tell(store: Store, connection: Connection, row: AnyRow, how: str, origin: Origin) -> None:
    """Put the notice that the password was changed."""
    words = {"how": how, "ip": origin.ip, "at": moment(store.clock())}
    links.mail(store, connection, MailKind.PASSWORD_CHANGED, row, **words)


def _current(store: Store, connection: Connection, token: str) -> tuple[Pending | None, AnyRow | None]:
    """The row of a recovery and that of its user; None where it is over, or the account was changed meanwhile."""
    step = pending.read(store, connection, token, PURPOSE)
    row = connection.execute(select(users).where(users.c.id == step.user_id)).one_or_none() if step else None
    if step is None or row is None or row.version != step.user_version or not stepping.is_usable(row):
        return None, None
    return step, row


def _missing(store: Store, connection: Connection, step: Pending, user: AnyRow) -> tuple[Method, ...]:
    """The second factors of which one has to be given still; asked anew, for one may have been set up meanwhile."""
    return () if step.data["proved"] else asked(store, connection, user)


def _complete(store: Store, connection: Connection, token: str) -> tuple[Pending, AnyRow]:
    step, row = _current(store, connection, token)
    if step is None or row is None:
        raise AccountError(_OVER)
    if _missing(store, connection, step, row):
        raise AccountError("One step is missing: confirm first that it is you.")
    return step, row


def _set(
    store: Store, connection: Connection, row: AnyRow, step: Pending, password_hash: str, *, is_long: bool
) -> bool:
    """Set the password; False where the account was changed, or the row used, since it was read."""
    unchanged = (users.c.id == row.id, users.c.version == step.user_version, users.c.active.is_(True))
    values: dict[str, Any] = {
        "password_hash": password_hash,
        "password_changed_at": store.clock(),
        "password_is_long": is_long,
        "failed_attempts": 0,
        "lock_count": 0,
        "locked_until": None,
        "version": users.c.version + 1,
    }
    change = update(users).where(*unchanged, slots.not_locked_for_good()).values(**values)
    return connection.execute(change).rowcount == 1 and pending.drop(connection, step.token_hash)
