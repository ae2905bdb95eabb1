"""A checkpoint as other people's tools write and read it, and notes that prove nothing."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from eventsourcing_kit.errors import CheckpointRefused, InvalidInput
from eventsourcing_kit.integrity import (
    Checkpoint,
    KeyRing,
    PublicKey,
    Signer,
    cosign,
    open_checkpoint,
    sign_checkpoint,
)
from eventsourcing_kit.integrity.checkpoint import Opened
from tests.integrity.forging import LOG, NOON, RING, THIEF, WITNESS, WRITER

CHECKPOINT = Checkpoint(LOG.key.name, 24, sha256(b"root").digest())
NOTE = sign_checkpoint(CHECKPOINT, LOG)
SEEN = cosign(NOTE, WITNESS, NOON)


def test_it_is_three_lines_an_empty_one_and_signatures() -> None:
    origin, size, root, empty, line, cosignature, end = SEEN.split("\n")
    assert (origin, size, empty, end) == ("bank.example/ledger", "24", "", "")
    assert b64decode(root) == CHECKPOINT.root
    assert line.startswith("— bank.example/ledger ")
    assert cosignature.startswith("— witness.example ")
    assert len(b64decode(line.split()[2])) == 4 + 64
    assert len(b64decode(cosignature.split()[2])) == 4 + 8 + 64


def test_it_opens_for_whoever_has_the_public_keys() -> None:
    assert open_checkpoint(NOTE, RING) == Opened(CHECKPOINT, {})
    assert open_checkpoint(SEEN, RING) == Opened(CHECKPOINT, {WITNESS.key.key_id: NOON})
    assert open_checkpoint(SEEN, KeyRing([LOG])) == Opened(CHECKPOINT, {}), "an unknown line"


def test_a_note_of_other_software_opens_and_its_key_has_the_same_id() -> None:
    """The checkpoint that c2sp.org/tlog-checkpoint shows has this name, size, root and key id."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    root = b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert Checkpoint("example.com/behind-the-sofa", 20852163, root).text() == text


def test_a_key_id_is_that_of_the_signed_notes_of_go() -> None:
    """The verifier key in the documentation of golang.org/x/mod/sumdb/note."""
    name, fingerprint, key = [
        "PeterNeumann",
        "c74f20a3",
        "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ]
    public = PublicKey(name, b64decode(key)[1:], "checkpoint")
    assert public.fingerprint.hex() == fingerprint
    text = (
        b"If you think cryptography is the answer to your problem,\n"
        b"then you don't know what your problem is.\n"
    )
    signed = b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert signed[:4] == public.fingerprint
    assert public.has_signed(text, signed[4:])


@pytest.mark.parametrize(
    "signer",
    [
        WRITER,
        WITNESS,
        Signer("bank.example/other", LOG.secret, "checkpoint"),
        Signer(LOG.key.name, LOG.secret),
    ],
)
def test_only_the_logs_own_key_signs_a_checkpoint(signer: Signer) -> None:
    with pytest.raises(InvalidInput, match="signer"):
        sign_checkpoint(CHECKPOINT, signer)
    if signer is not WITNESS:
        with pytest.raises(InvalidInput, match="signer"):
            cosign(NOTE, signer, NOON)


def line_of(signer: Signer, message: bytes, before: bytes = b"") -> str:
    from base64 import b64encode

    blob = signer.key.fingerprint + before + signer.sign(message)
    return f"— {signer.key.name} {b64encode(blob).decode()}\n"


TEXT = CHECKPOINT.text()
BAD_TEXTS = [
    TEXT.replace("24", "024"),
    TEXT.replace("24", "-24"),
    TEXT.replace("24", "+24"),
    TEXT.replace("24", "2 4"),
    TEXT.replace("24", "٢٤"),
    TEXT.replace("24", "9" * 30),
    TEXT.replace("24", "0"),
    TEXT.replace("=", ""),
    TEXT + "more\n",
    TEXT.replace("\n24", ""),
    "bank.example/ledger\n24\nAAAA\n",
    "bank.example/ledger\n",
    "\n24\n" + TEXT.split("\n")[2] + "\n",
]


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_a_text_that_is_no_checkpoint_is_refused_though_it_is_signed(text: str) -> None:
    with pytest.raises(CheckpointRefused):
        open_checkpoint(f"{text}\n{line_of(LOG, text.encode())}", RING)


def test_a_line_that_lies_condemns_the_note() -> None:
    other = TEXT.replace("24", "25")
    for lie in (
        NOTE + line_of(WITNESS, b"something else", bytes(8)),
        NOTE + line_of(LOG, b"something else"),
        f"{other}\n{line_of(LOG, TEXT.encode())}",
        SEEN.replace(TEXT, other),
    ):
        with pytest.raises(CheckpointRefused):
            open_checkpoint(lie, RING)


def test_the_log_has_to_have_signed_and_nobody_in_its_name() -> None:
    alone = f"{TEXT}\n{SEEN.splitlines(keepends=True)[-1]}"
    forged = Signer(LOG.key.name, THIEF.secret, "checkpoint")
    other_log = Signer("bank.example/other", bytes([4]) * 32, "checkpoint")
    by_another = f"{TEXT}\n{line_of(other_log, TEXT.encode())}"
    for note, ring in (
        (alone, RING),
        (sign_checkpoint(CHECKPOINT, forged), RING),
        (by_another, KeyRing([*RING, other_log])),
        (NOTE, KeyRing([WRITER, WITNESS])),
        (NOTE, KeyRing([])),
    ):
        with pytest.raises(CheckpointRefused, match="No key"):
            open_checkpoint(note, ring)


def test_what_a_lost_key_has_signed_counts_if_a_witness_saw_it_before() -> None:
    for name in ("revoked_at", "compromised_since"):
        lost = RING.marked(LOG.key.key_id, **{name: NOON + timedelta(seconds=1)})
        assert open_checkpoint(SEEN, lost).checkpoint == CHECKPOINT
        for note in (NOTE, cosign(NOTE, WITNESS, NOON + timedelta(seconds=1))):
            with pytest.raises(CheckpointRefused, match="lost"):
                open_checkpoint(note, lost)


def test_a_key_that_had_its_time_is_dated_by_a_witness_alone() -> None:
    """Whoever finds an old key can sign a checkpoint today, and nothing in it says when."""
    old = RING.marked(LOG.key.key_id, valid_until=NOON)
    assert open_checkpoint(NOTE, RING).is_dated
    assert not open_checkpoint(NOTE, old).is_dated
    assert open_checkpoint(cosign(NOTE, WITNESS, NOON), old).is_dated
    with pytest.raises(CheckpointRefused, match="had its time"):
        open_checkpoint(cosign(NOTE, WITNESS, NOON + timedelta(seconds=1)), old)


def test_of_two_times_of_one_witness_the_first_counts() -> None:
    first, second = NOON - timedelta(days=1), NOON
    for times in ((first, second), (second, first)):
        seen = cosign(cosign(NOTE, WITNESS, times[0]), WITNESS, times[1])
        assert open_checkpoint(seen, RING).seen_at == first


def test_a_lost_witness_says_nothing_from_then_on() -> None:
    lost = RING.marked(WITNESS.key.key_id, compromised_since=NOON)
    assert open_checkpoint(SEEN, lost).witnessed == {}
    before = cosign(NOTE, WITNESS, NOON - timedelta(seconds=1))
    assert list(open_checkpoint(before, lost).witnessed) == []


HOSTILE: list[Any] = [None, 7, b"note", "", "\n", "\n\n", "\n\n\n", "a\n\nb", "— a b\n", NOTE * 2]
HOSTILE += [
    NOTE[:-1],
    NOTE + "\n",
    NOTE.replace("\n", "\r\n"),
    NOTE + "— x\n",
    "\ud800",
    "x" * 10**6,
]
HOSTILE += [NOTE.replace("— ", "- "), NOTE + "— a b c\n", NOTE + "— a =\n", NOTE + "— a A\n"]


def test_what_is_no_note_is_refused() -> None:
    for note in HOSTILE:
        with pytest.raises(CheckpointRefused):
            open_checkpoint(note, RING)


@given(st.integers(0, len(SEEN) - 1), st.characters())
def test_no_character_can_be_changed(place: int, character: str) -> None:
    changed = SEEN[:place] + character + SEEN[place + 1 :]
    if changed == SEEN:
        return
    try:
        opened = open_checkpoint(changed, RING)
    except CheckpointRefused:
        return
    assert opened == Opened(CHECKPOINT, {}), (
        "the witness's name or key id was changed: a stranger's"
    )
    assert place >= SEEN.rindex("— ")


@given(st.text())
def test_any_text_is_refused_without_a_crash(text: str) -> None:
    with pytest.raises(CheckpointRefused):
        open_checkpoint(text, RING)


def test_a_time_that_is_none_is_refused() -> None:
    far = (2**63).to_bytes(8, "big")
    message = f"cosignature/v1\ntime {2**63}\n{TEXT}".encode()
    with pytest.raises(CheckpointRefused, match="no time"):
        open_checkpoint(NOTE + line_of(WITNESS, message, far), RING)
    assert datetime.now(UTC) > NOON
