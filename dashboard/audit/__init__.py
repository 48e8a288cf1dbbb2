"""The audit log: typed events in a hash chain, written in the transaction of what they report."""

from dashboard.audit.chain import Verdict, record, verify
from dashboard.audit.events import Event, Kind
from dashboard.audit.heads import Head, HeadsError

__all__ = ["Event", "Head", "HeadsError", "Kind", "Verdict", "record", "verify"]
