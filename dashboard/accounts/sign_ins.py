"""Signing in, step by step: password, second factor, session; or a passkey alone."""

from dashboard.accounts import devices, enrolment, passkey_sign_in, reauthentication, second_steps, sign_in, stepping
from dashboard.accounts.proofs import Answer
from dashboard.accounts.sign_in import Guess
from dashboard.accounts.store import Store
from dashboard.accounts.terms import AccountError, Method, Origin, SessionKind, Step, TotpOffer


class SignIns:
    """The way in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(
        self,
        username: str,
        password: str,
        origin: Origin,
        *,
        device: str = "",
        remember: bool = False,
        replacing: str = "",
        kind: SessionKind = SessionKind.WEB,
    ) -> Step | None:
        """Check the password; None for every kind of failure, after the same work.

        ``device`` is the cookie of a browser that is known: its guesses are counted apart from those of strangers.
        ``replacing`` is the session token that the browser had before. Without a second factor to ask for, the session
        starts at once. ``kind`` is that of the session: for one of the API, its token is exchanged by ``tokens``.
        """
        user = sign_in.check(self._store, Guess(sign_in.named(username), password, origin, device))
        if user is None:
            return None
        try:
            return stepping.proved(
                self._store,
                user.id,
                origin,
                (Method.PASSWORD,),
                remember=remember,
                replacing=replacing,
                device=device,
                version=user.version,
                kind=kind,
            )
        except AccountError:  # disabled, or changed, in this very moment
            return None

    def knows(self, username: str, device: str) -> bool:
        """Whether ``device`` is the cookie of a browser in which the user of that name has signed in."""
        return devices.is_known(self._store, username, device)

    def offered(self, pending: str, *, kind: SessionKind = SessionKind.WEB) -> Step | None:
        """What a pending sign-in (or re-authentication) waits for; None where it is over, or of another ``kind``."""
        return second_steps.offered(self._store, pending, kind)

    def send_code(
        self,
        pending: str,
        origin: Origin,  # noqa: ARG002 - every step says where it came from
        *,
        kind: SessionKind = SessionKind.WEB,
    ) -> None:
        """Mail a code for this very sign-in (or re-authentication); a new one makes the one before dead.

        Raises:
            AccountError: the row is gone, mailed codes are not set up, or too many were sent.
        """
        second_steps.send_code(self._store, pending, kind)

    def passkey_options(self, pending: str) -> str:
        """JSON of the WebAuthn request options for the second step; AccountError where that cannot be."""
        return second_steps.passkey_options(self._store, pending)

    def second(
        self, pending: str, method: Method, answer: str, origin: Origin, *, kind: SessionKind = SessionKind.WEB
    ) -> Step:
        """Check the second factor (``answer``: a code, or the JSON of a WebAuthn response), and start the session.

        Every wrong answer counts, for this row and towards the lock of the account. A sign-in that began for a session
        of another ``kind`` cannot go on here.

        Raises:
            AccountError: wrong, used, too late, locked, or the row is gone (then begin anew).
        """
        return second_steps.answer(self._store, pending, Answer(method, answer, origin), kind)

    def passkey_begin(self, origin: Origin) -> tuple[str, str]:  # noqa: ARG002 - likewise
        """Begin a sign-in by passkey alone: pending token, and JSON of the request options.

        Raises:
            AccountError: the site has no name.
        """
        return passkey_sign_in.begin(self._store)

    def passkey_finish(
        self,
        pending: str,
        response: str,
        origin: Origin,
        *,
        device: str = "",
        remember: bool = False,
        replacing: str = "",
    ) -> Step | None:
        """Sign in by passkey (user verification is demanded, so it is two factors); None for every kind of failure.

        A lock that strangers caused does not count here. The rest as :meth:`begin`.
        """
        return passkey_sign_in.finish(
            self._store, pending, response, origin, remember=remember, replacing=replacing, device=device
        )

    def enrol_totp(self, pending: str) -> TotpOffer:
        """Set an authenticator app up in the middle of a sign-in that policy does not let pass without one."""
        return enrolment.offer_totp(self._store, pending)

    def enrol_passkey_options(self, pending: str) -> str:
        """JSON of the WebAuthn creation options, likewise."""
        return enrolment.passkey_options(self._store, pending)

    def enrol(self, pending: str, method: Method, answer: str, origin: Origin) -> tuple[Step, list[str]]:
        """Finish that with a code, a WebAuthn response, or (mail) the mailed code.

        The session starts, and ten recovery codes are shown once. AccountError as :meth:`second`.
        """
        return enrolment.finish(self._store, pending, Answer(method, answer, origin))

    def reauthenticate_begin(self, session: str, password: str, origin: Origin, *, device: str = "") -> Step:
        """Prove once more who you are: the password first, then as at sign-in (``Step.methods``).

        With nothing else to ask, the session gets a new token (``Step.session``). Who has a passkey may pass "" and go
        on with that alone. ``device`` as in :meth:`begin`.

        Raises:
            AccountError: the session is over, the password wrong, or the account locked; counts towards the lock.
        """
        return reauthentication.begin(self._store, session, password, origin, device)
