"""Who asks for a page or a callback, and the doors that are open to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dashboard.access import Permission, Viewer
from dashboard.accounts import Accounts, Actor
from dashboard.reports import Gate, Reports


@dataclass(frozen=True)
class Listed:
    """A page of the site and the permission it needs; None where being signed in is enough.

    ``parameters`` are the names that it reads from its address; none for a page that cannot be kept as a view.
    """

    name: str
    path: str
    permission: Permission | None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Caller:
    """Made anew from the session for every layout and every callback.

    Attributes:
        viewer: who asks, with what rights.
        actor: the same as the audit log names them.
        gate: the door to sales data.
        accounts: users and their sessions.
        pages: all pages of the site, for the page that explains who may see which.
    """

    viewer: Viewer
    actor: Actor
    gate: Gate
    accounts: Accounts
    pages: tuple[Listed, ...] = ()

    def reports(self) -> Reports:
        """The sales data this viewer may see; raises NoDataError before the first import."""
        return self.gate.open(self.viewer)


Callback = Callable[..., Any]


class Registrar(Protocol):
    """How a page declares its callbacks: each names the permission it needs."""

    def callback(self, permission: Permission | None, *wiring: Any, **options: Any) -> Callable[[Callback], Callback]:
        """Declare a server callback; the function gets the :class:`Caller` first, then its inputs and states.

        ``permission`` None: being signed in is enough.
        """

    def clientside(self, name: str, *wiring: Any, **options: Any) -> None:
        """Declare a callback that runs in the browser: function ``name`` of the ``salesgate`` namespace."""
