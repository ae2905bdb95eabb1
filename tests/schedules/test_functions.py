"""Plain functions are run in every order of their steps, and a loop without an end is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from eventsourcing_kit.schedules import all_schedules
from eventsourcing_kit.schedules.functions import Pause, Program, TooManySteps, every_order


def steps(number: int) -> Program:
    def program(pause: Pause) -> int:
        for _ in range(number):
            pause()
        return number

    return program


def test_every_order_is_run_once() -> None:
    runs = list(every_order(lambda: [steps(2), steps(3)]))
    assert [schedule for schedule, _ in runs] == list(all_schedules([2, 3]))
    assert all(answers == [2, 3] for _, answers in runs)


def test_a_lost_update_is_found() -> None:
    ends = set()

    def adding() -> Sequence[Program]:
        row = [0]

        def add(pause: Pause) -> int:
            pause()
            seen = row[0]
            pause()
            row[0] = seen + 1
            return row[0]

        return [add, add]

    for _, answers in every_order(adding):
        ends.add(max(answers))
    assert ends == {1, 2}


def test_what_is_raised_is_an_answer() -> None:
    def fails(pause: Pause) -> None:
        raise ValueError

    [(schedule, [error, two])] = every_order(lambda: [fails, steps(2)])
    assert (schedule, type(error), two) == ("BB", ValueError, 2)


def test_a_loop_without_an_end_is_stopped() -> None:
    def endless(pause: Pause) -> None:
        while True:
            with suppress(Exception):  # the learner catches everything that he knows of
                pause()

    [(schedule, [error])] = every_order(lambda: [endless])
    assert isinstance(error, TooManySteps)
    assert schedule == "A" * 20
