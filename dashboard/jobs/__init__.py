"""What goes on beside the requests: mails, noted heads of the audit log, clearing up. No web."""

from dashboard.jobs.background import Background, Task
from dashboard.jobs.tasks import site_tasks

__all__ = ["Background", "Task", "site_tasks"]
