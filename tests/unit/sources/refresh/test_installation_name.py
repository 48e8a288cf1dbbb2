"""What names the extracts that hosts share: one name, also where two hosts make it at the same moment."""

import os
from pathlib import Path

import pytest

from dashboard.sources.refresh import lease


def test_two_hosts_that_begin_at_once_find_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other host names the folder after this one found it without a name."""
    others: list[str] = []
    put = lease.put

    def interrupted(path: Path, text: str) -> None:
        if not others:
            others.append("")
            others[0] = lease.identity(tmp_path)
        put(path, text)

    monkeypatch.setattr(lease, "put", interrupted)
    assert lease.identity(tmp_path) == others[0]
    assert lease.identity(tmp_path) == others[0]
    assert [path.name for path in tmp_path.iterdir()] == [lease.IDENTITY]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    name = lease.identity(tmp_path)
    assert len(name) == 32
    assert lease.identity(tmp_path) == name
