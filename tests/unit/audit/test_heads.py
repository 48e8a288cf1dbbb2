"""Heads noted outside the database: they show what the chain alone cannot."""

import hashlib
import json
import os
import socket
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, insert, select, update

from dashboard import audit
from dashboard.accounts.database import migrate, open_engine
from dashboard.audit import Event, Head, HeadsError, Kind, Verdict, heads
from dashboard.audit.columns import metadata, microseconds
from dashboard.audit.models import GENESIS, audit_events, audit_head
from dashboard.audit.noter import Noter, heads_file
from dashboard.settings import Settings, SettingsError, load_settings

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(var=tmp_path / "var")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = open_engine(settings)
    migrate(made)
    yield made
    made.dispose()


def write(engine: Engine, *numbers: int) -> None:
    with engine.begin() as connection:
        for number in numbers:
            audit.record(connection, Event(Kind.SIGN_IN, number, f"user{number}", "ok"), NOON)


def head(engine: Engine) -> Head:
    with engine.connect() as connection:
        return heads.read(connection, NOON)


def verdict(engine: Engine, *noted: Head) -> Verdict:
    with engine.connect() as connection:
        return audit.verify(connection, noted)


def cut(engine: Engine, last: int) -> None:
    """What somebody would do who can write the database: cut the end off, and put the head right."""
    with engine.begin() as connection:
        connection.execute(delete(audit_events).where(audit_events.c.seq > last))
        digest = connection.execute(select(audit_events.c.digest).where(audit_events.c.seq == last)).scalar_one()
        connection.execute(update(audit_head).values(seq=last, digest=digest))


def rewrite(engine: Engine, seq: int) -> None:
    """The same with an event that is changed and every digest from there on made anew."""
    with engine.begin() as connection:
        connection.execute(update(audit_events).where(audit_events.c.seq == seq).values(actor="nobody"))
        rows = list(connection.execute(select(audit_events).order_by(audit_events.c.seq)))
        digest = GENESIS
        for row in rows:
            fields = {name: value for name, value in row._asdict().items() if name not in {"digest", "happened_at"}}
            fields["at"] = microseconds(row.happened_at)
            text = digest + json.dumps(fields, sort_keys=True, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            connection.execute(update(audit_events).where(audit_events.c.seq == row.seq).values(digest=digest))
        connection.execute(update(audit_head).values(digest=digest))


@pytest.mark.promise("ASVS 16.4.2", "ASVS 16.4.3")
def test_what_was_cut_off_shows_against_a_noted_head(engine: Engine) -> None:
    write(engine, *range(1, 11))
    noted = head(engine)
    assert verdict(engine, noted).ok
    cut(engine, 7)
    assert verdict(engine).ok
    found = verdict(engine, noted)
    assert (found.ok, found.events) == (False, 7)
    assert found.problem == "events after number 7 were cut off: 10 events are noted at 2026-11-20 12:00:00 UTC"


@pytest.mark.promise("ASVS 16.4.2", "ASVS 16.4.3")
def test_cut_off_and_filled_up_again_shows(engine: Engine) -> None:
    write(engine, *range(1, 11))
    noted = head(engine)
    cut(engine, 7)
    write(engine, *range(20, 30))
    assert verdict(engine).ok
    assert not verdict(engine, noted).ok


@pytest.mark.promise("ASVS 16.4.2", "ASVS 16.4.3")
@pytest.mark.parametrize("seq", [1, 5, 10])
def test_a_chain_that_was_written_anew_shows(engine: Engine, seq: int) -> None:
    write(engine, 1, 2, 3)
    first = head(engine)
    write(engine, *range(4, 11))
    noted = head(engine)
    rewrite(engine, seq)
    assert verdict(engine).ok
    found = verdict(engine, first, noted)
    assert not found.ok
    assert found.events == (0 if seq <= 3 else 3)
    assert "are not those noted at 2026-11-20 12:00:00 UTC" in found.problem


def test_two_heads_of_one_number_cannot_both_be_right(engine: Engine) -> None:
    write(engine, 1)
    right = head(engine)
    wrong = Head(NOON, 1, "f" * 64)
    assert not verdict(engine, right, wrong).ok
    assert not verdict(engine, wrong, right).ok
    assert verdict(engine, right, right).ok


@rules(deadline=None, max_examples=25)
@given(st.sets(st.integers(1, 12)), st.integers(1, 12))
def test_a_log_holds_against_heads_of_itself_and_only_of_what_it_has(noted: set[int], last: int) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(audit_head).values(id=1, seq=0, digest=GENESIS))
    seen = []
    for number in range(1, 13):
        write(engine, number)
        seen += [head(engine)] if number in noted else []
    assert verdict(engine, *seen).ok
    cut(engine, last)
    assert verdict(engine, *seen).ok == all(number <= last for number in noted)
    engine.dispose()


def test_a_head_is_noted_when_it_changed_in_a_private_file(engine: Engine, settings: Settings) -> None:
    noter = Noter(engine, settings, lambda: NOON)
    assert not noter.note()
    assert not heads_file(settings).exists()
    write(engine, 1)
    assert noter.note()
    assert not noter.note()
    assert not Noter(engine, settings, lambda: NOON + timedelta(days=1)).note()
    first = head(engine)
    write(engine, 2)
    assert noter.note()
    file = heads_file(settings)
    assert heads.noted(file) == [first, head(engine)]
    assert file.read_text() == f"{first.as_line()}\n{head(engine).as_line()}\n"
    assert first.as_line() == f"2026-11-20T12:00:00Z 1 {first.digest}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_settings_name_another_file(engine: Engine, tmp_path: Path) -> None:
    other = tmp_path / "disk" / "heads"
    settings = load_settings(var=tmp_path / "var", audit={"head_file": str(other)})
    write(engine, 1)
    noter = Noter(engine, settings, lambda: NOON)
    with pytest.raises(FileNotFoundError):  # a disk that is missing is said, not covered up by a folder of its name
        noter.note()
    other.parent.mkdir()
    assert noter.note()
    assert len(heads.noted(other)) == 1


def test_processes_that_note_at_once_write_one_line(engine: Engine, settings: Settings) -> None:
    write(engine, 1)
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda _: Noter(engine, settings, lambda: NOON).note(), range(16)))
    assert new.count(True) == 1
    assert len(heads.noted(heads_file(settings))) == 1


@pytest.mark.promise("ASVS 16.4.2")
def test_a_log_that_got_shorter_raises_an_alarm(
    engine: Engine, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    noter = Noter(engine, settings, lambda: NOON)
    write(engine, 1, 2, 3)
    noter.note()
    assert caplog.records == []
    cut(engine, 2)
    noter.note()
    assert "the audit log was cut off, or another one put in its place: event 3 was noted" in caplog.text
    assert [noted.seq for noted in heads.noted(heads_file(settings))] == [3, 2]
    assert not verdict(engine, *heads.noted(heads_file(settings))).ok


def test_a_line_that_was_torn_does_not_swallow_the_next(engine: Engine, settings: Settings) -> None:
    write(engine, 1)
    file = heads_file(settings)
    file.write_text("2026-11-20T12:0")
    assert Noter(engine, settings, lambda: NOON).note()
    assert file.read_text().splitlines()[1] == head(engine).as_line()
    with pytest.raises(HeadsError, match=r"audit-heads\.log, line 1, is not a noted head"):
        heads.noted(file)


@pytest.mark.parametrize(
    "content", [b"x\n", b"2026-11-20T12:00:00Z 0 " + b"a" * 64, b"2026-13-20T12:00:00Z 1 " + b"a" * 64, b"\xff\xfe\n"]
)
def test_what_is_no_head_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "heads"
    file.write_bytes(content)
    with pytest.raises(HeadsError):
        heads.noted(file)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(HeadsError, match="No such file"):
        heads.noted(tmp_path / "heads")


some_head = st.builds(
    Head,
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
        lambda at: at.replace(microsecond=0)
    ),
    st.integers(1, 10**17),
    st.text("0123456789abcdef", min_size=64, max_size=64),
)


@rules(deadline=None)
@given(st.lists(some_head, max_size=4))
def test_heads_are_read_as_they_were_noted(several: list[Head]) -> None:
    assert heads.parse([noted.as_line() + "\n" for noted in several] + ["\n"], "x") == several


@pytest.mark.promise("ASVS 16.4.3")
def test_syslog_elsewhere_gets_each_head_once(engine: Engine, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        noter = Noter(engine, load_settings(var=tmp_path / "var", audit={"syslog": address}), lambda: NOON)
        write(engine, 1)
        noter.note()
        noter.note()
        write(engine, 2)
        noter.note()
        told = [server.recv(2000).decode() for _ in range(2)]
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.recv(2000)
    expected = (
        f"<86>1 2026-11-20T12:00:00Z {socket.gethostname()} salesgate - audit-head - seq=2 digest={head(engine).digest}"
    )
    assert told[1] == expected


@pytest.mark.promise("ASVS 16.4.3")
def test_the_local_syslog_gets_heads_and_its_absence_is_an_error(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "log"
    settings = load_settings(var=tmp_path / "var", audit={"syslog": str(path)})
    write(engine, 1)
    noter = Noter(engine, settings, lambda: NOON)
    with pytest.raises(OSError, match="No such file"):
        noter.note()
    assert heads.noted(heads_file(settings)) == [head(engine)]  # the file has it all the same
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(os.fspath(path))
        server.settimeout(5)
        noter.note()
        said = server.recv(2000).decode()
    assert said == f"<86>salesgate: audit-head seq=1 digest={head(engine).digest}\0"


@pytest.mark.parametrize("address", ["log", "host", "host:", ":514", "host:0", "host:99999", "host:x"])
def test_an_address_that_is_none_is_no_setting(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="syslog"):
        load_settings(var=tmp_path, audit={"syslog": address})
