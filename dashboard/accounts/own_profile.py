"""Names, date of birth and password of one's own account."""

from typing import Any

from sqlalchemy import update

from dashboard.accounts import (
    birth_dates,
    devices,
    federation_rows,
    names,
    notices,
    pending,
    recovering,
    sign_in,
    slots,
)
from dashboard.accounts import users as people
from dashboard.accounts.models import users
from dashboard.accounts.password_policy import SHORTEST, Owner, objections
from dashboard.accounts.passwords import hash_password
from dashboard.accounts.rights import require_fresh
from dashboard.accounts.sessions import drop_others
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, NotFoundError, Profile, User
from dashboard.audit import Kind

_CHANGED = "Your account was changed by somebody else at this moment. Look at it again."


def read(store: Store, user_id: int) -> Profile:
    """See :meth:`dashboard.accounts.profiles.Profiles.read`; AccountError where there is no such user."""
    row = _row(store, user_id)
    return Profile(row.first_name, row.last_name, birth_dates.unseal(store, row.date_of_birth))


def change(store: Store, profile: Profile, by: Actor) -> User:
    """See :meth:`dashboard.accounts.profiles.Profiles.change`."""
    row = _row(store, by.user_id)
    was = Profile(row.first_name, row.last_name, birth_dates.unseal(store, row.date_of_birth))
    wanted = Profile(profile.first_name.strip(), profile.last_name.strip(), profile.date_of_birth)
    is_dated = wanted.date_of_birth != was.date_of_birth
    if is_dated:
        require_fresh(by)
    _require_shape(store, wanted, is_dated=is_dated)
    new = _changes(store, was, wanted)
    with store.writing() as connection:
        if new:
            same = (users.c.id == row.id, users.c.version == row.version)
            if connection.execute(update(users).where(*same).values(**new)).rowcount != 1:
                raise AccountError(_CHANGED)
            if is_dated:
                notices.factor_changed(store, connection, row, "The date of birth was changed.", by.origin)
            changed = {"changed": ", ".join(new)}
            store.record(connection, done_by(by, Kind.PROFILE_CHANGED, row.username, changed))
        return people.read(store, connection, row.id)


def change_password(store: Store, current: str, new: str, by: Actor) -> int:
    """See :meth:`dashboard.accounts.profiles.Profiles.change_password`."""
    require_fresh(by)
    row = _proved(store, current, by)
    with store.reading() as connection:
        federation_rows.require_local(store, connection, row.id)
        shortest = recovering.shortest_password(store, connection, row)
    reasons = objections(new, Owner(row.username, row.email, row.role, row.first_name, row.last_name), shortest)
    if new == current:
        reasons = ("This is the password that you have already. Choose another one.",)
    if reasons:
        raise AccountError(*reasons)
    values: dict[str, Any] = {
        "password_hash": hash_password(new),
        "password_changed_at": store.clock(),
        "password_is_long": len(new) >= SHORTEST,
        "version": users.c.version + 1,
    }
    with store.writing() as connection:
        # A second factor that went meanwhile leaves a short password alone.
        held = slots.hold(connection, row.id)
        if held is None or len(new) < recovering.shortest_password(store, connection, held):
            raise AccountError(_CHANGED)
        unchanged = (users.c.id == row.id, users.c.version == row.version, users.c.active.is_(True))
        if connection.execute(update(users).where(*unchanged).values(**values)).rowcount != 1:
            raise AccountError(_CHANGED)
        devices.forget_all(connection, row.id, but=devices.hash_of(by.device))
        pending.drop_all(connection, row.id)
        ended = drop_others(connection, row.id, by.session)
        recovering.tell(store, connection, row, "on the account page", by.origin)
        store.record(connection, done_by(by, Kind.PASSWORD_CHANGED, row.username, {"sessions": ended}))
    return ended


def _row(store: Store, user_id: int) -> AnyRow:
    with store.reading() as connection:
        row = connection.execute(users.select().where(users.c.id == people.checked_id(user_id))).one_or_none()
    if row is None:
        raise NotFoundError("There is no such user.")
    return row


def _require_shape(store: Store, wanted: Profile, *, is_dated: bool) -> None:
    reasons = names.name_objections(wanted.first_name, wanted.last_name)
    if is_dated:
        required, today = store.settings.recovery.date_of_birth, store.clock().date()
        reasons += birth_dates.objections(wanted.date_of_birth, today, required=required)
    if reasons:
        raise AccountError(*reasons)


def _changes(store: Store, was: Profile, wanted: Profile) -> dict[str, str | None]:
    """Columns that change; the date is sealed."""
    new: dict[str, str | None] = {}
    if wanted.first_name != was.first_name:
        new["first_name"] = wanted.first_name
    if wanted.last_name != was.last_name:
        new["last_name"] = wanted.last_name
    if wanted.date_of_birth != was.date_of_birth:
        new["date_of_birth"] = birth_dates.seal(store, wanted.date_of_birth)
    return new


def _proved(store: Store, current: str, by: Actor) -> AnyRow:
    """The row of the user, who knows the current password; whoever has none has proved who they are otherwise."""
    row = _row(store, by.user_id)
    if row.password_hash is None:
        return row
    whose, kind = users.c.id == row.id, Kind.PASSWORD_CHANGED
    guess = sign_in.Guess(whose, current, by.origin, device=by.device, kind=kind, session=by.session)
    checked = sign_in.check(store, guess)
    if checked is None:
        raise AccountError("Your current password is not right, or the account is locked after too many wrong answers.")
    return checked
