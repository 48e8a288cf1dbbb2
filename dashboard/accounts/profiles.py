"""What users change of their own account: names, password, mail address."""

from dashboard.accounts import mail_change, own_events, own_profile
from dashboard.accounts.audit_log import LoggedEvent
from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor, Origin, Profile, User


class Profiles:
    """The own account."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, user_id: int) -> Profile:
        """Names and date of birth."""
        return own_profile.read(self._store, user_id)

    def change(self, profile: Profile, by: Actor) -> User:
        """Change names and date of birth of the own account.

        Raises:
            AccountError: a value that is refused.
            NotFreshError: the date changes, and the sign-in is not fresh.
        """
        return own_profile.change(self._store, profile, by)

    def change_password(self, current: str, new: str, by: Actor) -> int:
        """Set a new password: ends every other session of the user (how many), sends a notice.

        Wrong current passwords count towards the lock. 15 characters, or 8 beside a second factor.

        Raises:
            AccountError: the current one is wrong, or the new one is refused.
            NotFreshError: the sign-in is not fresh.
        """
        return own_profile.change_password(self._store, current, new, by)

    def ask_mail_change(self, email: str, by: Actor) -> None:
        """Mail a link to the new address, which counts only when it is confirmed.

        Raises:
            AccountError: no address. (A taken one is not told.)
            NotFreshError: the sign-in is not fresh.
        """
        mail_change.ask(self._store, email, by)

    def changing_mail(self, token: str) -> tuple[User, str] | None:
        """Whose link it is and the new address; None where it is not valid any more."""
        return mail_change.changing(self._store, token)

    def change_mail(self, token: str, origin: Origin) -> User:
        """The new address counts from now on; a notice goes to the old one.

        Raises:
            AccountError: the link is not valid any more.
        """
        return mail_change.change(self._store, token, origin)

    def events(self, user_id: int, offset: int = 0, limit: int = 20) -> tuple[list[LoggedEvent], int]:
        """The security events by or about a user, latest first, and how many there are.

        Where somebody else acted, such as an administrator, their network address and session are left out.
        """
        return own_events.read(self._store, user_id, offset, limit)
