"""Small texts that notices share."""

from datetime import datetime

from dashboard.accounts.store import AnyRow


def greeting(row: AnyRow) -> str:
    """How to greet the user of a row of ``users``."""
    return f"{row.first_name} {row.last_name}".strip() or str(row.username)


def masked(email: str) -> str:
    """An address that its owner recognises and nobody else can use, such as ``p•••@example.com``."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def moment(at: datetime) -> str:
    """A time for people, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
