"""An authenticator in software: it makes passkeys and answers with them, rightly or wrongly as a test wants it."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

ORIGIN = "http://localhost:8050"
PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Key:
    """One passkey: whose it is, its number, its private key and how often it was used."""

    handle: bytes
    number: bytes
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    count: int = 0


@dataclass
class SoftAuthenticator:
    """A browser with a passkey provider.

    Attributes:
        origin: the address at which the browser says it is.
        rp_id: the host for which it makes and uses passkeys; that of the options, where empty.
        verifies: whether it verifies the person.
        counts: how much its counter goes up with each use.
        names_user: whether its answers name the user.
        number: of the passkeys that it makes; random where empty.
    """

    origin: str = ORIGIN
    rp_id: str = ""
    verifies: bool = True
    counts: int = 1
    names_user: bool = True
    number: bytes = b""
    keys: list[Key] = field(default_factory=list)

    def create(self, options: str) -> str:
        """What ``navigator.credentials.create()`` gives the page."""
        asked = json.loads(options)
        key = Key(base64url_to_bytes(asked["user"]["id"]), self.number or secrets.token_bytes(32))
        self.keys.append(key)
        data = self._data(asked["rp"]["id"], key, WITH_KEY) + bytes(16) + len(key.number).to_bytes(2, "big")
        data += key.number + cbor2.dumps(self._public(key))
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": self._client_data("webauthn.create", asked["challenge"]),
            "attestationObject": bytes_to_base64url(attestation),
            "transports": ["internal", "something new"],
        }
        return self._credential(key, response)

    def get(self, options: str, key: Key | None = None) -> str:
        """What ``navigator.credentials.get()`` gives the page: by the last passkey unless one is named."""
        asked, key = json.loads(options), key or self.keys[-1]
        key.count += self.counts
        client_data = self._client_data("webauthn.get", asked["challenge"])
        data = self._data(asked["rpId"], key, 0)
        signed = data + hashlib.sha256(base64url_to_bytes(client_data)).digest()
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(key.private.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": bytes_to_base64url(key.handle) if self.names_user else None,
        }
        return self._credential(key, response)

    def _client_data(self, kind: str, challenge: str) -> str:
        text = json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False})
        return bytes_to_base64url(text.encode())

    def _data(self, rp_id: str, key: Key, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        host = hashlib.sha256((self.rp_id or rp_id).encode()).digest()
        return host + bytes([flags]) + key.count.to_bytes(4, "big")

    def _credential(self, key: Key, response: dict[str, Any]) -> str:
        number = bytes_to_base64url(key.number)
        return json.dumps({"id": number, "rawId": number, "type": "public-key", "response": response})

    @staticmethod
    def _public(key: Key) -> dict[int, Any]:
        numbers = key.private.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
