"""Second factors of a signed-in user: set up, list, remove.

Every change needs a fresh sign-in, ends the user's other sessions and everything that was begun, and mails a notice.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from dashboard.accounts import (
    factor_policy,
    notices,
    passkeys,
    pending,
    recovery_codes,
    sessions,
    setting_up,
    slots,
    totp,
)
from dashboard.accounts.devices import forget_all, hash_of
from dashboard.accounts.guards import Action, require
from dashboard.accounts.models import users
from dashboard.accounts.pending import Pending
from dashboard.accounts.proofs import OVER, Answer
from dashboard.accounts.rights import require_fresh
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Factors, Method, TotpOffer
from dashboard.accounts.users import checked_id
from dashboard.audit import Kind

_NEW_TOTP, _NEW_PASSKEY = "new_totp", "new_passkey"
_NO_USER = "There is no such user."
_LAST = "This is your last second factor, and your account needs one. Set up another one first."
_SHORT = (
    "Without this your password is too short: it would stand alone, or beside codes by mail. Choose a longer one first."
)


class SecondFactors:
    """What a user can prove besides the password."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def methods(self) -> tuple[Method, ...]:
        """The second factors that can be set up here."""
        return factor_policy.offered(self._store.settings)

    def of(self, user_id: int) -> Factors:
        """The second factors of a user; AccountError where there is no such user."""
        store = self._store
        with store.reading() as connection:
            user = connection.execute(select(users).where(users.c.id == checked_id(user_id))).one_or_none()
            if user is None:
                raise AccountError(_NO_USER)
            keys, left = passkeys.list_of(connection, user.id), factor_policy.codes_left(connection, user.id)
            required = factor_policy.is_demanded(store, store.roles(connection).get(user.role))
        return Factors(user.totp_secret is not None, user.mail_codes, keys, left, required)

    def offer_totp(self, by: Actor) -> TotpOffer:
        """Begin to set up an authenticator app; AccountError where none can be, NotFreshError."""
        require_fresh(by)
        setting_up.require_offered(self._store, Method.TOTP)
        with self._store.writing() as connection:
            user = self._own(connection, by)
            step = self._begin(connection, _NEW_TOTP, user, by, setting_up.new_totp(self._store))
            held = pending.read(self._store, connection, step, _NEW_TOTP)
        secret = setting_up.secret_of(self._store, held) if held else ""
        return TotpOffer(secret, totp.address(self._store, user.username, secret), step)

    def confirm_totp(self, pending: str, code: str, by: Actor) -> list[str]:
        """The first code proves it: the app counts from now on, in place of one that was there before.

        The recovery codes, where there were none before; shown once. AccountError where the code is wrong or it has
        taken too long, NotFreshError.
        """
        return self._confirm(pending, _NEW_TOTP, Answer(Method.TOTP, code, by.origin), by)

    def remove_totp(self, by: Actor) -> None:
        """Remove the authenticator app.

        Raises:
            AccountError: this is the last, and policy needs one or the password is too short to stand alone.
            NotFreshError: the sign-in is not fresh.
        """
        require_fresh(by)
        with self._store.writing() as connection:
            user = self._own(connection, by)
            if user.totp_secret is not None:
                totp.drop(connection, user.id)
                self._removed(connection, user, by, Method.TOTP, "The authenticator app was removed.")

    def offer_passkey(self, by: Actor) -> tuple[str, str]:
        """Begin to make a passkey: pending token, and JSON of the creation options; raises as :meth:`offer_totp`."""
        require_fresh(by)
        setting_up.require_offered(self._store, Method.PASSKEY)
        challenge = passkeys.new_challenge()
        with self._store.writing() as connection:
            user = self._own(connection, by)
            options = passkeys.creation_options(self._store, connection, user, challenge)
            return self._begin(connection, _NEW_PASSKEY, user, by, {"challenge": challenge}), options

    def confirm_passkey(self, pending: str, response: str, name: str, by: Actor) -> list[str]:
        """Keep the passkey; the answer as :meth:`confirm_totp`."""
        return self._confirm(pending, _NEW_PASSKEY, Answer(Method.PASSKEY, response, by.origin), by, name)

    def remove_passkey(self, passkey_id: int, by: Actor) -> None:
        """Remove an own passkey; raises as :meth:`remove_totp`, and AccountError where it is not one's own."""
        require_fresh(by)
        with self._store.writing() as connection:
            user = self._own(connection, by)
            if not passkeys.remove(connection, user.id, checked_id(passkey_id)):
                raise AccountError("There is no such passkey.")
            self._removed(connection, user, by, Method.PASSKEY, "A passkey was removed.")

    def set_mail(self, on: bool, by: Actor) -> list[str]:
        """Codes by mail on or off; the answer as :meth:`confirm_totp`, raises as :meth:`remove_totp`."""
        require_fresh(by)
        if on:
            setting_up.require_offered(self._store, Method.MAIL)
        with self._store.writing() as connection:
            user = self._own(connection, by)
            if user.mail_codes == on:
                return []
            setting_up.switch_mail(connection, user.id, on=on)
            if on:
                return self._added(connection, user, by, Method.MAIL)
            self._removed(connection, user, by, Method.MAIL, "Codes by mail were switched off.")
        return []

    def new_codes(self, by: Actor) -> list[str]:
        """Ten new recovery codes; the old ones are dead. AccountError without a second factor, NotFreshError."""
        require_fresh(by)
        with self._store.writing() as connection:
            user = self._own(connection, by)
            if not factor_policy.set_up(connection, user):
                raise AccountError("Recovery codes stand in for a second factor. Set one up first.")
            codes = recovery_codes.make(connection, user.id)
            self._end_others(connection, user, by)
            notices.factor_changed(self._store, connection, user, "New recovery codes were made.", by.origin)
            self._store.record(connection, done_by(by, Kind.RECOVERY_CODES_MADE, user.username))
        return codes

    def reset(self, user_id: int, by: Actor) -> None:
        """Take all second factors off somebody who lost them: ends that user's sessions, mails a notice.

        Raises:
            AccountError: no such user, or a guard forbids it; see :mod:`dashboard.accounts.guards`.
            NotFreshError: the sign-in of ``by`` is not fresh.
        """
        require_fresh(by)
        with self._store.writing() as connection:
            user = require(self._store, connection, Action.RESET_FACTORS, checked_id(user_id), by)
            held = factor_policy.set_up(connection, user)
            totp.drop(connection, user.id)
            setting_up.switch_mail(connection, user.id, on=False)
            passkeys.remove_all(connection, user.id)
            recovery_codes.drop(connection, user.id)
            forget_all(connection, user.id)
            pending.drop_all(connection, user.id)
            ended = sessions.drop_all(connection, user.id)
            what = "An administrator removed all your second factors."
            notices.factor_changed(self._store, connection, user, what, by.origin)
            done = done_by(by, Kind.FACTORS_RESET, user.username, {"methods": " ".join(held), "sessions": ended})
            self._store.record(connection, done)

    def _own(self, connection: Connection, by: Actor) -> AnyRow:
        user = slots.hold(connection, by.user_id)
        if user is None or not user.active:
            raise AccountError(_NO_USER)
        return user

    def _begin(self, connection: Connection, purpose: str, user: AnyRow, by: Actor, data: dict[str, Any]) -> str:
        lasts = timedelta(minutes=self._store.settings.second_factor.code_minutes)
        return pending.create(
            self._store,
            connection,
            purpose,
            user_id=user.id,
            version=user.version,
            data=data,
            lasts=lasts,
            session_hash=by.session,
        )

    def _confirm(self, token: str, purpose: str, answer: Answer, by: Actor, name: str = "") -> list[str]:
        require_fresh(by)
        setting_up.require_offered(self._store, answer.method)
        with self._store.writing() as connection:
            user = self._own(connection, by)
            step = pending.take_attempt(self._store, connection, token, purpose, setting_up.MOST)
            if step is None or not _is_of(step, by):
                raise AccountError(OVER)
            if setting_up.keep(self._store, connection, step, user, answer, name):
                # Only what was proved: codes by mail are switched on without one.
                sessions.add_method(connection, user.id, by.session, answer.method)
                return self._added(connection, user, by, answer.method)
        raise AccountError(setting_up.WRONG)

    def _added(self, connection: Connection, user: AnyRow, by: Actor, method: Method) -> list[str]:
        self._end_others(connection, user, by)
        forget_all(connection, user.id, but=hash_of(by.device))
        return setting_up.announce(self._store, connection, user, by, method)

    def _removed(self, connection: Connection, user: AnyRow, by: Actor, method: Method, what: str) -> None:
        """Finish a removal, or refuse it, which undoes what the caller has done in this transaction."""
        store, user = self._store, self._own(connection, by)
        left = factor_policy.set_up(connection, user)
        if not left and factor_policy.is_demanded(store, store.roles(connection).get(user.role)):
            raise AccountError(_LAST)
        if not user.password_is_long and set(left) <= {Method.MAIL}:
            raise AccountError(_SHORT)
        if not left:
            recovery_codes.drop(connection, user.id)
        self._end_others(connection, user, by)
        notices.factor_changed(store, connection, user, what, by.origin)
        detail = {"method": method.value}
        store.record(connection, done_by(by, Kind.FACTOR_REMOVED, user.username, detail))

    def _end_others(self, connection: Connection, user: AnyRow, by: Actor) -> None:
        pending.drop_all(connection, user.id)
        sessions.drop_others(connection, user.id, by.session)


def _is_of(step: Pending, by: Actor) -> bool:
    return step.user_id == by.user_id and step.session_hash == by.session
