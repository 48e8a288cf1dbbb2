"""Roles by what a provider says: at every sign-in, where the settings map a claim."""

from sqlalchemy import Connection, and_, update

from dashboard.access import NO_ROLE, Roles
from dashboard.accounts import federation_rows, requesting
from dashboard.accounts.federation_terms import Assertion
from dashboard.accounts.guards import Action, require
from dashboard.accounts.models import role_requests, users
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError, Actor, Origin
from dashboard.accounts.wording import greeting
from dashboard.audit import Event, Kind
from dashboard.mail import MailKind, Message
from dashboard.settings.sign_on import Provider


def mapped(provider: Provider, told: Assertion, current: str, roles: Roles) -> str:
    """The key of the role that somebody has by what the provider says.

    A role that the settings map to is the provider's to give and to take; any other was given here, and stays.
    """
    if not provider.role_claim:
        return current
    for value, key in provider.roles.items():
        if value in told.roles and key in roles:
            return key
    return NO_ROLE if current in provider.roles.values() else current


def give(store: Store, connection: Connection, name: str, user: AnyRow, told: Assertion, origin: Origin) -> None:
    """Give ``user`` (a row of ``users``) the role of this sign-in; guards may keep the old one, which is audited.

    Locks the rows of the user and of all Admins: call it before anything else is locked.
    """
    roles = store.roles(connection)
    role = mapped(store.settings.oidc[name], told, user.role, roles)
    if role == user.role:
        return
    by = federation_rows.label(store, name)
    detail = {"from": user.role, "to": role, "by": by}
    try:
        require(store, connection, Action.ROLE, user.id, Actor(0, by, origin))
    except AccountError as refused:
        reason = {**detail, "reason": str(refused)}
        event = Event(Kind.ROLE_CHANGED, None, "", "denied", user.username, origin.ip, detail=reason)
        store.record(connection, event)
        return
    connection.execute(
        update(users).where(users.c.id == user.id).values(role=role, version=users.c.version + 1),
    )
    asked = and_(role_requests.c.user_id == user.id, role_requests.c.role == role)
    requesting.close(connection, asked, requesting.APPROVED, by, store.clock())
    words = {"name": greeting(user), "role": roles[role].name}
    store.put_mail(connection, Message(MailKind.ROLE_CHANGED, user.email, words))
    store.record(connection, Event(Kind.ROLE_CHANGED, None, "", "ok", user.username, origin.ip, detail=detail))
