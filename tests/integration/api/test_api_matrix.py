"""Operation by role: who may use what, written down here by hand, and asked of every operation that there is."""

from collections.abc import Mapping
from typing import Any

import pytest
from api_kit import HERE, Api, Client, problem_of
from integration.app.app_kit import ALL_ROLES

from dashboard.access import Permission
from dashboard.api.mounting import PARTS
from dashboard.web.cookies import session_cookie

NOBODY = "nobody"
# Keys with less than their owners have.
KEYS = {
    "key for units": ("sales_manager", Permission.MEASURE_UNITS),
    "key for users": ("admin", Permission.USERS_MANAGE),
}
PEOPLE = frozenset(ALL_ROLES)
SIGNED_IN = PEOPLE | set(KEYS)
EVERYBODY = SIGNED_IN | {NOBODY}
ADMIN_ONLY = frozenset({"admin"})
HELPDESK = ADMIN_ONLY | {"helpdesk"}
USERS = HELPDESK | {"key for users"}
ARCHITECT = ADMIN_ONLY | {"architect"}
AUDITOR = ADMIN_ONLY | {"auditor"}
# The gate to the figures turns more of them away: see the second table.
BY_FIGURES = SIGNED_IN
UNITS = frozenset({"procurement_manager", "sales_manager", "key for units"})
REVENUE = frozenset({"sales_manager"})
STOCK = frozenset({"procurement_manager"})
NO_ONE: frozenset[str] = frozenset()

WHO: Mapping[str, frozenset[str]] = {
    "auth_register": EVERYBODY,
    "auth_register_again": EVERYBODY,
    "auth_verify": EVERYBODY,
    "auth_login": EVERYBODY,
    "auth_second_factor": EVERYBODY,
    "auth_send_code": EVERYBODY,
    "auth_refresh": EVERYBODY,
    "auth_revoke": EVERYBODY,
    "me_show": SIGNED_IN,
    "me_profile": PEOPLE,
    "me_change_profile": PEOPLE,
    "me_change_password": PEOPLE,
    "me_sessions": PEOPLE,
    "me_end_other_sessions": PEOPLE,
    "me_end_session": PEOPLE,
    "me_role_request": PEOPLE,
    "me_ask_for_role": PEOPLE,
    "me_withdraw_role_request": PEOPLE,
    "me_events": PEOPLE,
    "keys_show_own": PEOPLE,
    "keys_make": PEOPLE,
    "keys_show_one": PEOPLE,
    "keys_revoke_own": PEOPLE,
    "keys_show": HELPDESK,
    "keys_revoke": HELPDESK,
    "users_index": USERS,
    "users_create": USERS,
    "users_read": USERS,
    "users_change": USERS,
    "users_delete": USERS,
    "users_give_role": USERS,
    "users_disable": USERS,
    "users_enable": USERS,
    "users_lock": USERS,
    "users_unlock": HELPDESK,
    "users_invite": USERS,
    "users_sessions": ADMIN_ONLY,
    "users_end_sessions": ADMIN_ONLY,
    "users_end_session": ADMIN_ONLY,
    "roles_index": PEOPLE,
    "roles_define": ARCHITECT,
    "roles_remove": ARCHITECT,
    "requests_index": USERS,
    "requests_approve": USERS,
    "requests_refuse": USERS,
    "audit_index": AUDITOR,
    "audit_verify": AUDITOR,
    "analytics_measures": BY_FIGURES,
    "analytics_options": BY_FIGURES,
    "analytics_monthly": BY_FIGURES,
    "analytics_headline": BY_FIGURES,
    "analytics_breakdown": BY_FIGURES,
    "analytics_findings": BY_FIGURES,
    "analytics_data_status": BY_FIGURES,
    "analytics_best": BY_FIGURES,
    "analytics_worst": BY_FIGURES,
    "analytics_products": BY_FIGURES,
    "analytics_product": BY_FIGURES,
    "analytics_stock": BY_FIGURES,
    "analytics_worklist": BY_FIGURES,
}
# Figures that are asked for -> who gets them.
FIGURES: Mapping[str, frozenset[str]] = {
    "/analytics/measures": SIGNED_IN,  # an empty list where there are none
    "/analytics/options": UNITS,
    "/analytics/data-status": UNITS,
    "/analytics/findings": UNITS,
    "/analytics/findings?page=revenue": REVENUE,
    "/analytics/products/p01": UNITS,
    "/analytics/products?column=net_units": UNITS,
    "/analytics/products?column=net_sales": REVENUE,
    "/analytics/stock": STOCK,
    "/analytics/stock/worklist": STOCK,
    **{
        f"/analytics/{name}?measure={measure}": who
        for name in ("monthly", "headline", "breakdown", "best", "worst", "products")
        for measure, who in (("net_units", UNITS), ("net_sales", REVENUE), ("margin", NO_ONE))
    },
}
# Nothing of it is there: what passes the gate must do no harm.
IN_PATH = {"id": "987654", "key": "987655", "session": "0" * 12, "code": "p01"}
UNKNOWN = "?no_such_parameter=1"


@pytest.fixture(scope="module")
def callers(api: Api, clients: dict[str, Client]) -> dict[str, Client]:
    keys = {name: api.with_key(owner, scope) for name, (owner, scope) in KEYS.items()}
    return {NOBODY: api.nobody, **clients, **keys}


@pytest.fixture(scope="module")
def operations(api: Api) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Operation -> method, path with values in it, and what the document says of it."""
    found: dict[str, tuple[str, str, dict[str, Any]]] = {}
    for path, methods in api.nobody.get("/openapi.json").get_json()["paths"].items():
        filled = path.removeprefix("/api/v1").replace("/roles/{key}", "/roles/nothing")
        for name, value in IN_PATH.items():
            filled = filled.replace(f"{{{name}}}", value)
        assert "{" not in filled, path
        found |= {said["operationId"]: (method.upper(), filled, said) for method, said in methods.items()}
    return found


def _passes(client: Client, method: str, path: str) -> str:
    """Empty where the gate lets the request pass, which then fails for its parameter; else what it was answered."""
    status, word = problem_of(client.call(method, f"{path}{UNKNOWN}"))
    return "" if (status, word) == (400, "invalid") else f"{status} {word}"


def test_every_operation_is_in_this_matrix(operations: dict[str, Any]) -> None:
    assert set(operations) == set(WHO)
    assert sum(len(part.accesses) for part in PARTS) == len(WHO)
    reads = {path.partition("?")[0] for path in FIGURES}
    assert reads == {path for name, (_, path, _) in operations.items() if name.startswith("analytics_")}


@pytest.mark.promise("ASVS 8.2.1")
def test_operation_by_caller(callers: dict[str, Client], operations: dict[str, Any]) -> None:
    wrong = []
    for operation, (method, path, _) in operations.items():
        for caller, client in callers.items():
            refused = "401 not_signed_in" if caller == NOBODY else "403 forbidden"
            answer, expected = _passes(client, method, path), "" if caller in WHO[operation] else refused
            if answer != expected:
                wrong.append((operation, caller, answer))
    assert wrong == []


@pytest.mark.promise("ASVS 8.2.1")
def test_figures_by_caller(callers: dict[str, Client]) -> None:
    wrong = []
    for path, who in FIGURES.items():
        for caller, client in callers.items():
            status = client.get(path).status_code
            if status != (200 if caller in who else 401 if caller == NOBODY else 403):
                wrong.append((path, caller, status))
    assert wrong == []


def test_asking_for_the_head_only_opens_nothing(callers: dict[str, Client], operations: dict[str, Any]) -> None:
    for operation, (method, path, _) in operations.items():
        if method == "GET":
            for caller in (NOBODY, "no_role"):
                head, whole = (callers[caller].call(one, path) for one in ("HEAD", "GET"))
                assert (head.status_code, head.data) == (whole.status_code, b""), operation


def test_the_document_says_who_has_to_authenticate_and_how(operations: dict[str, Any]) -> None:
    by_key = {operation for operation, who in WHO.items() if who >= SIGNED_IN or who & set(KEYS)}
    by_key |= {"users_sessions", "users_end_sessions", "users_end_session", "roles_define", "roles_remove"}
    by_key |= {"audit_index", "audit_verify"}  # with scopes that no key here has
    for operation, (_, _, said) in operations.items():
        schemes = {name for one in said.get("security") or [] for name in one}
        expected = set() if WHO[operation] == EVERYBODY else {"token", "key"} if operation in by_key else {"token"}
        if operation == "auth_revoke":  # by a refresh token, or by the access token that comes along
            expected = {"token"}
            assert {} in said["security"]
        assert schemes == expected, operation
        answers = set(said["responses"])
        assert ("401" in answers, "403" in answers) == (True, True) or WHO[operation] == EVERYBODY, operation


@pytest.mark.promise("ASVS 7.2.1")
def test_cookies_of_the_site_do_not_count(api: Api, operations: dict[str, Any]) -> None:
    user = api.user("admin")
    browser = api.app.test_client()
    settings = api.app.extensions["salesgate"].settings
    browser.set_cookie(session_cookie(settings), api.accounts.start_session(user.id, HERE))
    assert browser.get("/account").status_code == 200
    for operation, (method, path, _) in operations.items():
        if WHO[operation] != EVERYBODY:
            assert browser.open(f"/api/v1{path}", method=method).status_code == 401, operation
