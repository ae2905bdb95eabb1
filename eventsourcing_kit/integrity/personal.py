"""Which fields of an event are personal, and the event with these encrypted, readable, or gone."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeGuard

import msgspec

from ..errors import ErasedPerson, InvalidInput, KeyMissing, WrongCiphertext
from ..event import NewEvent, RecordedEvent, check_name, shown
from ..handling import COMMAND_DIGEST
from .cipher import Cipher, WrongPlace, place
from .personal_keys import Keys
from .seal import SEAL, read_seal

ERASED: Final = "[erased]"
"""What is read in the place of an erased text. No personal field takes it as a value."""

ERASED_FIELDS: Final = "erased_fields"
"""The key in an event's metadata under which the vault names the fields that are gaps."""

MARK: Final = "$vault"  # the key by which a ciphertext is known; its value is the text


@dataclass(frozen=True)
class Personal:
    """What is personal in an event of one type: fields of `data`, each as a whole.

    `person` is the field with the id of whom they are about, by default it is the stream's id.
    Ids stay when the person is gone, so they must say nothing: a number, no name, no address.
    Where a text would not fit, `fields` is a mapping to what is read in the place of each.
    Raises InvalidInput.
    """

    fields: Sequence[str] | Mapping[str, Any]
    person: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.fields, str) or not self.fields:
            raise InvalidInput("fields", f"must be a list of fields, not {shown(self.fields)}")
        if self.person in self.fields:
            raise InvalidInput("person", f"{self.person!r} says whose the key is: keep it readable")

    def gap(self, field: str) -> Any:
        """What is read in the place of this field."""
        return self.fields[field] if isinstance(self.fields, Mapping) else ERASED

    def person_of(self, stream_id: str, data: Mapping[str, Any]) -> str:
        """The id of the person in an event. Raises InvalidInput where there is none."""
        if self.person is None:
            return stream_id
        # As strict as for streams: who looks the same has to be the same, or is forgotten by half.
        return check_name(f"data.{self.person}", data.get(self.person))


class Ciphers:
    """The ciphers of the people that one call meets: it reads each key once, and keeps none."""

    def __init__(self, keys: Keys, erased: Container[str]) -> None:
        self._keys = keys
        self._erased = erased
        self._known: dict[str, Cipher | None] = {}

    def to_seal(self, person: str) -> Cipher:
        """With a new key for whom there was none. Raises ErasedPerson."""
        if person not in self._known:
            if person in self._erased:
                raise ErasedPerson(person)
            self._known[person] = Cipher(self._keys.find_or_make(person))
        return self._of(person)

    def to_open(self, person: str) -> Cipher:
        """Raises ErasedPerson and KeyMissing."""
        if person not in self._known:
            self._known[person] = self._find(person)
        return self._of(person)

    def _of(self, person: str) -> Cipher:
        cipher = self._known[person]
        if cipher is None:
            raise ErasedPerson(person)
        return cipher

    def _find(self, person: str) -> Cipher | None:
        if person in self._erased:  # whatever a restored folder says
            return None
        try:
            key = self._keys.find(person)
        except ErasedPerson:
            return None
        if key is None:
            raise KeyMissing(person, f"has no key in {self._keys.folder}")
        return Cipher(key)


def as_made(event: NewEvent) -> NewEvent:
    """The event as it was when it was made: its payloads may have been written into since."""
    data, metadata = map(msgspec.json.decode, (event.data_json, event.metadata_json))
    return replace(event, data=data, metadata=metadata)


def check_unmarked(event: NewEvent) -> None:
    """Raise InvalidInput for an event that has what only a vault writes."""
    for field, value in event.data.items():
        if _is_ciphertext(value):
            raise InvalidInput(f"data.{field}", f"has the key {MARK!r}, which a vault writes")
    if ERASED_FIELDS in event.metadata:
        raise InvalidInput(f"metadata.{ERASED_FIELDS}", "is written by a vault when it reads")
    if _is_ciphertext(event.metadata.get(COMMAND_DIGEST)):
        raise InvalidInput(f"metadata.{COMMAND_DIGEST}", f"has {MARK!r}, which a vault writes")
    if read_seal(event.metadata.get(SEAL)) is not None:
        raise InvalidInput(
            f"metadata.{SEAL}", "is a seal over names in clear: put the vault around sealed()"
        )


def has_any(event: NewEvent, declared: Personal | None) -> bool:
    """Whether there is something to encrypt."""
    return declared is not None and any(field in event.data for field in declared.fields)


def sealed(
    event: NewEvent, stream_id: str, version: int, declared: Personal, ciphers: Ciphers
) -> NewEvent:
    """The event with ciphertext in its personal fields, for this version of this stream.

    Raises ErasedPerson, and InvalidInput for a value that would be read as a gap.
    """
    person = declared.person_of(stream_id, event.data)
    cipher = ciphers.to_seal(person)
    data = dict(event.data)
    for field in declared.fields:
        if field not in data:
            continue
        if data[field] == ERASED:
            raise InvalidInput(f"data.{field}", f"{ERASED!r} is what an erased field says")
        data[field] = _ciphertext(cipher, person, stream_id, version, field, data[field])
    return replace(event, data=data)


def digest_of(event: NewEvent) -> str | None:
    """The digest of the command that an event came of, if it has one."""
    digest = event.metadata.get(COMMAND_DIGEST)
    return digest if isinstance(digest, str) else None


def with_sealed_digest(
    event: NewEvent, stream_id: str, version: int, person: str, ciphers: Ciphers
) -> NewEvent:
    """The event with ciphertext for the digest of its command.

    The digest is a hash of the command, name and all: with it, a guess at the name can be checked.
    """
    field = f"metadata.{COMMAND_DIGEST}"
    cipher, digest = ciphers.to_seal(person), event.metadata[COMMAND_DIGEST]
    ciphertext = _ciphertext(cipher, person, stream_id, version, field, digest)
    return replace(event, metadata={**event.metadata, COMMAND_DIGEST: ciphertext})


def _ciphertext(
    cipher: Cipher, person: str, stream_id: str, version: int, field: str, value: Any
) -> dict[str, str]:
    text = cipher.seal(place(person, stream_id, version, field), value)
    return {MARK: text, "key": cipher.key_id, "person": person}


def opened(
    event: RecordedEvent, declared: Personal | None, ciphers: Ciphers, *, in_clear: bool
) -> RecordedEvent:
    """The event as it was appended, with marked gaps for who was erased.

    Raises KeyMissing and WrongCiphertext; the latter, unless `in_clear` is allowed, also for a
    personal field that is no ciphertext, and for an event that calls itself erased.
    """
    if ERASED_FIELDS in event.metadata and not in_clear:
        raise _wrong(event, ERASED_FIELDS, "is in the metadata, and a vault did not put it there")
    data, gaps = dict(event.data), []
    for field, value in event.data.items():
        if _is_ciphertext(value):
            try:
                data[field] = _value(event, field, value, ciphers)
            except ErasedPerson as erased:
                _check_person(event, field, declared, erased.person)
                data[field] = ERASED if declared is None else declared.gap(field)
                gaps.append(field)
        elif declared is not None and field in declared.fields and not in_clear:
            raise _wrong(event, field, "is stored in clear, and a vault did not put it there")
    metadata = _with_digest(event, ciphers)
    if gaps:
        metadata |= {ERASED_FIELDS: sorted(gaps)}
    return replace(event, data=data, metadata=metadata)


def _with_digest(event: RecordedEvent, ciphers: Ciphers) -> dict[str, Any]:
    """The metadata with the command's digest in clear; without one, if the person was erased."""
    metadata = dict(event.metadata)
    digest = metadata.get(COMMAND_DIGEST)
    if _is_ciphertext(digest):
        try:
            metadata[COMMAND_DIGEST] = _value(event, f"metadata.{COMMAND_DIGEST}", digest, ciphers)
        except ErasedPerson:
            del metadata[COMMAND_DIGEST]  # without it a second delivery is taken for the same
    return metadata


def _is_ciphertext(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and MARK in value


def _value(event: RecordedEvent, field: str, stored: dict[str, Any], ciphers: Ciphers) -> Any:
    parts = [stored.get(name) for name in (MARK, "key", "person")]
    if len(stored) != len(parts) or not all(isinstance(part, str) for part in parts):
        raise _wrong(event, field, "the ciphertext does not have the form that a vault gives it")
    text, key_id, person = map(str, parts)
    cipher = ciphers.to_open(person)
    if cipher.key_id != key_id:
        raise KeyMissing(person, f"has another key than {key_id!r}, with which this is encrypted")
    try:
        return cipher.open(place(person, event.stream_id, event.version, field), text)
    except WrongPlace:
        raise _wrong(event, field, "the ciphertext is not the one that was made for it") from None


def _check_person(event: RecordedEvent, field: str, declared: Personal | None, person: str) -> None:
    """Without its key a ciphertext proves nothing, but it can be that of somebody else."""
    if declared is None:
        return
    try:
        right = declared.person_of(event.stream_id, event.data)
    except InvalidInput:
        right = ""
    if right != person:
        raise _wrong(event, field, f"the ciphertext is of {person!r}, who was erased, not of this")


def _wrong(event: RecordedEvent, field: str, problem: str) -> WrongCiphertext:
    return WrongCiphertext(event.stream_id, event.version, field, problem)
