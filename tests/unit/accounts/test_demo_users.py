"""The three users to try the site with."""

import json
import stat

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, add_user
from sqlalchemy import delete

from dashboard.accounts import AccountError, Accounts
from dashboard.accounts.demo import ensure_demo_users
from dashboard.accounts.models import users
from dashboard.settings import Settings

ROLES = {"procurement_manager", "sales_manager", "admin"}


def test_one_user_for_each_role_and_the_admin_is_the_original(accounts: Accounts, settings: Settings) -> None:
    credentials = ensure_demo_users(settings)
    assert set(credentials) == ROLES
    for role, kept in credentials.items():
        user = accounts.authenticate(kept["username"], kept["password"], HERE)
        assert user is not None
        assert (user.role, user.is_original_admin) == (role, role == "admin")


@pytest.mark.promise("ASVS 6.3.2")
def test_passwords_are_long_random_and_in_a_private_file(settings: Settings) -> None:
    credentials = ensure_demo_users(settings)
    path = settings.var / "demo-credentials.json"
    assert json.loads(path.read_text()) == credentials
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    passwords = {kept["password"] for kept in credentials.values()}
    assert len(passwords) == 3
    assert all(len(password) >= 20 for password in passwords)


def test_second_call_keeps_everything(accounts: Accounts, settings: Settings) -> None:
    first = ensure_demo_users(settings)
    before = accounts.users()
    assert ensure_demo_users(settings) == first
    assert accounts.users() == before


def test_missing_user_is_made_again_and_the_others_are_left_alone(accounts: Accounts, settings: Settings) -> None:
    first = ensure_demo_users(settings)
    petra, sam = accounts.find("petra.procurement"), accounts.find("sam.sales")
    assert petra is not None
    assert sam is not None
    accounts.disable_user(petra.id, OPERATOR)
    with accounts.engine.begin() as connection:
        connection.execute(delete(users).where(users.c.id == sam.id))
    assert ensure_demo_users(settings) == first
    petra = accounts.find("petra.procurement")
    assert petra is not None
    assert not petra.active
    assert accounts.authenticate("sam.sales", first["sales_manager"]["password"], HERE) is not None


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', '{"admin": null}'])
def test_broken_file_is_made_again_while_there_are_no_users(
    accounts: Accounts, settings: Settings, content: str
) -> None:
    (settings.var / "demo-credentials.json").write_text(content)
    credentials = ensure_demo_users(settings)
    assert set(credentials) == ROLES
    assert json.loads((settings.var / "demo-credentials.json").read_text()) == credentials


def test_password_of_somebody_who_exists_is_never_replaced(accounts: Accounts, settings: Settings) -> None:
    add_user(accounts, "Ada.Admin", "admin", GOOD)
    with pytest.raises(AccountError, match=r"users invite ada\.admin"):
        ensure_demo_users(settings)
    assert accounts.authenticate("ada.admin", GOOD, HERE) is not None
    assert not (settings.var / "demo-credentials.json").exists()
