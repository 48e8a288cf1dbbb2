"""What a bind refuses, told apart by kind."""

from typing import Literal

from dashboard.sources.errors import ImportRefused

Kind = Literal["unreachable", "refused", "timeout", "driver", "statement", "lost", "writable", "settings"]


class BindError(ImportRefused):
    """A database that cannot be used, or one statement that failed; the message holds no password.

    Attributes:
        kind: "unreachable" (host, port, service, TLS), "refused" (login), "timeout", "driver" (not installed),
            "statement" (the database refuses this statement), "lost" (the connection broke), "writable" (the account
            can write, or nobody knows), "settings".
    """

    def __init__(self, message: str, kind: Kind) -> None:
        super().__init__(message)
        self.kind: Kind = kind
