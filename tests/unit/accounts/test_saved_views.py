"""Saved views: one's own, few, by name, audited, and never those of somebody else."""

import json

import pytest
from accounts_kit import HERE, add_user, at_once, events

from dashboard.accounts import AccountError, Accounts, Actor
from dashboard.accounts.saved_views import MOST


def actor(accounts: Accounts, username: str) -> Actor:
    found = accounts.find(username) or add_user(accounts, username)
    return Actor(found.id, username, HERE, "session")


@pytest.fixture
def nora(accounts: Accounts) -> Actor:
    return actor(accounts, "nora")


def listed(accounts: Accounts, by: Actor) -> list[tuple[str, str]]:
    return [(view.name, view.href) for view in accounts.views.mine(by.user_id)]


def test_a_view_is_saved_opened_renamed_and_removed(accounts: Accounts, nora: Actor) -> None:
    accounts.views.save("/units", "  Garden   in\tautumn ", "category=Garden", nora)
    accounts.views.save("/revenue", "As it is", "", nora)
    assert listed(accounts, nora) == [("As it is", "/revenue"), ("Garden in autumn", "/units?category=Garden")]
    number = accounts.views.mine(nora.user_id)[1].number
    accounts.views.rename(number, "Garden", nora)
    accounts.views.rename(number, "Garden", nora)  # its own name is no other's
    assert listed(accounts, nora)[1] == ("Garden", "/units?category=Garden")
    accounts.views.remove(number, nora)
    assert listed(accounts, nora) == [("As it is", "/revenue")]
    told = [json.loads(e["detail"]) for e in events(accounts) if e["kind"] == "view_changed"]
    assert [(one["change"], one["page"]) for one in told] == [
        ("saved", "/units"),
        ("saved", "/revenue"),
        ("renamed", "/units"),
        ("renamed", "/units"),
        ("removed", "/units"),
    ]


def test_a_name_is_one_view_of_a_page(accounts: Accounts, nora: Actor) -> None:
    accounts.views.save("/units", "Mine", "category=Garden", nora)
    accounts.views.save("/units", "Mine", "category=Bath", nora)
    accounts.views.save("/revenue", "Mine", "", nora)
    accounts.views.save("/units", "Other", "", nora)
    assert listed(accounts, nora) == [("Mine", "/revenue"), ("Mine", "/units?category=Bath"), ("Other", "/units")]
    other = accounts.views.mine(nora.user_id)[2].number
    with pytest.raises(AccountError, match="Another view"):
        accounts.views.rename(other, "Mine", nora)


def test_somebody_elses_view_is_not_found(accounts: Accounts, nora: Actor) -> None:
    accounts.views.save("/units", "Mine", "category=Garden", nora)
    number, petra = accounts.views.mine(nora.user_id)[0].number, actor(accounts, "petra")
    assert listed(accounts, petra) == []
    with pytest.raises(AccountError, match="no such view"):
        accounts.views.rename(number, "Stolen", petra)
    with pytest.raises(AccountError, match="no such view"):
        accounts.views.remove(number, petra)
    assert listed(accounts, nora) == [("Mine", "/units?category=Garden")]


def test_a_number_of_no_view_is_refused(accounts: Accounts, nora: Actor) -> None:
    accounts.views.save("/units", "Mine", "", nora)
    for number in (0, -1, 2**40, True, "1", None):
        with pytest.raises(AccountError, match="no such view"):
            accounts.views.remove(number, nora)


def test_names_are_short_and_visible(accounts: Accounts, nora: Actor) -> None:
    for name in ("", "   ", "x" * 81, "a\x00b", "a\u202eb", "\u200b"):
        with pytest.raises(AccountError, match="name of 1 to 80"):
            accounts.views.save("/units", name, "", nora)


def test_hostile_addresses_are_refused(accounts: Accounts, nora: Actor) -> None:
    for page, address in (
        ("//evil.example", ""),
        ("https://evil.example", ""),
        ("javascript:alert(1)", ""),
        ("/units/../users", ""),
        ("/" + "a" * 60, ""),
        ("/units", "a=" + "b" * 1000),
        ("/units", "a=\r\nSet-Cookie: x"),
        ("/units", "a=ü"),
    ):
        with pytest.raises(AccountError, match="address"):
            accounts.views.save(page, "Name", address, nora)
    assert listed(accounts, nora) == []


def test_nobody_has_more_than_fifty_not_even_at_once(accounts: Accounts, nora: Actor) -> None:
    for number in range(MOST - 1):
        accounts.views.save("/units", f"View {number}", "", nora)
    results = at_once(4, lambda number: accounts.views.save("/units", f"Late {number}", "", nora))
    assert sum(isinstance(result, AccountError) for result in results) == 3
    assert len(listed(accounts, nora)) == MOST
    with pytest.raises(AccountError, match="50 saved views"):
        accounts.views.save("/units", "One more", "", nora)
    accounts.views.save("/units", "View 0", "category=Bath", nora)  # replacing is no more
    accounts.views.save("/units", "First", "", actor(accounts, "petra"))


def test_views_go_with_their_user(accounts: Accounts, nora: Actor) -> None:
    accounts.views.save("/units", "Mine", "", nora)
    ada = actor(accounts, "ada")
    accounts.administration.delete(nora.user_id, "nora", Actor(0, "command line"))
    assert accounts.views.mine(nora.user_id) == []
    assert accounts.find("ada") is not None
    with pytest.raises(AccountError):
        accounts.views.save("/units", "Ghost", "", nora)
    assert listed(accounts, ada) == []
