"""Setting a second factor up: the first right answer proves it. Sign-ins and the account page both come here."""

from sqlalchemy import Connection, update

from dashboard.accounts import factor_policy, mailed_codes, notices, passkeys, pending, recovery_codes, totp
from dashboard.accounts.models import users
from dashboard.accounts.pending import Pending
from dashboard.accounts.proofs import Answer
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method
from dashboard.audit import Kind

MOST = 5
WRONG = "This code is not right. Look at the app (or the mail) again, and type the newest one."

_WHAT = {
    Method.TOTP: "An authenticator app was set up.",
    Method.PASSKEY: "A passkey was added.",
    Method.MAIL: "Codes by mail were switched on.",
}


def require_offered(store: Store, method: Method) -> None:
    """Raise AccountError where ``method`` cannot be set up here."""
    if method in factor_policy.offered(store.settings):
        return
    if method is Method.PASSKEY and not factor_policy.has_name(store.settings):
        raise AccountError("Passkeys need a name instead of an address: open this site by its name.")
    raise AccountError("This second factor is not offered here. Choose another one.")


def require_first(store: Store, user: AnyRow, method: Method) -> None:
    """Raise AccountError where ``user``, who has no second factor, cannot begin with ``method``."""
    require_offered(store, method)
    if method not in factor_policy.can_be_set_up(store.settings, user):
        raise AccountError("Your password is too short for codes by mail. Choose another second factor.")


def new_totp(store: Store) -> dict[str, str]:
    """What a pending row keeps of an authenticator app that is being set up: its secret, sealed."""
    return {"totp": store.vault.seal(totp.new_secret())}


def secret_of(store: Store, step: Pending) -> str:
    """The secret of that app; empty where none is being set up."""
    return store.vault.open(step.data["totp"]) if "totp" in step.data else ""


def keep(store: Store, connection: Connection, step: Pending, user: AnyRow, answer: Answer, name: str) -> bool:
    """Keep the factor that ``answer`` proves; False where it proves nothing. ``name`` is for a passkey.

    Call with the user's row locked.

    Raises:
        AccountError: a passkey that is refused; the reason is for people.
    """
    if answer.method is Method.PASSKEY:
        challenge = step.data.pop("challenge", "")
        # Used up by this answer, whatever it is worth.
        pending.update(connection, step.token_hash, step.data)
        return bool(challenge) and passkeys.add(store, connection, user, challenge, answer.text, name)
    if answer.method is Method.TOTP:
        secret = secret_of(store, step)
        used = totp.step_of(secret, answer.text, store.clock()) if secret else None
        if used is not None:
            totp.keep(store, connection, user.id, secret, used)
        return used is not None
    right = answer.method is Method.MAIL and mailed_codes.is_right(store, step, answer.text)
    if right:
        switch_mail(connection, user.id, on=True)
    return right


def switch_mail(connection: Connection, user_id: int, *, on: bool) -> None:
    """Codes by mail are a second factor of the user, or not."""
    connection.execute(update(users).where(users.c.id == user_id).values(mail_codes=on))


def announce(store: Store, connection: Connection, user: AnyRow, by: Actor, method: Method) -> list[str]:
    """A factor was added: tell its owner, and the audit log. The recovery codes, where there were none; shown once."""
    codes = recovery_codes.make_if_none(connection, user.id)
    notices.factor_changed(store, connection, user, _WHAT[method], by.origin)
    detail = {"method": method.value, "recovery_codes": len(codes)}
    store.record(connection, done_by(by, Kind.FACTOR_ADDED, user.username, detail))
    return codes
