"""Sessions: what ends them, and that rights are read anew."""

import hashlib

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from sqlalchemy import event, func, select, update

from dashboard.access import Permission
from dashboard.accounts import AccountError, Accounts, Actor, Origin, User
from dashboard.accounts.models import sessions, users
from dashboard.settings import Settings, load_settings


@pytest.fixture
def user(accounts: Accounts) -> User:
    return add_user(accounts, "sam", "sales_manager")


def rows(accounts: Accounts) -> int:
    with accounts.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(sessions)).scalar_one()


def kinds(accounts: Accounts) -> list[str]:
    return [event["kind"] for event in events(accounts)]


@pytest.mark.promise("ASVS 7.2.2", "ASVS 7.2.3")
def test_token_has_256_bits_and_only_its_hash_is_kept(accounts: Accounts, user: User) -> None:
    tokens = {accounts.start_session(user.id, HERE) for _ in range(20)}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {43}
    with accounts.engine.connect() as connection:
        kept = set(connection.execute(select(sessions.c.token_hash)).scalars())
    assert kept == {hashlib.sha256(token.encode()).hexdigest() for token in tokens}


def test_session_says_who_it_is(accounts: Accounts, user: User, clock: HandClock) -> None:
    signed_in = accounts.load_session(accounts.start_session(user.id, HERE), touch=False)
    assert signed_in is not None
    assert signed_in.viewer == accounts.roles["sales_manager"].viewer(user.id, "sam")
    assert signed_in.name == "sam"
    assert (signed_in.idle_seconds_left, signed_in.absolute_seconds_left) == (600, 12 * 3600)
    assert signed_in.authenticated_at == clock.now
    assert len(signed_in.session) == 12


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\0", "\udc80", "' OR 1=1 --", "é" * 43])
def test_what_is_no_token_is_nobody(accounts: Accounts, user: User, token: str) -> None:
    accounts.start_session(user.id, HERE)
    assert accounts.load_session(token, touch=True) is None


@pytest.mark.promise("ASVS 7.2.1")
def test_hash_of_a_token_is_no_token(accounts: Accounts, user: User) -> None:
    token = accounts.start_session(user.id, HERE)
    assert accounts.load_session(hashlib.sha256(token.encode()).hexdigest(), touch=True) is None


@pytest.mark.promise("ASVS 7.2.4")
def test_sign_in_ends_the_session_that_the_browser_had(accounts: Accounts, user: User) -> None:
    old = accounts.start_session(user.id, HERE)
    new = accounts.start_session(user.id, HERE, replacing=old)
    assert new != old
    assert accounts.load_session(old, touch=True) is None
    assert accounts.load_session(new, touch=True) is not None


@pytest.mark.promise("ASVS 7.4.1")
def test_token_is_dead_after_sign_out(accounts: Accounts, user: User) -> None:
    token, other = accounts.start_session(user.id, HERE), accounts.start_session(user.id, HERE)
    accounts.end_session(token)
    accounts.end_session(token)
    assert accounts.load_session(token, touch=True) is None
    assert accounts.load_session(other, touch=True) is not None
    assert kinds(accounts).count("sign_out") == 1


def test_ending_the_session_of_somebody_else_is_told_apart(accounts: Accounts, user: User) -> None:
    token = accounts.start_session(user.id, HERE)
    accounts.end_session(token, Actor(99, "ada"))
    assert (events(accounts)[-1]["kind"], events(accounts)[-1]["actor"]) == ("session_ended", "ada")


@pytest.mark.promise("ASVS 7.4.2")
def test_disabled_user_is_out_at_once_and_enabling_revives_nothing(accounts: Accounts, user: User) -> None:
    token = accounts.start_session(user.id, HERE)
    accounts.disable_user(user.id, OPERATOR)
    assert accounts.load_session(token, touch=True) is None
    with pytest.raises(AccountError, match="cannot be used"):
        accounts.start_session(user.id, HERE)
    accounts.enable_user(user.id, OPERATOR)
    assert accounts.load_session(token, touch=True) is None
    assert rows(accounts) == 0


def test_session_row_of_an_inactive_user_is_refused_and_removed(accounts: Accounts, user: User) -> None:
    token = accounts.start_session(user.id, HERE)
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(active=False))
    assert accounts.load_session(token, touch=True) is None
    assert rows(accounts) == 0


def test_disabling_and_signing_in_at_once_leaves_no_session_behind(accounts: Accounts) -> None:
    for round_ in range(5):
        someone = add_user(accounts, f"round{round_}")
        work = [
            lambda user_id=someone.id: accounts.start_session(user_id, HERE),
            lambda user_id=someone.id: accounts.disable_user(user_id, OPERATOR),
        ]
        at_once(8, lambda number, work=work: work[number == 7]())
        assert accounts.open_sessions(someone.id) == []


@pytest.mark.promise("ASVS 7.4.5")
def test_all_sessions_of_a_user_end(accounts: Accounts, user: User) -> None:
    other = add_user(accounts, "olga")
    tokens = [accounts.start_session(user.id, HERE) for _ in range(3)]
    kept = accounts.start_session(other.id, HERE)
    assert accounts.end_sessions(user.id, OPERATOR) == 3
    assert [accounts.load_session(token, touch=True) for token in tokens] == [None] * 3
    assert accounts.load_session(kept, touch=True) is not None
    assert events(accounts)[-1]["detail"] == '{"sessions":3}'
    with pytest.raises(AccountError, match="no such user"):
        accounts.end_sessions(4711, OPERATOR)


@pytest.mark.promise("ASVS 7.3.1")
def test_idle_limit(accounts: Accounts, user: User, clock: HandClock) -> None:
    token = accounts.start_session(user.id, HERE)
    clock.move(minutes=9, seconds=59)
    assert accounts.load_session(token, touch=False) is not None
    clock.move(seconds=1)
    assert accounts.load_session(token, touch=True) is None
    assert rows(accounts) == 0
    clock.move(minutes=-5)
    assert accounts.load_session(token, touch=True) is None
    assert events(accounts)[-1]["kind"] == "session_expired"
    assert events(accounts)[-1]["detail"] == '{"reason":"not used for too long"}'


@pytest.mark.promise("ASVS 7.3.2")
def test_absolute_limit_holds_however_busy_the_user_is(accounts: Accounts, user: User, clock: HandClock) -> None:
    token = accounts.start_session(user.id, HERE)
    for _ in range(12 * 12 - 1):
        clock.move(minutes=5)
        assert accounts.load_session(token, touch=True) is not None
    clock.move(minutes=5)
    assert accounts.load_session(token, touch=True) is None
    assert events(accounts)[-1]["detail"] == '{"reason":"signed in for too long"}'


def test_polling_keeps_no_session_alive(accounts: Accounts, user: User, clock: HandClock) -> None:
    token = accounts.start_session(user.id, HERE)
    left = []
    for _ in range(10):
        signed_in = accounts.load_session(token, touch=False)
        left.append(signed_in.idle_seconds_left if signed_in else None)
        clock.move(minutes=1)
    assert left == [600, 540, 480, 420, 360, 300, 240, 180, 120, 60]
    assert accounts.load_session(token, touch=False) is None


def test_seen_is_written_only_when_stale_and_only_by_activity(accounts: Accounts, user: User, clock: HandClock) -> None:
    token = accounts.start_session(user.id, HERE)
    written: list[str] = []
    event.listen(
        accounts.engine, "before_cursor_execute", lambda *args: written.append(args[2]) if "UPDATE" in args[2] else None
    )
    clock.move(seconds=29)
    accounts.load_session(token, touch=True)
    clock.move(seconds=1)
    accounts.load_session(token, touch=False)
    assert written == []
    signed_in = accounts.load_session(token, touch=True)
    assert len(written) == 1
    assert signed_in is not None
    assert signed_in.idle_seconds_left == 600
    accounts.load_session(token, touch=True)
    assert len(written) == 1


def test_short_idle_limit_is_kept_alive_by_activity(settings: Settings, clock: HandClock) -> None:
    accounts = Accounts(load_settings(var=settings.var, session={"idle_minutes": 0.05}), clock=clock)
    token = accounts.start_session(add_user(accounts, "sam").id, HERE)
    for _ in range(10):
        clock.move(seconds=2)
        assert accounts.load_session(token, touch=True) is not None
    clock.move(seconds=3)
    assert accounts.load_session(token, touch=True) is None
    accounts.close()


@pytest.mark.promise("ASVS 8.3.2")
def test_changed_role_applies_to_the_next_request(accounts: Accounts, user: User) -> None:
    token = accounts.start_session(user.id, HERE)
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(role="procurement_manager"))
    signed_in = accounts.load_session(token, touch=True)
    assert signed_in is not None
    assert signed_in.viewer.role == "procurement_manager"
    assert Permission.MEASURE_REVENUE not in signed_in.viewer.permissions


def test_role_that_is_gone_ends_the_session(settings: Settings, clock: HandClock) -> None:
    own = {"north": {"name": "North", "permissions": ["measure:units"]}}
    before = Accounts(load_settings(var=settings.var, roles=own), clock=clock)
    token = before.start_session(add_user(before, "nora", "north").id, HERE)
    assert before.load_session(token, touch=True) is not None
    after = Accounts(settings, clock=clock)
    assert after.load_session(token, touch=True) is None
    assert before.load_session(token, touch=True) is None
    before.close()
    after.close()


def test_one_statement_loads_a_session(accounts: Accounts, user: User) -> None:
    token = accounts.start_session(user.id, HERE)
    ran: list[str] = []
    event.listen(accounts.engine, "before_cursor_execute", lambda *args: ran.append(args[2]))
    assert accounts.load_session(token, touch=True) is not None
    assert len(ran) == 1
    assert ran[0].startswith("SELECT")


@pytest.mark.promise("ASVS 7.5.2")
def test_open_sessions_are_listed_latest_first_without_their_tokens(
    accounts: Accounts, user: User, clock: HandClock
) -> None:
    old = accounts.start_session(user.id, Origin("192.0.2.1", "Old"))
    clock.move(minutes=5)
    new = accounts.start_session(user.id, Origin("192.0.2.2", "New" * 200))
    listed = accounts.open_sessions(user.id)
    assert [(session.ip, session.agent[:3]) for session in listed] == [("192.0.2.2", "New"), ("192.0.2.1", "Old")]
    assert not {old, new} & {session.session for session in listed}
    assert accounts.user(user.id).open_sessions == 2
    clock.move(minutes=5)
    assert [session.ip for session in accounts.open_sessions(user.id)] == ["192.0.2.2"]
    assert accounts.user(user.id).open_sessions == 1


def test_sign_in_clears_what_others_left_behind(accounts: Accounts, user: User, clock: HandClock) -> None:
    for _ in range(4):
        accounts.start_session(user.id, HERE)
    clock.move(minutes=10)
    accounts.start_session(add_user(accounts, "olga").id, HERE)
    assert rows(accounts) == 1


def test_expiry_is_audited_once_however_many_requests_find_it(accounts: Accounts, user: User, clock: HandClock) -> None:
    token = accounts.start_session(user.id, HERE)
    clock.move(hours=1)
    assert at_once(12, lambda _: accounts.load_session(token, touch=True)) == [None] * 12
    assert kinds(accounts).count("session_expired") == 1


def test_sign_in_and_out_are_audited_with_the_short_hash(accounts: Accounts) -> None:
    add_user(accounts, "petra", password=GOOD)
    user = accounts.authenticate("petra", GOOD, HERE)
    assert user is not None
    token = accounts.start_session(user.id, HERE)
    accounts.end_session(token)
    signed_in, signed_out = events(accounts)[-2:]
    short = hashlib.sha256(token.encode()).hexdigest()[:12]
    assert (signed_in["kind"], signed_in["outcome"], signed_in["ip"]) == ("sign_in", "ok", HERE.ip)
    assert (signed_in["session_hash"], signed_out["session_hash"]) == (short, short)
    assert accounts.user(user.id).last_sign_in_at is not None
