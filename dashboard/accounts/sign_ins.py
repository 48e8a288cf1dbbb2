"""Signing in, step by step: password, second factor, session; or a passkey alone."""

from dashboard.accounts.store import Store
from dashboard.accounts.terms import Method, Origin, Step, TotpOffer


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
    ) -> Step | None:
        """Check the password; None for every kind of failure, after the same work.

        ``device`` is the cookie of a browser that is known: its guesses are counted apart from those of strangers.
        ``replacing`` is the session token that the browser had before. Without a second factor to ask for, the session
        starts at once.
        """
        raise NotImplementedError

    def offered(self, pending: str) -> Step | None:
        """What a pending sign-in waits for; None where it is over."""
        raise NotImplementedError

    def send_code(self, pending: str, origin: Origin) -> None:
        """Mail a code for this very sign-in (or re-authentication); a new one makes the one before dead.

        Raises:
            AccountError: the row is gone, mailed codes are not set up, or too many were sent.
        """
        raise NotImplementedError

    def passkey_options(self, pending: str) -> str:
        """JSON of the WebAuthn request options for the second step of this sign-in; AccountError where that cannot be."""
        raise NotImplementedError

    def second(self, pending: str, method: Method, answer: str, origin: Origin) -> Step:
        """Check the second factor (``answer``: a code, or the JSON of a WebAuthn response), and start the session.

        Every wrong answer counts, for this row and towards the lock of the account.

        Raises:
            AccountError: wrong, used, too late, locked, or the row is gone (then begin anew).
        """
        raise NotImplementedError

    def passkey_begin(self, origin: Origin) -> tuple[str, str]:
        """Begin a sign-in by passkey alone: pending token, and JSON of the request options."""
        raise NotImplementedError

    def passkey_finish(
        self, pending: str, response: str, origin: Origin, *, remember: bool = False, replacing: str = ""
    ) -> Step | None:
        """Sign in by passkey (user verification is demanded, so it is two factors); None for every kind of failure.

        A lock that strangers caused does not count here.
        """
        raise NotImplementedError

    def enrol_totp(self, pending: str) -> TotpOffer:
        """Set an authenticator app up in the middle of a sign-in that policy does not let pass without one."""
        raise NotImplementedError

    def enrol_passkey_options(self, pending: str) -> str:
        """JSON of the WebAuthn creation options, likewise."""
        raise NotImplementedError

    def enrol(self, pending: str, method: Method, answer: str, origin: Origin) -> tuple[Step, list[str]]:
        """Finish that with a code, a WebAuthn response, or (mail) the mailed code: the session starts, and ten recovery codes
        are shown once. AccountError as :meth:`second`."""
        raise NotImplementedError

    def reauthenticate_begin(self, session: str, password: str, origin: Origin) -> Step:
        """Prove once more who you are: the password first, then as at sign-in (``Step.methods``); with nothing else to ask, the
        session gets a new token (``Step.session``). Users without a password pass "" and go on with a passkey.

        Raises:
            AccountError: wrong, or locked; counts towards the lock.
        """
        raise NotImplementedError
