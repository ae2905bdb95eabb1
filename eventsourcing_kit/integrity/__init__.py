"""Trust: proving that nobody has changed the past. Chapter 10 tells why each part is there."""

from . import merkle
from .canonical import canonical, pre_authentication
from .keys import KeyRing, PublicKey, Signer

__all__ = ["KeyRing", "PublicKey", "Signer", "canonical", "merkle", "pre_authentication"]
