"""A checkpoint: how long the log is and the one hash over it, signed, kept outside the database.

The text is that of https://c2sp.org/tlog-checkpoint, in a note after https://c2sp.org/signed-note;
a witness adds a line after https://c2sp.org/tlog-cosignature. So other people's tools can read it.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ..errors import CheckpointRefused, InvalidInput
from ..event import instant, microseconds, shown
from .keys import KeyRing, PublicKey, Signs
from .merkle import HASH

SIGNATURE_LINE = re.compile("— ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})")
MAX_NOTE = 100_000  # characters


@dataclass(frozen=True)
class Checkpoint:
    """The log's name, its number of events, and the root of its Merkle tree."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed: three lines."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class Opened:
    """A checkpoint whose signatures were checked, and when which witnesses had seen it (aware).

    `is_dated` is False where its key counts for some time only, and no witness says when it was.
    """

    checkpoint: Checkpoint
    witnessed: dict[str, datetime]
    is_dated: bool = True

    @property
    def seen_at(self) -> datetime | None:
        """The earliest time at which a witness says that it was there."""
        return min(self.witnessed.values(), default=None)


def sign_checkpoint(checkpoint: Checkpoint, signer: Signs) -> str:
    """The signed note. The key's name is the log's: raises InvalidInput for another one."""
    if signer.key.role != "checkpoint" or signer.key.name != checkpoint.origin:
        raise InvalidInput("signer", f"must be the checkpoint key of {checkpoint.origin!r}")
    text = checkpoint.text()
    return f"{text}\n{_line(signer.key, signer.sign(text.encode()))}"


def cosign(note: str, signer: Signs, now: datetime) -> str:
    """The note with a witness's line under it: that it has seen it, and when (aware)."""
    if signer.key.role != "witness":
        raise InvalidInput("signer", f"{signer.key.key_id} is no witness's key")
    text, _ = _parts(note)
    seconds = microseconds(now) // 1_000_000
    signature = signer.sign(_cosigned(text, seconds))
    return note + _line(signer.key, seconds.to_bytes(8, "big") + signature)


def read_checkpoint(note: str) -> Checkpoint:
    """What a note says, whoever has signed it: for one that was opened before it was kept."""
    return _parsed(_parts(note)[0])


def open_checkpoint(note: str, keys: KeyRing) -> Opened:
    """Read a note that the log's own key has signed.

    Lines of unknown keys are left aside, as the format asks. A line that names a key of the ring
    and is not its signature condemns the note. What a lost key has signed counts only if a witness
    had seen it before; what a lost witness says never does, for its times are its own word. Raises
    CheckpointRefused.
    """
    text, lines = _parts(note)
    checkpoint = _parsed(text)
    log_keys: list[PublicKey] = []
    witnessed: dict[str, datetime] = {}
    for name, blob in lines:
        for key in keys.named(name, "checkpoint"):
            if blob[:4] == key.fingerprint and name == checkpoint.origin:
                _check(key, text.encode(), blob[4:])
                log_keys.append(key)
        for key in keys.named(name, "witness"):
            if blob[:4] == key.fingerprint:
                seconds = int.from_bytes(blob[4:12], "big")
                _check(key, _cosigned(text, seconds), blob[12:])
                seen_at = _time(seconds)
                if key.lost_at is None and _counts(key, seen_at):
                    witnessed[key.key_id] = min(seen_at, witnessed.get(key.key_id, seen_at))
    if not log_keys:
        raise CheckpointRefused(f"No key of the ring has signed this for {checkpoint.origin!r}.")
    first_seen = min(witnessed.values(), default=None)
    counting = [key for key in log_keys if _counts(key, first_seen)]
    if not counting:
        raise CheckpointRefused(
            f"The key of {checkpoint.origin!r} was lost or revoked or had its time, and no witness "
            "says that this checkpoint is from a time when it counted."
        )
    ends = all(key.valid_from or key.valid_until for key in counting)
    return Opened(checkpoint, witnessed, is_dated=first_seen is not None or not ends)


def _counts(key: PublicKey, at: datetime | None) -> bool:
    """Whether what the key signed then counts; at an unknown time, only if it was never lost."""
    if at is None:
        return key.lost_at is None
    late = key.valid_until is not None and at > key.valid_until
    early = key.valid_from is not None and at < key.valid_from
    return not (late or early or (key.lost_at is not None and at >= key.lost_at))


def _check(key: PublicKey, message: bytes, signature: bytes) -> None:
    if not key.has_signed(message, signature):
        raise CheckpointRefused(f"The line of {key.key_id} is not its signature on this text.")


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _time(seconds: int) -> datetime:
    try:
        return instant(seconds * 1_000_000)
    except OverflowError:
        raise CheckpointRefused(f"A witness says {seconds} seconds, which is no time.") from None


def _line(key: PublicKey, signature: bytes) -> str:
    return f"— {key.name} {b64encode(key.fingerprint + signature).decode()}\n"


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text with its last newline, and the signature lines as names and bytes."""
    if (
        type(note) is not str
        or len(note) > MAX_NOTE
        or re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff]", note)
    ):
        raise CheckpointRefused(f"This is no signed note: {shown(note)}")
    text, blank, below = note.rpartition("\n\n")
    lines = [SIGNATURE_LINE.fullmatch(line) for line in below.removesuffix("\n").split("\n")]
    if not blank or not below.endswith("\n") or None in lines:
        raise CheckpointRefused("A signed note is a text, an empty line, and lines of signatures.")
    try:
        return text + "\n", [(m[1], b64decode(m[2], validate=True)) for m in lines if m]
    except ValueError:
        raise CheckpointRefused("A signature line of this note is not base64.") from None


def _parsed(text: str) -> Checkpoint:
    """The checkpoint whose text this is, and no other: written again, it is the same text."""
    origin, size, root = (*text.split("\n"), "", "", "")[:3]
    try:
        if re.fullmatch("0|[1-9][0-9]{0,18}", size):
            checkpoint = Checkpoint(origin, int(size), b64decode(root, validate=True))
            is_empty = checkpoint.size == 0
            right = not is_empty or checkpoint.root == sha256().digest()
            if origin and len(checkpoint.root) == HASH and right and checkpoint.text() == text:
                return checkpoint
    except ValueError:
        pass
    raise CheckpointRefused("A checkpoint is three lines: the log's name, its size, its root.")
