"""What administrators do to other accounts: edit, grant, lock, delete; and the access review."""

from dashboard.access import Permission
from dashboard.accounts import deletion, editing, guards, review, standing, uses
from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor, Finding, Profile, User
from dashboard.accounts.users import checked_id


class Administration:
    """Other people's accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def may(self, user_id: int, by: Actor) -> frozenset[str]:
        """What ``by`` could do to the user now, by the words of :class:`dashboard.accounts.guards.Action`.

        The same guards as those of the actions; what would change nothing, such as disabling twice, is left out.

        Raises:
            AccountError: no such user.
        """
        with self._store.reading() as connection:
            return guards.allowed(self._store, connection, checked_id(user_id), by)

    def edit(self, user_id: int, profile: Profile, email: str, by: Actor) -> User:
        """Change names and mail address; the date of birth is not an administrator's to change.

        A new address counts at once, for ``by`` vouches for it; both addresses are told, and mailed links die.

        Raises:
            AccountError: oneself, the original Admin, somebody who can do more than ``by``, an address that another
                user has, or a value that is refused for its shape.
            NotFreshError: the sign-in is not fresh.
        """
        return editing.edit(self._store, checked_id(user_id), profile, email, by)

    def change_role(self, user_id: int, role: str, by: Actor) -> User:
        """Promote or demote; counts at the next request of that user.

        Raises:
            AccountError: the original Admin, the last Admin, oneself, or a role that ``by`` may not hand out or take.
            NotFreshError: the sign-in is not fresh.
        """
        return editing.change_role(self._store, checked_id(user_id), role, by)

    def delete(self, user_id: int, confirmation: str, by: Actor) -> None:
        """Delete an account with everything that hangs on it; the audit log keeps the name.

        ``confirmation`` is the user name, typed. Guards as :meth:`change_role`.
        """
        deletion.delete_user(self._store, checked_id(user_id), confirmation, by)

    def lock(self, user_id: int, by: Actor) -> User:
        """Lock an account until somebody unlocks it; sessions go on. Guards as disabling."""
        return standing.lock(self._store, checked_id(user_id), by)

    def verify_mail(self, user_id: int, by: Actor) -> User:
        """Vouch for the mail address of somebody who registered. Guards as :meth:`edit`; twice is no error."""
        return editing.verify_mail(self._store, checked_id(user_id), by)

    def review(self, by: Actor, offset: int = 0, limit: int = 50, kind: str = "") -> tuple[list[Finding], int]:
        """One page of the accounts that deserve a look, and how many findings there are.

        Stale, never used, without a second factor, unverified, without a role, rights that were not used for
        ``accounts.stale_days``. AccountError where ``by`` may not manage users.
        """
        return review.findings(self._store, by, kind, offset, limit)

    def note_use(self, user_id: int, permission: Permission) -> None:
        """A right was used now; callers see to it that this is not written at every request."""
        uses.note(self._store, user_id, permission)
