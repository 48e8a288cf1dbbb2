"""A small shop in a SQLite file, a settings file with its bind, and somebody at a terminal."""

import builtins
import sqlite3
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

SHOP = """
CREATE TABLE lines (order_id INTEGER, sku TEXT, qty INTEGER, amount NUMERIC, rebate NUMERIC, "Größe" TEXT);
CREATE TABLE orders (id INTEGER, sold_at DATE, store TEXT);
CREATE TABLE items (sku TEXT, description TEXT);
INSERT INTO items VALUES ('A', 'Jug');
"""
GIVEN = ("--name", "web", "--label", "Web shop", "--currency", "EUR", "--time-zone", "Europe/Berlin")
JOINED = ("--join", "o", "orders", "order_id=id")


def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file with the bind of a small shop, in force."""
    shop = tmp_path / "shop.db"
    with sqlite3.connect(shop) as connection:
        connection.executescript(SHOP)
        rows = [(day, f"2026-{9 + day // 30:02}-{day % 30 + 1:02}", "Leeds") for day in range(45)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
        connection.executemany("INSERT INTO lines VALUES (?, 'A', 2, 7.5, 0.5, 'L')", [(row[0],) for row in rows])
    connection.close()
    path = tmp_path / "settings.toml"
    path.write_text(f'# ours\n[binds.shop]\nurl = "sqlite:///{shop}"\n', encoding="utf-8")
    monkeypatch.setenv("SALESGATE_SETTINGS", str(path))
    monkeypatch.setenv("SALESGATE_VAR", str(tmp_path / "var"))
    return path


def answering(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """A terminal at which somebody types ``answers``; returns what is asked, as it comes."""
    asked: list[str] = []
    waiting = iter(answers)

    def answer(question: str) -> str:
        asked.append(question)
        try:
            found = next(waiting)
        except StopIteration:
            raise EOFError from None
        if found == "^C":
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(builtins, "input", answer)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    return asked


def written(file: Path) -> dict[str, Any]:
    """The sources of the settings file."""
    return tomllib.loads(file.read_text(encoding="utf-8")).get("sources", {})
