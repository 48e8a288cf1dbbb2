"""Read-only proof for ClickHouse: the account's own profile, or its grants where the server knows grants."""

from sqlalchemy import Connection

from dashboard.sources.binds.explain import is_of_driver
from dashboard.sources.binds.grants import read_grants
from dashboard.sources.binds.sessions import ACCOUNT_READONLY
from dashboard.sources.binds.verdict import Proof, Relations, proved, some, unknown, writable

_SETTING = "SELECT value FROM system.settings WHERE name = 'readonly'"


def prove_clickhouse(connection: Connection, relations: Relations) -> Proof:  # noqa: ARG001 - all grants are looked at
    """ClickHouse: ``readonly`` of the profile as it was before the session was set up, else SHOW GRANTS."""
    value = connection.info.get(ACCOUNT_READONLY) or str(connection.exec_driver_sql(_SETTING).scalar())
    if value in {"1", "2"}:
        return proved(f"The profile of the account says readonly = {value}.")
    try:
        lines = [str(row[0]) for row in connection.exec_driver_sql("SHOW GRANTS").all()]
    except Exception as error:
        if not is_of_driver(error, connection.dialect):
            raise
        # Before version 20 there are no grants: who is not readonly may write.
        return writable("The profile of the account says readonly = 0. Give it a profile with readonly = 1.")
    found = read_grants(lines)
    if found.writing:
        return writable(f"It is granted {some(found.writing)}.")
    if found.roles or found.strange:
        return unknown(f"SHOW GRANTS lists more than tables: {some([*found.roles, *found.strange])}.")
    return proved("SHOW GRANTS lists nothing beyond SELECT.")
