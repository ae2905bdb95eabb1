"""One personal field as bytes that nobody reads without the person's key.

AES-256-GCM, and the same input gives the same output, so that a retry is known again. GCM must
never see two texts under one key and nonce: their difference would be readable, and forgeries
possible. The nonce therefore follows, by HMAC-SHA-256 under a key of its own, from all that goes
in: the text and the place that it is for. Other input has another nonce, but for a collision in
96 bits, which 2^32 fields of one person would meet with a chance of 2^-33; the same input has the
same output and tells nothing but that. It is the synthetic IV of Rogaway and Shrimpton
("Deterministic Authenticated-Encryption", 2006), which RFC 8452 has for GCM, too.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

NONCE_BYTES: Final = 12
BLOCK: Final = 32  # bytes of which a text has a multiple: a length tells less of a name
PURPOSE: Final = "eventsourcing_kit/vault/1"


class WrongPlace(Exception):
    """The text was not made by this key for this place."""


def place(person: str, stream_id: str, version: int, field: str) -> bytes:
    """Where a text belongs, as associated data: no two places have the same bytes."""
    return json.dumps([PURPOSE, person, stream_id, version, field]).encode()


class Cipher:
    """What one person's key can do. `key_id`, 16 hexadecimal digits, tells keys apart."""

    def __init__(self, key: bytes) -> None:
        material = HKDFExpand(SHA256(), 72, PURPOSE.encode()).derive(key)
        self._gcm = AESGCM(material[:32])
        self._nonces = material[32:64]
        self.key_id = material[64:].hex()

    def seal(self, place: bytes, value: Any) -> str:
        """Any JSON value, as text in base64."""
        text = msgspec.json.encode(value, order="sorted")
        text += b" " * (-len(text) % BLOCK)  # blanks behind it say nothing in JSON
        fingerprint = hmac.digest(self._nonces, len(place).to_bytes(8) + place + text, "sha256")
        nonce = fingerprint[:NONCE_BYTES]
        return b64encode(nonce + self._gcm.encrypt(nonce, text, place)).decode()

    def open(self, place: bytes, text: str) -> Any:
        """The value again. Raises WrongPlace for whatever was not made by `seal` for this place."""
        try:
            sealed = b64decode(text, validate=True)
            found = self._gcm.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            raise WrongPlace from error
        return msgspec.json.decode(found)
