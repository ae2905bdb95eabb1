"""Who may sign what, and for how long: Ed25519 by the library cryptography, and a ring of keys.

Three kinds of key, in three hands. The writer's is where appends are; who steals it can sign events
from then on, and rewrite those before. The log's signs checkpoints, and lies where no writer
reaches it. The witness's belongs to somebody else, who gains nothing by lying.

A key management service (KMS, HSM) would hold the private half: it offers a public key and a
`sign`, as a Signer does, and takes its place here. It makes a key hard to copy; it does not keep a
thief who is in the writer's process from asking for signatures. Against that are the other two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, Protocol

from ..errors import InvalidInput
from ..event import check_time, shown

ALGORITHM = "Ed25519"  # is named in every seal, for the day when another one is needed
Role = Literal["writer", "checkpoint", "witness"]
ROLES: dict[str, bytes] = {"writer": b"\x01", "checkpoint": b"\x01", "witness": b"\x04"}
TIMES = ("valid_from", "valid_until", "revoked_at", "compromised_since")


@dataclass(frozen=True)
class PublicKey:
    """The half of a key that everybody may have, and when it counts; all times are aware.

    It signs from `valid_from` through `valid_until`: what it signed then holds for ever. Nothing
    counts that was recorded at `revoked_at` or later. `compromised_since` is when a thief may have
    had it first, as far as is known: from there on, nothing tells his signatures from the owner's.
    Raises InvalidInput.
    """

    name: str
    public_bytes: bytes = field(repr=False)
    role: Role = "writer"
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    revoked_at: datetime | None = None
    compromised_since: datetime | None = None

    def __post_init__(self) -> None:
        if type(self.name) is not str or not re.fullmatch(r"[^\s+\x00-\x1f]{1,200}", self.name):
            raise InvalidInput("name", f"must be text without spaces and +, not {shown(self.name)}")
        if type(self.public_bytes) is not bytes or len(self.public_bytes) != 32:
            raise InvalidInput("public_bytes", "must be the 32 bytes of an Ed25519 key")
        if self.role not in ROLES:
            raise InvalidInput("role", f"must be one of {', '.join(ROLES)}, not {self.role!r}")
        for name in TIMES:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, check_time(name, getattr(self, name)))

    @cached_property
    def fingerprint(self) -> bytes:
        """Four bytes of a hash over name, kind and key: the key id of a C2SP signed note."""
        text = self.name.encode() + b"\n" + ROLES[self.role] + self.public_bytes
        return sha256(text).digest()[:4]

    @property
    def key_id(self) -> str:
        """What stands in a signature, to find the key by: name and fingerprint."""
        return f"{self.name}+{self.fingerprint.hex()}"

    @property
    def lost_at(self) -> datetime | None:
        """From when on nothing counts that this key has signed: it was stolen, or revoked."""
        return min(filter(None, (self.revoked_at, self.compromised_since)), default=None)

    @cached_property
    def _loaded(self) -> tuple[Callable[[bytes, bytes], None], type[Exception]]:
        """The library's function, and what it raises: looked up once, for it is asked a lot."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return Ed25519PublicKey.from_public_bytes(self.public_bytes).verify, InvalidSignature

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's on this message."""
        verify, invalid = self._loaded
        try:
            verify(signature, message)
        except invalid:
            return False
        return True


class Signs(Protocol):
    """What a signer is asked for: a Signer, or what speaks to a service that keeps the key."""

    @property
    def key(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same message always has the same ones."""
        ...


class Signer:
    """A whole key, in memory. `secret` (32 bytes) is all of it, so keep that as you keep a key."""

    def __init__(self, name: str, secret: bytes, role: Role = "writer", **times: datetime) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if type(secret) is not bytes or len(secret) != 32:
            raise InvalidInput("secret", "must be 32 bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(secret)
        public = self._private.public_key().public_bytes_raw()
        self.key = PublicKey(name, public, role, **times)

    @classmethod
    def new(cls, name: str, role: Role = "writer", **times: datetime) -> Signer:
        """A fresh key, from the system's randomness."""
        import secrets

        return cls(name, secrets.token_bytes(32), role, **times)

    def __repr__(self) -> str:
        return f"Signer({self.key.key_id!r}, {self.key.role!r})"  # never the secret

    @property
    def secret(self) -> bytes:
        """The 32 bytes to make it from again."""
        return self._private.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes. Ed25519 draws no random numbers: it is always the same one."""
        return self._private.sign(message)


class KeyRing:
    """The public keys that count, by id. It never changes: what adds or marks gives a new one.

    Old keys stay in it, or what they signed could not be checked any more. It has to come from
    somewhere that a writer cannot reach: who can add a key here needs to forge nothing.
    """

    def __init__(self, keys: Iterable[PublicKey | Signs]) -> None:
        self._keys: dict[str, PublicKey] = {}
        for given in keys:
            key: Any = given if isinstance(given, PublicKey) else getattr(given, "key", None)
            if not isinstance(key, PublicKey):
                raise InvalidInput("keys", f"must be public keys, not {shown(given)}")
            if key.key_id in self._keys:
                raise InvalidInput("keys", f"{key.key_id} is there twice")
            self._keys[key.key_id] = key

    def __iter__(self) -> Any:
        return iter(self._keys.values())

    def get(self, key_id: str, role: Role) -> PublicKey | None:
        """The key of this id, if it has this role."""
        key = self._keys.get(key_id)
        return key if key is not None and key.role == role else None

    def named(self, name: str, role: Role) -> list[PublicKey]:
        """All keys of this name and role: a name outlives its keys."""
        return [key for key in self if (key.name, key.role) == (name, role)]

    def marked(self, key_id: str, **times: Any) -> KeyRing:
        """With times of one key set: `revoked_at`, `compromised_since` and the like."""
        if key_id not in self._keys:
            raise InvalidInput("key_id", f"{shown(key_id)} is not in this ring")
        if not times.keys() <= set(TIMES):
            raise InvalidInput("times", f"must be of {', '.join(TIMES)}, not {', '.join(times)}")
        changed = replace(self._keys[key_id], **times)
        return KeyRing([changed if key.key_id == key_id else key for key in self])

    def rotated(self, old_id: str, new: PublicKey | Signs, at: datetime) -> KeyRing:
        """With a new key from `at` on, until which the old one was valid.

        Raises InvalidInput for a key of another role, and where the old one ends sooner: then it
        is its successor that is to be rotated.
        """
        at = check_time("at", at)
        key = new if isinstance(new, PublicKey) else new.key
        old = self._keys.get(old_id)
        if old is not None and old.role != key.role:
            raise InvalidInput("new", f"must be a {old.role}'s key, as the old one, not {key.role}")
        if old is not None and old.valid_until is not None and old.valid_until < at:
            raise InvalidInput("at", f"{old_id} is valid until {old.valid_until} as it is")
        return KeyRing([*self.marked(old_id, valid_until=at), replace(key, valid_from=at)])
