"""What goes on beside the requests: mails, noted heads of the audit log, refreshes, clearing up. No web."""

from dashboard.jobs.background import Background, Task
from dashboard.jobs.refreshing import refresh_task
from dashboard.jobs.tasks import site_tasks

__all__ = ["Background", "Task", "refresh_task", "site_tasks"]
