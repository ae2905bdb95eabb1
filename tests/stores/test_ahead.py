"""One piece ahead: the same pieces in the same order, and errors where they belong."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from eventsourcing_kit.stores.ahead import ahead


def test_the_pieces_are_the_same() -> None:
    for pieces in ([], [1], [None, 0, "", ()], list(range(100))):
        assert list(ahead(iter(pieces))) == pieces


def test_the_next_one_is_made_while_this_one_is_used() -> None:
    begun = [threading.Event() for _ in range(3)]

    def pieces() -> Iterator[int]:
        for n, event in enumerate(begun):
            event.set()
            yield n

    for n in ahead(pieces()):
        assert begun[min(n + 1, 2)].wait(60)


def test_an_error_comes_behind_the_pieces_before_it() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("the second one")

    taken: list[int] = []
    with pytest.raises(ValueError, match="the second one"):
        taken.extend(ahead(pieces()))
    assert taken == [1]


def test_who_stops_early_leaves_no_thread() -> None:
    before = threading.active_count()
    some = ahead(iter(range(10)))
    assert next(some) == 0
    some.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
