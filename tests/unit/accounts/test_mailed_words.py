"""Every mail of these flows has the words that its template needs."""

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user
from factor_kit import mails, person
from mailed_kit import SITE, found, register, token

from dashboard.accounts import Accounts, Actor, Profile
from dashboard.mail.rendering import render

KINDS = {
    *("verify", "welcome", "already_registered", "username_taken", "recovery", "recovery_unknown", "locked"),
    *("password_changed", "invitation", "mail_change", "mail_changed", "factor_changed"),
    *("role_requested", "role_approved", "role_refused"),
}


@pytest.fixture
def everything(accounts: Accounts, clock: HandClock) -> Accounts:
    """An installation in which every one of these mails was put."""
    root = person(accounts, clock, "root", "admin")
    for username, email in (("ann", ""), ("root", "x@example.com"), ("bob", "root@example.com")):
        register(accounts, username, email, "sales_manager")
    accounts.registration.verify(mails(accounts, "verify")[0].words["link"].rpartition("/")[2], HERE, "", GOOD)
    ann = Actor(found(accounts, "ann").id, "ann", HERE)
    (request,) = accounts.requests.open()[0]
    accounts.requests.refuse(request.id, "Not yet.", root.actor)
    accounts.requests.approve(accounts.requests.ask("sales_manager", ann).id, root.actor)
    accounts.profiles.change(Profile("Ann", "Lee", accounts.profiles.read(ann.user_id).date_of_birth), ann)
    accounts.profiles.change_password(GOOD, OTHER, ann)
    accounts.profiles.ask_mail_change("ann@example.org", ann)
    accounts.profiles.change_mail(token(accounts, "mail_change"), HERE)
    accounts.profiles.change(Profile("Root", "One", accounts.profiles.read(ann.user_id).date_of_birth), root.actor)
    for name in ("root", "nobody@example.com"):
        accounts.recovery.ask(name, HERE)
    accounts.invite(add_user(accounts, "new").id, OPERATOR)
    accounts.invite(root.user.id, OPERATOR)
    for _ in range(5):
        accounts.authenticate("root", "wrong", HERE)
    return accounts


def test_all_of_them_can_be_rendered(everything: Accounts) -> None:
    sent = mails(everything)
    assert {mail.kind.value for mail in sent} == KINDS
    for mail in sent:
        rendered = render(mail, "Salesgate", SITE)
        assert mail.words.get("link", SITE) in rendered.text
        assert rendered.subject.startswith("Salesgate: ")
