"""The audit log: typed events in a hash chain, written in the transaction of what they report."""

from dashboard.audit.chain import Verdict, record, verify
from dashboard.audit.events import Event, Kind

__all__ = ["Event", "Kind", "Verdict", "record", "verify"]
