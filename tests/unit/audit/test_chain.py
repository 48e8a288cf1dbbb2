"""The hash chain: what it finds, and that writers take turns."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, func, insert, select, update

from dashboard import audit
from dashboard.accounts.database import migrate, open_engine
from dashboard.audit import Event, Kind, Verdict
from dashboard.audit.columns import metadata
from dashboard.audit.models import GENESIS, audit_events, audit_head
from dashboard.settings import load_settings

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(load_settings(var=tmp_path / "var"))
    migrate(made)
    yield made
    made.dispose()


def in_memory() -> Engine:
    made = create_engine("sqlite://")
    metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(insert(audit_head).values(id=1, seq=0, digest=GENESIS))
    return made


def write(engine: Engine, *events: Event) -> None:
    with engine.begin() as connection:
        for event in events:
            audit.record(connection, event, NOON)


def verdict(engine: Engine) -> Verdict:
    with engine.connect() as connection:
        return audit.verify(connection)


def number(value: int) -> Event:
    return Event(Kind.SIGN_IN, value, f"user{value}", "ok", "target", "192.0.2.1", "abc", {"n": value})


@pytest.fixture
def ten(engine: Engine) -> Engine:
    write(engine, *map(number, range(1, 11)))
    return engine


def test_empty_log_holds(engine: Engine) -> None:
    assert verdict(engine) == Verdict(0, GENESIS)


def test_written_log_holds(ten: Engine) -> None:
    result = verdict(ten)
    assert result.ok
    assert result.events == 10
    with ten.connect() as connection:
        assert connection.execute(select(audit_head.c.seq, audit_head.c.digest)).one() == (10, result.head)


CHANGES = {
    "happened_at": datetime(2026, 11, 20, 12, 0, 0, 123457, tzinfo=UTC),
    "kind": "sign_out",
    "actor_id": None,
    "actor": "somebody else",
    "outcome": "failed",
    "target": "",
    "ip": "192.0.2.2",
    "session_hash": "",
    "detail": '{"n":6}',
    "digest": "f" * 64,
}


@pytest.mark.promise("ASVS 16.4.2")
@pytest.mark.parametrize("column", CHANGES)
def test_edit_is_found(ten: Engine, column: str) -> None:
    with ten.begin() as connection:
        connection.execute(update(audit_events).where(audit_events.c.seq == 5).values({column: CHANGES[column]}))
    result = verdict(ten)
    assert (result.ok, result.events) == (False, 4)
    assert "event 5 was changed" in result.problem


def test_every_column_is_covered_by_the_edit_test() -> None:
    assert set(CHANGES) | {"seq"} == set(audit_events.c.keys())


@pytest.mark.promise("ASVS 16.4.2")
@pytest.mark.parametrize("seq", [1, 5, 10])
def test_delete_is_found(ten: Engine, seq: int) -> None:
    with ten.begin() as connection:
        connection.execute(delete(audit_events).where(audit_events.c.seq == seq))
    result = verdict(ten)
    assert (result.ok, result.events) == (False, seq - 1)
    assert "missing" in result.problem


def test_delete_is_found_when_the_numbers_are_closed_up(ten: Engine) -> None:
    with ten.begin() as connection:
        connection.execute(delete(audit_events).where(audit_events.c.seq == 5))
        for seq in range(6, 11):
            connection.execute(update(audit_events).where(audit_events.c.seq == seq).values(seq=seq - 1))
        connection.execute(update(audit_head).values(seq=9))
    assert "event 5 was changed, or is not in its place" in verdict(ten).problem


@pytest.mark.promise("ASVS 16.4.2")
@pytest.mark.parametrize(("left", "right"), [(1, 2), (4, 9), (9, 10)])
def test_reorder_is_found(ten: Engine, left: int, right: int) -> None:
    with ten.begin() as connection:
        for before, after in ((left, 99), (right, left), (99, right)):
            connection.execute(update(audit_events).where(audit_events.c.seq == before).values(seq=after))
    assert (verdict(ten).ok, verdict(ten).events) == (False, left - 1)


def test_insertion_is_found(ten: Engine) -> None:
    with ten.begin() as connection:
        copy = dict(connection.execute(select(audit_events).where(audit_events.c.seq == 10)).one()._mapping)
        connection.execute(insert(audit_events).values(**(copy | {"seq": 11})))
    assert not verdict(ten).ok


def test_truncation_shows_against_a_head_noted_before(ten: Engine) -> None:
    noted = verdict(ten).head
    with ten.begin() as connection:
        connection.execute(delete(audit_events).where(audit_events.c.seq == 10))
        digest = connection.execute(select(audit_events.c.digest).where(audit_events.c.seq == 9)).scalar_one()
        connection.execute(update(audit_head).values(seq=9, digest=digest))
    assert verdict(ten).ok
    assert verdict(ten).head != noted


def test_missing_head_is_found(ten: Engine) -> None:
    with ten.begin() as connection:
        connection.execute(delete(audit_head))
    assert not verdict(ten).ok


def test_event_of_a_transaction_that_is_undone_is_gone_with_it(ten: Engine) -> None:
    with ten.connect() as connection, connection.begin() as transaction:
        audit.record(connection, number(11), NOON)
        transaction.rollback()
    assert verdict(ten) == Verdict(10, verdict(ten).head)
    write(ten, number(11))
    assert (verdict(ten).ok, verdict(ten).events) == (True, 11)


def test_forty_threads_write_one_chain_without_deadlock(engine: Engine) -> None:
    def work(thread: int) -> None:
        for turn in range(5):
            write(engine, number(thread * 100 + turn))

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(work, range(40)))
    assert (verdict(engine).ok, verdict(engine).events) == (True, 200)
    with engine.connect() as connection:
        assert connection.execute(select(func.count(audit_events.c.actor_id.distinct()))).scalar_one() == 200


@pytest.mark.promise("ASVS 16.4.1")
def test_control_characters_are_encoded(engine: Engine) -> None:
    evil = "ada\n2026-11-20 sign_in ok\r\x1b[2J\0\u202e\udc80"
    write(engine, Event(Kind.ACCESS_DENIED, 1, evil, "denied", evil, evil, "a\nb", {"path": evil}))
    with engine.connect() as connection:
        row = connection.execute(select(audit_events)).one()
    for text in (row.actor, row.target, row.ip, row.session_hash, row.detail):
        assert text.isprintable()
    assert row.actor == "ada\\n2026-11-20 sign_in ok\\r\\x1b[2J\\x00\\u202e\\udc80"
    assert json.loads(row.detail) == {"path": evil}
    assert verdict(engine).ok


def test_long_texts_are_cut(engine: Engine) -> None:
    long = "\0" * 100_000
    write(engine, Event(Kind.ACCESS_DENIED, 1, long, "denied", long, long, long, {"path": long}))
    with engine.connect() as connection:
        row = connection.execute(select(audit_events)).one()
    assert [len(text) for text in (row.actor, row.target, row.ip, row.session_hash)] == [255, 255, 64, 16]
    assert len(json.loads(row.detail)["path"]) == 500
    assert verdict(engine).ok


def test_digest_is_what_the_design_says(engine: Engine) -> None:
    write(engine, Event(Kind.SIGN_IN, None, "", "failed", "ada", "192.0.2.1", "", {"b": 1, "a": None}))
    canonical = (
        '{"actor":"","actor_id":null,"at":1795176000123456,"detail":"{\\"a\\":null,\\"b\\":1}","ip":"192.0.2.1",'
        '"kind":"sign_in","outcome":"failed","seq":1,"session_hash":"","target":"ada"}'
    )
    assert verdict(engine).head == hashlib.sha256((GENESIS + canonical).encode()).hexdigest()


texts = st.text(max_size=40)
values = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | texts
some_event = st.builds(
    Event,
    st.sampled_from(Kind),
    st.none() | st.integers(0, 2**31 - 1),
    texts,
    st.sampled_from(["ok", "failed", "denied"]),
    texts,
    texts,
    texts,
    st.dictionaries(st.text(max_size=10), values, max_size=4),
)


@given(st.lists(some_event, max_size=6), st.datetimes(timezones=st.just(UTC)))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_verifies(events: list[Event], at: datetime) -> None:
    engine = in_memory()
    with engine.begin() as connection:
        for event in events:
            audit.record(connection, event, at)
        assert audit.verify(connection).ok
        assert audit.verify(connection).events == len(events)
    engine.dispose()
