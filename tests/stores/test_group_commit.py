"""Work of many threads in one commit: each gets its own answer, in the order in which it came."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.stores.conformance import events
from eventsourcing_kit.stores.group_commit import Call, GroupCommit


class Refused(Exception):
    """A piece of work that is not taken."""


class Ledger:
    """Carries out numbers: odd ones are refused, and none is seen before its commit is over."""

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.commits: list[list[int]] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.fails_with: BaseException | None = None

    def carry_out(self, calls: Sequence[Call[int, int]]) -> None:
        self.entered.set()
        self.go_on.wait(20)
        if self.fails_with is not None:
            raise self.fails_with
        for call in calls:
            if call.work % 2:
                call.error = Refused(call.work)
            else:
                self.stored.append(call.work)
                call.answer = len(self.stored)
        self.commits.append([call.work for call in calls])


def group(ledger: Ledger) -> GroupCommit[int, int]:
    return GroupCommit(ledger.carry_out, lambda error: RuntimeError(repr(error)))


def outcome(work: Any) -> Any:
    try:
        return work()
    except BaseException as error:
        return error


def in_threads(*works: Any) -> list[Any]:
    """What each of these gets, run at once."""
    got: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        got[number] = outcome(works[number])

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return got


def test_one_thread_alone_is_its_own_leader() -> None:
    ledger = Ledger()
    append = group(ledger)
    assert [append(n) for n in (2, 4, 6)] == [1, 2, 3]
    with pytest.raises(Refused):
        append(7)
    assert ledger.commits == [[2], [4], [6], [7]]


def test_what_comes_during_a_commit_is_in_the_next_one_together() -> None:
    ledger = Ledger()
    append = group(ledger)
    ledger.go_on.clear()
    first = threading.Thread(target=append, args=(0,))
    first.start()
    ledger.entered.wait(20)
    later = [threading.Thread(target=outcome, args=(lambda n=n: append(n),)) for n in range(2, 12)]
    for thread in later:
        thread.start()
    while len(append._waiting) < len(later):
        pass
    ledger.go_on.set()
    for thread in [first, *later]:
        thread.join(20)
    assert [len(commit) for commit in ledger.commits] == [1, len(later)]


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 99), max_size=8), min_size=1, max_size=8))
def test_every_caller_gets_its_own_answer_or_its_own_error(works: list[list[int]]) -> None:
    ledger = Ledger()
    append = group(ledger)

    def run(numbers: list[int]) -> list[Any]:
        return [outcome(lambda n=n: append(n)) for n in numbers]

    got = in_threads(*(lambda w=w: run(w) for w in works))
    for numbers, answers in zip(works, got, strict=True):
        for number, answer in zip(numbers, answers, strict=True):
            if number % 2:
                assert isinstance(answer, Refused)
                assert answer.args == (number,)
            else:
                assert ledger.stored[answer - 1] == number
        taken = [answer for answer in answers if isinstance(answer, int)]
        assert taken == sorted(taken), "one thread's work is in its order"
    assert sorted(ledger.stored) == sorted(n for w in works for n in w if not n % 2)
    errors = [answer for answers in got for answer in answers if isinstance(answer, Refused)]
    assert len({id(error) for error in errors}) == len(errors)


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt(), SystemExit(1)])
def test_a_leader_that_fails_leaves_nobody_waiting(error: BaseException) -> None:
    ledger = Ledger()
    append = group(ledger)
    ledger.fails_with = error
    got = in_threads(*(lambda: append(2) for _ in range(8)))
    assert all(isinstance(one, BaseException) for one in got)
    if not isinstance(error, Exception):
        assert any(one is error for one in got), "who was interrupted is told so"
    ledger.fails_with = None
    assert append(2) == 1


def test_a_call_left_without_an_outcome_is_an_error() -> None:
    append = GroupCommit[int, int](lambda calls: None, lambda error: RuntimeError(str(error)))
    with pytest.raises(RuntimeError, match="without an outcome"):
        append(1)


# --- on the real store ---------------------------------------------------------------------------


def test_an_error_of_one_harms_no_other() -> None:
    """Conflicts, retries, doubles and bad clocks among good appends, many at once."""
    with es.open_store(":memory:") as store:
        first = events(2)
        store.append("known-1", first, 0)

        def good(n: int) -> Any:
            return [store.append(f"good-{n}", events(1), version) for version in range(20)]

        def stale(n: int) -> Any:
            return [outcome(lambda: store.append("known-1", events(1), 7)) for _ in range(20)]

        def again(n: int) -> Any:
            return [store.append("known-1", first, 0) for _ in range(20)]

        def double(n: int) -> Any:
            return [
                outcome(lambda: store.append("known-1", [first[1], *events(1)], es.ANY))
                for _ in range(20)
            ]

        def conditional(n: int) -> Any:
            condition = es.AppendCondition(es.Query(["Never"]), 0)
            return [
                store.append(f"cond-{n}", events(1), es.ANY, condition=condition) for _ in range(20)
            ]

        kinds = [good, stale, again, double, conditional] * 3
        got = in_threads(*(lambda k=kind, n=n: k(n) for n, kind in enumerate(kinds)))
        for kind, answers in zip(kinds, got, strict=True):
            assert len(answers) == 20, answers
            if kind is stale:
                assert {type(one) for one in answers} == {es.WrongExpectedVersion}
            elif kind is double:
                assert {type(one) for one in answers} == {es.DuplicateEvent}
            elif kind is again:
                assert {(one.version, one.position) for one in answers} == {(2, 2)}
            else:
                assert [one.version for one in answers] == list(range(1, 21))
        assert es.verify(store).ok
        assert store.position() == 2 + 6 * 20


def test_a_commit_that_fails_is_tried_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one of them cannot have stored must not cost the others their append."""
    from eventsourcing_kit.stores import duckdb_writer

    insert = duckdb_writer._insert

    def poisoned(cursor: Any, columns: dict[str, list[Any]]) -> None:
        if "poison-1" in columns["stream_ids"]:
            raise MemoryError("too much")
        insert(cursor, columns)

    monkeypatch.setattr(duckdb_writer, "_insert", poisoned)
    with es.open_store(":memory:") as store:

        def append(n: int) -> Any:
            stream_id = "poison-1" if n % 4 == 0 else f"good-{n}"
            return [outcome(lambda: store.append(stream_id, events(1), es.ANY)) for _ in range(20)]

        got = in_threads(*(lambda n=n: append(n) for n in range(12)))
        for n, answers in enumerate(got):
            kinds = {type(answer) for answer in answers}
            assert kinds == ({MemoryError} if n % 4 == 0 else {es.AppendResult})
        assert es.verify(store).ok
        assert store.position() == 9 * 20


def test_positions_are_in_the_order_of_answers_in_each_thread() -> None:
    with es.open_store(":memory:") as store:
        got = in_threads(
            *(
                lambda n=n: [store.append(f"s-{n}", events(1), es.ANY).position for _ in range(30)]
                for n in range(8)
            )
        )
        assert all(positions == sorted(positions) for positions in got)
        assert sorted(p for positions in got for p in positions) == list(range(1, 241))
        assert [e.recorded_at for e in store.read_all()] == sorted(
            e.recorded_at for e in store.read_all()
        )
