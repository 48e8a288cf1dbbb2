"""Rights that programs use are noted for the access review, as those of people are; refused ones are not."""

import pytest
from api_kit import Api, Client

from dashboard.access import Permission, Viewer

UNITS, REVENUE, STOCK = Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE, Permission.MEASURE_STOCK


class Noted(list[tuple[str, Permission]]):
    """In the place of what writes them down."""

    def note(self, viewer: Viewer, permission: Permission) -> None:
        self.append((viewer.role, permission))


@pytest.fixture
def noted(api: Api, monkeypatch: pytest.MonkeyPatch) -> Noted:
    found = Noted()
    monkeypatch.setattr(api.app.extensions["salesgate"], "uses", found)
    return found


@pytest.mark.parametrize(
    ("role", "path", "used"),
    [
        ("admin", "/users", [Permission.USERS_MANAGE]),
        ("auditor", "/audit", [Permission.AUDIT_READ]),
        ("helpdesk", "/audit", []),
        ("sales_manager", "/me", []),
        ("sales_manager", "/analytics/options", []),
        ("sales_manager", "/analytics/monthly?measure=net_sales", [REVENUE]),
        ("sales_manager", "/analytics/best?measure=net_units", [UNITS]),
        ("sales_manager", "/analytics/findings?page=revenue", [REVENUE]),
        ("sales_manager", "/analytics/products/p01", [UNITS]),
        ("sales_manager", "/analytics/monthly?measure=net_sales&first=1999-01", []),
        ("procurement_manager", "/analytics/monthly?measure=net_sales", []),
        ("procurement_manager", "/analytics/stock/worklist", [STOCK]),
    ],
)
def test_what_was_answered_counts_as_use(
    clients: dict[str, Client], noted: Noted, role: str, path: str, used: list[Permission]
) -> None:
    for _ in range(2):  # the second answer is the kept one
        clients[role].get(path)
    assert noted == [(role, permission) for permission in used] * 2
