"""Rehearsals of a transfer: with every set of failures it ends, and no money is made or lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.processes.rehearsal import (
    FAILURES,
    FROZEN,
    HELD,
    NO_WAY_BACK,
    SILENT,
    TWICE,
    Rehearsal,
    rehearsals,
    rehearse,
)

SETS = [some for size in range(len(FAILURES) + 1) for some in combinations(FAILURES, size)]


@pytest.fixture(scope="module")
def all_of_them() -> Sequence[Rehearsal]:
    return list(rehearsals())


def test_each_set_of_failures_is_rehearsed_once_without_a_death(
    all_of_them: Sequence[Rehearsal],
) -> None:
    assert [one.failures for one in all_of_them if not one.dies_after] == SETS


def test_the_accounts_add_up_after_every_frame(all_of_them: Sequence[Rehearsal]) -> None:
    """What is on its way is on an account, so there is no moment at which money is missing."""
    for one in all_of_them:
        assert {sum(frame.balances.values()) for frame in one.frames} == {HELD}
        last = one.frames[-1]
        assert one.phase == last.phase in {"delivered", "returned", "suspended"}
        assert last.balances["transit"] == last.on_its_way == 0


def test_after_each_note_the_process_says_what_is_on_its_way(
    all_of_them: Sequence[Rehearsal],
) -> None:
    frames = [frame for one in all_of_them for frame in one.frames]
    assert all(one.on_its_way == one.balances["transit"] for one in frames if one.kind == "event")
    assert any(one.on_its_way != one.balances["transit"] for one in frames), "before, it is behind"


def test_wherever_the_manager_dies_it_ends_as_without_a_death(
    all_of_them: Sequence[Rehearsal],
) -> None:
    plain = {one.failures: one for one in all_of_them if not one.dies_after}
    deaths = [one for one in all_of_them if one.dies_after]
    for one in deaths:
        alive, at = plain[one.failures], one.dies_after
        assert one.frames[:at] == alive.frames[:at]
        assert [frame.kind for frame in one.frames[at : at + 2]] == ["failure", "manager"]
        assert (one.phase, one.frames[-1].balances) == (alive.phase, alive.frames[-1].balances)
    for failures, alive in plain.items():
        died = [one.dies_after for one in deaths if one.failures == failures]
        assert died == ([] if TWICE in failures else list(range(1, len(alive.frames))))


@pytest.mark.parametrize(
    ("failures", "phase"),
    [
        ((), "delivered"),
        ((TWICE,), "delivered"),
        ((FROZEN,), "returned"),
        ((SILENT,), "returned"),
        ((FROZEN, NO_WAY_BACK), "suspended"),
        ((NO_WAY_BACK,), "delivered"),
    ],
)
def test_how_it_ends(failures: tuple[str, ...], phase: str) -> None:
    assert rehearse(failures).phase == phase


def test_a_message_that_was_not_noted_is_sent_again_and_known_to_the_inbox() -> None:
    told = [frame.text for frame in rehearse(dies_after=2).frames]
    assert told[1:5] == [
        "take: done",
        "the manager dies",
        "a new manager reads 1 event: requested",
        "take, known to the inbox: done",
    ]


def test_an_unknown_failure_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match="earthquake"):
        rehearse(["earthquake"])


@pytest.mark.parametrize("dies_after", [-1, 6, 7])
def test_nobody_dies_before_the_first_frame_or_when_all_is_over(dies_after: int) -> None:
    with pytest.raises(es.InvalidInput, match="between 0 and 5"):
        rehearse(dies_after=dies_after)
