"""The viewer: who asks, with what rights, over which rows. Made once a request from the session row."""

import hashlib
import json
from dataclasses import dataclass, field

from dashboard.access.permissions import Permission

DIMENSIONS = ("region", "category", "channel")


@dataclass(frozen=True)
class Scope:
    """Rows a viewer may see. ``None`` for a dimension means every value; an empty set means no row at all."""

    region: frozenset[str] | None = None
    category: frozenset[str] | None = None
    channel: frozenset[str] | None = None

    def allowed(self, dimension: str) -> frozenset[str] | None:
        """The values of ``dimension`` in scope, or None for all; KeyError for an unknown dimension."""
        if dimension not in DIMENSIONS:
            raise KeyError(dimension)
        values: frozenset[str] | None = getattr(self, dimension)
        return values

    @property
    def digest(self) -> str:
        """A stable key for caches: equal digests see the same rows."""
        return _WHOLE if self == _EVERYTHING else _digest(self)


def _digest(scope: Scope) -> str:
    parts = [sorted(values) if (values := scope.allowed(name)) is not None else None for name in DIMENSIONS]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


# That of most viewers, who need it several times a request.
_EVERYTHING = Scope()
_WHOLE = _digest(_EVERYTHING)


@dataclass(frozen=True)
class Viewer:
    """Frozen answer to "who asks?".

    Attributes:
        user_id: primary key of the user; 0 for the operator at the command line.
        username: for display and audit only, never for a decision.
        role: key of the role the permissions came from.
        permissions: what the policy may say yes to.
        scope: rows the viewer may see.
        policy_version: changes when the role's definition changes, so no cache outlives a change of rights.
    """

    user_id: int
    username: str
    role: str
    permissions: frozenset[Permission]
    scope: Scope = field(default_factory=Scope)
    policy_version: str = ""
