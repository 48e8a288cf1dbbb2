"""Role requests: somebody asks, an administrator decides, and never about themselves."""

from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor, RoleRequest


class RoleRequests:
    """What people asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask(self, role: str, by: Actor) -> RoleRequest:
        """Ask for a role; an open request of the same user is replaced.

        Raises:
            AccountError: no such role, or the user has it already.
        """
        raise NotImplementedError

    def withdraw(self, by: Actor) -> None:
        """Take the own open request back; nothing open is no error."""
        raise NotImplementedError

    def mine(self, user_id: int) -> RoleRequest | None:
        """The latest request of a user."""
        raise NotImplementedError

    def open(self, offset: int = 0, limit: int = 50) -> tuple[list[RoleRequest], int]:
        """One page of the open requests, oldest first, and how many there are."""
        raise NotImplementedError

    def approve(self, request_id: int, by: Actor) -> RoleRequest:
        """Grant what was asked for, and mail the user.

        Raises:
            AccountError: not open any more, one's own, or a role that ``by`` may not hand out.
            NotFreshError: ``by`` must prove once more who they are.
        """
        raise NotImplementedError

    def refuse(self, request_id: int, reason: str, by: Actor) -> RoleRequest:
        """Refuse with a reason (1 to 500 characters), which is mailed to the user; raises as :meth:`approve` does."""
        raise NotImplementedError
