"""Signing in by another provider, from the button to the session."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import provider_kit
import pytest
from provider_kit import ADA, PASSWORD, Provider, Site, form_token, is_signed_in, query_of

from dashboard.accounts import AccountError, Actor, Origin
from dashboard.settings import SettingsError, load_settings
from dashboard.web.server import create_server


def actor(here: Site, username: str) -> Actor:
    user = here.accounts.find(username)
    assert user
    return Actor(user.id, user.username, Origin("192.0.2.1"))


@pytest.mark.promise("ASVS 10.1.2", "ASVS 10.2.1", "ASVS 10.5.1")
def test_somebody_new_gets_an_account_without_a_password_and_a_session(here: Site) -> None:
    browser = here.browser()
    assert "Sign in with Example Corp" in browser.get("/sign-in").text
    arrived = here.sign_in(browser, "/revenue?from=2026-01")
    assert (arrived.status_code, arrived.location) == (303, "/revenue?from=2026-01")
    assert is_signed_in(browser)
    ada = here.accounts.find("ada")
    assert ada
    assert (ada.email, ada.first_name, ada.last_name) == ("ada@corp.example", "Ada", "Lovelace")
    assert (ada.role, ada.verified, ada.has_password) == ("no_role", True, False)
    assert '"methods":"sso"' in here.events("sign_in")[-1]["detail"].replace(" ", "")
    assert here.accounts.open_sessions(ada.id)[0].methods == ("sso",)


@pytest.mark.promise("ASVS 6.8.1", "ASVS 10.5.2")
def test_the_subject_counts_and_never_the_mail_address(here: Site, provider: Provider) -> None:
    here.sign_in(here.browser())
    provider.person = {**ADA, "email": "ada.king@corp.example", "preferred_username": "king"}
    here.sign_in(here.browser())
    assert here.accounts.users()[1] == 3
    provider.person = {**ADA, "sub": "ada-2"}
    stranger = here.browser()
    refused = here.sign_in(stranger)
    assert refused.status_code == 403
    assert "Sign in with your password, and connect Example Corp on your account page" in refused.text
    assert not is_signed_in(stranger)
    provider.person = {**ADA, "sub": "x", "email": "sales_manager@example.com"}
    assert here.sign_in(stranger).status_code == 403


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_provider_has_not_verified_makes_no_account(
    here: Site, provider: Provider, verified: object
) -> None:
    provider.person["email_verified"] = verified
    refused = here.sign_in(here.browser())
    assert (refused.status_code, here.accounts.users()[1]) == (403, 2)
    assert "does not tell a mail address of yours that it has verified" in refused.text


def test_what_the_id_token_lacks_is_asked_of_userinfo_but_never_mixed(here: Site, provider: Provider) -> None:
    provider.person = {"sub": "ada-1", "email": "boss@example.com"}
    provider.userinfo = {"email": "ada@corp.example", "email_verified": True, "preferred_username": "ada"}
    assert here.sign_in(here.browser()).status_code == 303
    ada = here.accounts.find("ada")
    assert ada
    assert ada.email == "ada@corp.example"
    provider.userinfo["sub"] = "somebody else"
    assert here.sign_in(here.browser()).status_code == 400


@pytest.mark.promise("ASVS 6.1.3", "ASVS 6.3.4", "ASVS 6.3.3")
def test_a_second_factor_is_ours_unless_the_provider_tells_of_one(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SALESGATE_SECOND_FACTOR__GRACE_UNTIL")
    with provider_kit.site(provider, tmp_path, role_claim="groups", roles={"it": "admin"}) as here:
        provider.person["groups"] = ["it"]
        arrived = here.sign_in(browser := here.browser())
        assert arrived.location.startswith("/sign-in/enrol")
        assert not is_signed_in(browser)
        provider.changed["amr"] = ["pwd", "mfa"]
        assert here.sign_in(browser).location == "/revenue"
        assert is_signed_in(browser)


@pytest.mark.promise("ASVS 8.3.2")
def test_the_first_mapped_value_is_the_role_at_every_sign_in(provider: Provider, tmp_path: Path) -> None:
    roles = {"buyers": "procurement_manager", "sales": "sales_manager"}
    with provider_kit.site(provider, tmp_path, role_claim="groups", roles=roles) as here:
        for groups, role in (
            (["sales", "buyers", 7], "procurement_manager"),
            ("sales", "sales_manager"),
            (["staff"], "no_role"),
        ):
            provider.person["groups"] = groups
            here.sign_in(here.browser())
            ada = here.accounts.find("ada")
            assert ada
            assert ada.role == role
        last = here.events("role_changed")[-1]
        assert (last["actor"], last["actor_id"], last["target"]) == (None, None, "ada")
        assert "Example Corp" in last["detail"]


def test_a_mapped_role_that_there_is_not_stops_the_start(tmp_path: Path) -> None:
    table = {"issuer": "https://login.example.com", "client_id": "x", "role_claim": "g", "roles": {"a": "captain"}}
    with pytest.raises(SettingsError, match=r"oidc\.company\.roles: there is no role 'captain'"):
        create_server(load_settings(var=tmp_path / "var", oidc={"company": table}))


@pytest.mark.promise("ASVS 7.4.2", "ASVS 6.1.1")
def test_a_closed_account_stays_closed_and_a_strangers_guesses_close_nothing(here: Site) -> None:
    here.sign_in(here.browser())
    ada, operator = actor(here, "ada"), Actor(0, "operator")
    form = here.browser()
    for _ in range(7):
        data = {"username": "ada", "password": "wrong " * 3, "csrf_token": form_token(form.get("/sign-in"))}
        assert form.post("/sign-in", data=data).status_code == 401
    assert here.sign_in(here.browser()).status_code == 303
    here.accounts.administration.lock(ada.user_id, operator)
    assert here.sign_in(here.browser()).status_code == 403
    here.accounts.unlock_user(ada.user_id, operator)
    here.accounts.disable_user(ada.user_id, operator)
    refused = here.sign_in(browser := here.browser())
    assert (refused.status_code, is_signed_in(browser)) == (403, False)


@pytest.mark.promise("ASVS 6.3.8")
def test_there_is_no_way_to_a_password(here: Site) -> None:
    here.sign_in(here.browser())
    ada = actor(here, "ada")
    with pytest.raises(AccountError, match="signed in to with Example Corp"):
        here.accounts.invite(ada.user_id, Actor(0, "operator"))
    with pytest.raises(AccountError, match="signed in to with Example Corp"):
        here.accounts.profiles.change_password("", "eleven quiet rivers in june", ada)
    answers = []
    for name in ("ada", "sales_manager", "nobody.at.all"):
        browser = here.browser()
        data = {"name": name, "csrf_token": form_token(browser.get("/recover"))}
        answer = browser.post("/recover", data=data)
        page = browser.get(answer.location) if answer.location else answer
        answers.append((answer.status_code, answer.location, page.text.replace(name, "")))
    assert answers[0][:2] == answers[1][:2] == answers[2][:2]
    with here.accounts.engine.connect() as connection:
        mails = connection.exec_driver_sql("SELECT recipient, kind FROM outbox ORDER BY id").all()
    assert [tuple(mail) for mail in mails[-2:]] == [
        ("ada@corp.example", "signs_in_by"),
        ("sales_manager@example.com", "recovery"),
    ]


@pytest.mark.promise("ASVS 7.5.1", "ASVS 6.3.7")
def test_connecting_takes_the_place_of_the_password(here: Site, provider: Provider) -> None:
    browser, other = here.by_password("sales_manager"), here.by_password("sales_manager")
    form = {"csrf_token": form_token(browser.get("/sign-on/company/connect"))}
    left = browser.post("/sign-on/company/connect", data=form)
    assert left.status_code == 200
    back = here.arrive(browser, provider.consent(left.headers["Refresh"].partition("url=")[2]))
    assert (back.status_code, back.location) == (303, "/account")
    assert (is_signed_in(browser), is_signed_in(other)) == (True, False)
    wrong = here.browser()
    data = {"username": "sales_manager", "password": PASSWORD, "csrf_token": form_token(wrong.get("/sign-in"))}
    assert wrong.post("/sign-in", data=data).status_code == 401
    assert here.sign_in(wrong).status_code == 303
    assert here.accounts.users()[1] == 2
    only = browser.post(
        "/sign-on/company/disconnect", data={"csrf_token": form_token(browser.get("/sign-on/company/disconnect"))}
    )
    assert (only.status_code, "only way in" in only.text) == (400, True)
    assert 'href="/account">Your account</a>' in only.text
    assert here.accounts.federation.release(actor(here, "sales_manager").user_id, Actor(0, "operator")) == 1
    assert not is_signed_in(browser)
    assert here.accounts.invite(actor(here, "sales_manager").user_id, Actor(0, "operator"))


@pytest.mark.promise("ASVS 3.5.1", "ASVS 10.2.1")
def test_nobody_else_can_connect_their_identity_with_my_account(here: Site, provider: Provider) -> None:
    mine, theirs = here.by_password("sales_manager"), here.by_password("admin")
    assert mine.post("/sign-on/company/connect").status_code == 400  # without the form's token
    assert theirs.get("/sign-on/company/connect").status_code == 200
    refused = theirs.post(
        "/sign-on/company/connect", data={"csrf_token": form_token(theirs.get("/sign-on/company/connect"))}
    )
    assert (refused.status_code, "The original Admin signs in with a password" in refused.text) == (400, True)
    left = mine.post("/sign-on/company/connect", data={"csrf_token": form_token(mine.get("/sign-on/company/connect"))})
    path = provider.consent(left.headers["Refresh"].partition("url=")[2])
    step = mine.get_cookie("salesgate_step")
    assert step
    theirs.set_cookie("salesgate_step", step.value)
    assert here.arrive(theirs, path).status_code == 403
    assert here.accounts.federation.of(actor(here, "admin").user_id) == ()


@pytest.mark.promise("ASVS 7.2.4", "ASVS 7.5.1")
def test_a_stale_session_is_confirmed_only_by_a_proof_of_now(here: Site, provider: Provider) -> None:
    here.sign_in(browser := here.browser())
    with here.accounts.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sessions SET authenticated_at = 0")
    asked = browser.get("/sign-on/company/disconnect")
    assert asked.location.startswith("/confirm?")
    assert "Confirm with Example Corp" in browser.get(asked.location).text
    for changed, code in (
        ({"auth_time": None}, 400),
        ({"auth_time": int(time.time()) - 3600}, 400),
        ({"auth_time": int(time.time()), "sub": "bob"}, 403),
        ({"auth_time": int(time.time())}, 303),
    ):
        provider.changed = changed
        before = browser.get_cookie("salesgate_session")
        left = browser.get("/sign-on/company/confirm?next=/account")
        assert query_of(left.location)["prompt"] == "login"
        assert here.arrive(browser, provider.consent(left.location)).status_code == code
    after = browser.get_cookie("salesgate_session")
    assert before
    assert after
    assert before.value != after.value
    assert browser.get("/sign-on/company/disconnect").status_code == 200


def test_strangers_are_refused_where_no_accounts_are_made(provider: Provider, tmp_path: Path) -> None:
    with provider_kit.site(provider, tmp_path, create_users=False) as here:
        refused = here.sign_in(here.browser())
        assert (refused.status_code, here.accounts.users()[1]) == (403, 2)
        assert here.events("sign_in")[-1]["outcome"] == "failed"


def test_a_loop_that_runs_already_is_in_nobodys_way(here: Site) -> None:
    async def within_a_loop() -> int:
        return here.sign_in(here.browser()).status_code

    # A loop may run in the thread of the tests as well: that of a browser.
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(lambda: asyncio.run(within_a_loop())).result() == 303
