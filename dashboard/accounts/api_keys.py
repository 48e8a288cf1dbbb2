"""API keys: for programs of partners, with a part of their owner's rights."""

from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor, ApiKey, NewApiKey, Origin, SignedIn


class ApiKeys:
    """Keys that are sent with every request."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(self, new: NewApiKey, by: Actor) -> tuple[ApiKey, str]:
        """A key of ``by``, and its secret, which is shown this once.

        Raises:
            AccountError: a name, a life, a network or a scope that is refused.
            NotFreshError: the sign-in is not fresh.
        """
        raise NotImplementedError

    def load(self, secret: str, origin: Origin) -> SignedIn | None:
        """Whose key it is, with the rights of this moment; None where it is not good (any more), or not from there."""
        raise NotImplementedError

    def list(self, user_id: int) -> list[ApiKey]:
        """The keys of a user, newest first."""
        raise NotImplementedError

    def revoke(self, user_id: int, key_id: int, by: Actor) -> None:
        """Remove a key, one's own or somebody else's; AccountError where ``by`` may not, or there is none."""
        raise NotImplementedError
