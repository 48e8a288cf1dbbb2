"""Recovery: by mail, then the date of birth, then the second factor, then a new password."""

from datetime import date

from dashboard.accounts import asking, recovering, unlocking
from dashboard.accounts.store import Store
from dashboard.accounts.terms import Method, Origin, RecoveryLink, Step, User


class Recovery:
    """Getting back in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask(self, name_or_email: str, origin: Origin) -> None:
        """Mail a recovery link to every usable account of that name or address; the same work where there is none."""
        asking.ask(self._store, name_or_email, origin)

    def opened(self, token: str) -> RecoveryLink | None:
        """What a link that is still good asks next; None for any other."""
        return asking.opened(self._store, token)

    def check(self, token: str, date_of_birth: date | None, origin: Origin) -> Step:
        """Check the date of birth where it is asked, and begin the server's row of this recovery.

        A wrong date counts towards the lock of the account, by an atomic slot that is taken before comparing.
        ``Step.methods`` names the second factors of which one is asked next; none means that the password follows.

        Raises:
            AccountError: the link is not valid any more, the date is wrong, or the account is locked.
        """
        return asking.check(self._store, token, date_of_birth, origin)

    def offered(self, pending: str) -> Step | None:
        """What a recovery waits for: a second factor (``Step.methods``), else the password; None where it is over."""
        return recovering.offered(self._store, pending)

    def second(self, pending: str, method: Method, answer: str, origin: Origin) -> Step:
        """Check the second factor of a recovery; raises AccountError as :meth:`SignIns.second` does.

        A mailed code is no second factor here, for the link came by mail already.
        """
        return recovering.second(self._store, pending, method, answer, origin)

    def finish(self, pending: str, password: str, origin: Origin) -> User:
        """Set the new password, end all sessions, and send a notice.

        Raises:
            AccountError: steps are missing, the row is gone, or the password is refused.
        """
        return recovering.finish(self._store, pending, password, origin)

    def unlocking(self, token: str) -> User | None:
        """Whose mailed unlock link it is; None where it is not valid any more."""
        return unlocking.unlocking(self._store, token)

    def unlock(self, token: str, origin: Origin) -> User:
        """Take the lock off by the mailed link, once; AccountError where it is not valid any more."""
        return unlocking.unlock(self._store, token, origin)
