"""What a mail is: its kind, to whom, and the words that its template needs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class MailKind(StrEnum):
    """What a mail is about; each has a template of the same name."""

    VERIFY = "verify"  # name, username, link, hours
    WELCOME = "welcome"  # name, username, role (the one asked for, or empty), link (sign-in page)
    ALREADY_REGISTERED = "already_registered"  # name, username, link (recovery page): somebody used this address again
    USERNAME_TAKEN = "username_taken"  # name, username, link (registration page)
    RECOVERY = "recovery"  # name, username, link, minutes
    SIGNS_IN_BY = "signs_in_by"  # name, username, by (providers), link (sign-in page): in place of RECOVERY
    RECOVERY_UNKNOWN = "recovery_unknown"  # no account has this address
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - name, username, how, ip, at
    INVITATION = "invitation"  # name, username, link, hours, by
    LOCKED = "locked"  # name, username, link (unlock), minutes, ip
    MAIL_CODE = "mail_code"  # name, code, minutes
    MAIL_CHANGE = "mail_change"  # name, username, link, minutes: to the new address
    MAIL_CHANGED = "mail_changed"  # name, username, new (masked), at: to the old address
    FACTOR_CHANGED = "factor_changed"  # name, username, what (a sentence), ip, at
    API_KEY_MADE = "api_key_made"  # name, username, key (as it is called), prefix, may, until (a day), ip, at
    NEW_DEVICE = "new_device"  # name, username, agent, ip, at
    NEW_PROGRAM = "new_program"  # name, username, agent, ip, at
    TOKEN_REUSED = "token_reused"  # noqa: S105 - name, username, ip, at
    ROLE_REQUESTED = "role_requested"  # to administrators: name, username, role, link (users page)
    ROLE_APPROVED = "role_approved"  # name, role, link
    ROLE_REFUSED = "role_refused"  # name, role, reason
    ROLE_CHANGED = "role_changed"  # name, role
    ACCOUNT_DELETED = "account_deleted"  # name, username


@dataclass(frozen=True)
class Message:
    """One mail before it is rendered; ``words`` are the variables of its template, all texts."""

    kind: MailKind
    recipient: str
    words: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """Everything, for the outbox."""
        return json.dumps({"kind": self.kind, "recipient": self.recipient, "words": dict(self.words)})

    @classmethod
    def from_json(cls, text: str) -> "Message":
        """What :meth:`as_json` wrote."""
        kept = json.loads(text)
        return cls(MailKind(kept["kind"]), kept["recipient"], kept["words"])
