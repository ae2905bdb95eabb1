"""A witness: it remembers the last checkpoint that it saw of each log, and signs only growth.

A log alone can show two auditors two histories, both whole and signed. A witness that both ask
cannot sign for both: the second is no growth of the first. It is worth what it is independent: its
key and its memory belong into other hands, at least another process, better another company. If
its memory is lost the key has to go as well, for it would then sign anything once.

What it answers follows https://c2sp.org/tlog-witness; here it speaks JSON over a pipe, there HTTP.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from ..errors import CheckpointRefused, InvalidInput, SplitView
from ..event import utc_now
from .checkpoint import Checkpoint, cosign, open_checkpoint, read_checkpoint
from .keys import KeyRing, Signs
from .merkle import verify_consistency
from .personal_keys import flush_folder


class Witness:
    """Cosigns checkpoints of the logs whose keys are in the ring. Its memory is the file `path`."""

    def __init__(
        self,
        signer: Signs,
        logs: KeyRing,
        path: str | Path,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.signer = signer
        self._logs = logs
        self._path = Path(path).resolve()  # two ways to one file are one memory, and one lock
        self._clock = clock

    def seen(self, origin: str) -> int:
        """The size of the log when it was last seen, 0 if never: where a proof has to begin."""
        note = self._memory().get(origin)
        return 0 if note is None else self._remembered(note).size

    def cosign(self, note: str, proof: Sequence[bytes] = ()) -> str:
        """The note with this witness's signature, once it has remembered it.

        `proof` is the consistency proof from the size that it has `seen`; the first checkpoint of
        a log needs none. Raises CheckpointRefused, and SplitView where the log has signed another
        root for the same size.
        """
        new = open_checkpoint(note, self._logs).checkpoint
        with FileLock(f"{self._path}.lock"):
            memory = self._memory()
            old_note = memory.get(new.origin)
            if old_note is not None:
                old = self._remembered(old_note)
                if old.size == new.size and old.root != new.root:
                    raise SplitView(new.origin, new.size, (old_note, note))
                if old.size > 0 and not verify_consistency(
                    old.size, new.size, list(proof), old.root, new.root
                ):
                    raise CheckpointRefused(
                        f"This is not shown to be a growth of the {old.size:,} events that this "
                        f"witness saw of {new.origin!r}."
                    )
            self._remember(memory | {new.origin: note})
        return cosign(note, self.signer, self._clock())

    def _memory(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        try:
            memory = json.loads(self._path.read_text("utf-8"))
        except (ValueError, RecursionError):
            memory = None
        if type(memory) is dict and all(type(note) is str for note in memory.values()):
            return memory
        raise self._damaged()

    def _remembered(self, note: str) -> Checkpoint:
        """What was seen, whatever has become of the log's key since: it counted then."""
        try:
            return read_checkpoint(note)
        except CheckpointRefused:
            raise self._damaged() from None

    def _damaged(self) -> InvalidInput:
        return InvalidInput("path", f"{self._path} is no witness's memory; retire its key")

    def _remember(self, memory: dict[str, str]) -> None:
        """On the disk before a signature is given: what it forgot it could sign against."""
        new = self._path.with_name(self._path.name + ".new")
        with open(new, "w", encoding="utf-8") as file:
            json.dump(memory, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self._path)
        flush_folder(self._path.parent)


def serve(witness: Witness, requests: IO[str], answers: IO[str]) -> None:
    """Answer until there are no more requests: a line of JSON each, as `ask` writes them."""
    for line in requests:
        answer: dict[str, Any]
        try:
            asked = json.loads(line)
            if "seen" in asked:
                answer = {"seen": witness.seen(str(asked["seen"]))}
            else:
                proof = [b64decode(hash_) for hash_ in asked["proof"]]
                answer = {"note": witness.cosign(asked["note"], proof)}
        except SplitView as error:
            answer = {"refused": str(error), "notes": error.notes}
        except (CheckpointRefused, ValueError, LookupError, TypeError, RecursionError) as error:
            answer = {"refused": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def ask(note: str, proof: Sequence[bytes] = ()) -> str:
    """The line that asks for a cosignature."""
    return (
        json.dumps({"note": note, "proof": [b64encode(hash_).decode() for hash_ in proof]}) + "\n"
    )
