"""Registration: an account that cannot be used before its mail address is verified, and a role that is only asked."""

from dashboard.access import ADMIN
from dashboard.accounts import birth_dates, names, registering, verification
from dashboard.accounts.password_policy import Owner, objections
from dashboard.accounts.passwords import hash_password
from dashboard.accounts.store import Store
from dashboard.accounts.terms import AccountError, NewUser, Origin, Registering, Step, User


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
        store = self._store
        if not verification.is_open(store):
            raise AccountError("Nobody can register here. Ask an administrator for an invitation.")
        reasons = self._objections(new)
        if reasons:
            raise AccountError(*reasons)
        password_hash = hash_password(new.password)
        with store.writing() as connection:
            return registering.take(store, connection, new, password_hash, origin)

    def send_again(self, email: str, origin: Origin) -> None:  # noqa: ARG002 - nothing is audited that nobody may learn
        """Mail a new link where an account waits to be verified; nothing to be seen from outside.

        The holder of an address that is verified already is told so.
        """
        verification.send_again(self._store, email)

    def verifying(self, token: str) -> User | None:
        """Whose verification link it is; None where it is not valid any more."""
        return verification.verifying(self._store, token)

    def needs_password(self, token: str, browser: str) -> bool:
        """Whether :meth:`verify` asks for the password: not in the browser whose token :meth:`register` gave."""
        return verification.needs_password(self._store, token, browser)

    def verify(self, token: str, origin: Origin, browser: str = "", password: str = "") -> Step:
        """The address is the user's: the account may be used, and a welcome mail goes out.

        In any other browser than the one that registered, ``password`` must be the one chosen then: anybody can
        register with an address of somebody else, who would open the account for them. Only where the settings say so,
        and ``browser`` is the token that :meth:`register` gave, is the user signed in at once (as far as a second
        factor allows).

        Raises:
            AccountError: the link is not valid any more, the password is wrong, or registration is not open.
        """
        return verification.verify(self._store, token, origin, browser, password)

    def _objections(self, new: Registering) -> tuple[str, ...]:
        """Of the shape alone: whether a name or an address is taken is not asked here."""
        store = self._store
        with store.reading() as connection:
            roles = store.roles(connection)
        # No role asked for is fine; the one that takes its place here is only there to pass.
        person = NewUser(
            new.username, new.email.strip(), new.wanted_role or ADMIN, new.first_name.strip(), new.last_name.strip()
        )
        required = store.settings.recovery.date_of_birth
        owner = Owner(new.username, new.email, new.wanted_role, new.first_name, new.last_name)
        return (
            *names.objections(person, roles),
            *birth_dates.objections(new.date_of_birth, store.clock().date(), required=required),
            *objections(new.password, owner),
        )
