"""Alive, ready, and what administrators are told of the database."""

import pytest
from web_kit import Installation

from dashboard.access import Permission, built_in_roles

MONITORED = ("/health", "/ready", "/db_check")


def test_strangers_learn_that_all_is_well_and_nothing_else(installation: Installation) -> None:
    for path in MONITORED:
        answer = installation.browser().get(path)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"}), path
        assert "Set-Cookie" not in answer.headers


@pytest.mark.promise("ASVS 16.5.3")
@pytest.mark.promise("a database that is away restarts nothing")
def test_without_the_accounts_database_the_process_lives_and_is_not_ready(installation: Installation) -> None:
    admin = installation.signed_in("admin")
    with installation.accounts.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_head RENAME TO gone")
    for browser in (installation.browser(), admin):
        assert browser.get("/health").json == {"status": "ok"}
        for path in ("/ready", "/db_check"):
            answer = browser.get(path)
            assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
            assert set(answer.json or {}) == {"type", "title", "status", "detail", "code", "request", "errors"}
            assert "audit_head" not in answer.text


def test_tables_of_another_version_are_not_ready(installation: Installation) -> None:
    with installation.accounts.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'r9999'")
    assert [installation.browser().get(path).status_code for path in MONITORED] == [200, 503, 503]


def test_figures_that_are_damaged_are_not_ready(installation: Installation) -> None:
    rollup = installation.site.settings.var / "rollup"
    (rollup / "20260101T000000000000Z-00000000").mkdir(parents=True)
    (rollup / "CURRENT").write_text("20260101T000000000000Z-00000000")
    assert [installation.browser().get(path).status_code for path in MONITORED] == [200, 503, 503]


@pytest.mark.promise("ASVS 13.4.5")
@pytest.mark.parametrize("role", ["procurement_manager", "sales_manager", "admin"])
def test_details_are_for_those_who_manage_sources(installation: Installation, role: str) -> None:
    told = installation.signed_in(role).get("/db_check").json
    may = next(one for one in built_in_roles() if one.key == role).permissions
    if Permission.SOURCES_MANAGE not in may:
        assert told == {"status": "ok"}
        return
    assert told
    assert told["database"]["dialect"] == "sqlite"
    assert told["database"]["version"]
    assert (told["redis"], told["figures"]["state"], told["sources"]) == ("none", "missing", [])


def test_asking_keeps_no_session_alive(installation: Installation) -> None:
    admin = installation.signed_in("admin")
    for _ in range(4):
        installation.clock.forward(minutes=4)
        admin.get("/db_check")
    assert admin.get("/db_check").json == {"status": "ok"}
