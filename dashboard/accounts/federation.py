"""Sign-in by other providers: what is begun, whom it lets in, and which accounts are connected."""

import secrets
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from dashboard import audit
from dashboard.accounts import connecting, federation_people, federation_rows, pending, reauthentication, stepping
from dashboard.accounts.federation_terms import Aim, Assertion, Begun, Identity
from dashboard.accounts.store import Store
from dashboard.accounts.terms import AccountError, Actor, Method, Origin, Step
from dashboard.accounts.users import checked_id
from dashboard.audit import Kind

PURPOSE = "sign_on"


class Federation:
    """Ways in by providers, which are named by their tables in the settings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def providers(self) -> dict[str, str]:
        """Name -> what people call it, in the order of the settings."""
        return {name: federation_rows.label(self._store, name) for name in self._store.settings.oidc}

    def begin(self, provider: str, aim: Aim, target: str, by: Actor | None = None) -> tuple[str, Begun]:
        """Begin to send somebody to ``provider``: token of the row, and what stands in it.

        Raises:
            NotFreshError: to connect one, the sign-in of ``by`` must be fresh.
            AccountError: ``by`` cannot connect one.
        """
        if aim is Aim.CONNECT and by is not None:
            connecting.require_may_connect(self._store, by)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        who = (by.user_id, by.session) if by is not None else (0, "")
        begun = Begun(provider, aim, target, state, nonce, verifier, *who)
        data = {"provider": provider, "aim": aim.value, "target": target}
        data |= {"state": state, "nonce": nonce, "verifier": verifier}
        with self._store.writing() as connection:
            token = pending.create(
                self._store,
                connection,
                PURPOSE,
                user_id=begun.user_id or None,
                version=0,
                data=data,
                lasts=timedelta(minutes=self._store.settings.second_factor.code_minutes),
                session_hash=begun.session,
            )
        return token, begun

    def take(self, token: str, provider: str, state: str) -> Begun | None:
        """What was begun by the browser that holds ``token``, once; None for any other, which uses nothing up."""
        with self._store.writing() as connection:
            step = pending.read(self._store, connection, token, PURPOSE)
            if step is None or step.data["provider"] != provider:
                return None
            if not secrets.compare_digest(step.data["state"].encode(), state.encode("utf-8", "surrogatepass")):
                return None
            if not pending.drop(connection, step.token_hash):
                return None
        known = {key: step.data[key] for key in ("provider", "target", "state", "nonce", "verifier")}
        return Begun(aim=Aim(step.data["aim"]), user_id=step.user_id or 0, session=step.session_hash, **known)

    def sign_in(self, provider: str, told: Assertion, origin: Origin, *, device: str = "", replacing: str = "") -> Step:
        """Let in whoever ``provider`` speaks of, or ask for the second factor as after a password.

        A lock that strangers caused does not count here. ``device`` and ``replacing`` as in :meth:`SignIns.begin`.

        Raises:
            AccountError: nobody is let in; the reasons are for people.
        """
        methods = (Method.SSO, Method.SSO_FACTOR) if told.factor else (Method.SSO,)
        try:
            with self._store.writing() as connection:
                user = federation_people.enter(self._store, connection, provider, told, origin)
                way = stepping.way_of(
                    self._store, connection, user, methods, remember=False, replacing=replacing, device=device
                )
                return stepping.proceed(self._store, connection, user, way, origin)
        except IntegrityError:
            refused = AccountError("Your account was made at this very moment. Sign in once more.")
        except AccountError as error:
            refused = error
        self.refused(provider, str(refused), origin)
        raise refused

    def refused(self, provider: str, reason: str, origin: Origin) -> None:
        """Audit a sign-in by ``provider`` that failed."""
        detail = {"reason": reason, "methods": Method.SSO.value, "by": federation_rows.label(self._store, provider)}
        with self._store.writing() as connection:
            self._store.record(connection, audit.Event(Kind.SIGN_IN, None, "", "failed", "", origin.ip, detail=detail))

    def confirm(self, begun: Begun, told: Assertion, session: str, origin: Origin) -> Step:
        """Renew the session of that token for its user, who has proved at the provider who they are.

        Raises:
            AccountError: it is somebody else there, the session is over, or another one has begun this.
        """
        return reauthentication.by_provider(self._store, begun, told, session, origin)

    def connect(self, begun: Begun, told: Assertion, by: Actor) -> None:
        """Let ``by`` sign in by the provider from now on, and by no password.

        Raises:
            AccountError: another session has begun it, or it is connected already, here or to somebody else.
            NotFreshError: the sign-in is not fresh.
        """
        connecting.connect(self._store, begun, told, by)

    def disconnect(self, identity_id: int, by: Actor) -> None:
        """Undo that; AccountError where it is the only way in or not one's own, NotFreshError."""
        connecting.disconnect(self._store, checked_id(identity_id), by)

    def release(self, user_id: int, by: Actor) -> int:
        """Disconnect another user's account from its providers, so that it may have a password; how many there were.

        Raises:
            AccountError: no such user, or one whom ``by`` may not manage.
            NotFreshError: the sign-in is not fresh.
        """
        return connecting.release(self._store, checked_id(user_id), by)

    def of(self, user_id: int) -> tuple[Identity, ...]:
        """The ways in that a user has."""
        with self._store.reading() as connection:
            return federation_rows.of(self._store, connection, checked_id(user_id))
