"""People at the admin pages: real accounts in a temporary folder, and callers as the web edge makes them."""

from typing import Any

from sqlalchemy import update

from dashboard.access import Permission
from dashboard.accounts import Accounts, Actor, NewUser, Origin, User
from dashboard.accounts.models import users
from dashboard.reports import open_gate
from dashboard.settings import Settings
from dashboard.ui.caller import Caller, Listed

OPERATOR = Actor(0, "command line")
HERE = Origin("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
GOOD = "purple horse battery staple"
PAGES = (
    Listed("Revenue", "/revenue", Permission.MEASURE_REVENUE),
    Listed("Users", "/users", Permission.USERS_MANAGE),
    Listed("Account", "/account", None),
)


class People:
    """Users of one installation. The first Admin is the original one."""

    def __init__(self, settings: Settings, accounts: Accounts) -> None:
        self.accounts = accounts
        self._gate = open_gate(settings)
        for username, role in (
            ("ada", "admin"),
            ("bert", "admin"),
            ("nora", "sales_manager"),
            ("petra", "procurement_manager"),
        ):
            self.add(username, role)

    def add(self, username: str, role: str = "sales_manager", password: str | None = GOOD, **changes: Any) -> User:
        new = NewUser(username, f"{username}@example.com", role, username.title(), "Test")
        made = self.accounts.create_user(new, OPERATOR, password)
        if changes:
            self.change(username, **changes)
        return self.accounts.user(made.id)

    def change(self, username: str, **values: Any) -> None:
        """What no administrator could do, such as an address that is not verified."""
        with self.accounts.engine.begin() as connection:
            connection.execute(update(users).where(users.c.username == username).values(**values))

    def id(self, username: str) -> int:
        found = self.accounts.find(username)
        assert found is not None, username
        return found.id

    def caller(self, username: str, *, fresh: bool = True) -> Caller:
        user = self.accounts.user(self.id(username))
        viewer = self.accounts.roles[user.role].viewer(user.id, user.username)
        actor = Actor(user.id, user.username, HERE, "here", viewer.permissions, viewer.scope, fresh)
        return Caller(viewer, actor, self._gate, self.accounts, PAGES)

    def ask(self, username: str, role: str) -> int:
        """Somebody asks for a role; the number of the request."""
        return self.accounts.requests.ask(role, self.caller(username).actor).id
