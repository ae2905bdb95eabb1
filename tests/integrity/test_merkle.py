"""Published vectors, every small tree, and proofs that somebody made up."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from eventsourcing_kit.errors import InvalidInput
from eventsourcing_kit.integrity import merkle

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "merkle"
FILES = sorted(VECTORS.glob("*/*/*.json"))
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(70)]
ROOTS = [merkle.root(LEAVES[:size]) for size in range(71)]


def decoded(text: str | None) -> bytes:
    return b64decode(text or "")


def verdict(vector: dict[str, Any]) -> bool:
    proof = [decoded(hash_) for hash_ in vector["proof"] or []]
    if "leafIdx" in vector:
        leaf, root = decoded(vector["leafHash"]), decoded(vector["root"])
        return merkle.verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof, root)
    roots = decoded(vector["root1"]), decoded(vector["root2"])
    return merkle.verify_consistency(vector["size1"], vector["size2"], proof, *roots)


@pytest.mark.skipif(not FILES, reason="needs the vectors of transparency-dev, in shared/data")
def test_published_vectors() -> None:
    assert len(FILES) > 90
    for file in FILES:
        vector = json.loads(file.read_text("utf-8"))
        assert verdict(vector) is not vector["wantErr"], file


def test_the_root_of_nothing_is_the_hash_of_no_bytes() -> None:
    assert merkle.root([]) == sha256(b"").digest()
    assert merkle.root(LEAVES[:1]) == LEAVES[0]


def test_a_node_cannot_pass_for_a_leaf() -> None:
    inner = LEAVES[0] + LEAVES[1]
    assert merkle.root(LEAVES[:2]) == sha256(b"\x01" + inner).digest() != merkle.leaf_hash(inner)


@pytest.mark.parametrize("size", range(1, 71))
def test_every_leaf_of_a_log_is_proved_and_no_other_place(size: int) -> None:
    for index in range(size):
        proof = merkle.inclusion_proof(index, LEAVES[:size])
        assert len(proof) <= (size - 1).bit_length()
        for place in range(size):
            right = merkle.verify_inclusion(LEAVES[index], place, size, proof, ROOTS[size])
            assert right is (place == index)


@pytest.mark.parametrize("size", range(1, 71))
def test_a_log_is_proved_to_have_grown_and_no_other_one(size: int) -> None:
    for old in range(1, size + 1):
        proof = merkle.consistency_proof(old, LEAVES[:size])
        for claimed in range(1, size + 1):
            right = merkle.verify_consistency(old, size, proof, ROOTS[claimed], ROOTS[size])
            assert right is (claimed == old)


def test_a_tree_that_grows_has_the_same_root_and_goes_on_from_its_edge() -> None:
    tree = merkle.Tree()
    for size, leaf in enumerate(LEAVES):
        assert (tree.size, tree.root()) == (size, ROOTS[size])
        tree = merkle.Tree(tree.size, tree.edge)
        tree.append(leaf)


@pytest.mark.parametrize("size1", [0, -1, 4, True, "1", None])
def test_a_size_that_never_was_has_no_proof(size1: Any) -> None:
    with pytest.raises(InvalidInput, match="size1"):
        merkle.consistency_proof(size1, LEAVES[:3])


@pytest.mark.parametrize("index", [3, -1, True, "1", None])
def test_a_leaf_that_is_not_there_has_no_proof(index: Any) -> None:
    with pytest.raises(InvalidInput, match="index"):
        merkle.inclusion_proof(index, LEAVES[:3])


@pytest.mark.parametrize("leaves", [None, "ab", [b"short"], [None], 7])
def test_what_are_no_hashes_is_named(leaves: Any) -> None:
    with pytest.raises(InvalidInput, match="leaf_hashes"):
        merkle.root(leaves)


# --- what an attacker hands in -------------------------------------------------------------------

HASHES = st.sampled_from(LEAVES + ROOTS) | st.binary(min_size=32, max_size=32)
SIZES = st.integers(-2, 80) | st.sampled_from([2**31, 2**63 - 1, 2**63, 2**64, 2**10_000, -(2**64)])
RUBBISH = st.one_of(
    st.none(), st.booleans(), st.floats(), st.text(max_size=3), st.binary(max_size=40), SIZES
) | st.lists(st.binary(max_size=40) | st.none() | st.integers(), max_size=70)
PROOFS = st.lists(HASHES, max_size=70)


H, S, P = HASHES | RUBBISH, SIZES | RUBBISH, PROOFS | RUBBISH


@given(st.tuples(H, S, S, P, H))
def test_an_inclusion_that_was_made_up_is_false(hostile: Any) -> None:
    leaf, _, size, proof, root = hostile
    if merkle.verify_inclusion(*hostile):
        assert type(proof) in (list, tuple)
        assert (size == 1 and leaf == root) or root in ROOTS


@given(st.tuples(S, S, P, H, H))
def test_a_growth_that_was_made_up_is_false(hostile: Any) -> None:
    size1, size2, _, root1, root2 = hostile
    if merkle.verify_consistency(*hostile):
        assert (size1 == size2 and root1 == root2) or root2 in ROOTS


@given(st.data(), st.integers(2, 70))
def test_a_sound_proof_with_anything_changed_is_none(data: st.DataObject, size: int) -> None:
    """A bit flipped, a hash too many, too few or at another place, arguments swapped."""
    old = data.draw(st.integers(1, size - 1))
    growth = merkle.consistency_proof(old, LEAVES[:size])
    path = merkle.inclusion_proof(old, LEAVES[:size])
    assert merkle.verify_consistency(old, size, growth, ROOTS[old], ROOTS[size])
    assert merkle.verify_inclusion(LEAVES[old], old, size, path, ROOTS[size])
    other = data.draw(altered(growth).filter(lambda proof: proof != growth))
    assert not merkle.verify_consistency(old, size, other, ROOTS[old], ROOTS[size])
    other = data.draw(altered(path).filter(lambda proof: proof != path))
    assert not merkle.verify_inclusion(LEAVES[old], old, size, other, ROOTS[size])
    assert not merkle.verify_consistency(size, old, growth, ROOTS[size], ROOTS[old])
    assert not merkle.verify_consistency(old, size, growth, ROOTS[size], ROOTS[old])
    assert not merkle.verify_inclusion(ROOTS[size], old, size, path, LEAVES[old])


@st.composite
def altered(draw: st.DrawFn, proof: list[bytes]) -> list[bytes]:
    kind = draw(st.sampled_from(["flip", "add", "drop", "turn", "grow"]))
    if not proof or kind == "add":
        place = draw(st.integers(0, len(proof)))
        return [*proof[:place], draw(HASHES), *proof[place:]]
    place = draw(st.integers(0, len(proof) - 1))
    if kind == "flip":
        bit = draw(st.integers(0, 255))
        number = int.from_bytes(proof[place], "big") ^ 1 << bit
        return [*proof[:place], number.to_bytes(32, "big"), *proof[place + 1 :]]
    if kind == "grow":
        return [*proof[:place], proof[place] + b"\0", *proof[place + 1 :]]
    return [*proof[:place], *proof[place + 1 :]] if kind == "drop" else proof[::-1]
