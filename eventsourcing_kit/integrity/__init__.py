"""Trust: proving that nobody has changed the past, and forgetting a person all the same.

Chapter 10 tells why each part is there. `vault` loads when it is first touched, for it needs the
library cryptography at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import merkle
from .canonical import canonical, pre_authentication
from .keys import KeyRing, PublicKey, Signer

if TYPE_CHECKING:
    from . import vault

__all__ = [
    "KeyRing",
    "PublicKey",
    "Signer",
    "canonical",
    "merkle",
    "pre_authentication",
    "vault",
]


def __getattr__(name: str) -> Any:
    if name == "vault":
        return import_module(".vault", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
