"""A witness signs growth alone, remembers it before it signs, and can live in another process."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eventsourcing_kit.errors import CheckpointRefused, InvalidInput, SplitView
from eventsourcing_kit.event import fixed_clock
from eventsourcing_kit.integrity import (
    Checkpoint,
    KeyRing,
    Signer,
    Witness,
    merkle,
    open_checkpoint,
    sign_checkpoint,
)
from eventsourcing_kit.integrity.witness import ask, serve
from tests.integrity.forging import LOG, NOON, RING, WITNESS

LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(9)]
OTHERS = [*LEAVES[:4], merkle.leaf_hash(b"another"), *LEAVES[5:]]


def note(leaves: list[bytes], signer: Signer = LOG) -> str:
    checkpoint = Checkpoint(signer.key.name, len(leaves), merkle.root(leaves))
    return sign_checkpoint(checkpoint, signer)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(WITNESS, KeyRing([LOG]), tmp_path / "seen.json", fixed_clock(NOON))


def test_it_signs_what_has_only_grown(witness: Witness) -> None:
    assert witness.seen(LOG.key.name) == 0
    for size in (2, 5, 5, 9):
        old = witness.seen(LOG.key.name)
        proof = merkle.consistency_proof(old, LEAVES[:size]) if old else []
        opened = open_checkpoint(witness.cosign(note(LEAVES[:size]), proof), RING)
        assert opened.checkpoint.size == size
        assert list(opened.witnessed) == [WITNESS.key.key_id]
        assert witness.seen(LOG.key.name) == size


def test_two_views_of_one_log_are_found_and_kept_as_evidence(witness: Witness) -> None:
    witness.cosign(note(LEAVES[:7]))
    with pytest.raises(SplitView, match="7 events") as told:
        witness.cosign(note(OTHERS[:7]))
    roots = {open_checkpoint(one, RING).checkpoint.root for one in told.value.notes}
    assert roots == {merkle.root(LEAVES[:7]), merkle.root(OTHERS[:7])}
    assert open_checkpoint(witness.cosign(note(LEAVES[:7])), RING).checkpoint.size == 7


def test_a_history_that_is_no_growth_is_not_signed(witness: Witness) -> None:
    witness.cosign(note(LEAVES[:7]))
    growth = merkle.consistency_proof(7, LEAVES)
    hostile: list[tuple[str, Any]] = [
        (note(OTHERS), merkle.consistency_proof(7, OTHERS)),
        (note(OTHERS), growth),
        (note(LEAVES), []),
        (note(LEAVES), growth[::-1]),
        (note(LEAVES[:6]), []),
        (note([]), []),
    ]
    for text, proof in hostile:
        with pytest.raises(CheckpointRefused):
            witness.cosign(text, proof)
    assert witness.seen(LOG.key.name) == 7
    witness.cosign(note(LEAVES), growth)


def test_it_remembers_when_it_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "seen.json"
    Witness(WITNESS, KeyRing([LOG]), path).cosign(note(LEAVES[:7]))
    with pytest.raises(SplitView):
        Witness(WITNESS, KeyRing([LOG]), path).cosign(note(OTHERS[:7]))


@pytest.mark.parametrize("how", ["compromised_since", "revoked_at"])
def test_a_log_goes_on_with_a_new_key_when_its_old_one_was_stolen(tmp_path: Path, how: str) -> None:
    Witness(WITNESS, KeyRing([LOG]), tmp_path / "seen.json").cosign(note(LEAVES[:4]))
    fresh = Signer(LOG.key.name, bytes([7]) * 32, "checkpoint")
    ring = KeyRing([*KeyRing([LOG]).marked(LOG.key.key_id, **{how: NOON}), fresh])
    witness = Witness(WITNESS, ring, tmp_path / "seen.json")
    assert witness.seen(LOG.key.name) == 4
    with pytest.raises(CheckpointRefused):
        witness.cosign(note(OTHERS, fresh), merkle.consistency_proof(4, LEAVES))
    with pytest.raises(CheckpointRefused, match="lost"):
        witness.cosign(note(LEAVES), merkle.consistency_proof(4, LEAVES))
    witness.cosign(note(LEAVES, fresh), merkle.consistency_proof(4, LEAVES))
    assert witness.seen(LOG.key.name) == 9


def test_two_ways_to_its_memory_are_one_memory(tmp_path: Path) -> None:
    """Written through a link, the link would have become a second file."""
    (tmp_path / "link.json").symlink_to(tmp_path / "seen.json")
    through = Witness(WITNESS, KeyRing([LOG]), tmp_path / "link.json")
    through.cosign(note(LEAVES[:7]))
    straight = Witness(WITNESS, KeyRing([LOG]), tmp_path / "seen.json")
    with pytest.raises(SplitView):
        straight.cosign(note(OTHERS[:7]))


def test_what_it_has_signed_is_in_its_folder_on_the_disk(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[bool] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        flushed.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    witness.cosign(note(LEAVES))
    assert flushed == [False, True], "the file, and then the folder with its new name"


@pytest.mark.parametrize(
    "line", ["[" * 100_000, "5", "null", '"seen"', "{}", '{"seen": []}', '{"note": 5, "proof": 5}']
)
def test_no_request_ends_its_process(witness: Witness, line: str) -> None:
    answers = io.StringIO()
    serve(witness, io.StringIO(f"{line}\n" + ask(note(LEAVES[:2]))), answers)
    hostile, sound = map(json.loads, answers.getvalue().splitlines())
    assert "note" not in hostile
    assert open_checkpoint(sound["note"], RING).checkpoint.size == 2


def test_it_knows_only_the_logs_of_its_ring_each_on_its_own(
    witness: Witness, tmp_path: Path
) -> None:
    other = Signer("bank.example/other", bytes([6]) * 32, "checkpoint")
    with pytest.raises(CheckpointRefused, match="No key"):
        witness.cosign(note(LEAVES, other))
    both = Witness(WITNESS, KeyRing([LOG, other]), tmp_path / "both.json")
    both.cosign(note(LEAVES))
    both.cosign(note(OTHERS, other))
    assert (both.seen(LOG.key.name), both.seen("bank.example/other")) == (9, 9)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"bank.example/ledger": 7}', '"text"'])
def test_a_memory_that_is_none_is_named_and_not_begun_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "seen.json"
    path.write_text(text, encoding="utf-8")
    witness = Witness(WITNESS, KeyRing([LOG]), path)
    with pytest.raises((InvalidInput, CheckpointRefused)):
        witness.cosign(note(LEAVES))
    assert path.read_text("utf-8") == text


def test_in_another_process_it_holds_its_own_key(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from eventsourcing_kit.integrity import KeyRing, PublicKey, Signer, Witness\n"
        "from eventsourcing_kit.integrity.witness import serve\n"
        "signer = Signer.new('witness.example', 'witness')\n"
        "print(signer.key.public_bytes.hex(), flush=True)\n"
        "log = PublicKey('bank.example/ledger', bytes.fromhex(sys.argv[1]), 'checkpoint')\n"
        "serve(Witness(signer, KeyRing([log]), sys.argv[2]), sys.stdin, sys.stdout)\n"
    )
    arguments = [LOG.key.public_bytes.hex(), str(tmp_path / "seen.json")]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        from eventsourcing_kit.integrity import PublicKey

        public = bytes.fromhex(process.stdout.readline())
        ring = KeyRing([LOG, PublicKey("witness.example", public, "witness")])

        def answer(line: str) -> Any:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(line)
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        signed = answer(ask(note(LEAVES[:7])))["note"]
        assert list(open_checkpoint(signed, ring).witnessed)
        assert answer(json.dumps({"seen": LOG.key.name}) + "\n") == {"seen": 7}
        split = answer(ask(note(OTHERS[:7])))
        assert len(split["notes"]) == 2
        for rubbish in (
            "\n",
            "[]\n",
            "{}\n",
            '{"note": 7, "proof": ["x"]}\n',
            '{"note":1,"proof":7}\n',
        ):
            assert "refused" in answer(rubbish)
        grown = answer(ask(note(LEAVES), merkle.consistency_proof(7, LEAVES)))
        assert open_checkpoint(grown["note"], ring).checkpoint.size == 9
        process.stdin.close()
