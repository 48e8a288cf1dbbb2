"""Registration: an account that cannot be used before its mail address is verified, and a role that is only asked for."""

from dashboard.accounts.store import Store
from dashboard.accounts.terms import Origin, Registering, Step, User


class Registration:
    """Self-service accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, new: Registering, origin: Origin) -> str:
        """Take the registration, and mail a link to verify the address; a token for a cookie that marks this browser.

        A taken user name or address answers the same, with the same work: only the mail differs.

        Raises:
            AccountError: registration is not open, or something typed is refused for its shape.
        """
        raise NotImplementedError

    def send_again(self, email: str, origin: Origin) -> None:
        """Mail a new link where an account waits to be verified; nothing to be seen from outside."""
        raise NotImplementedError

    def verifying(self, token: str) -> User | None:
        """Whose verification link it is; None where it is not valid any more."""
        raise NotImplementedError

    def verify(self, token: str, origin: Origin, browser: str = "") -> Step:
        """The address is the user's: the account may be used, and a welcome mail goes out. Only where the settings say so and
        ``browser`` is the token that :meth:`register` gave is the user signed in at once (as far as a second factor allows).

        Raises:
            AccountError: the link is not valid any more.
        """
        raise NotImplementedError
