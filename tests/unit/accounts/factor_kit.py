"""What the tests of second factors share: people who have them, and the mails they got."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp
from accounts_kit import GOOD, HERE, HandClock, add_user
from soft_authenticator import SoftAuthenticator
from sqlalchemy import func, select

from dashboard.accounts import Accounts, Actor, Origin, Step, User
from dashboard.mail import Message
from dashboard.mail.models import outbox

ELSEWHERE = Origin("198.51.100.9", "Other/2.0")


@dataclass
class Person:
    """A user who is signed in and can set second factors up."""

    accounts: Accounts
    clock: HandClock
    user: User
    session: str
    app: pyotp.TOTP | None = None
    codes: tuple[str, ...] = ()

    @property
    def actor(self) -> Actor:
        """As the web knows them at this moment."""
        return actor_of(self.accounts, self.session)

    def with_totp(self) -> "Person":
        """They set an authenticator app up."""
        offer = self.accounts.factors.offer_totp(self.actor)
        self.app = pyotp.TOTP(offer.secret)
        self.codes = tuple(self.accounts.factors.confirm_totp(offer.pending, self.code, self.actor)) or self.codes
        self.clock.move(seconds=60)
        return self

    def with_mail(self) -> "Person":
        """They switch codes by mail on."""
        self.codes = tuple(self.accounts.factors.set_mail(True, self.actor)) or self.codes
        return self

    def with_passkey(self, authenticator: SoftAuthenticator, name: str = "Key") -> "Person":
        """They make a passkey."""
        pending, options = self.accounts.factors.offer_passkey(self.actor)
        made = self.accounts.factors.confirm_passkey(pending, authenticator.create(options), name, self.actor)
        self.codes = tuple(made) or self.codes
        return self

    @property
    def code(self) -> str:
        """What the app shows now."""
        assert self.app is not None
        return self.app.at(self.clock.now)

    @property
    def wrong_code(self) -> str:
        """What it does not show now, nor a step before or after."""
        assert self.app is not None
        near = {self.app.at(self.clock.now + timedelta(seconds=30 * steps)) for steps in (-1, 0, 1)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)

    def begin(self, **told: Any) -> Step:
        """They type their password."""
        step = self.accounts.sign_ins.begin(self.user.username, GOOD, HERE, **told)
        assert step is not None
        return step


def person(accounts: Accounts, clock: HandClock, username: str = "petra", role: str = "sales_manager") -> Person:
    """Somebody new, signed in by password."""
    user = add_user(accounts, username, role, GOOD)
    return Person(accounts, clock, user, accounts.start_session(user.id, HERE))


def actor_of(accounts: Accounts, session: str) -> Actor:
    """Who acts in a session, as the web makes it out."""
    signed_in = accounts.load_session(session, touch=False)
    assert signed_in is not None
    viewer = signed_in.viewer
    return Actor(
        viewer.user_id, viewer.username, HERE, signed_in.session, viewer.permissions, viewer.scope, signed_in.fresh
    )


def methods_of(accounts: Accounts, session: str) -> tuple[str, ...]:
    """How the user of a session proved who they are."""
    by = actor_of(accounts, session)
    (found,) = [one for one in accounts.open_sessions(by.user_id) if one.session == by.session]
    return found.methods


def mails(accounts: Accounts, kind: str = "") -> list[Message]:
    """What was put into the outbox, the oldest first."""
    with accounts.engine.connect() as connection:
        bodies = list(connection.execute(select(outbox.c.body).order_by(outbox.c.id)).scalars())
    found = [Message.from_json(accounts.vault.open(body)) for body in bodies]
    return [mail for mail in found if kind in {"", mail.kind.value}]


def count(accounts: Accounts, table: Any, *where: Any) -> int:
    """How many rows."""
    with accounts.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
