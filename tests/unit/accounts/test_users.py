"""Creating, finding and listing users."""

from dataclasses import fields
from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events

from dashboard import audit
from dashboard.accounts import AccountError, Accounts, NewUser, User


def test_created_user_reads_back(accounts: Accounts, clock: HandClock) -> None:
    new = NewUser("Jürgen.K", "j.k@example.com", "procurement_manager", " Jürgen ", "Kühn")
    user = accounts.create_user(new, OPERATOR)
    assert user == User(
        id=user.id,
        username="Jürgen.K",
        email="j.k@example.com",
        first_name="Jürgen",
        last_name="Kühn",
        role="procurement_manager",
        active=True,
        has_password=False,
        created_at=clock.now,
        last_sign_in_at=None,
        locked_until=None,
        is_original_admin=False,
        open_sessions=0,
    )
    assert accounts.user(user.id) == accounts.find("jÜRGEN.k") == user


def test_user_without_a_password_cannot_sign_in(accounts: Accounts) -> None:
    add_user(accounts, "petra")
    for password in ("", "None", GOOD):
        assert accounts.authenticate("petra", password, HERE) is None


@pytest.mark.parametrize("again", ["petra", "PETRA", "ｐｅｔｒａ", " petra "])
def test_user_name_is_unique_in_any_form(accounts: Accounts, again: str) -> None:
    add_user(accounts, "petra")
    with pytest.raises(AccountError, match="is taken"):
        accounts.create_user(NewUser(again, "x@example.com", "admin"), OPERATOR)
    assert accounts.users()[1] == 1


def test_of_parallel_creations_with_one_name_a_single_one_succeeds(accounts: Accounts) -> None:
    made = at_once(12, lambda number: add_user(accounts, "petra" if number % 2 else "PETRA"))
    assert sum(isinstance(result, User) for result in made) == 1
    assert sum(isinstance(result, AccountError) for result in made) == 11
    assert [event["kind"] for event in events(accounts)] == ["user_created"]


def test_refused_user_leaves_nothing_behind(accounts: Accounts) -> None:
    with pytest.raises(AccountError) as caught:
        accounts.create_user(NewUser("x", "nobody", "root"), OPERATOR, "short")
    assert len(caught.value.reasons) == 4
    assert accounts.users() == ([], 0)
    assert events(accounts) == []


@pytest.mark.promise("ASVS 6.4.1")
def test_nothing_that_is_read_of_a_user_holds_a_secret(accounts: Accounts) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    assert {field.name for field in fields(User)} & {"password", "password_hash", "version"} == set()
    assert "argon2" not in repr(user)
    assert GOOD not in repr(events(accounts))
    assert "argon2" not in repr(events(accounts))


@pytest.mark.parametrize("user_id", [0, -1, 4711, 2**31, 10**30, "1", None, True, 1.0])
def test_user_that_does_not_exist(accounts: Accounts, user_id: Any) -> None:
    add_user(accounts, "petra")
    for ask in (
        lambda: accounts.user(user_id),
        lambda: accounts.disable_user(user_id, OPERATOR),
        lambda: accounts.enable_user(user_id, OPERATOR),
        lambda: accounts.unlock_user(user_id, OPERATOR),
        lambda: accounts.invite(user_id, OPERATOR),
        lambda: accounts.end_sessions(user_id, OPERATOR),
    ):
        with pytest.raises(AccountError, match="no such user"):
            ask()


@pytest.mark.parametrize("username", ["", "nobody", "\0", "\udc80", "x" * 10_000, "petra' OR '1'='1"])
def test_finding_nobody(accounts: Accounts, username: str) -> None:
    add_user(accounts, "petra")
    assert accounts.find(username) is None


@pytest.fixture
def crowd(accounts: Accounts) -> Accounts:
    for number in range(7):
        add_user(accounts, f"user_{number}", "procurement_manager")
    accounts.create_user(NewUser("Zoe", "zoe@shop.example", "sales_manager", "Zoë", "Under_score"), OPERATOR)
    accounts.create_user(NewUser("axel", "Axel@Example.com", "admin", "Axel", "100% Müller"), OPERATOR)
    return accounts


def usernames(result: tuple[list[User], int]) -> list[str]:
    return [user.username for user in result[0]]


def test_users_come_in_order_page_by_page(crowd: Accounts) -> None:
    everyone = ["axel", *(f"user_{number}" for number in range(7)), "Zoe"]
    assert usernames(crowd.users()) == everyone
    pages = [crowd.users(offset=offset, limit=4) for offset in (0, 4, 8, 12)]
    assert [usernames(page) for page in pages] == [everyone[:4], everyone[4:8], everyone[8:], []]
    assert {total for _, total in pages} == {9}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("AXEL", ["axel"]),
        ("shop.example", ["Zoe"]),
        ("user_3", ["user_3"]),
        ("_score", ["Zoe"]),
        ("100%", ["axel"]),
        ("%", ["axel"]),
        ("'; DROP TABLE users; --", []),
        ("\0", []),
        ("nobody at all", []),
        ("  zoe  ", ["Zoe"]),
    ],
)
def test_search_takes_the_text_literally(crowd: Accounts, search: str, found: list[str]) -> None:
    result = crowd.users(search=search)
    assert usernames(result) == found
    assert result[1] == len(found)


def test_search_within_a_role(crowd: Accounts) -> None:
    assert usernames(crowd.users(role="sales_manager")) == ["Zoe"]
    assert usernames(crowd.users(search="e", role="admin")) == ["axel"]
    assert crowd.users(role="no_such_role") == ([], 0)


@pytest.mark.parametrize("again", ["petra@example.com", "PETRA@example.com", "Petra@Example.Com"])
def test_address_is_unique_in_any_case(accounts: Accounts, again: str) -> None:
    add_user(accounts, "petra")
    with pytest.raises(AccountError, match=r"^Another user has this e-mail address\.$"):
        accounts.create_user(NewUser("other", again, "admin"), OPERATOR)
    assert accounts.users()[1] == 1


def test_of_parallel_creations_with_one_address_a_single_one_succeeds(accounts: Accounts) -> None:
    made = at_once(
        8, lambda number: accounts.create_user(NewUser(f"user{number}", "x@example.com", "sales_manager"), OPERATOR)
    )
    assert sum(isinstance(result, User) for result in made) == 1
    assert sum(isinstance(result, AccountError) for result in made) == 7


SENSELESS = [(-5, 3, 3), (0, 0, 1), (0, -1, 1), (0, 10**30, 9), (10**30, 5, 0), (2**64, 2**64, 0)]


@pytest.mark.parametrize(("offset", "limit", "count"), SENSELESS)
def test_senseless_pages_are_harmless(crowd: Accounts, offset: int, limit: int, count: int) -> None:
    assert len(crowd.users(offset=offset, limit=limit)[0]) == count


def test_first_admin_is_the_original_one(accounts: Accounts) -> None:
    assert not add_user(accounts, "petra", "procurement_manager").is_original_admin
    assert add_user(accounts, "ada", "admin").is_original_admin
    assert not add_user(accounts, "adam", "admin").is_original_admin


def test_of_parallel_first_admins_one_is_the_original(accounts: Accounts) -> None:
    made = at_once(8, lambda number: add_user(accounts, f"admin{number}", "admin"))
    assert sum(user.is_original_admin for user in made) == 1


def test_creation_is_audited(accounts: Accounts) -> None:
    add_user(accounts, "petra", "procurement_manager")
    (event,) = events(accounts)
    assert (event["kind"], event["actor_id"], event["actor"]) == ("user_created", 0, "command line")
    assert (event["target"], event["detail"]) == ("petra", '{"role":"procurement_manager"}')


def test_the_condition_raises_when_the_database_is_down(accounts: Accounts) -> None:
    assert accounts.condition.is_ready()
    with accounts.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit_head")
    with pytest.raises(Exception, match=r"no such table|does not exist"):
        accounts.condition.is_ready()


@pytest.mark.promise("ASVS 16.3.2")
def test_denial_is_recorded_by_itself(accounts: Accounts, clock: HandClock) -> None:
    accounts.record(audit.Event(audit.Kind.ACCESS_DENIED, 7, "sam", "denied", "/revenue", HERE.ip, "abc"))
    (event,) = events(accounts)
    assert (event["kind"], event["outcome"], event["target"]) == ("access_denied", "denied", "/revenue")
    assert event["happened_at"] == clock.now
    assert accounts.verify_audit().ok
