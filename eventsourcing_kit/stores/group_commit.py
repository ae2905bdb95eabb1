"""Appends of many threads share a commit: one leader stores what waits.

To make a commit durable takes the same time for one event as for many. So whoever comes while one
is going on waits, and the next leader carries out all that have gathered. No engine is needed for
this: what "carry out" means is handed in. (The idea is as old as write-ahead logs; see "group
commit" in Gray and Reuter, "Transaction Processing", 1993.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .. import telemetry

W = TypeVar("W")
A = TypeVar("A")


class Call(Generic[W, A]):
    """One thread's work, and what has become of it: an answer or an error of its own."""

    def __init__(self, work: W) -> None:
        self.work = work
        self.answer: A | None = None
        self.error: BaseException | None = None
        self.is_over = False  # not before the commit that its outcome speaks of

    def outcome(self) -> A:
        """The answer, or the error raised."""
        if self.error is not None:
            raise self.error
        assert self.answer is not None
        return self.answer


class GroupCommit(Generic[W, A]):
    """Carries out work in the order in which it came, several pieces at a time.

    `carry_out(calls)` gives each call its answer or its error. If it raises, that is the error of
    every call that has none yet; `unsettled(error)` makes one for each, since threads must not
    share one.
    """

    def __init__(
        self,
        carry_out: Callable[[Sequence[Call[W, A]]], None],
        unsettled: Callable[[BaseException], BaseException],
    ) -> None:
        self._carry_out = carry_out
        self._unsettled = unsettled
        self._changed = threading.Condition()
        self._waiting: list[Call[W, A]] = []
        self._has_leader = False

    def __call__(self, work: W) -> A:
        """Do this piece of work, perhaps with others; raises the error that is its own."""
        call = Call[W, A](work)
        with self._changed:
            self._waiting.append(call)
            try:
                while self._has_leader and not call.is_over:
                    self._changed.wait()
            except BaseException:  # somebody stops this thread: nobody has to begin it any more
                if call in self._waiting:
                    self._waiting.remove(call)
                raise
            if call.is_over:
                return call.outcome()
            calls, self._waiting = self._waiting, []
            self._has_leader = True
        self._lead(calls)
        return call.outcome()

    def _lead(self, calls: list[Call[W, A]]) -> None:
        error: BaseException = RuntimeError("the leader left a call without an outcome")
        try:
            self._carry_out(calls)
            telemetry.committed(len(calls))
        except BaseException as raised:
            error = raised
        finally:
            with self._changed:
                for call in calls:
                    if call.answer is None and call.error is None:
                        call.error = self._unsettled(error)
                    call.is_over = True
                self._has_leader = False
                self._changed.notify_all()
        if not isinstance(error, Exception):
            raise error  # an interrupt is this thread's own
