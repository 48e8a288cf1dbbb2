"""Rights out of the lines of SHOW GRANTS, as MySQL, MariaDB and ClickHouse write them."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

_GRANT: Final = re.compile(r"^GRANT (?P<rights>.+?) ON (?P<object>.+?) TO .+$", re.IGNORECASE | re.DOTALL)
_ROLES: Final = re.compile(r"^GRANT (?P<roles>.+?) TO .+$", re.IGNORECASE | re.DOTALL)
_COLUMNS: Final = re.compile(r"\s*\([^)]*\)")
_HARMLESS: Final = frozenset(
    {
        "USAGE",
        "SELECT",
        "SHOW",
        "SHOW VIEW",
        "SHOW DATABASES",
        "SHOW TABLES",
        "SHOW COLUMNS",
        "SHOW DICTIONARIES",
        "SHOW CREATE ROUTINE",
        "SHOW_ROUTINE",
        "PROCESS",
        "REPLICATION CLIENT",
        "BINLOG MONITOR",
        "SLAVE MONITOR",
        "REPLICA MONITOR",
        "LOCK TABLES",
        "CREATE TEMPORARY TABLES",
        "CREATE TEMPORARY TABLE",
        "DICTGET",
        "REMOTE",
    }
)


class Grants(NamedTuple):
    """What SHOW GRANTS comes to: rights that are more than reading, roles to look into, lines not understood."""

    writing: tuple[str, ...]
    roles: tuple[str, ...]
    strange: tuple[str, ...]


def read_grants(lines: Iterable[str]) -> Grants:
    """Sort the lines of SHOW GRANTS."""
    writing: list[str] = []
    roles: list[str] = []
    strange: list[str] = []
    for line in lines:
        grant, member = _GRANT.match(line), _ROLES.match(line)
        if grant:
            writing += [f"{right} on {grant['object']}" for right in _rights(grant["rights"]) if right not in _HARMLESS]
        elif member:
            roles += [role.strip() for role in member["roles"].split(",")]
        elif not line.upper().startswith(("SET DEFAULT ROLE", "REVOKE")):
            strange.append(line.split(" IDENTIFIED")[0])
    return Grants(tuple(writing), tuple(roles), tuple(strange))


def _rights(text: str) -> list[str]:
    return [right.strip().upper() for right in _COLUMNS.sub("", text).split(",")]
