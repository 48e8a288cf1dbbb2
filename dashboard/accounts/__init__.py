"""Users, passwords, sign-in, second factors, sessions, lockout and one-time tokens. No web."""

from dashboard.accounts.audit_log import LogFilter, LoggedEvent
from dashboard.accounts.facade import Accounts
from dashboard.accounts.terms import (
    AccountError,
    Actor,
    Factors,
    Finding,
    Method,
    NewUser,
    NotFreshError,
    OpenSession,
    Origin,
    Passkey,
    Profile,
    RecoveryLink,
    Registering,
    RoleRequest,
    SignedIn,
    Step,
    TotpOffer,
    User,
)

__all__ = [
    "AccountError",
    "Accounts",
    "Actor",
    "Factors",
    "Finding",
    "LogFilter",
    "LoggedEvent",
    "Method",
    "NewUser",
    "NotFreshError",
    "OpenSession",
    "Origin",
    "Passkey",
    "Profile",
    "RecoveryLink",
    "Registering",
    "RoleRequest",
    "SignedIn",
    "Step",
    "TotpOffer",
    "User",
]
