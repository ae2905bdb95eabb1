"""What you said aloud: a recording of the browser, kept beside the journal if you ask for it.

It goes from the page to the kernel and into a file of yours, and nowhere else.
"""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any

from .. import journal
from ..errors import InvalidInput

LARGEST = 7_000_000  # bytes, in base64 less than the 10 MiB that Tornado takes in one message
# The first bytes of what browsers record, with the ending of such a file.
KINDS = {b"\x1aE\xdf\xa3": "webm", b"OggS": "ogg"}
MP4 = b"ftyp"  # at the fourth byte


def keep(name: str, sound: bytes) -> Path:
    """Write a recording into the folder "recordings" beside the journal, and return its path.

    Raises InvalidInput for what no browser records, for more than 7 MB, and where the folder
    cannot be written.
    """
    if not isinstance(sound, bytes) or not 0 < len(sound) <= LARGEST:
        raise InvalidInput("recording", f"must have 1 to {LARGEST:,} bytes")
    path = journal.path().parent / "recordings" / f"{name}.{_ending(sound)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sound)
    except OSError as error:
        raise InvalidInput("recording", f"cannot be kept in {path.parent}: {error}") from None
    return path


def decoded(text: Any) -> bytes:
    """What a browser sends as text in base64. Raises InvalidInput for what is none."""
    try:
        return b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise InvalidInput("recording", "must be text in base64") from None


def _ending(sound: bytes) -> str:
    if sound[4:8] == MP4:
        return "mp4"
    for start, ending in KINDS.items():
        if sound.startswith(start):
            return ending
    raise InvalidInput("recording", "must be sound as a browser records it: WebM, Ogg or MP4")
