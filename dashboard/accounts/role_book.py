"""Roles that Admins make, out of the permission vocabulary."""

from dashboard.access import Role
from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor


class RoleBook:
    """Roles of one's own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def define(self, role: Role, by: Actor) -> Role:
        """Make a role, or change the one of that key; counts at the next request of its users.

        Raises:
            AccountError: a key or name that is refused, a built-in role or one of the settings, or rights that ``by`` may
                not hand out.
            NotFreshError: the sign-in is not fresh.
        """
        raise NotImplementedError

    def remove(self, key: str, by: Actor) -> None:
        """Remove a role that nobody has; AccountError, NotFreshError."""
        raise NotImplementedError

    def is_own(self, key: str) -> bool:
        """Whether Admins made it, so that it can be changed here."""
        raise NotImplementedError

    def holders(self) -> dict[str, int]:
        """How many users have each role."""
        raise NotImplementedError
