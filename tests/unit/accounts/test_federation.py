"""Ways in by providers: whose account it is, which role it gets, and what others may do at the same time."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events

from dashboard.access import ADMIN, NO_ROLE
from dashboard.accounts import AccountError, Accounts, Actor, Method, NotFreshError, Registering, Step
from dashboard.accounts.federation_terms import Aim, Assertion
from dashboard.settings import load_settings

TABLE: dict[str, Any] = {"label": "Example Corp", "issuer": "https://login.example.com", "client_id": "salesgate"}
MAPPED = {"role_claim": "groups", "roles": {"it": ADMIN, "sales": "sales_manager"}}
ADA = Assertion("ada-1", "ada@corp.example", True, "ada", "Ada", "Lovelace")


@pytest.fixture
def accounts(tmp_path: Path, database: str, clock: HandClock) -> Iterator[Accounts]:
    made = Accounts(load_settings(var=tmp_path / "var", oidc={"company": {**TABLE, **MAPPED}}), clock=clock)
    yield made
    made.close()


def told(**more: Any) -> Assertion:
    return Assertion(**{**vars(ADA), **more})


def enter(accounts: Accounts, **more: Any) -> Step:
    return accounts.federation.sign_in("company", told(**more), HERE)


def role_of(accounts: Accounts, username: str = "ada") -> str:
    user = accounts.find(username)
    assert user
    return user.role


def test_what_was_begun_is_good_once_for_its_provider_and_state_and_not_for_long(
    accounts: Accounts, clock: HandClock
) -> None:
    federation = accounts.federation
    token, begun = federation.begin("company", Aim.SIGN_IN, "/units")
    for state in ("", "x", begun.state[:-1], begun.nonce, "\ud800"):
        assert federation.take(token, "company", state) is None
    assert federation.take(token, "other", begun.state) is None
    assert federation.take(begun.state, "company", begun.state) is None
    assert [one is not None for one in at_once(8, lambda _: federation.take(token, "company", begun.state))].count(
        True
    ) == 1
    token, begun = federation.begin("company", Aim.SIGN_IN, "/units")
    clock.move(minutes=11)
    assert federation.take(token, "company", begun.state) is None


def test_two_first_sign_ins_at_once_make_one_account(accounts: Accounts) -> None:
    done = at_once(6, lambda _: enter(accounts))
    assert {type(one) for one in done} <= {Step, AccountError}
    assert any(isinstance(one, Step) for one in done)
    assert [user.username for user in accounts.users()[0]] == ["ada"]


@pytest.mark.parametrize(
    ("wished", "got"),
    [
        ("sam.sales", "sam.sales2"),
        ("SAM.SALES", "SAM.SALES2"),
        ("sam.sales@elsewhere.example", "sam.sales2"),
        ("", "ada"),
        ("x", "x.user"),
        ("a b\u202ec", "a.b.c"),
        ("..", "user"),
        ("Zoë", "Zoë"),
        ("l" * 80, "l" * 60),
    ],
)
def test_a_user_name_is_made_of_what_the_provider_calls_somebody(accounts: Accounts, wished: str, got: str) -> None:
    add_user(accounts, "sam.sales")
    assert enter(accounts, username=wished).username == got


def test_a_registration_that_nobody_verified_gives_way(accounts: Accounts) -> None:
    taken = Registering("ada.first", "ADA@corp.example", GOOD, "Not", "Ada", date_of_birth=date(1990, 1, 31))
    accounts.registration.register(taken, HERE)
    assert enter(accounts).session
    assert [user.username for user in accounts.users()[0]] == ["ada"]


def test_names_that_cannot_be_shown_are_cut(accounts: Accounts) -> None:
    enter(accounts, first_name="A\u0000d\na" + "a" * 200, last_name=" L ")
    ada = accounts.find("ada")
    assert ada
    assert (ada.first_name, ada.last_name) == ("Ada" + "a" * 97, "L")


def test_the_last_admin_keeps_the_role_and_one_of_several_does_not(accounts: Accounts) -> None:
    enter(accounts, roles=("it",), factor=True)
    enter(accounts, roles=(), factor=True)
    assert role_of(accounts) == ADMIN
    assert events(accounts)[-2]["outcome"] == "denied"
    add_user(accounts, "root", ADMIN, GOOD)
    enter(accounts, roles=("sales", "staff"), factor=True)
    assert role_of(accounts) == "sales_manager"


def test_a_role_that_was_given_here_stays_unless_the_provider_gives_that_one(accounts: Accounts) -> None:
    enter(accounts)
    user = accounts.find("ada")
    assert user
    assert user.role == NO_ROLE
    accounts.administration.change_role(user.id, "procurement_manager", OPERATOR)
    enter(accounts, roles=("staff",))
    assert role_of(accounts) == "procurement_manager"
    enter(accounts, roles=("sales",))
    enter(accounts, roles=("staff",))
    assert role_of(accounts) == NO_ROLE


def test_connecting_needs_a_fresh_sign_in_and_an_identity_that_nobody_has(accounts: Accounts) -> None:
    federation = accounts.federation
    enter(accounts)
    sam = add_user(accounts, "sam.sales", password=GOOD)
    by = Actor(sam.id, sam.username, HERE, "abc")
    with pytest.raises(NotFreshError):
        federation.begin("company", Aim.CONNECT, "/account", Actor(sam.id, sam.username, fresh=False))
    _, begun = federation.begin("company", Aim.CONNECT, "/account", by)
    with pytest.raises(AccountError, match="connected already"):
        federation.connect(begun, told(), by)
    with pytest.raises(NotFreshError):
        federation.connect(begun, told(subject="sam"), Actor(sam.id, sam.username, HERE, "abc", fresh=False))
    with pytest.raises(AccountError, match="another session"):
        federation.connect(begun, told(subject="sam"), Actor(sam.id, sam.username, HERE, "def"))
    federation.connect(begun, told(subject="sam"), by)
    assert [one.label for one in federation.of(sam.id)] == ["Example Corp"]
    assert accounts.sign_ins.begin("sam.sales", GOOD, HERE) is None
    with pytest.raises(AccountError, match="another one of Example Corp"):
        federation.connect(begun, told(subject="sam-2"), by)
    with pytest.raises(AccountError, match="not connected"):
        federation.disconnect(federation.of(1)[0].id if sam.id != 1 else 2**31 - 1, by)


def test_deleting_a_user_takes_the_identity_along(accounts: Accounts) -> None:
    enter(accounts)
    user = accounts.find("ada")
    assert user
    accounts.administration.delete(user.id, "ada", OPERATOR)
    again = enter(accounts)
    assert (again.username, accounts.users()[1]) == ("ada", 1)


def test_a_provider_that_is_gone_from_the_settings_is_no_way_in(accounts: Accounts, tmp_path: Path) -> None:
    enter(accounts)
    user = accounts.find("ada")
    assert user
    later = Accounts(load_settings(var=tmp_path / "var"))
    try:
        assert later.federation.of(user.id) == ()
        assert later.invite(user.id, OPERATOR)
    finally:
        later.close()


def test_the_methods_stand_in_the_session(accounts: Accounts) -> None:
    enter(accounts, factor=True)
    user = accounts.find("ada")
    assert user
    assert accounts.open_sessions(user.id)[0].methods == (Method.SSO, Method.SSO_FACTOR)
