"""Rights that are used are noted for the access review, and seldom."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select
from web_kit import Installation

from dashboard.access import Permission
from dashboard.accounts.models import permission_uses
from dashboard.accounts.review import NOTED
from dashboard.web.uses import MOST, SECONDS, Uses
from pages import PAGES

UNITS, REVENUE = Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE


class Seconds:
    """A clock of seconds that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def kept(installation: Installation) -> set[tuple[int, str]]:
    with installation.accounts.engine.connect() as connection:
        return {(row.user_id, row.permission) for row in connection.execute(select(permission_uses))}


def viewer_of(installation: Installation, role: str):  # type: ignore[no-untyped-def]
    user = installation.users[role]
    return installation.accounts.roles[role].viewer(user.id, user.username)


@pytest.fixture
def written(installation: Installation) -> list[str]:
    """Statements that changed something."""
    ran: list[str] = []
    event.listen(
        installation.accounts.engine,
        "before_cursor_execute",
        lambda *args: ran.append(args[2]) if args[2].startswith(("INSERT", "UPDATE")) else None,
    )
    return ran


def test_use_is_noted_once_an_hour_for_each_person_and_right(installation: Installation, written: list[str]) -> None:
    clock = Seconds()
    uses = Uses(installation.accounts, clock)
    sam, petra = viewer_of(installation, "sales_manager"), viewer_of(installation, "procurement_manager")
    for _ in range(50):
        for viewer, right in ((sam, UNITS), (sam, REVENUE), (petra, UNITS)):
            uses.note(viewer, right)
    assert kept(installation) == {(sam.user_id, UNITS), (sam.user_id, REVENUE), (petra.user_id, UNITS)}
    assert len([one for one in written if one.startswith("INSERT")]) == 3
    written.clear()
    clock.now = SECONDS - 1
    uses.note(sam, UNITS)
    assert written == []
    clock.now = SECONDS
    uses.note(sam, UNITS)
    assert [one.split()[0] for one in written] == ["UPDATE"]


def test_of_many_requests_at_once_one_notes(installation: Installation, written: list[str]) -> None:
    uses, sam = Uses(installation.accounts), viewer_of(installation, "sales_manager")
    barrier = threading.Barrier(8)

    def work(_: int) -> None:
        barrier.wait()
        uses.note(sam, UNITS)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(written) == 2


def test_memory_is_bounded(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation.accounts.administration, "note_use", lambda *_: None)
    uses = Uses(installation.accounts, Seconds())
    role = installation.accounts.roles["sales_manager"]
    for number in range(MOST + 10):
        uses.note(role.viewer(number, "x"), UNITS)
    assert len(uses._noted) <= MOST


def test_database_that_fails_closes_no_door(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    with installation.accounts.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE permission_uses")
    Uses(installation.accounts).note(viewer_of(installation, "sales_manager"), UNITS)
    assert caplog.messages == ["the use of a right was not noted: the accounts database did not answer"]


def test_review_knows_the_rights_that_pages_ask_for() -> None:
    """Were a page added that asks for another right, the review could tell of that one too."""
    asked = {page.PERMISSION for page in PAGES} - {None}
    assert asked == set(NOTED)
