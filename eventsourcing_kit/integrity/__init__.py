"""Trust: proving that nobody has changed the past, and forgetting a person all the same.

`sealed` chains and signs what is appended; `verify` names the first event that is wrong; a
`Checkpoint` outside of the database and a `Witness` in other hands notice what neither can.
Chapter 10 tells why each part is there. `vault` and `tampering`, the attacks on all that, load when
they are first touched, for they need the library cryptography at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import merkle
from .canonical import canonical, pre_authentication
from .checkpoint import Checkpoint, cosign, open_checkpoint, sign_checkpoint
from .copied import state_copy
from .keys import KeyRing, PublicKey, Signer
from .sealed import SealedStore, sealed
from .verify import Fault, Finding, Report, Verified, log_of, verify
from .witness import Witness

if TYPE_CHECKING:
    from . import tampering, vault

__all__ = [
    "Checkpoint",
    "Fault",
    "Finding",
    "KeyRing",
    "PublicKey",
    "Report",
    "SealedStore",
    "Signer",
    "Verified",
    "Witness",
    "canonical",
    "cosign",
    "log_of",
    "merkle",
    "open_checkpoint",
    "pre_authentication",
    "sealed",
    "sign_checkpoint",
    "state_copy",
    "tampering",
    "vault",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in ("tampering", "vault"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
