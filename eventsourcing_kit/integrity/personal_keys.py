"""A key for each person, in a folder apart from the events, and how one is destroyed for good.

A file each, because a file can be overwritten where it lies. A database could not do it: the old
value stays in its log, its journal or its freed pages until something else happens to be written
there. What overwriting does not reach, facts/erasure.md says.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from filelock import FileLock

from ..errors import ErasedPerson, InvalidInput, KeyMissing
from ..event import shown
from ..stores.opening import MEMORY, because, check_path

KEY_BYTES: Final = 32


class Keys:
    """The keys in a folder, which is made if it is not there. For any number of processes.

    A person has a file `….key` with 32 random bytes, or after an erasure a file `….gone` that
    says who erased it, when and why; the name is a hash of the person's id. Who can read the
    folder can read every person: it belongs on another disk than the events, in another backup,
    and in a real system into a key management service.

    Raises InvalidInput for what can be no folder, and StoreError for what the system refuses.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        path = check_path(folder, "keys")
        if path == MEMORY or os.path.isfile(path):
            raise InvalidInput("keys", f"must be the path of a folder, not {shown(path)}")
        self.folder = Path(path)
        with self._named_errors():
            self.folder.mkdir(mode=0o700, exist_ok=True)
        self._turn = FileLock(self.folder / ".lock")

    def __repr__(self) -> str:
        return f"Keys({os.fspath(self.folder)!r})"

    def find(self, person: str) -> bytes | None:
        """The person's key; None where there never was one. Raises ErasedPerson."""
        with self._named_errors():
            try:
                key = self._file(person, "key").read_bytes()
            except FileNotFoundError:
                key = None
            # In this order: a key is overwritten only when the other file is there.
            if self._file(person, "gone").exists():
                raise ErasedPerson(person)
        if key is not None and len(key) != KEY_BYTES:
            raise KeyMissing(person, f"has a key file of {len(key)} bytes in {self.folder}")
        return key

    def find_or_make(self, person: str) -> bytes:
        """The person's key, on the disk before anything is encrypted. Raises ErasedPerson."""
        key = self.find(person)
        if key is None:
            with self._named_errors(), self._turn:
                key = self.find(person)
                if key is None:
                    key = secrets.token_bytes(KEY_BYTES)
                    self._put(self._file(person, "key"), key)
        return key

    def destroy(self, person: str, record: Mapping[str, Any]) -> None:
        """Overwrite and delete the person's key, and keep `record` in its place.

        Killed at any point, it can be called again: once the record is there nobody gets the key
        any more, and until it is there the key is whole. A second record changes nothing.
        """
        with self._named_errors(), self._turn:
            gone = self._file(person, "gone")
            if not gone.exists():
                self._put(gone, json.dumps({**record, "person": person}).encode())
            overwrite_and_delete(self._file(person, "key"))
            flush_folder(self.folder)

    def erasures(self) -> list[dict[str, Any]]:
        """The records of all destroyed keys. Raises KeyMissing for a record that is damaged."""
        with self._named_errors():
            records = [(path, path.read_bytes()) for path in sorted(self.folder.glob("*.gone"))]
        found = []
        for path, text in records:
            try:
                record = dict(json.loads(text))
                if self._file(record["person"], "gone") != path:
                    raise ValueError(record["person"])
            except (ValueError, TypeError, KeyError):
                raise KeyMissing("?", f"has a damaged record of an erasure, {path}") from None
            found.append(record)
        return found

    def _file(self, person: str, kind: str) -> Path:
        return self.folder / f"{hashlib.sha256(person.encode()).hexdigest()[:40]}.{kind}"

    def _put(self, path: Path, content: bytes) -> None:
        """Whole and on the disk, or not at all."""
        beside = self.folder / f".new-{uuid4().hex}"
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            os.replace(beside, path)
        except BaseException:
            overwrite_and_delete(beside)
            raise
        flush_folder(self.folder)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise because(os.fspath(self.folder), error) from error


def overwrite_and_delete(path: str | os.PathLike[str]) -> None:
    """Zeros over the bytes of a file where they lie, to the disk, then no file. None is fine.

    A link is an error: somebody may have put it there to have another file overwritten.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return
    try:
        overwrite(descriptor)
    finally:
        os.close(descriptor)
    os.unlink(path)


def overwrite(descriptor: int) -> None:
    """Zeros over all bytes of an open file, which may have lost its name, to the disk."""
    left = os.fstat(descriptor).st_size
    os.lseek(descriptor, 0, os.SEEK_SET)
    while left > 0:
        left -= os.write(descriptor, bytes(min(left, 1 << 20)))
    os.fsync(descriptor)


def flush_folder(folder: Path) -> None:
    """A new name is on the disk only with its folder. Windows flushes no folder, and needs not."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
