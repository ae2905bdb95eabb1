"""Rehearsals of a transfer: with every set of failures it ends, and no money is made or lost."""

from __future__ import annotations

from itertools import combinations

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.processes.rehearsal import (
    AMOUNT,
    DIES,
    FAILURES,
    FROZEN,
    HELD,
    NO_WAY_BACK,
    SILENT,
    TWICE,
    rehearse,
)

SETS = [some for size in range(len(FAILURES) + 1) for some in combinations(FAILURES, size)]


@pytest.mark.parametrize("failures", SETS, ids=lambda some: "+".join(some) or "none")
def test_with_any_failures_it_ends_and_the_money_is_there(failures: tuple[str, ...]) -> None:
    found = rehearse(failures)
    assert found.phase in {"delivered", "returned", "suspended"}
    assert sum(found.frames[-1].balances) == HELD
    for frame in found.frames:
        assert HELD - sum(frame.balances) in (0, AMOUNT), "all of it is on its way, or nothing"


@pytest.mark.parametrize("failures", SETS, ids=lambda some: "+".join(some) or "none")
def test_at_each_note_the_accounts_and_what_is_on_its_way_add_up(failures: tuple[str, ...]) -> None:
    frames = rehearse(failures).frames
    together = [sum(frame.balances) + frame.on_its_way for frame in frames]
    noted = [one for frame, one in zip(frames, together, strict=True) if frame.kind == "event"]
    assert set(noted) == {HELD}
    assert set(together) <= {HELD, HELD - AMOUNT, HELD + AMOUNT}, "between them it may be behind"


@pytest.mark.parametrize(
    ("failures", "phase"),
    [
        ((), "delivered"),
        ((DIES, TWICE), "delivered"),
        ((FROZEN,), "returned"),
        ((SILENT,), "returned"),
        ((FROZEN, NO_WAY_BACK), "suspended"),
        ((NO_WAY_BACK,), "delivered"),
    ],
)
def test_how_it_ends(failures: tuple[str, ...], phase: str) -> None:
    assert rehearse(failures).phase == phase


def test_a_message_that_is_sent_again_is_known_to_the_inbox() -> None:
    told = [frame.text for frame in rehearse([DIES]).frames]
    assert "take: done" in told
    assert "take, known to the inbox: done" in told


def test_an_unknown_failure_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match="earthquake"):
        rehearse(["earthquake"])
