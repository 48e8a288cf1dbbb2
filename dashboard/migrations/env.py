"""Run by Alembic. The caller hands over its open transaction; the program's logging is left alone."""

from alembic import context

from dashboard.accounts import models  # noqa: F401 - declares the tables of users and sessions
from dashboard.audit import models as audit_models  # noqa: F401 - declares the tables of the audit log
from dashboard.audit.columns import metadata
from dashboard.mail import models as mail_models  # noqa: F401 - declares the outbox

# SQLite has transactional DDL, which Alembic does not assume: two processes that start at once take turns.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
