"""A signed-in person at the whole application, in process: pages, layouts and callbacks as a browser asks for them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from factories import Item, Line, Stock, make_rollup
from flask import Flask
from kit import PLENTY
from sqlalchemy import update
from werkzeug.test import TestResponse

from dashboard import create_app
from dashboard.access import Permission, built_in_roles
from dashboard.accounts import Accounts, Actor, NewUser
from dashboard.accounts.demo import ensure_demo_users
from dashboard.accounts.models import users
from dashboard.sales.rollup import NO_SNAPSHOT, Check, OrderLines, Receipts, Rollup, SourceInfo, StockDays, Supply
from dashboard.settings import RoleSettings, Settings, load_settings
from dashboard.sources.refresh.status import LastRun, RefreshStatus, SourceStatus, Verified, write_status
from dashboard.sources.store import RollupStore

ROLES = ("procurement_manager", "sales_manager", "admin")  # of the demo
# Roles of one's own with a single right each, so that no page hides behind another's.
OWN_ROLES = {
    "auditor": RoleSettings(name="Auditor", permissions=["audit:read"]),
    "architect": RoleSettings(name="Architect", permissions=["roles:manage"]),
    "helpdesk": RoleSettings(name="Helpdesk", permissions=["users:manage"]),
}
ALL_ROLES = (*ROLES, *OWN_ROLES, "no_role")
HOLDS = {role.key: role.permissions for role in built_in_roles()}
HOLDS |= {key: frozenset(map(Permission, role.permissions)) for key, role in OWN_ROLES.items()}
PAGES = {
    "/overview": "overview",
    "/revenue": "revenue",
    "/units": "units",
    "/changes": "changes",
    "/classes": "classes",
    "/stock": "stock",
    "/product": "product",
    "/data": "data",
    "/users": "users",
    "/roles": "roles",
    "/audit": "audit",
    "/review": "review",
    "/sources": "sources",
    "/calendar": "calendar",
    "/account": "account",
}
# Page -> what it and each of its callbacks needs; None where being signed in is enough.
NEEDS = {
    "overview": Permission.MEASURE_UNITS,
    "revenue": Permission.MEASURE_REVENUE,
    "units": Permission.MEASURE_UNITS,
    "changes": Permission.MEASURE_UNITS,
    "classes": Permission.MEASURE_UNITS,
    "stock": Permission.MEASURE_STOCK,
    "product": Permission.MEASURE_UNITS,
    "data": Permission.MEASURE_UNITS,
    "users": Permission.USERS_MANAGE,
    "roles": Permission.ROLES_MANAGE,
    "audit": Permission.AUDIT_READ,
    "review": Permission.USERS_MANAGE,
    "sources": Permission.SOURCES_MANAGE,
    "calendar": Permission.SOURCES_MANAGE,
    "account": None,
}
PASSWORD = "violet tram beside lake 4711"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
FIRST, LAST = date(2026, 5, 1), date(2026, 11, 20)
LEAST_REVENUE = 10**9


def canary_rollup(seed: int) -> Rollup:
    """Units are the same for every seed and stay below 10,000; revenue depends on the seed and exceeds 10 million."""
    units, money = Random(1), Random(seed)
    codes = [f"p{i:02}" for i in range(24)]
    items = [
        Item(code, category=("Kitchen", "Garden", "Bath")[i % 3], first=date(2025, 1, 1))
        for i, code in enumerate(codes)
    ]
    items[5] = Item("p05", "Bath", first=LAST - timedelta(days=9))
    items[6] = Item("p06", "Kitchen", first=date(2025, 1, 1), end=date(2026, 11, 7))
    lines = []
    for _ in range(900):
        code, day = units.choice(codes[:20]), FIRST + timedelta(days=units.randrange((LAST - FIRST).days + 1))
        back = units.random() < 0.1
        amount = money.randrange(LEAST_REVENUE, 4 * LEAST_REVENUE)
        where = {"region": units.choice(["North", "South", "West"]), "channel": units.choice(["Store", "Online"])}
        if back:
            cost = {"costed_sales": -amount, "cost_of_goods": -amount // 2}
            lines.append(Line(day, code, returned_units=units.randint(1, 3), returned_sales=amount, **cost, **where))
        else:
            cost = {"costed_sales": amount, "cost_of_goods": amount // money.randint(2, 5)}
            lines.append(
                Line(day, code, units.randint(1, 5), amount, discounts=money.randrange(10**8), **cost, **where)
            )
    stock = [Stock("2026-11", code, 20, 4 if code == "p07" else 20) for code in codes]
    priced = Check("stock_without_cost", "Stock without a cost", 3, "products", (f"p01 {money.random()}",), priced=True)
    plain = Check("negative_stock", "Negative stock", 2, "products", ("p02",), "Count again.", serious=True)
    rollup = make_rollup(lines, items, stock, complete_to=LAST)
    return replace(rollup, **_buying(units, money), lines=_order_lines(rollup, lines), info=replace(
        rollup.info, checks=(priced, plain), sources=canary_sources(seed)))  # fmt: skip


def _buying(units: Random, money: Random) -> dict[str, Any]:
    """Stock, receipts and supply of the 24 products: only costs depend on the seed."""
    days, size = 182, 24
    available = np.array([[units.randrange(0, 60) for _ in range(size)] for _ in range(days)], dtype=np.int32)
    available[:, 9] = NO_SNAPSHOT
    received = [
        (code, FIRST + timedelta(days=30 * step), units.randint(5, 40)) for code in range(size) for step in range(6)
    ]
    product, day, count = zip(*received, strict=True)
    lead = np.array([float(units.randint(5, 40)) for _ in range(size)])
    lead[3] = np.nan
    none = np.zeros(size, dtype=np.int64)
    cost = np.array([money.randrange(LEAST_REVENUE, 3 * LEAST_REVENUE) for _ in range(size)], dtype=np.int64)
    return {
        "stock_days": StockDays(LAST - timedelta(days=days - 1), available),
        "receipts": Receipts(
            np.array(product, dtype=np.int32), np.array(day, dtype="datetime64[D]"), np.array(count, dtype=np.int64)
        ),
        "supply": Supply(cost, lead, lead / 5, none + 6, none + 3, none, none, none - 1),
    }


def _order_lines(rollup: Rollup, lines: Sequence[Line]) -> OrderLines:
    rows = sorted(enumerate(lines), key=lambda pair: (pair[1].day, pair[0]))
    days = [(line.day - rollup.info.first_day).days for _, line in rows]
    count = (rollup.info.last_day - rollup.info.first_day).days + 1
    kept = [line for _, line in rows]
    return OrderLines(
        np.searchsorted(days, np.arange(count + 1)).astype(np.int64),
        [f"O{number // 3:04}" for number, _ in rows],
        np.array([rollup.products.position(line.product) for line in kept], dtype=np.int32),
        np.array([rollup.regions.index(line.region) for line in kept], dtype=np.int16),
        np.array([rollup.channels.index(line.channel) for line in kept], dtype=np.int16),
        np.array([line.returned_units > 0 for line in kept]),
        np.array([line.gross_units or line.returned_units for line in kept], dtype=np.int64),
        np.array([line.gross_sales or line.returned_sales for line in kept], dtype=np.int64),
        np.array([line.discounts for line in kept], dtype=np.int64),
    )


SOURCES: dict[str, Any] = {
    "binds": {"erp": {"url": "oracle+oracledb://erp_reader@db.company.example:1521/?service_name=ERP"}},
    "sources": {"erp": {"bind": "erp", "label": "Head office"}, "shop": {"bind": "erp", "label": "Web shop"}},
    "refresh": {"every_minutes": 0, "late_hours": 8784},
}
# What only those who manage sources may see of the sources.
OF_SOURCES = ("erp_reader", "company.example", "ORA-", "oracle")


def canary_sources(seed: int) -> tuple[SourceInfo, ...]:
    """One source that was read and one that failed: whatever of them is not for managers depends on the seed."""
    amount = f"{Random(seed).randrange(LEAST_REVENUE, 4 * LEAST_REVENUE):,}.00 EUR"
    fault = f"ORA-01017: db.company.example refused erp_reader: SELECT {amount}"
    days = (FIRST, LAST)
    at = "2026-11-20T06:00:00+00:00"
    told = f"Oracle {amount}"
    good = SourceInfo("erp", "Head office", "erp", told, at, True, "", 1800, 1700, 5000 + seed, *days, "proved", told)
    return (good, replace(good, name="shop", label="Web shop", ok=False, reason=fault))


def _note_sources(var: Path, seed: int) -> None:
    amount = f"{Random(seed).randrange(LEAST_REVENUE, 4 * LEAST_REVENUE):,}.00 EUR"
    found = [
        SourceStatus(
            one.name, one.label, one.bind, one.product, one.ok, one.reason, "" if one.ok else "refused", one.as_of,
            one.as_of, 60, one.lines, one.read_only, one.evidence, "2026-11-20",
            Verified(one.as_of, 3, ("2026-07",), f"1 of 3 differs by {amount}."),
        )
        for one in canary_sources(seed)
    ]  # fmt: skip
    last = LastRun("2026-11-20T06:00:00+00:00", "full", False, "failed", found[1].reason, 2.0 + seed, f"v{seed}", True)
    write_status(var, RefreshStatus(None, last, tuple(found)))


def canary_app(var: Path, seed: int) -> Flask:
    """The application over such data, with the demo users."""
    limits = {**PLENTY, "requests_per_user": "100000 per minute"}  # whole walks through the site are quick
    settings = load_settings(var=var, limits=limits, session={"idle_minutes": 600}, roles=OWN_ROLES, **SOURCES)
    _note_sources(var, seed)
    RollupStore(var / "rollup").write(canary_rollup(seed))
    ensure_demo_users(settings)
    _add_people(settings)
    return create_app(settings)


def _add_people(settings: Settings) -> None:
    """Somebody of each role that has no demo user; the user name is the key of the role."""
    accounts = Accounts(settings)
    for role in ALL_ROLES[len(ROLES) :]:
        new = NewUser(role, f"{role}@example.com", role if role in OWN_ROLES else "auditor")
        accounts.create_user(new, Actor(0, "command line"), PASSWORD)
    with accounts.engine.begin() as connection:  # nobody is created without a role: only registration does that
        connection.execute(update(users).where(users.c.username == "no_role").values(role="no_role"))
    accounts.close()


def is_open(page: str, role: str) -> bool:
    """Whether the role may see the page."""
    needed = NEEDS[page]
    return needed is None or needed in HOLDS[role]


def page_of(output: str) -> str:
    """The page that a callback belongs to."""
    return output.lstrip(".").partition("-")[0]


def someone_for(page: str) -> str:
    """A role that may see the page."""
    return next(role for role in ALL_ROLES if is_open(page, role))


class Person:
    """A browser of somebody who is signed in."""

    def __init__(self, app: Flask, role: str) -> None:
        self.app, self.client = app, app.test_client()
        settings = app.extensions["salesgate"].settings
        own = {"username": role, "password": PASSWORD}
        me = ensure_demo_users(settings)[role] if role in ROLES else own
        form = self.client.get("/sign-in").get_data(as_text=True)
        token = TOKEN.search(form)
        assert token
        answer = self.client.post("/sign-in", data={**me, "csrf_token": token[1]})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self.client.get("/", follow_redirects=True)

    @property
    def headers(self) -> dict[str, str]:
        cookie = self.client.get_cookie("_csrf_token")
        return {"X-CSRFToken": cookie.value if cookie else "", "Sec-Fetch-Site": "same-origin"}

    def post(self, body: Any) -> TestResponse:
        return self.client.post("/_dash-update-component", json=body, headers=self.headers)

    def open(self, path: str, search: str = "") -> TestResponse:
        """What Dash's router asks for when a page is opened."""
        return self.post(page_body(path, search))

    def call(self, output: str, values: Mapping[str, Any] | None = None) -> TestResponse:
        return self.post(body(self.app, output, values or {}))


def page_body(path: str, search: str = "") -> dict[str, Any]:
    outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    inputs = [
        {"id": "_pages_location", "property": "pathname", "value": path},
        {"id": "_pages_location", "property": "search", "value": search},
    ]
    return {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": outputs,
        "inputs": inputs,
        "changedPropIds": ["_pages_location.pathname"],
    }


def callbacks(app: Flask) -> dict[str, Any]:
    """The server's callbacks by output; those of the browser and of Dash's router are left out."""
    found = dash_of(app).callback_map
    return {key: value for key, value in found.items() if "callback" in value and "_pages_" not in key}


def dash_of(app: Flask) -> Any:
    return app.extensions["salesgate"].dash


DEFAULTS: dict[str, Any] = {
    "from": "2026-11", "to": "2026-11", "region": "*", "category": "*", "channel": "*", "source": "*",
    "show": "10", "zero": True, "split-by": "region", "lists": "ends", "rank": "total", "product": "", "table": {},
    "search": "", "role": "*", "paging": 0, "chosen": None,
    "act": {"do": "show", "id": 1}, "create": 1, "username": "new.person", "email": "new@example.com",
    "first-name": "New", "last-name": "Person", "new-role": "sales_manager", "state": "*", "noted": "", "user": {},
    "kind": "*", "outcome": "*", "text": "", "audit-from": "", "audit-to": "", "tables": {},
}  # fmt: skip


def body(app: Flask, output: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A well-formed body for a callback; ``values`` replace defaults by the part of the id after the page's name."""
    declared = callbacks(app)[output]

    def filled(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{**part, "value": value_of(part["id"])} for part in parts]

    def value_of(target: str) -> Any:
        known, part = {**DEFAULTS, **values}, target.partition("-")[2]
        return values.get(part, known.get(target, known.get(part)))

    component, _, prop = output.rpartition(".")
    return {
        "output": output,
        "outputs": {"id": component, "property": prop},
        "inputs": filled(declared["inputs"]),
        "state": filled(declared["state"]),
        "changedPropIds": [f"{declared['inputs'][0]['id']}.{declared['inputs'][0]['property']}"],
    }
