"""Registration: one answer for everybody, and an account that can do nothing yet."""

from datetime import date, timedelta

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user, at_once, events
from factor_kit import count, mails
from mailed_kit import BORN, SITE, change, found, kinds, refused, register, row, statements, token

from dashboard.access import NO_ROLE
from dashboard.accounts import AccountError, Accounts, Step, registration
from dashboard.accounts.models import pending, role_requests, users
from dashboard.mail.models import outbox
from dashboard.settings import Settings, load_settings

NEW, HELD, NAME = "verify", "already_registered", "username_taken"


def test_new_account_can_do_nothing_yet(accounts: Accounts) -> None:
    register(accounts, role="admin")
    user = found(accounts, "ann")
    assert (user.role, user.verified, user.active, user.is_original_admin) == (NO_ROLE, False, True, False)
    assert (user.first_name, user.last_name, user.email) == ("Ann", "Lee", "ann@example.com")
    assert accounts.authenticate("ann", GOOD, HERE) is None
    assert accounts.sign_ins.begin("ann", GOOD, HERE) is None
    assert accounts.requests.open() == ([], 0)
    assert accounts.requests.mine(user.id).role == "admin"  # type: ignore[union-attr]


def test_mail_holds_a_link_to_the_public_address(accounts: Accounts) -> None:
    register(accounts)
    (mail,) = mails(accounts)
    assert (mail.kind, mail.recipient, mail.words["hours"]) == (NEW, "ann@example.com", "24")
    assert mail.words["link"].startswith(f"{SITE}/verify/")


def test_date_of_birth_is_sealed(accounts: Accounts) -> None:
    register(accounts)
    kept = row(accounts, found(accounts, "ann")).date_of_birth
    assert "1984" not in kept
    assert accounts.profiles.read(found(accounts, "ann").id).date_of_birth == BORN


SHAPES = [
    ({"username": "a"}, "A user name has"),
    ({"username": "a b c"}, "is made of letters"),
    ({"email": "nobody"}, "not an e-mail address"),
    ({"email": "a@x.org,b@x.org"}, "not an e-mail address"),
    ({"email": "a,b@x.org"}, "not an e-mail address"),
    ({"role": "root"}, "no such role"),
    ({"role": NO_ROLE}, "no such role"),
    ({"first_name": "x" * 101}, "at most 100"),
    ({"last_name": "a\nb"}, "at most 100"),
    ({"password": "too short"}, "at least 15"),
    ({"password": "ann-lee-ann-lee-1"}, "made of your"),
    ({"password": "correct horse battery staple"}, "on the lists"),
    ({"date_of_birth": None}, "Enter your date of birth"),
    ({"date_of_birth": date(2026, 11, 20)}, "in the past"),
    ({"date_of_birth": date(2012, 11, 21)}, "14 to 120"),
    ({"date_of_birth": date(1905, 11, 20)}, "14 to 120"),
]


@pytest.mark.parametrize(("typed", "reason"), SHAPES)
def test_what_is_refused_for_its_shape(accounts: Accounts, typed: dict[str, object], reason: str) -> None:
    given = {"username": "ann", **typed}
    assert reason in refused(lambda: register(accounts, **given))  # type: ignore[arg-type]
    assert (mails(accounts), count(accounts, users), count(accounts, pending)) == ([], 0, 0)


@pytest.mark.parametrize("born", [date(2012, 11, 20), date(1905, 11, 21)])
def test_ages_that_are_accepted(accounts: Accounts, born: date) -> None:
    register(accounts, date_of_birth=born)
    assert kinds(accounts) == [NEW]


def test_date_of_birth_is_free_where_recovery_does_not_ask_for_it(settings: Settings, clock: HandClock) -> None:
    accounts = Accounts(load_settings(var=settings.var, recovery={"date_of_birth": False}), clock=clock)
    register(accounts, date_of_birth=None)
    assert kinds(accounts) == [NEW]
    accounts.close()


@pytest.mark.parametrize("mode", ["invited", "off"])
def test_registration_can_be_closed(settings: Settings, clock: HandClock, mode: str) -> None:
    accounts = Accounts(load_settings(var=settings.var, registration={"mode": mode}), clock=clock)
    assert "Nobody can register here" in refused(lambda: register(accounts))
    assert count(accounts, users) == 0
    accounts.close()


@pytest.mark.promise("ASVS 6.3.8", "registration tells nobody what is taken")
@pytest.mark.parametrize("role", ["", "sales_manager"])
def test_taken_and_free_names_get_one_answer_after_the_same_statements(accounts: Accounts, role: str) -> None:
    add_user(accounts, "petra", password=GOOD)
    said, ran = [], []
    for username, email in (("ann", ""), ("petra", "x@example.com"), ("bob", "petra@example.com"), ("PETRA", "")):
        with statements(accounts) as done:
            said.append(register(accounts, username, email, role))
        ran.append(done)
    assert kinds(accounts) == [NEW, NAME, HELD, HELD]
    assert {len(text) for text in said} == {len(said[0])}
    assert ran[1:] == [ran[0]] * 3
    assert count(accounts, pending) == 4


@pytest.mark.promise("ASVS 6.3.8")
def test_the_password_is_hashed_once_whatever_is_taken(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    real = registration.hash_password

    def counted(password: str) -> str:
        hashed.append(accounts.engine.pool.checkedout())  # type: ignore[attr-defined]
        return real(password)

    monkeypatch.setattr(registration, "hash_password", counted)
    add_user(accounts, "petra", password=GOOD)
    for username, email in (("ann", ""), ("petra", "x@example.com"), ("bob", "petra@example.com")):
        register(accounts, username, email)
    assert hashed == [0, 0, 0]


def test_address_holder_is_told_and_stays_as_they_were(accounts: Accounts) -> None:
    holder = add_user(accounts, "petra", password=GOOD)
    before = row(accounts, holder)
    register(accounts, "stranger", " Petra@Example.COM ")
    (mail,) = mails(accounts)
    assert (mail.kind, mail.recipient, mail.words["username"]) == (HELD, "petra@example.com", "petra")
    assert mail.words["link"] == f"{SITE}/recover"
    assert row(accounts, holder) == before
    assert accounts.find("stranger") is None


def test_mail_about_an_account_never_goes_to_an_address_that_only_looks_the_same(accounts: Accounts) -> None:
    holder = add_user(accounts, "petra", password=GOOD)
    change(accounts, holder, email="petra@strasse.example", email_key="petra@strasse.example")
    register(accounts, "stranger", "petra@straße.example")
    assert [(mail.kind, mail.recipient) for mail in mails(accounts)] == [(HELD, "petra@strasse.example")]


def test_taken_user_name_is_told_to_the_typed_address_only(accounts: Accounts) -> None:
    holder = add_user(accounts, "petra", password=GOOD)
    before = row(accounts, holder)
    register(accounts, "Petra", "somebody@example.com")
    (mail,) = mails(accounts)
    assert (mail.kind, mail.recipient, mail.words["link"]) == (NAME, "somebody@example.com", f"{SITE}/register")
    assert row(accounts, holder) == before
    assert count(accounts, users) == 1


@pytest.mark.promise("nobody squats a user name")
def test_name_that_nobody_verified_is_free_when_its_link_is_too_old(accounts: Accounts, clock: HandClock) -> None:
    register(accounts, "ann", "squatter@example.com", "admin")
    clock.move(hours=23, minutes=59)
    register(accounts, "ann", "ann@example.com")
    assert found(accounts, "ann").email == "squatter@example.com"
    clock.move(minutes=1)
    register(accounts, "ann", "ann@example.com")
    assert found(accounts, "ann").email == "ann@example.com"
    assert kinds(accounts) == [NEW, NAME, NEW]
    assert (count(accounts, users), count(accounts, role_requests)) == (1, 0)


def test_registering_again_with_the_same_address_counts_and_kills_the_older_link(accounts: Accounts) -> None:
    register(accounts, "ann")
    older = token(accounts, NEW)
    register(accounts, "annabel", "ann@example.com", password=OTHER)
    assert accounts.find("ann") is None
    assert accounts.registration.verifying(older) is None
    accounts.registration.verify(token(accounts, NEW), HERE, password=OTHER)
    assert accounts.authenticate("annabel", OTHER, HERE) is not None


def test_same_words_again_give_another_link(accounts: Accounts) -> None:
    register(accounts)
    older = token(accounts, NEW)
    register(accounts)
    assert accounts.registration.verifying(older) is None
    assert accounts.registration.verifying(token(accounts, NEW)) is not None


def test_account_that_was_disabled_is_not_replaced(accounts: Accounts, clock: HandClock) -> None:
    register(accounts)
    accounts.disable_user(found(accounts, "ann").id, OPERATOR)
    clock.move(days=3)
    register(accounts)
    assert not found(accounts, "ann").active
    assert kinds(accounts) == [NEW, HELD]


@pytest.mark.promise("ASVS 15.3.3", "a role named at registration grants nothing")
def test_wanted_role_is_only_a_request(accounts: Accounts) -> None:
    register(accounts, role="admin")
    user = found(accounts, "ann")
    accounts.registration.verify(token(accounts, NEW), HERE, password=GOOD)
    session = accounts.start_session(user.id, HERE)
    signed_in = accounts.load_session(session, touch=True)
    assert signed_in is not None
    assert (signed_in.viewer.role, signed_in.viewer.permissions) == (NO_ROLE, frozenset())


@pytest.mark.parametrize("same", ["name", "address", "both"])
def test_of_twenty_who_register_at_once_one_account_is_made(accounts: Accounts, same: str) -> None:
    def one(number: int) -> str:
        name = "ann" if same != "address" else f"ann{number}"
        address = "ann@example.com" if same != "name" else f"ann{number}@example.com"
        return register(accounts, name, address)

    answers = at_once(20, one)
    assert {type(answer) for answer in answers} == {str}
    assert count(accounts, users) == 1
    assert len(mails(accounts)) == 20
    assert accounts.verify_audit().ok


@pytest.mark.promise("token race")
def test_who_verifies_and_who_registers_again_do_not_wait_for_each_other(accounts: Accounts) -> None:
    for number in range(5):
        username = f"ann{number}"
        register(accounts, username)
        link = token(accounts, NEW)

        def one(turn: int, username: str = username, link: str = link) -> object:
            return register(accounts, username) if turn % 2 else accounts.registration.verify(link, HERE, "", GOOD)

        answers = at_once(10, one)
        assert {type(answer) for answer in answers} <= {str, Step, AccountError}
        assert sum(isinstance(answer, Step) for answer in answers) <= 1
    assert accounts.verify_audit().ok


def test_audit_log_says_what_became_of_it_and_no_secret(accounts: Accounts) -> None:
    add_user(accounts, "petra", password=GOOD)
    browser = register(accounts, role="sales_manager")
    register(accounts, "petra", "x@example.com")
    register(accounts, "bob", "petra@example.com")
    said = [(e["outcome"], e["target"], e["detail"]) for e in events(accounts) if e["kind"] == "registered"]
    assert said == [
        ("ok", "ann", '{"role":"sales_manager"}'),
        ("failed", "petra", '{"reason":"user name taken"}'),
        ("failed", "petra", '{"reason":"address taken"}'),
    ]
    written = repr(events(accounts))
    secrets = [GOOD, browser, "1984", *token(accounts, NEW).split(".")[2:]]
    assert not [secret for secret in secrets if secret in written]


def test_mails_are_sealed_in_the_outbox(accounts: Accounts) -> None:
    register(accounts)
    with accounts.engine.connect() as connection:
        kept = repr(connection.execute(outbox.select()).all())
    assert "ann@example.com" in kept
    assert token(accounts, NEW) not in kept


def test_registration_mark_lasts_as_long_as_the_link(accounts: Accounts, clock: HandClock) -> None:
    register(accounts)
    with accounts.engine.connect() as connection:
        (mark,) = connection.execute(pending.select()).all()
    assert mark.expires_at - clock.now == timedelta(hours=24)
    assert mark.purpose == "registration"


@pytest.mark.promise("nobody squats a user name")
def test_registrations_that_nobody_verified_are_swept(accounts: Accounts, clock: HandClock) -> None:
    for name in ("kept", "known", "given", "closed", "locked", "ann"):
        register(accounts, name)
        if name == "kept":
            accounts.registration.verify(token(accounts, NEW), HERE, password=GOOD)
    change(accounts, found(accounts, "known"), last_sign_in_at=clock.now)
    change(accounts, found(accounts, "given"), role="sales_manager")
    accounts.disable_user(found(accounts, "closed").id, OPERATOR)
    for _ in range(5):
        refused(lambda: accounts.registration.verify(token(accounts, NEW), HERE, password=OTHER))
    assert found(accounts, "ann").locked_until
    created = add_user(accounts, "created", password=GOOD)
    clock.move(hours=23, minutes=59, seconds=59)
    accounts.sweep()
    assert count(accounts, users) == 7
    clock.move(seconds=1)
    accounts.sweep()
    assert {user.username for user in accounts.users()[0]} == {"kept", "known", "given", "closed", "created"}
    gone = [event["target"] for event in events(accounts) if event["kind"] == "user_deleted"]
    assert (sorted(gone), created.verified) == (["ann", "locked"], True)
    add_user(accounts, "colleague", password=GOOD)
    assert accounts.verify_audit().ok
