"""Users, passwords, sign-in, sessions, lockout and one-time tokens. No web."""

from dashboard.accounts.facade import Accounts
from dashboard.accounts.terms import AccountError, Actor, NewUser, OpenSession, Origin, SignedIn, User

__all__ = ["AccountError", "Accounts", "Actor", "NewUser", "OpenSession", "Origin", "SignedIn", "User"]
