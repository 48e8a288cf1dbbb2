"""The one door to this room, wired once. It only delegates; the work is in the modules beside it."""

from collections.abc import Iterable

from sqlalchemy import Engine

from dashboard import audit
from dashboard.access import Roles
from dashboard.accounts import (
    devices,
    directory,
    invitations,
    pending,
    registering,
    session_list,
    sessions,
    sign_in,
    standing,
    users,
)
from dashboard.accounts.administration import Administration
from dashboard.accounts.api_keys import ApiKeys
from dashboard.accounts.api_tokens import ApiTokens
from dashboard.accounts.audit_log import AuditLog
from dashboard.accounts.business_calendar import BusinessCalendar
from dashboard.accounts.condition import Condition
from dashboard.accounts.database import migrate, open_engine, reader_of
from dashboard.accounts.factors import SecondFactors
from dashboard.accounts.federation import Federation
from dashboard.accounts.keys import secret_key
from dashboard.accounts.profiles import Profiles
from dashboard.accounts.recovery import Recovery
from dashboard.accounts.registration import Registration
from dashboard.accounts.role_book import RoleBook
from dashboard.accounts.role_requests import RoleRequests
from dashboard.accounts.saved_views import SavedViews
from dashboard.accounts.sign_ins import SignIns
from dashboard.accounts.store import Clock, Listener, Store, utc_now
from dashboard.accounts.terms import Actor, NewUser, OpenSession, Origin, SignedIn, User
from dashboard.accounts.vault import Vault
from dashboard.settings import Settings


class Accounts:
    """Users, sign-in and sessions of this installation.

    Attributes:
        registration, requests, recovery, profiles, sign_ins, factors, administration, role_book, log, views,
            calendar, tokens, keys, condition, federation: the parts of this room, each with what it offers.
    """

    def __init__(self, settings: Settings, *, clock: Clock = utc_now) -> None:
        """Open the accounts database and bring it up to date. ``clock`` gives aware UTC times."""
        base_roles = Roles.from_settings(settings.roles)
        secret = secret_key(settings.var)
        self.engine: Engine = open_engine(settings)
        migrate(self.engine)
        self.vault = Vault(secret)
        store = Store(self.engine, reader_of(self.engine), settings, base_roles, secret, self.vault, clock)
        self._store = store
        self.registration, self.requests, self.recovery = Registration(store), RoleRequests(store), Recovery(store)
        self.profiles, self.sign_ins, self.factors = Profiles(store), SignIns(store), SecondFactors(store)
        self.administration, self.role_book, self.log = Administration(store), RoleBook(store), AuditLog(store)
        self.views, self.calendar = SavedViews(store), BusinessCalendar(store)
        self.tokens, self.keys, self.condition = ApiTokens(store), ApiKeys(store), Condition(store)
        self.federation = Federation(store)

    @property
    def roles(self) -> Roles:
        """The roles of this moment, read anew."""
        with self._store.reading() as connection:
            return self._store.roles(connection)

    def listen(self, listener: Listener) -> None:
        """Tell ``listener`` of every event that is audited from now on, in the thread and transaction of it."""
        self._store.listeners.append(listener)

    def close(self) -> None:
        """Give the database connections back."""
        self.engine.dispose()

    def authenticate(self, username: str, password: str, origin: Origin) -> User | None:
        """The user whose password this is; None for every kind of failure. It asks for no second factor: people come
        in by ``sign_ins``."""
        return sign_in.authenticate(self._store, username, password, origin)

    def start_session(self, user_id: int, origin: Origin, replacing: str | None = None) -> str:
        """The token of a new session; the one of ``replacing`` ends. AccountError where the user is disabled."""
        return sessions.start(self._store, users.checked_id(user_id), origin, replacing)

    def load_session(self, token: str, *, touch: bool) -> SignedIn | None:
        """Who holds ``token``, or None; ``touch`` keeps the session alive."""
        return sessions.load(self._store, token, touch=touch)

    def end_session(self, token: str, actor: Actor | None = None) -> None:
        """Sign out."""
        sessions.end(self._store, token, actor)

    def end_sessions(self, user_id: int, by: Actor) -> int:
        """End every session of a user; how many. AccountError where there is no such user."""
        return session_list.end_all(self._store, users.checked_id(user_id), by)

    def end_one(self, user_id: int, session: str, by: Actor) -> None:
        """End the session of that short hash, one's own or somebody else's; AccountError where ``by`` may not."""
        session_list.end_one(self._store, users.checked_id(user_id), session, by)

    def end_others(self, by: Actor) -> int:
        """End every session of ``by`` but the one in use; how many."""
        return session_list.end_others(self._store, by)

    def open_sessions(self, user_id: int) -> list[OpenSession]:
        """The sessions of a user that are in force."""
        return session_list.list_open(self._store, users.checked_id(user_id))

    def users(
        self,
        *,
        search: str = "",
        role: str = "",
        state: str = "",
        sort: str = "username",
        descending: bool = False,
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[list[User], int]:
        """One page of users, and how many there are on all pages. ``state`` and ``sort`` are words of
        :mod:`dashboard.accounts.directory`; the user name settles every tie."""
        page = {"sort": sort, "descending": descending, "offset": offset, "limit": limit}
        return directory.search(self._store, search, role, state, **page)  # type: ignore[arg-type]

    def user(self, user_id: int) -> User:
        """The user; NotFoundError where there is none."""
        return users.get(self._store, users.checked_id(user_id))

    def find(self, username: str) -> User | None:
        """The user of that name, in any case of letters."""
        return users.find(self._store, username)

    def create_user(self, new: NewUser, by: Actor, password: str | None = None) -> User:
        """Create a user; AccountError with the reasons where something is refused."""
        return users.create(self._store, new, by, password)

    def disable_user(self, user_id: int, by: Actor) -> User:
        """Close an account and end its sessions; AccountError where a guard forbids it."""
        return standing.disable(self._store, users.checked_id(user_id), by)

    def enable_user(self, user_id: int, by: Actor) -> User:
        """Open an account again; AccountError where there is no such user."""
        return standing.enable(self._store, users.checked_id(user_id), by)

    def unlock_user(self, user_id: int, by: Actor) -> User:
        """Take off a lock before its time; AccountError where there is no such user."""
        return standing.unlock(self._store, users.checked_id(user_id), by)

    def invite(self, user_id: int, by: Actor) -> str:
        """A one-time token to set a password with; AccountError where there is no such active user."""
        return invitations.invite(self._store, users.checked_id(user_id), by)

    def invited(self, token: str) -> User | None:
        """Whose invitation it is; None where it is not valid any more."""
        return invitations.invited(self._store, token)

    def redeem(self, token: str, password: str, origin: Origin) -> User:
        """Set the password; AccountError with the reasons where the token or the password is refused."""
        return invitations.redeem(self._store, token, password, origin)

    def record(self, event: audit.Event) -> None:
        """Audit one event in a short transaction of its own."""
        with self._store.writing() as connection:
            self._store.record(connection, event)

    def verify_audit(self, noted: Iterable[audit.Head] = ()) -> audit.Verdict:
        """Check the chain of the whole audit log, also against heads that were ``noted`` elsewhere."""
        with self._store.reading() as connection:
            return audit.verify(connection, noted)

    def sweep(self) -> None:
        """Remove what is over: unfinished steps, browsers that did not come back, registrations nobody verified."""
        with self._store.writing() as connection:
            pending.sweep(self._store, connection)
            devices.sweep(self._store, connection)
            self.tokens.sweep(connection)
        registering.sweep(self._store)
