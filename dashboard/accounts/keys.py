"""The secret key of this installation: signs invitation links and the web server's own cookie."""

import re
import secrets
from pathlib import Path

from dashboard.accounts.private_files import keep_first
from dashboard.accounts.terms import AccountError

_KEY = re.compile(r"[0-9a-f]{64}")


def secret_key(var: Path) -> str:
    """The key in ``var/secret_key``, 64 hexadecimal digits; generated once, also when several processes start at once.

    Raises:
        AccountError: the file holds something else.
    """
    path = var / "secret_key"
    key = path.read_text(encoding="utf-8") if path.exists() else keep_first(path, secrets.token_hex(32))
    if not _KEY.fullmatch(key.strip()):
        raise AccountError(f"{path} does not hold a secret key. Remove the file; a new one is made at the next start.")
    return key.strip()
