"""A Merkle tree over a log, after RFC 6962, section 2.1 (kept by RFC 9162): one hash for all of it.

Leaves are hashed with a 0 in front and nodes with a 1, so that no node can pass for a leaf. The
tree over n leaves has the largest power of two below n on its left: what is full never changes
again. That is what makes both proofs short, a hash for each level:

- inclusion: this leaf is in the log, at this place;
- consistency: the log has only grown since; nothing that was in it has changed.

A chain of hashes proves neither without all events from there on. Hashes are bytes, 32 of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from ..errors import InvalidInput

HASH = 32  # bytes
DEPTH = 63  # of the deepest tree that is thought of


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The hash over a whole log; of an empty one, that of no bytes. Raises InvalidInput."""
    return _root(_checked(leaf_hashes), 0, len(leaf_hashes))


def inclusion_proof(index: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes beside the path from leaf `index` (from 0) up to the root, the lowest first.

    Raises InvalidInput where there is no such leaf.
    """
    leaves = _checked(leaf_hashes)
    if type(index) is not int or not 0 <= index < len(leaves):
        raise InvalidInput("index", f"must be a leaf's, from 0 to {len(leaves) - 1}, not {index!r}")
    return _path(leaves, index, 0, len(leaves))


def consistency_proof(size1: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """What shows that the log's first `size1` entries are what they were, the lowest hash first.

    Raises InvalidInput for a size that the log never had; of nothing, nothing can be proved.
    """
    leaves = _checked(leaf_hashes)
    if type(size1) is not int or not 0 < size1 <= len(leaves):
        raise InvalidInput("size1", f"must be a size from 1 to {len(leaves)}, not {size1!r}")
    return _growth(leaves, size1, 0, len(leaves), whole=True)


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the proof leads from this leaf, at this index of so many, to this root.

    Whatever is handed in: what makes no sense is no proof, and nothing is raised.
    """
    if not (_is_count(index) and _is_count(size) and index < size):
        return False
    if not (_are_hashes([leaf_hash, root]) and _are_hashes(proof)):
        return False
    return _climb(leaf_hash, index, size, list(proof)) == root


def verify_consistency(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> bool:
    """Whether the log with root2 begins with all that the log with root1 had.

    Whatever is handed in: what makes no sense is no proof, and nothing is raised. Two logs of one
    size are consistent if they are the same; an empty log proves nothing of a longer one.
    """
    if not (_is_count(size1) and _is_count(size2) and size1 <= size2):
        return False
    if type(root1) is not bytes or type(root2) is not bytes or not _are_hashes(proof):
        return False
    if size1 == size2:
        return not proof and root1 == root2
    if not (size1 and _are_hashes([root1, root2])):
        return False
    return _climb_both(root1, size1, size2, list(proof), whole=True) == (root1, root2)


class Tree:
    """A log's hash as the log grows: the roots of its full subtrees, the largest first."""

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        self.size = size
        self.edge = list(edge)  # one root for each 1 in the binary of the size

    def append(self, leaf_hash: bytes) -> None:
        """Add a leaf; two full subtrees of one size become one."""
        height = self.size
        while height & 1:
            leaf_hash = node_hash(self.edge.pop(), leaf_hash)
            height >>= 1
        self.edge.append(leaf_hash)
        self.size += 1

    def root(self) -> bytes:
        """The hash over all leaves so far."""
        if not self.edge:
            return sha256().digest()
        *left, over = self.edge
        for subtree in reversed(left):
            over = node_hash(subtree, over)
        return over


# --- from the root down: every function splits the tree in the same place ------------------------


def _split(size: int) -> int:
    """The largest power of two below a size of at least 2: how many leaves stand on the left."""
    return 1 << (size - 1).bit_length() - 1


def _root(leaves: Sequence[bytes], start: int, end: int) -> bytes:
    if end - start < 2:
        return leaves[start] if start < end else sha256().digest()
    middle = start + _split(end - start)
    return node_hash(_root(leaves, start, middle), _root(leaves, middle, end))


def _path(leaves: Sequence[bytes], index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(leaves, index, start, middle), _root(leaves, middle, end)]
    return [*_path(leaves, index, middle, end), _root(leaves, start, middle)]


def _growth(leaves: Sequence[bytes], old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
    """`whole`: what lies before `old` is the whole old tree, whose root the verifier has."""
    if old == end:
        return [] if whole else [_root(leaves, start, end)]
    middle = start + _split(end - start)
    if old <= middle:
        return [*_growth(leaves, old, start, middle, whole=whole), _root(leaves, middle, end)]
    return [*_growth(leaves, old, middle, end, whole=False), _root(leaves, start, middle)]


def _climb(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root to which a proof leads; None where it is too short or too long."""
    if size == 1 or not proof:
        return leaf if size == 1 and not proof else None
    *below, beside = proof
    left = _split(size)
    if index < left:
        under = _climb(leaf, index, left, below)
        return under and node_hash(under, beside)
    under = _climb(leaf, index - left, size - left, below)
    return under and node_hash(beside, under)


def _climb_both(
    root1: bytes, old: int, new: int, proof: list[bytes], *, whole: bool
) -> tuple[bytes, bytes] | None:
    """The roots of both logs to which a proof leads; None where it is too short or too long."""
    if old == new:
        known = [root1, *proof] if whole else proof
        return (known[0], known[0]) if len(known) == 1 else None
    if not proof:
        return None
    *below, beside = proof
    left = _split(new)
    if old <= left:
        both = _climb_both(root1, old, left, below, whole=whole)
        return both and (both[0], node_hash(both[1], beside))
    both = _climb_both(root1, old - left, new - left, below, whole=False)
    return both and (node_hash(beside, both[0]), node_hash(beside, both[1]))


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << DEPTH


def _are_hashes(values: Any) -> bool:
    return type(values) in (list, tuple) and all(
        type(value) is bytes and len(value) == HASH for value in values
    )


def _checked(leaf_hashes: Sequence[bytes]) -> Sequence[bytes]:
    if not _are_hashes(leaf_hashes):
        raise InvalidInput("leaf_hashes", f"must be a list of hashes of {HASH} bytes")
    return leaf_hashes
