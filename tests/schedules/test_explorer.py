"""The explorer takes every schedule once, exactly, in a fresh world, and says what came of it."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from eventsourcing_kit.errors import InvalidInput
from eventsourcing_kit.schedules import (
    Actor,
    Crashed,
    Participant,
    Scenario,
    Waits,
    all_schedules,
    count,
    explore,
    run_schedule,
)
from eventsourcing_kit.schedules.explorer import Step, sample

LENGTHS = st.lists(st.integers(0, 3), min_size=1, max_size=3)


class Paper:
    """A world on which each step writes a word."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.actors: list[Actor] = []
        self.holder = ""


def writes(word: str) -> Step:
    def write(world: Paper, me: Actor) -> None:
        world.words.append(f"{me.name}{word}")

    return write


def paper(*participants: Participant, broken: Any = lambda world: None) -> Scenario:
    return Scenario(
        "paper",
        participants,
        Paper,
        (("the words", broken),),
        lambda world, actors: " ".join(world.words),
    )


A = Participant("a", (writes("1"), writes("2")))
B = Participant("b", (writes("1"), writes("2")))


@given(LENGTHS)
def test_every_schedule_is_listed_once(lengths: list[int]) -> None:
    turns = "".join(letter * n for letter, n in zip("ABC", lengths, strict=False))
    listed = list(all_schedules(lengths))
    assert listed == sorted({"".join(order) for order in permutations(turns)})
    assert len(listed) == count(lengths)


def test_the_counts_of_the_literature() -> None:
    assert count([3, 3]) == 20
    assert count([3, 3, 3]) == 1_680
    assert count([4, 4, 4]) == 34_650


def test_each_schedule_is_run_in_a_fresh_world_and_its_steps_in_order() -> None:
    report = explore(paper(A, B))
    assert [run.schedule for run in report.runs] == list(all_schedules([2, 2]))
    assert report.runs[1].outcome == "a1 b1 a2 b2"  # ABAB
    assert all(count == 1 for count in report.outcomes.values())
    assert not report.sampled
    assert not report.broken
    assert report.shortest is None


def test_a_schedule_replays_exactly() -> None:
    scenario = paper(A, B)
    for run in explore(scenario).runs:
        assert run_schedule(scenario, run.schedule) == run


@pytest.mark.parametrize("schedule", ["", "AAB", "AABBB", "AABC", "aabb", None, 7])
def test_what_is_no_schedule_of_the_scenario_is_refused(schedule: Any) -> None:
    with pytest.raises(InvalidInput, match="letters of 'AABB'"):
        run_schedule(paper(A, B), schedule)


def test_the_broken_ones_are_reported_and_the_one_with_fewest_switches_is_shown() -> None:
    def b_last(world: Paper) -> str | None:
        return None if world.words[-1] == "b2" else f"{world.words[-1]} was last"

    report = explore(paper(A, B, broken=b_last))
    assert [run.schedule for run in report.broken] == ["ABBA", "BABA", "BBAA"]
    assert report.shortest is not None
    assert report.shortest.schedule == "BBAA"
    assert report.shortest.broken == (("the words", "a2 was last"),)
    assert "3 broken in all 6 schedules" in str(report)
    assert "BROKEN  the words: a2 was last" in str(report)


def test_above_the_bound_schedules_are_sampled_openly() -> None:
    report = explore(paper(A, B, A), bound=20, seed=7)
    assert report.sampled
    assert len({run.schedule for run in report.runs}) == 20
    assert "20 of 90 schedules, drawn with seed 7" in str(report)
    assert explore(paper(A, B, A), bound=20, seed=7) == report
    assert explore(paper(A, B, A), bound=20, seed=8) != report
    assert not explore(paper(A, B, A), bound=90).sampled


def test_a_sample_prefers_no_schedule() -> None:
    drawn = Counter(sample([2, 2], 1, seed)[0] for seed in range(600))
    assert set(drawn) == set(all_schedules([2, 2]))
    assert all(60 <= times <= 140 for times in drawn.values()), drawn


def test_a_bound_is_at_least_one() -> None:
    with pytest.raises(InvalidInput, match="bound"):
        explore(paper(A), bound=0)


# --- errors, crashes, locks ----------------------------------------------------------------------


def fails(world: Paper, me: Actor) -> None:
    raise ValueError("no")


def dies(world: Paper, me: Actor) -> None:
    raise Crashed


@pytest.mark.parametrize(("step", "note"), [(fails, "ValueError"), (dies, "its process dies")])
def test_who_fails_or_dies_takes_no_more_steps_and_the_others_go_on(step: Step, note: str) -> None:
    stops = Participant("a", (writes("1"), step, writes("3")), finish=writes("end"))
    for run in explore(paper(stops, B)).runs:
        words = run.outcome.split()
        assert [word for word in words if word[0] == "a"] == ["a1", "aend"]
        assert [word for word in words if word[0] == "b"] == ["b1", "b2"]
        assert [turn.note for turn in run.turns if turn.note] == [note]


def test_finish_runs_once_after_the_last_step() -> None:
    tidy = Participant("a", (writes("1"),), finish=writes("end"))
    assert run_schedule(paper(tidy, B), "ABB").outcome == "a1 aend b1 b2"


def takes(world: Paper, me: Actor) -> None:
    if world.holder not in ("", me.name):
        raise Waits
    world.holder = me.name
    world.words.append(f"{me.name}1")


def gives(world: Paper, me: Actor) -> None:
    world.holder = ""
    world.words.append(f"{me.name}2")


def test_a_turn_that_has_to_wait_is_taken_as_soon_as_it_can_be() -> None:
    both = [Participant(name, (takes, gives)) for name in "ab"]
    runs = explore(paper(*both)).runs
    assert {run.outcome for run in runs} == {"a1 a2 b1 b2", "b1 b2 a1 a2"}
    assert [turn.participant for turn in run_schedule(paper(*both), "ABAB").turns] == list("aabb")


def test_a_lock_that_nobody_gives_back_is_named() -> None:
    both = [Participant(name, (takes,)) for name in "ab"]
    with pytest.raises(InvalidInput, match="b wait for ever"):
        run_schedule(paper(*both), "AB")


def test_two_locks_taken_crosswise_are_a_deadlock_and_named() -> None:
    def take(lock: str) -> Step:
        def step(world: Any, me: Actor) -> None:
            held = world.__dict__.setdefault("held", {})
            if held.setdefault(lock, me.name) != me.name:
                raise Waits

        return step

    def let_go(world: Any, me: Actor) -> None:
        world.held = {lock: name for lock, name in world.held.items() if name != me.name}

    one = Participant("a", (take("x"), take("y")), finish=let_go)
    other = Participant("b", (take("y"), take("x")), finish=let_go)
    with pytest.raises(InvalidInput, match="a, b wait for ever"):
        run_schedule(paper(one, other), "ABAB")
