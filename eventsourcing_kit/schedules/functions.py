"""Every order in which plain functions can take turns: each call of a tool that they got is a step.

The explorer's participants are written step by step. A learner's function is not; so each runs in
a thread of its own that stops before every step, and only one of them ever moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Semaphore, Thread
from typing import Any, Final

MOST_STEPS: Final = 20  # of one function, which else might try again for ever

Pause = Callable[[], None]
Program = Callable[[Pause], Any]
"""A function to run. What it is given it calls before each step; then others may move."""


class TooManySteps(BaseException):
    """Raised in a function that takes more than MOST_STEPS steps; no `except Exception` gets it."""


def every_order(programs: Callable[[], Sequence[Program]]) -> Iterator[tuple[str, list[Any]]]:
    """Run them in every order: the schedule, a letter a step, and what each gave or raised.

    `programs()` makes them anew for each run, with a fresh world. How many steps there are may
    depend on the order; the orders are found by going back to the last choice that is left.
    """
    begin: list[int] = []
    while True:
        trail, answers = _play(programs(), begin)
        yield "".join(chr(ord("A") + chosen) for chosen, _ in trail), answers
        while trail and trail[-1][0] == trail[-1][1][-1]:
            trail.pop()
        if not trail:
            return
        chosen, possible = trail.pop()
        begin = [*(who for who, _ in trail), possible[possible.index(chosen) + 1]]


def _play(
    programs: Sequence[Program], begin: Sequence[int]
) -> tuple[list[tuple[int, list[int]]], list[Any]]:
    """One run that begins with these turns: each choice beside what was possible; the answers."""
    players = [_Player(program) for program in programs]
    for player in players:
        player.start()
        player.move()  # up to its first step
    trail: list[tuple[int, list[int]]] = []
    while possible := [who for who, player in enumerate(players) if not player.ended]:
        chosen = begin[len(trail)] if len(trail) < len(begin) else possible[0]
        trail.append((chosen, possible))
        players[chosen].move()
    return trail, [player.answer for player in players]


class _Player(Thread):
    def __init__(self, program: Program) -> None:
        super().__init__(daemon=True)
        self.program, self.ended, self.steps = program, False, 0
        self.answer: Any = None
        self._may_go, self._has_stopped = Semaphore(0), Semaphore(0)

    def run(self) -> None:
        self._may_go.acquire()
        try:
            self.answer = self.program(self.pause)
        except BaseException as error:  # what it raises is its answer, sys.exit() too
            self.answer = error
        self.ended = True
        self._has_stopped.release()

    def pause(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooManySteps
        self._has_stopped.release()
        self._may_go.acquire()

    def move(self) -> None:
        self._may_go.release()
        self._has_stopped.acquire()
