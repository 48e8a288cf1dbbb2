"""The site starts refreshes that are due, each in a process of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import create_app, wiring
from dashboard.jobs import refresh_task
from dashboard.settings import load_settings
from dashboard.wiring import start_background


def test_it_starts_what_is_due_and_does_not_start_it_again_at_once() -> None:
    now, due = [100.0], [False]
    started: list[float] = []
    task = refresh_task(lambda: due[0], lambda: started.append(now[0]), lambda: now[0])
    assert task.seconds == 30
    task.run()
    assert started == []
    due[0] = True
    for now[0] in (130.0, 160.0, 429.9, 430.0, 460.0):
        task.run()
    assert started == [130.0, 430.0]


def test_a_start_that_failed_is_not_tried_at_once_either() -> None:
    now, tried = [0.0], [0]

    def broken() -> None:
        tried[0] += 1
        raise OSError

    task = refresh_task(lambda: True, broken, lambda: now[0])
    with pytest.raises(OSError):  # noqa: PT011 - the background thread logs it
        task.run()
    now[0] = 30
    task.run()
    assert tried == [1]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, True),
        ({"refresh": {"every_minutes": 0}}, False),
        ({"sources": {}}, False),
    ],
)
def test_a_site_refreshes_only_where_there_are_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, object], expected: bool
) -> None:
    names: list[str] = []

    class Recorded:
        def __init__(self, tasks: list[object], *_: object) -> None:
            names.extend(task.name for task in tasks)  # type: ignore[attr-defined]

        start: Callable[[object], None] = lambda _self: None

    monkeypatch.setattr(wiring, "Background", Recorded)
    table = {"bind": "erp", "label": "ERP", "currency": "EUR", "time_zone": "UTC", "lines": {}}
    given = {"binds": {"erp": {"url": "sqlite:///x.db"}}, "sources": {"erp": table}} | more
    start_background(create_app(load_settings(var=tmp_path / "var", **given)))
    assert ("refreshing the sources" in names) == expected
