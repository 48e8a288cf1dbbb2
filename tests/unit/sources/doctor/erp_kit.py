"""A small shop in an SQLite file: lines, orders and articles with German names, and settings that read it."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dashboard.settings import Settings, load_settings

LINES = 'CREATE TABLE "Verkäufe" (beleg INTEGER, pos INTEGER, artikelnr TEXT, menge INTEGER, "Preis ""€""" NUMERIC)'
ORDERS = "CREATE TABLE belege (beleg INTEGER, datum DATE, filiale TEXT)"
ARTICLES = "CREATE TABLE artikel (artikelnr TEXT, bezeichnung TEXT, warengruppe TEXT)"


def make_shop(path: Path, *, orders: int = 40) -> Path:
    """Two lines an order, an order a day from 1 September 2026 on."""
    with sqlite3.connect(path) as connection:
        for statement in (LINES, ORDERS, ARTICLES):
            connection.execute(statement)
        days = [f"2026-{9 + day // 30:02}-{day % 30 + 1:02}" for day in range(orders)]
        _insert(connection, "belege", ((n, day, "Süd" if n % 2 else "Nord") for n, day in enumerate(days)))
        lines = ((n, pos, f"A{(n + pos) % 5}", n % 3 + 1, 2.5) for n in range(orders) for pos in (1, 2))
        _insert(connection, "Verkäufe", lines)
        _insert(connection, "artikel", ((f"A{n}", f"Öse Nr. {n}", "Kleinteile") for n in range(5)))
    connection.close()
    return path


def change(path: Path, *statements: str) -> None:
    """Carry out ``statements`` on the shop."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def mapping(**changes: Any) -> dict[str, Any]:
    """``[sources.erp]`` for the shop."""
    columns = {
        "product": "artikelnr",
        "quantity": "menge",
        "date": "b.datum",
        "price": 'Preis "€"',
        "region": "b.filiale",
    }
    lines = {
        "table": "Verkäufe",
        "columns": columns,
        "joins": [{"name": "b", "table": "belege", "on": {"beleg": "beleg"}}],
    }
    master = {"table": "artikel", "columns": {"product": "artikelnr", "name": "bezeichnung", "category": "warengruppe"}}
    source = {"bind": "shop", "label": "Läden", "currency": "EUR", "time_zone": "Europe/Berlin", "lines": lines}
    return {**source, "master": master, **changes}


def shop_settings(path: Path, **sources: dict[str, Any]) -> Settings:
    """Settings with the shop as a bind; one source unless others are given."""
    binds = {"shop": {"url": f"sqlite:///{path}"}}
    return load_settings(var=path.parent / "var", binds=binds, sources=sources or {"erp": mapping()})


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        connection.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', row)
