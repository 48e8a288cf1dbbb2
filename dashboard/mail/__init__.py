"""Mail: an outbox in the accounts database, messages in the product's look, and senders. No web."""

from dashboard.mail.message import MailKind, Message

__all__ = ["MailKind", "Message"]
