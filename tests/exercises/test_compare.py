"""An answer is compared with the reference, and a difference is shown on the least history."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import hypothesis.strategies as st
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.exercises import Broken, Compare, Stopped, Verdict
from eventsourcing_kit.exercises.outcome import same_value
from eventsourcing_kit.exercises.slips import Trial
from eventsourcing_kit.exercises.sql import sql_rows

Event = tuple[str, int]
HISTORIES = st.lists(st.tuples(st.sampled_from(["in", "out"]), st.integers(1, 9)), max_size=5)
FOLD = Compare(
    HISTORIES, lambda evolve, events: es.fold(evolve, events, 0), examples=([("in", 1)],)
)


def evolve(balance: int, event: Event) -> int:
    kind, amount = event
    return balance + amount if kind == "in" else balance - amount


def adds_everything(balance: int, event: Event) -> int:
    return balance + event[1]


def judge(answer: Any, test: Compare = FOLD, reference: Any = evolve) -> Verdict:
    return test.judge("The title", answer, reference, [("You added it.", adds_everything)])


def test_an_answer_that_agrees_is_right() -> None:
    verdict = judge(lambda balance, event: evolve(balance, event))
    assert verdict.right
    assert verdict
    assert "As expected" in verdict.message


def test_a_stub_is_not_attempted() -> None:
    def unwritten(balance: int, event: Event) -> int:
        raise NotImplementedError

    for stub in (lambda balance, event: ..., unwritten, ...):
        assert judge(stub).outcome == "not attempted"


def test_a_stub_whose_dots_are_used_further_on_is_not_attempted() -> None:
    doubled = Compare(HISTORIES, lambda f, events: f(events) * 2 if events else 0, ([("in", 1)],))
    assert judge(lambda events: ..., doubled, len).outcome == "not attempted"


def test_a_difference_is_shown_on_the_shortest_history() -> None:
    """Wrong only where a 7 goes out after something came in."""

    def seven(balance: int, event: Event) -> int:
        return 0 if event == ("out", 7) and balance > 0 else evolve(balance, event)

    verdict = judge(seven)
    assert verdict.outcome == "wrong"
    assert verdict.evidence
    assert [row[1] for row in verdict.evidence.rows] == ["in: 1", "out: 7"]
    assert [row[3:] for row in verdict.evidence.rows] == [("1", "1"), ("-6", "0")]
    assert dict(verdict.facts) == {"Expected": "-6", "Got": "0"}
    assert judge(seven) == verdict, "the same answer is told the same"


def test_a_known_wrong_answer_is_recognised_however_it_is_written() -> None:
    def mine(balance: int, event: Event) -> int:
        kind, amount = event
        if kind == "in":
            return balance + amount
        return balance - -amount

    verdict = judge(mine)
    assert (verdict.recognised, verdict.message) == (0, "You added it.")


def test_an_answer_like_a_known_one_only_in_part_is_not_taken_for_it() -> None:
    def other(balance: int, event: Event) -> int:
        return balance + event[1] if event[1] < 9 else 0

    assert judge(other).recognised is None


def test_the_learners_own_error_comes_with_its_line() -> None:
    def divides(balance: int, event: Event) -> int:
        return balance // (event[1] - event[1])

    verdict = judge(divides)
    assert "ZeroDivisionError" in verdict.message
    assert verdict.line
    assert verdict.line.text == "return balance // (event[1] - event[1])"
    assert "Traceback" not in repr(verdict)


ONE: Any = {"a": 1}
TWO: Any = [1, 2]
EMPTY: Any = []
HALF: Any = 0.5
NOTHING: Any = None
WORD: Any = "a"


def takes_apart(values: list[int]) -> int:
    first, second = values
    return first + second


def refuses(name: str) -> int:
    raise KeyError(name)


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        (lambda n: ONE["b"], "KeyError: what your code looks for, 'b', is not there."),
        (lambda n: EMPTY.pop(), "takes something out of a list that is empty here"),
        (lambda n: TWO[2], "a place that is not there (list index out of range)"),
        (lambda n: TWO[n / 2], "A float cannot be a place in a list"),
        (lambda n: list(range(HALF)), "`//` divides whole numbers into a whole number"),
        (lambda n: NOTHING + n, "as if it had a value, and it is None"),
        (lambda n: NOTHING["a"], "uses something here as if it had a value"),
        (lambda n: int("12.5"), "`int` reads whole numbers alone, and here the text is '12.5'"),
        (lambda n: max(EMPTY), "the max of nothing"),
        (lambda n: takes_apart(TWO[:1]), "takes 2 parts out of something that has 1 here"),
        (lambda n: refuses("a"), "Your code raises KeyError by itself"),
        (lambda n: n.upper(), "`int` has no `upper`"),
        (lambda n: sha256(WORD), "Bytes are hashed, and not text"),
        (lambda n: memoryview(WORD), "Bytes belong there, and not text"),
        (lambda n: n // 0, "Your code raised ZeroDivisionError. In this case a result is expected"),
    ],
)
def test_the_commonest_errors_are_said_in_words(fails: Any, words: str) -> None:
    told = Compare(st.integers(0, 9)).judge("", fails, lambda n: n + 1, []).message
    assert words in told


def test_an_error_that_is_expected_is_an_outcome() -> None:
    def decide(balance: int, amount: int) -> int:
        if amount > balance:
            raise es.DomainError("not covered")
        return balance - amount

    test = Compare(
        st.tuples(st.integers(0, 9), st.integers(1, 9)), lambda f, case: f(*case), ((5, 1),)
    )
    assert test.judge("", decide, decide, []).right
    lets_it_pass = test.judge("", lambda balance, amount: balance - amount, decide, [])
    assert "should raise DomainError" in lets_it_pass.message

    def other_error(balance: int, amount: int) -> int:
        if amount > balance:
            raise ValueError("no")
        return balance - amount

    assert "ValueError where DomainError" in test.judge("", other_error, decide, []).message


def test_changing_the_input_is_wrong_even_if_the_result_is_right() -> None:
    test = Compare(st.lists(st.integers(0, 9)), lambda f, case: f(case), ([1, 2],))

    def sorts_in_place(numbers: list[int]) -> list[int]:
        numbers.sort()
        return numbers

    verdict = test.judge("", sorts_in_place, sorted, [])
    assert "changed what it was given" in verdict.message
    assert dict(verdict.facts)["Got"] == "[0, 1], and the input is changed"


def test_an_answer_that_remembers_is_told_so() -> None:
    calls: list[int] = []

    def counts(balance: int, event: Event) -> int:
        calls.append(1)
        return len(calls)

    assert "two different results" in judge(counts).message


def test_an_answer_that_remembers_only_what_moved_is_told_so() -> None:
    """The shortest case, an empty history, gives the same twice: nothing moves in it."""
    kept = [1]

    def adds(events: list[Event]) -> int:
        kept[0] += sum(amount for _, amount in events)
        return kept[0]

    summed = Compare(HISTORIES, lambda f, events: f(events), ([("in", 1)],))
    verdict = judge(adds, summed, lambda events: sum(amount for _, amount in events))
    assert "two different results" in verdict.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda at: at < at.replace(tzinfo=None), "One of your two times has a zone"),
        (lambda at: at < date(2025, 3, 11), "take its day"),
        (lambda at: None.causation_id, "asks None for its `causation_id`"),  # type: ignore[attr-defined]
    ],
)
def test_an_error_says_what_was_taken_for_what(answer: Any, said: str) -> None:
    moments = Compare(st.datetimes(timezones=st.just(UTC)))
    verdict = moments.judge("", answer, lambda at: at < datetime(2025, 3, 11, tzinfo=UTC), [])
    assert said in verdict.message


def test_an_answer_left_to_chance_is_wrong() -> None:
    assert judge(lambda balance, event: random.random()).outcome == "wrong"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda balance, event: None, "`return` missing"),
        (lambda balance, event: float(evolve(balance, event)), "it is a float"),
    ],
)
def test_common_slips_are_named(answer: Any, said: str) -> None:
    assert said in judge(answer, Compare(HISTORIES.filter(len), FOLD.run, FOLD.examples)).message


def test_an_answer_of_another_kind_is_told_so() -> None:
    for answer in (7, lambda balance: balance):
        verdict = judge(answer)
        assert "could not call your answer" in verdict.message
        assert "TypeError" in dict(verdict.facts)["Got"]


def test_what_the_code_prints_for_that_history_is_shown() -> None:
    def talks(balance: int, event: Event) -> int:
        print("saw", event)
        return balance

    facts = dict(judge(talks).facts)
    assert facts["Your code printed"] == "saw ('in', 1)"


def test_numbers_of_different_kinds_differ() -> None:
    assert same_value([1, (2, "a")], (1, [2, "a"]))
    assert same_value({"a": [1]}, {"a": (1,)})
    for one, other in [(1, 1.0), (1, True), ([1], [1, 2]), ({"a": 1}, {"b": 1}), (None, 0)]:
        assert not same_value(one, other)


DEPOSIT = es.NewEvent("MoneyDeposited", {"amount": 5})


def test_a_query_sees_a_store() -> None:
    query = "SELECT stream_id, position, version, data.amount::BIGINT FROM events ORDER BY position"
    events: list[es.NewEvent | tuple[str, es.NewEvent]] = [DEPOSIT, ("account-2", DEPOSIT), DEPOSIT]
    assert sql_rows(query, events) == [
        ("account-1", 1, 1, 5),
        ("account-2", 2, 1, 5),
        ("account-1", 3, 2, 5),
    ]
    assert sql_rows("SELECT count(*) FROM events", []) == [(0,)], "nothing is left of the last"


@pytest.mark.parametrize("query", ["DELETE FROM events", "SELECT 1; SELECT 2", "COMMIT", ""])
def test_a_query_is_one_select(query: str) -> None:
    with pytest.raises(es.InvalidInput, match="one SELECT"):
        sql_rows(query, [])


def test_a_generator_is_asked_to_be_a_list() -> None:
    kinds = Compare(HISTORIES, lambda f, events: f(events), ([("in", 1)],))

    def reference(events: list[Event]) -> list[str]:
        return [kind for kind, _ in events]

    def lazy(events: list[Event]) -> Any:
        return (kind for kind, _ in events)

    verdict = kinds.judge("The title", lazy, reference, [])
    assert verdict.outcome == "wrong"
    assert verdict.message.endswith("Make a list of it.")


def test_an_exercise_can_say_in_its_own_words_what_happened_in_the_shortest_case() -> None:
    def says(trial: Trial) -> str | None:
        return f"{trial.case} is even." if trial.case % 2 == 0 else None

    test = Compare(st.integers(0, 9), says=says)
    even_wrong = test.judge("", lambda n: n if n % 2 else n + 100, lambda n: n, [])
    assert even_wrong.message == "0 is even."
    odd_wrong = test.judge("", lambda n: n + 100 if n % 2 else n, lambda n: n, [])
    assert odd_wrong.message == "Too large by 100."


def test_an_answer_that_remembers_what_it_has_done_is_told_so() -> None:
    done: set[Any] = set()

    def once(numbers: list[int]) -> list[int]:
        new = [number for number in numbers if number not in done]
        done.update(new)
        return new

    test = Compare(st.lists(st.integers(1, 3), max_size=3), examples=([1],))
    assert "two different results" in test.judge("", once, list, []).message


class Pump:
    """A case's run that stops an answer which pumps for ever."""

    def __init__(self) -> None:
        self.strokes = 0

    def __call__(self) -> None:
        self.strokes += 1
        if self.strokes > 9:
            raise Stopped("Nine strokes, and no end.")


def test_a_run_that_is_stopped_says_why_in_its_own_words() -> None:
    test = Compare(st.integers(0, 3), run=lambda answer, case: answer(Pump(), case))

    def stubborn(pump: Pump, strokes: int) -> None:
        while True:
            try:
                pump()
            except Exception:
                continue

    def right(pump: Pump, strokes: int) -> None:
        for _ in range(strokes):
            pump()

    assert test.judge("", stubborn, right, []).message == "Nine strokes, and no end."

    def stopped_for_another_reason(pump: Pump, strokes: int) -> None:
        raise Stopped("The handle is off.")

    known = [("You pump for ever.", stubborn)]
    assert test.judge("", stubborn, right, known).message == "You pump for ever."
    verdict = test.judge("", stopped_for_another_reason, right, known)
    assert verdict.message == "The handle is off."


def test_an_argument_that_changes_nothing_is_named() -> None:
    test = Compare(st.tuples(st.integers(0, 9), st.integers(0, 9)))
    verdict = test.judge("", lambda now, deadline: deadline > 5, lambda now, end: now >= end, [])
    assert "whatever `now` is" in verdict.message
    both = test.judge("", lambda now, deadline: now > deadline, lambda now, end: now >= end, [])
    assert "whatever" not in both.message


def test_its_own_words_go_before_the_name_of_an_error() -> None:
    def says(trial: Trial) -> str | None:
        return "You divide by the case." if trial.got.raised else None

    test = Compare(st.integers(0, 9), says=says)
    assert test.judge("", lambda n: n // n, lambda n: 1, []).message == "You divide by the case."
    assert judge(adds_everything, FOLD).message == "You added it.", "a known one goes before it"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", "DuckDB cannot read your SQL at `SELEC`."),
        ("SELECT 1::BIGSERIAL", "Type with name BIGSERIAL does not exist"),
        ("FROM nowhere", "DuckDB refuses what your answer asks of it: "),
    ],
)
def test_what_the_database_refuses_is_said_in_its_words(query: str, said: str) -> None:
    test = Compare(st.just([]), sql_rows)
    assert said in judge(query, test, "SELECT 1").message


def test_an_attribute_or_an_argument_that_is_not_there_is_named() -> None:
    def two(one: int, other: int) -> int:
        return one + other

    test = Compare(HISTORIES, lambda answer, events: answer(events))

    def said(answer: Any) -> str:
        return test.judge("The title", answer, len, []).message

    assert "`list` has no `amount`" in said(lambda events: events.amount)
    assert "`two` is called without 'other'" in said(lambda events: two(1))  # type: ignore[call-arg]


def test_what_a_run_found_broken_is_shown_without_quotes() -> None:
    test = Compare(st.integers(0, 3), run=lambda answer, case: answer(case) or "kept")
    verdict = test.judge("", lambda case: Broken("it's overdrawn"), lambda case: None, [])
    assert verdict.message == "It's overdrawn."
    assert dict(verdict.facts)["Got"] == "it's overdrawn"


def test_every_run_has_its_own_time_those_that_explain_as_well() -> None:
    runs = [0]

    def counted(answer: Any, case: Any) -> Any:
        runs[-1] += 1
        return answer(case)

    events = st.lists(st.integers(1, 9).map(lambda n: es.banking.MoneyDeposited(n, "EUR")))
    test = Compare(events, counted)
    known = [("All of them.", len), ("None of them.", lambda events: 0)]

    def total(events: list[Any]) -> int:
        return sum(event.amount for event in events)

    def without_small_ones(events: list[Any]) -> int:
        return sum(event.amount for event in events if event.amount > 2)

    test.judge("", without_small_ones, total, known, lambda: runs.append(0))
    assert max(runs) == 2  # the reference and the answer
    assert runs.count(1) > 2 * len(known)  # what else was run


def test_none_that_can_be_meant_is_told_in_the_words_of_the_exercise() -> None:
    halves = Compare(cases=st.integers(1, 8), says=lambda trial: f"{trial.case} has a half.")
    found = halves.judge("halves", lambda n: None, lambda n: None if n % 2 else n // 2, [])
    assert found.message.endswith("in this case there is a result. 2 has a half.")


def test_an_error_of_ones_own_where_none_is_right_is_told_so() -> None:
    found = Compare(cases=st.integers(1, 8)).judge("none", refuses, lambda n: None, [])
    assert found.message == "Your code raises KeyError by itself. In this case None is expected."
