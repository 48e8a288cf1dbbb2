"""Sealing what has to be read again but must not lie open in the database: TOTP secrets, dates of birth, mails.

Fernet (AES-128-CBC with HMAC-SHA-256) under a key derived from the installation's secret key by HKDF: whoever has a
copy of the database, but not of ``var/secret_key``, reads nothing of it.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dashboard.accounts.terms import AccountError


class Vault:
    """Seals and opens short texts.

    Args:
        secret: the installation's secret key, 64 hexadecimal digits.
    """

    def __init__(self, secret: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"salesgate.vault").derive(secret.encode())
        self._fernet = Fernet(urlsafe_b64encode(derived))

    def seal(self, text: str) -> str:
        """``text``, unreadable without the key; ASCII, about 100 characters longer."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again.

        Raises:
            AccountError: it was sealed with another key, or changed.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise AccountError(
                "Something in the accounts database was sealed with another secret key: restore var/secret_key."
            ) from None
