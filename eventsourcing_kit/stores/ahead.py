"""The next piece is made while the one before is used: for work in which two can wait in turn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(pieces: Iterator[T]) -> Iterator[T]:
    """The same pieces, each begun in another thread when the one before is handed over."""
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(_next, pieces)
        while found := coming.result():
            coming = other.submit(_next, pieces)
            yield found[0]


def _next(pieces: Iterator[T]) -> tuple[T] | None:
    """The next one in a tuple, since it may be anything; None behind the last."""
    for piece in pieces:
        return (piece,)
    return None
