"""What a serving process does besides answering."""

from dashboard.accounts import Accounts
from dashboard.accounts.store import Clock, utc_now
from dashboard.audit.noter import Noter
from dashboard.jobs.background import Task
from dashboard.mail.postman import Postman
from dashboard.settings import Settings

_MAIL_SECONDS = 1
_SWEEP_SECONDS = 3600


def site_tasks(accounts: Accounts, settings: Settings, clock: Clock = utc_now) -> list[Task]:
    """Sending mails, noting heads of the audit log, and clearing up."""
    postman = Postman(accounts.engine, settings, accounts.vault.open, clock)
    noter = Noter(accounts.engine, settings, clock)
    return [
        Task("sending mails", _MAIL_SECONDS, postman.deliver_due),
        Task("noting the head of the audit log", settings.audit.head_minutes * 60, noter.note),
        Task("removing old mails", _SWEEP_SECONDS, postman.prune),
        Task("removing what is over", _SWEEP_SECONDS, accounts.sweep),
    ]
