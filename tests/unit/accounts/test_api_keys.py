"""API keys: a part of their owner's rights of this moment, and nothing once anything is wrong with key or owner."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from sqlalchemy import select, update

from dashboard.access import Permission
from dashboard.accounts import (
    AccountError,
    Accounts,
    Actor,
    ApiKey,
    NewApiKey,
    NotFoundError,
    NotFreshError,
    Origin,
    SignedIn,
    User,
)
from dashboard.accounts.api_keys import MOST
from dashboard.accounts.models import api_keys, own_roles, users
from dashboard.mail import Message
from dashboard.mail.models import outbox
from dashboard.settings import Settings, load_settings

UNITS, REVENUE, MANAGE = Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE, Permission.USERS_MANAGE
BOTH = frozenset({UNITS, REVENUE})
SHOP = NewApiKey("Reports of the shop", BOTH, 30)


def actor(accounts: Accounts, user: User, **more: Any) -> Actor:
    return Actor(user.id, user.username, HERE, "s" * 12, accounts.roles[user.role].permissions, **more)


@pytest.fixture
def sam(accounts: Accounts) -> User:
    return add_user(accounts, "sam", password=GOOD)


def made(accounts: Accounts, user: User, **more: Any) -> tuple[ApiKey, str]:
    return accounts.keys.make(replace(SHOP, **more), actor(accounts, user))


def load(accounts: Accounts, secret: str, ip: str = HERE.ip) -> SignedIn | None:
    return accounts.keys.load(secret, Origin(ip, "Program/1.0"))


def change(accounts: Accounts, user: User, **values: Any) -> None:
    with accounts.engine.begin() as connection:
        connection.execute(update(users).where(users.c.id == user.id).values(**values))


@pytest.mark.promise("ASVS 11.4.2")
def test_a_key_is_random_kept_as_a_digest_and_told_of(accounts: Accounts, sam: User) -> None:
    key, secret = made(accounts, sam, networks=("192.0.2.0/24",))
    begins, random = secret[:12], secret[13:]
    assert (key.prefix, len(random), secret[:4], secret[12]) == (begins, 43, "sgk_", "_")
    with accounts.engine.connect() as connection:
        row = connection.execute(select(api_keys)).one()
        mail = connection.execute(select(outbox)).one()
        kept = " ".join(str(connection.execute(select(table)).all()) for table in (api_keys, outbox))
    assert row.key_hash == hashlib.sha256(secret.encode()).hexdigest()
    message = Message.from_json(accounts.vault.open(mail.body))
    assert (message.kind.value, message.recipient) == ("api_key_made", "sam@example.com")
    assert (message.words["key"], message.words["prefix"], message.words["ip"]) == (SHOP.name, begins, HERE.ip)
    told = events(accounts)[-1]
    assert (told["kind"], told["actor"], told["target"]) == ("api_key_made", "sam", "sam")
    assert random not in kept + str(events(accounts)) + str(message)
    assert secret != made(accounts, sam)[1]


@pytest.mark.promise("ASVS 8.2.1")
def test_a_key_does_what_its_scopes_and_its_owner_may(accounts: Accounts, sam: User) -> None:
    _, secret = made(accounts, sam, scopes=frozenset({UNITS}))
    found = load(accounts, secret)
    assert found
    assert (found.viewer.username, found.viewer.permissions, found.fresh) == ("sam", {UNITS}, False)
    assert found.session == f"key-{secret[4:12]}"
    assert len(found.session) <= 12
    whole = accounts.roles["sales_manager"].viewer(sam.id, "sam")
    assert found.viewer.scope == whole.scope
    assert found.viewer.policy_version != whole.policy_version, "no cache may take one for the other"
    every = load(accounts, made(accounts, sam)[1])
    assert every
    assert every.viewer.policy_version == whole.policy_version


@pytest.mark.promise("ASVS 8.3.2")
def test_what_the_owner_loses_the_key_loses_at_once(accounts: Accounts, sam: User) -> None:
    _, secret = made(accounts, sam)
    before = load(accounts, secret)
    change(accounts, sam, role="procurement_manager")
    after = load(accounts, secret)
    assert before
    assert after
    assert after.viewer.permissions == {UNITS}, "not what it was made for, and not the new role's stock"
    assert after.viewer.policy_version != before.viewer.policy_version
    narrow = {"name": "North", "permissions": json.dumps(["measure:revenue"]), "row_scope": '{"region": ["North"]}'}
    with accounts.engine.begin() as connection:
        connection.execute(own_roles.insert().values(role_key="north", created_at=sam.created_at, version=1, **narrow))
    change(accounts, sam, role="north")
    scoped = load(accounts, secret)
    assert scoped
    assert (scoped.viewer.permissions, scoped.viewer.scope.allowed("region")) == ({REVENUE}, {"North"})


@pytest.mark.promise("ASVS 7.4.2")
def test_nothing_comes_of_a_key_whose_owner_could_not_come_in(accounts: Accounts, sam: User, clock: HandClock) -> None:
    key, secret = made(accounts, sam)
    good = {"active": True, "locked_until": None, "verified_at": clock.now, "role": "sales_manager"}
    for number, (wrong, reason) in enumerate(
        [
            ({"active": False}, "owner disabled"),
            ({"verified_at": None}, "owner's mail address not verified"),
            ({"role": "gone"}, "owner's role removed"),
        ]
    ):
        change(accounts, sam, **{**good, **wrong})
        assert load(accounts, secret) is None, wrong
        told = events(accounts)[-1]
        assert (told["kind"], told["outcome"], told["session_hash"]) == (
            "api_key_refused",
            "denied",
            f"key-{secret[4:12]}",
        )
        assert json.loads(told["detail"]) == {"prefix": key.prefix, "reason": reason}, number
    change(accounts, sam, **good)
    accounts.administration.lock(sam.id, OPERATOR)
    assert load(accounts, secret) is None
    accounts.unlock_user(sam.id, OPERATOR)
    for _ in range(5):
        accounts.authenticate("sam", "a stranger guesses", HERE)
    assert accounts.user(sam.id).locked_until, "or the next line would show nothing"
    assert load(accounts, secret), "strangers who guess passwords stop no program"
    accounts.disable_user(sam.id, OPERATOR)
    assert load(accounts, secret) is None
    accounts.administration.delete(sam.id, "sam", OPERATOR)
    assert load(accounts, secret) is None
    assert accounts.keys.list(sam.id) == []


@pytest.mark.promise("ASVS 6.3.4")
def test_a_key_counts_only_while_its_owner_has_the_factor_that_policy_asks_for(
    settings: Settings, accounts: Accounts, sam: User, clock: HandClock
) -> None:
    _, secret = made(accounts, sam)
    change(accounts, sam, role="admin")
    strict = Accounts(load_settings(var=settings.var, second_factor={"grace_until": ""}), clock=clock)
    assert load(strict, secret) is None
    assert "second factor" in events(strict)[-1]["detail"]
    change(accounts, sam, mail_codes=True)
    found = load(strict, secret)
    assert found
    assert found.viewer.permissions == set(), "nothing that it was made for is among an Admin's rights"
    strict.close()


def test_a_key_ends(accounts: Accounts, sam: User, clock: HandClock) -> None:
    _, secret = made(accounts, sam)
    clock.move(days=30, seconds=-1)
    assert load(accounts, secret)
    clock.move(seconds=1)
    assert load(accounts, secret) is None


def test_shorter_lives_in_the_settings_count_for_old_keys_and_zero_ends_all(
    accounts: Accounts, settings: Settings, sam: User, clock: HandClock
) -> None:
    _, secret = made(accounts, sam)
    for days, lives in ((2, True), (1, False), (0, False)):
        later = Accounts(load_settings(var=settings.var, api={"key_days": days}), clock=clock)
        clock.move(days=1 if days == 2 else 0)
        assert (load(later, secret) is not None) == lives, days
        if not days:
            with pytest.raises(AccountError, match="switched off"):
                made(later, sam)
        later.close()


@pytest.mark.promise("API keys come from where their owner says")
def test_a_key_comes_from_its_networks_only(accounts: Accounts, sam: User) -> None:
    key, secret = made(accounts, sam, networks=("203.0.113.7", "198.51.100.0/24", "2001:db8::/48", "::ffff:192.0.2.9"))
    assert key.networks == ("203.0.113.7", "198.51.100.0/24", "2001:db8::/48", "192.0.2.9")
    for ip in ("203.0.113.7", "198.51.100.250", "2001:db8:0:9::1", "192.0.2.9"):
        assert load(accounts, secret, ip), ip
    for ip in ("203.0.113.8", "198.51.101.1", "2001:db8:1::1", "unparsable", ""):
        assert load(accounts, secret, ip) is None, ip


def test_refusals_are_audited_as_seldom_as_the_caller_wants(accounts: Accounts, sam: User) -> None:
    _, secret = made(accounts, sam, networks=("203.0.113.7",))
    asked: list[tuple[str, str]] = []
    for left_out in (0, None, None, 2):
        assert accounts.keys.load(secret, HERE, lambda *key, left=left_out: asked.append(key) or left) is None
    refused = [json.loads(one["detail"]) for one in events(accounts) if one["kind"] == "api_key_refused"]
    assert [one.get("left_out") for one in refused] == [None, 2]
    assert set(asked) == {(f"key-{secret[4:12]}", "api_key_refused")}


def test_use_is_noted_once_a_minute(accounts: Accounts, sam: User, clock: HandClock) -> None:
    _, secret = made(accounts, sam)

    def noted() -> tuple[Any, str]:
        (key,) = accounts.keys.list(sam.id)
        return key.last_used_at, key.last_used_ip

    assert noted() == (None, "")
    first = clock.now
    for ip, seconds, kept in (
        ("192.0.2.1", 0, "192.0.2.1"),
        ("192.0.2.2", 59, "192.0.2.1"),
        ("192.0.2.3", 1, "192.0.2.3"),
    ):
        clock.move(seconds=seconds)
        assert load(accounts, secret, ip)
        assert noted()[1] == kept
    assert (noted()[0] - first).total_seconds() == 60


@pytest.mark.parametrize("cut", [slice(0, -1), slice(1, None), slice(0, 12), slice(0, 0)])
def test_a_part_of_a_key_is_none(accounts: Accounts, sam: User, cut: slice) -> None:
    _, secret = made(accounts, sam)
    other = secret[:13] + ("A" if secret[13] != "A" else "B") + secret[14:]
    for wrong in (secret[cut], other, secret + "\n", secret.upper(), "sgk_" + "0" * 8 + secret[12:], "\x00" + secret):
        assert load(accounts, wrong) is None, wrong
    assert load(accounts, secret)


@pytest.mark.promise("ASVS 7.5.1")
def test_making_needs_a_fresh_sign_in_and_no_more_than_ones_own_rights(accounts: Accounts, sam: User) -> None:
    me = actor(accounts, sam)
    with pytest.raises(NotFreshError):
        accounts.keys.make(SHOP, replace(me, fresh=False))
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"scopes": frozenset({UNITS, MANAGE})}, "does not have this permission.*users:manage"),
        ({"scopes": frozenset()}, "at least one permission"),
        ({"days": 0}, "1 to 365 days"),
        ({"days": 366}, "1 to 365 days"),
        ({"name": " "}, "1 to 100 visible characters"),
        ({"name": "x" * 101}, "1 to 100 visible characters"),
        ({"name": "a\u202eb"}, "visible characters"),
        ({"networks": ("10.0.0.1/8",)}, r"'10\.0\.0\.1/8' is an address inside a network.* 10\.0\.0\.0/8"),
        ({"networks": ("shop.example.com",)}, "no address and no network"),
        ({"networks": tuple(f"10.0.0.{n}" for n in range(21))}, "20 addresses"),
    ]
    for wrong, why in refusals:
        with pytest.raises(AccountError, match=why):
            accounts.keys.make(replace(SHOP, **wrong), me)
    with pytest.raises(AccountError, match="command line"):
        accounts.keys.make(SHOP, OPERATOR)
    change(accounts, sam, role="procurement_manager")
    with pytest.raises(AccountError, match="changed at this moment"):
        accounts.keys.make(SHOP, me)  # with the rights of before
    assert accounts.keys.list(sam.id) == []


def test_a_user_has_twenty_keys_at_most_also_at_the_same_moment(accounts: Accounts, sam: User) -> None:
    for _ in range(MOST - 2):
        made(accounts, sam)
    done = at_once(6, lambda _: made(accounts, sam))
    assert sum(isinstance(one, AccountError) for one in done) == 4, done
    assert len(accounts.keys.list(sam.id)) == MOST == 20


def test_keys_are_revoked_by_their_owner_and_those_who_may(accounts: Accounts, sam: User) -> None:
    add_user(accounts, "root", "admin")
    petra, ada = add_user(accounts, "petra", "procurement_manager"), add_user(accounts, "ada", "admin")
    keys = [made(accounts, sam) for _ in range(3)]
    first, second, third = (key.id for key, _ in keys)
    with pytest.raises(AccountError, match="does not allow this"):
        accounts.keys.revoke(sam.id, first, actor(accounts, petra))
    with pytest.raises(NotFoundError):
        accounts.keys.revoke(petra.id, first, actor(accounts, petra))
    accounts.keys.revoke(sam.id, first, actor(accounts, sam, fresh=False))
    accounts.keys.revoke(sam.id, second, actor(accounts, ada))
    assert [load(accounts, secret) is not None for _, secret in keys] == [False, False, True]
    told = events(accounts)[-1]
    assert (told["kind"], told["actor"], told["target"]) == ("api_key_revoked", "ada", "sam")
    for gone in (second, 4711):
        with pytest.raises(NotFoundError):
            accounts.keys.revoke(sam.id, gone, actor(accounts, ada))
    assert [one.id for one in accounts.keys.list(sam.id)] == [third]
