"""Sign-ins of programs: what ends them ends their tokens at the next request, and a refresh token is good once."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user, events
from factor_kit import ELSEWHERE, count, mails, person
from mailed_kit import statements
from sqlalchemy import update
from token_kit import begin, claims_of, forged, holder, refreshes, sign_in

from dashboard.accounts import AccountError, Accounts, Actor, Method, SessionKind, Tokens, access_tokens
from dashboard.accounts.models import refresh_tokens, sessions, users
from dashboard.settings import Settings, load_settings


def actor(accounts: Accounts, tokens: Tokens) -> Actor:
    """Who calls, as the API knows them."""
    found = holder(accounts, tokens)
    assert found is not None
    viewer = found.viewer
    return Actor(viewer.user_id, viewer.username, HERE, found.session, viewer.permissions, viewer.scope, found.fresh)


def is_dead(accounts: Accounts, tokens: Tokens) -> bool:
    """Whether neither token is good for anything; the other answers mean that only one is."""
    alive = [holder(accounts, tokens) is not None, refreshes(accounts, tokens) is not None]
    assert alive in ([True, True], [False, False])
    return alive == [False, False]


@dataclass
class Family:
    """A sign-in that was renewed some times."""

    accounts: Accounts
    tokens: list[Tokens] = field(default_factory=list)

    def renew(self, times: int = 1) -> "Family":
        for _ in range(times):
            self.tokens.append(self.accounts.tokens.refresh(self.tokens[-1].refresh, HERE))
        return self


@pytest.fixture
def family(accounts: Accounts) -> Family:
    return Family(accounts, [sign_in(accounts)])


def test_a_sign_in_gives_tokens_of_a_session_of_its_own_kind(accounts: Accounts, family: Family) -> None:
    (tokens,) = family.tokens
    signed_in = holder(accounts, tokens)
    assert signed_in is not None
    (session,) = accounts.open_sessions(signed_in.viewer.user_id)
    assert (session.kind, session.methods, session.remembered) == (SessionKind.API, ("pwd",), False)
    assert (tokens.seconds, signed_in.fresh) == (900, True)
    stored = accounts.engine.connect()
    with stored:
        assert tokens.refresh not in str(stored.execute(refresh_tokens.select()).all())


def test_a_session_of_a_browser_gives_no_tokens(accounts: Accounts) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    web = accounts.start_session(user.id, HERE)
    with pytest.raises(AccountError):
        accounts.tokens.issue(web)
    assert accounts.load_session(web, touch=False) is not None
    assert count(accounts, refresh_tokens) == 0


def test_nor_is_a_session_of_a_program_one_of_a_browser(accounts: Accounts, family: Family) -> None:
    assert accounts.load_session(begin(accounts), touch=True) is None


@pytest.mark.promise("ASVS 10.4.5")
def test_a_refresh_token_is_good_once(accounts: Accounts, family: Family) -> None:
    family.renew(3)
    assert len({tokens.refresh for tokens in family.tokens}) == 4
    assert holder(accounts, family.tokens[0]) is not None  # an access token has its own time
    assert count(accounts, refresh_tokens, refresh_tokens.c.used_at.is_(None)) == 1


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.promise("ASVS 10.4.5", "refresh-token reuse")
def test_reuse_ends_the_family_and_every_access_token_at_once(accounts: Accounts, family: Family, which: int) -> None:
    bystander = sign_in(accounts)
    family.renew(3)
    with pytest.raises(AccountError):
        accounts.tokens.refresh(family.tokens[which].refresh, ELSEWHERE)
    assert [holder(accounts, tokens) for tokens in family.tokens] == [None] * 4
    assert refreshes(accounts, family.tokens[-1]) is None
    assert holder(accounts, bystander) is not None  # another sign-in of the same user
    (event,) = [one for one in events(accounts) if one["kind"] == "token_reused"]
    assert (event["target"], event["ip"], event["outcome"]) == ("petra", ELSEWHERE.ip, "denied")
    (mail,) = mails(accounts, "token_reused")
    assert (mail.recipient, mail.words["ip"]) == ("petra@example.com", ELSEWHERE.ip)


def _disable(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    accounts.disable_user(by.user_id, OPERATOR)


def _end_all(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    accounts.end_sessions(by.user_id, OPERATOR)


def _end_one(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    accounts.end_one(by.user_id, by.session, by)


def _end_others(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    web = accounts.start_session(by.user_id, HERE)
    found = accounts.load_session(web, touch=False)
    assert found is not None
    accounts.end_others(Actor(by.user_id, by.username, HERE, found.session))


def _change_password(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    web = accounts.start_session(by.user_id, HERE)
    found = accounts.load_session(web, touch=False)
    assert found is not None
    there = Actor(by.user_id, by.username, HERE, found.session)
    accounts.profiles.change_password(GOOD, OTHER, there)


def _reset_factors(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    accounts.factors.set_mail(True, by)
    accounts.factors.reset(by.user_id, OPERATOR)


def _delete(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    accounts.administration.delete(by.user_id, by.username, OPERATOR)


def _sign_out(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    accounts.tokens.revoke(HERE, refresh=tokens.refresh)


def _sign_out_by_access(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    accounts.tokens.revoke(HERE, access=tokens.access)


def _drop_role(accounts: Accounts, tokens: Tokens, by: Actor) -> None:
    with accounts.engine.begin() as connection:
        connection.execute(update(users).where(users.c.id == by.user_id).values(role="gone"))


ENDS: list[Callable[[Accounts, Tokens, Actor], None]] = [
    _disable,
    _end_all,
    _end_one,
    _end_others,
    _change_password,
    _reset_factors,
    _delete,
    _sign_out,
    _sign_out_by_access,
    _drop_role,
]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.promise("ASVS 7.4.2", "ASVS 7.4.3", "ASVS 7.4.5", "disabling kills tokens")
def test_what_ends_a_sign_in_ends_its_tokens_at_the_next_request(
    accounts: Accounts, family: Family, end: Callable[[Accounts, Tokens, Actor], None]
) -> None:
    other = sign_in(accounts, "other")
    family.renew()
    end(accounts, family.tokens[-1], actor(accounts, family.tokens[-1]))
    assert is_dead(accounts, family.tokens[-1])
    assert holder(accounts, family.tokens[0]) is None
    assert not is_dead(accounts, other)
    assert mails(accounts, "token_reused") == []


@pytest.mark.promise("ASVS 8.3.2")
def test_rights_are_those_of_this_moment(accounts: Accounts, family: Family) -> None:
    (tokens,) = family.tokens
    by = actor(accounts, tokens)
    accounts.administration.change_role(by.user_id, "procurement_manager", OPERATOR)
    found = holder(accounts, tokens)
    assert found is not None
    assert found.viewer.role == "procurement_manager"
    assert claims_of(tokens.access)["role"] == "sales_manager"
    assert claims_of(family.renew().tokens[-1].access)["role"] == "procurement_manager"


@pytest.mark.promise("ASVS 6.3.4")
def test_a_role_that_asks_for_a_second_factor_by_now_ends_it(
    accounts: Accounts, clock: HandClock, settings: Settings
) -> None:
    tokens = sign_in(accounts, "boss", "admin")
    assert not is_dead(accounts, tokens)
    tokens = sign_in(accounts, "boss")
    strict = Accounts(load_settings(var=settings.var, second_factor={"grace_until": ""}), clock=clock)
    assert is_dead(strict, tokens)
    strict.close()


def test_a_family_that_is_not_used_ends(accounts: Accounts, family: Family, clock: HandClock) -> None:
    clock.move(hours=23, minutes=59)
    family.renew()
    clock.move(hours=23, minutes=59)
    assert not is_dead(accounts, family.renew().tokens[-1])
    used = accounts.tokens.refresh
    clock.move(hours=24, minutes=1)
    with pytest.raises(AccountError):
        used(family.tokens[-1].refresh, HERE)


def test_calls_with_an_access_token_are_use(settings: Settings, clock: HandClock) -> None:
    hasty = Accounts(load_settings(var=settings.var, api={"refresh_idle_hours": 0.2}), clock=clock)
    tokens = sign_in(hasty)
    clock.move(minutes=9)
    assert holder(hasty, tokens) is not None
    clock.move(minutes=5)
    assert not is_dead(hasty, tokens)
    clock.move(minutes=13)
    assert is_dead(hasty, tokens)
    hasty.close()


@pytest.mark.parametrize(("role", "days"), [("sales_manager", 14), ("admin", 0.5)])
@pytest.mark.promise("ASVS 10.4.8")
def test_a_family_ends_after_its_time_however_much_it_is_used(
    accounts: Accounts, clock: HandClock, role: str, days: float
) -> None:
    family = Family(accounts, [sign_in(accounts, "somebody", role)])
    steps = int(days * 24 / 6)
    for _ in range(steps - 1):
        clock.move(hours=6)
        family.renew()
    clock.move(hours=6)
    assert refreshes(accounts, family.tokens[-1]) is None
    assert holder(accounts, family.tokens[-1]) is None


def test_a_pause_makes_it_no_longer_fresh(accounts: Accounts, family: Family, clock: HandClock) -> None:
    """Though the proof itself is recent: a browser would have been signed out."""
    clock.move(minutes=11)
    found = holder(accounts, family.renew().tokens[-1])
    assert found is not None
    assert not found.fresh


def test_signing_out_is_audited_and_once_more_is_no_error(accounts: Accounts, family: Family) -> None:
    family.renew()
    used, last = family.tokens
    accounts.tokens.revoke(ELSEWHERE, refresh=used.refresh)  # whoever has any of them may end it
    accounts.tokens.revoke(ELSEWHERE, refresh=used.refresh)
    accounts.tokens.revoke(ELSEWHERE, refresh=last.refresh)
    accounts.tokens.revoke(ELSEWHERE, access=last.access)
    accounts.tokens.revoke(ELSEWHERE, refresh="no such token")
    (event,) = [one for one in events(accounts) if one["kind"] == "sign_out"]
    assert (event["actor"], event["ip"]) == ("petra", ELSEWHERE.ip)
    assert count(accounts, sessions) == 0


@pytest.mark.parametrize("text", ["", "x", "\0", "\udc80", "ä", "1" * 1_000_000])
def test_what_is_no_refresh_token(accounts: Accounts, family: Family, text: str) -> None:
    with pytest.raises(AccountError):
        accounts.tokens.refresh(text, HERE)
    with pytest.raises(AccountError):
        accounts.tokens.refresh(family.tokens[0].access, HERE)
    assert not is_dead(accounts, family.tokens[0])


@pytest.mark.promise("ASVS 6.3.4", "ASVS 6.6.2")
def test_a_second_step_belongs_to_the_kind_it_began_with(accounts: Accounts, clock: HandClock) -> None:
    petra, ins = person(accounts, clock).with_totp(), accounts.sign_ins
    web = petra.begin()
    by_api = petra.begin(kind=SessionKind.API)
    for begun, other in ((web, SessionKind.API), (by_api, SessionKind.WEB)):
        assert begun.methods[0] is Method.TOTP
        assert ins.offered(begun.pending, kind=other) is None
        with pytest.raises(AccountError):
            ins.second(begun.pending, Method.TOTP, petra.code, HERE, kind=other)
        with pytest.raises(AccountError):
            ins.send_code(begun.pending, HERE, kind=other)
    done = ins.second(by_api.pending, Method.TOTP, petra.code, HERE, kind=SessionKind.API)
    found = holder(accounts, accounts.tokens.issue(done.session))
    assert found is not None
    (session,) = [one for one in accounts.open_sessions(found.viewer.user_id) if one.kind is SessionKind.API]
    assert session.methods == ("pwd", "totp")


def test_what_is_remembered_of_tokens_is_bounded(
    accounts: Accounts, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_tokens, "_MOST_KNOWN", 3)
    family.renew(5)
    known = accounts.tokens._reader._genuine
    for tokens in family.tokens:
        for _ in range(2):
            assert holder(accounts, tokens) is not None
            assert 0 < len(known) <= 3
    assert len(known) == 3, "one that is known takes no other's place"


def test_reading_a_token_costs_one_statement(accounts: Accounts, family: Family) -> None:

    (tokens,) = family.tokens
    holder(accounts, tokens)
    with statements(accounts) as ran:
        assert holder(accounts, tokens) is not None
    assert len(ran) == 1
    with statements(accounts) as ran:
        assert accounts.tokens.load(forged(accounts, tokens.access, sub=None)) is None
    assert len([one for one in ran if "sessions" in one]) == 0
