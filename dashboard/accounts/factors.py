"""Second factors of a signed-in user: set up, list, remove. Every change needs a fresh sign-in and ends the other sessions."""

from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor, Factors, TotpOffer


class SecondFactors:
    """What a user can prove besides the password."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, user_id: int) -> Factors:
        """The second factors of a user."""
        raise NotImplementedError

    def offer_totp(self, by: Actor) -> TotpOffer:
        """Begin to set up an authenticator app; NotFreshError."""
        raise NotImplementedError

    def confirm_totp(self, pending: str, code: str, by: Actor) -> list[str]:
        """The first code proves it: the app counts from now on (one that was there before is replaced). The recovery codes, where
        there were none before; shown once. AccountError where the code is wrong."""
        raise NotImplementedError

    def remove_totp(self, by: Actor) -> None:
        """AccountError where policy needs a second factor and this is the last, or the password is too short to stand alone."""
        raise NotImplementedError

    def offer_passkey(self, by: Actor) -> tuple[str, str]:
        """Begin to make a passkey: pending token, and JSON of the creation options; NotFreshError."""
        raise NotImplementedError

    def confirm_passkey(self, pending: str, response: str, name: str, by: Actor) -> list[str]:
        """Keep the passkey; the answer as :meth:`confirm_totp`."""
        raise NotImplementedError

    def remove_passkey(self, passkey_id: int, by: Actor) -> None:
        """Only an own one; AccountError as :meth:`remove_totp`."""
        raise NotImplementedError

    def set_mail(self, on: bool, by: Actor) -> list[str]:
        """Codes by mail on or off; the answer as :meth:`confirm_totp`."""
        raise NotImplementedError

    def new_codes(self, by: Actor) -> list[str]:
        """Ten new recovery codes; the old ones are dead. NotFreshError."""
        raise NotImplementedError

    def reset(self, user_id: int, by: Actor) -> None:
        """An administrator takes all second factors off somebody who lost them: ends that user's sessions, mails a notice.
        AccountError for those whom ``by`` may not manage; NotFreshError."""
        raise NotImplementedError
