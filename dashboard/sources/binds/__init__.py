"""Named databases: how they are opened, what their errors mean, and whether their account can write."""

from dashboard.sources.binds.errors import BindError
from dashboard.sources.binds.explain import explain
from dashboard.sources.binds.opening import OpenBind, open_bind
from dashboard.sources.binds.proof import Proof, prove_read_only, require_read_only
from dashboard.sources.binds.secret import shown_url

__all__ = [
    "BindError",
    "OpenBind",
    "Proof",
    "explain",
    "open_bind",
    "prove_read_only",
    "require_read_only",
    "shown_url",
]
