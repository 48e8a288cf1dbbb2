"""What administrators do to other accounts: edit, grant, delete; and the access review."""

from dashboard.access import Permission
from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor, Finding, Profile, User


class Administration:
    """Other people's accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def edit(self, user_id: int, profile: Profile, email: str, by: Actor) -> User:
        """Change names and mail address; a changed address is notified, at the old one too, and has to be verified anew.
        AccountError, NotFreshError."""
        raise NotImplementedError

    def change_role(self, user_id: int, role: str, by: Actor) -> User:
        """Promote or demote; counts at the next request of that user.

        Raises:
            AccountError: the original Admin, the last Admin, oneself, or a role that ``by`` may not hand out or take.
            NotFreshError: the sign-in is not fresh.
        """
        raise NotImplementedError

    def delete(self, user_id: int, confirmation: str, by: Actor) -> None:
        """Delete an account with everything that hangs on it; the audit log keeps the name. ``confirmation`` is the user name,
        typed. Guards as :meth:`change_role`."""
        raise NotImplementedError

    def lock(self, user_id: int, by: Actor) -> User:
        """Lock an account as if the password had been guessed wrongly too often; sessions go on. Guards as disabling."""
        raise NotImplementedError

    def review(self, by: Actor, offset: int = 0, limit: int = 50, kind: str = "") -> tuple[list[Finding], int]:
        """Accounts that deserve a look: stale, never used, without a second factor, unverified, without a role, rights that were
        not used for ``accounts.stale_days``."""
        raise NotImplementedError

    def note_use(self, user_id: int, permission: Permission) -> None:
        """A right was used now; callers see to it that this is not written at every request."""
        raise NotImplementedError
