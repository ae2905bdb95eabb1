"""Slips that any exercise sees are named by what they do; other wrong answers are not taken so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import hypothesis.strategies as st
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.exercises import Compare, sql_rows
from eventsourcing_kit.exercises.histories import histories, recorded_event
from eventsourcing_kit.exercises.sql import FIRST_RECORDED

Events = Sequence[es.RecordedEvent]
HISTORIES = Compare(histories())


def said(answer: Any, reference: Any, test: Compare = HISTORIES) -> str:
    """What a wrong answer is told."""
    verdict = test.judge("The title", answer, reference, [])
    assert verdict.outcome == "wrong"
    return verdict.message


def movement(event: es.RecordedEvent) -> int:
    return es.banking.SIGNS[event.type] * int(event.data["amount"])


def balance(events: Events) -> int:
    return sum(map(movement, events))


def versions(events: Events) -> list[int]:
    return [event.version for event in events if event.type == "MoneyDeposited"]


def last(events: Events, none: Any = None) -> Any:
    return versions(events)[-1] if versions(events) else none


def late(events: Events) -> list[int]:
    return [event.version for event in events if event.occurred_at < event.recorded_at]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda events: -balance(events), "sign is turned"),
        (lambda events: balance(events) * 100, "hundred times too much"),
        (lambda events: balance(events) / 100, "hundred times too small"),
        (
            lambda events: round(balance(events) / 100 + 1e-9),
            "hundred times too small, and rounded",
        ),
        (lambda events: float(balance(events)), "it is a float"),
        (lambda events: str(balance(events)), "it is text"),
        (lambda events: [balance(events)], "wrapped in a list"),
        (lambda events: balance(events[:-1]), "leaves out the last"),
        (lambda events: balance(events[1:]), "leaves out the first"),
        (lambda events: balance(events[-1:]), "from the last event alone"),
        (lambda events: 7, "whatever it is called with"),
        (lambda events: ValueError("no"), "Raise it: `raise ValueError(...)`"),
        (lambda events: KeyError, "Raise it: `raise KeyError(...)`"),
    ],
)
def test_slips_with_a_number(answer: Callable[[Events], Any], words: str) -> None:
    assert words in said(answer, balance)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda events: [e for e in events if e.type == "MoneyDeposited"], "of each its `version`"),
        (
            lambda events: [n for n, e in enumerate(events) if e.type == "MoneyDeposited"],
            "An index counts from 0",
        ),
        (lambda events: versions(events)[::-1], "reverse order"),
        (lambda events: versions(events) * 2, "not as often as they should be. Some come more"),
        (lambda events: versions(events)[-1:], "only the last of what belongs there"),
        (lambda events: versions(events)[:1], "only the first of what belongs there"),
        (lambda events: versions(events)[: len(versions(events)) // 2], "it ends too early"),
        (lambda events: versions(events)[:-1], "The last of what belongs there is missing"),
        (lambda events: versions(events)[1:], "The first of what belongs there is missing"),
        (
            lambda events: [e.event_id for e in events if e.type == "MoneyDeposited"],
            "`event_id` of an event where its number",
        ),
    ],
)
def test_slips_with_a_list(answer: Callable[[Events], Any], words: str) -> None:
    assert words in said(answer, versions)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda events: last(events, 0), "0 where None belongs"),
        (lambda events: last(events, []), "An empty list where None belongs"),
        (lambda events: last(events, False), "False where None belongs"),
        (versions, "Asked for is its last entry alone"),
        (lambda events: versions(events)[::-1], "Asked for is its first entry alone"),
    ],
)
def test_slips_where_there_may_be_no_result(answer: Callable[[Events], Any], words: str) -> None:
    assert words in said(answer, last)


def test_a_list_for_its_sum_or_for_how_many_are_in_it() -> None:
    assert "its sum" in said(lambda events: list(map(movement, events)), balance)
    assert "how many are in it" in said(lambda events: list(events), len)


def in_stock(quantities: list[int], wanted: int) -> list[int]:
    if wanted > sum(quantities):
        raise ValueError("out of stock")
    return [-wanted]


def even(quantities: list[int], wanted: int) -> list[int]:
    return [] if wanted % 2 else [wanted]


def test_what_was_given_is_not_asked_for_again() -> None:
    test = Compare(st.tuples(st.lists(st.integers(1, 5), min_size=1), st.integers(1, 9)))
    told = said(lambda given, n: given + in_stock(given, n), in_stock, test)
    assert "Asked for is only what is new" in told
    told = said(lambda given, n: given + even(given, n), even, test)
    assert "Asked for is only what is new" in told
    told = said(lambda given, n: given + even(given, n) if even(given, n) else [], even, test)
    assert "Asked for is only what is new" in told


def test_a_slip_is_seen_beside_refusals_that_are_right_but_not_beside_wrong_ones() -> None:
    test = Compare(st.tuples(st.lists(st.integers(1, 5), min_size=1), st.integers(1, 9)))
    assert "sign is turned" in said(lambda given, n: [-in_stock(given, n)[0]], in_stock, test)
    assert "sign is turned" not in said(lambda given, n: [n], in_stock, test)


def test_a_list_that_is_always_empty_is_not_said_to_end_too_early() -> None:
    assert "too early" not in said(lambda events: [], versions)


FIELDS = Compare(st.dictionaries(st.sampled_from("abc"), st.sampled_from([None, False, 0, "", 7])))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (bool, "false, 0 or empty is missing"),
        (lambda value: value is not None, "What is None is missing"),
    ],
)
def test_fields_dropped_for_their_value(counts: Callable[[Any], bool], words: str) -> None:
    def filled(fields: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in fields.items() if counts(value)}

    assert words in said(filled, dict, FIELDS)
    assert words in said(lambda fields: (1, filled(fields)), lambda fields: (1, fields), FIELDS)


def test_the_two_times_exchanged() -> None:
    def first_of_day(events: Events) -> list[int]:
        return [e.version for e in events if e.occurred_at.hour < 12]

    assert "You read `recorded_at` where" in said(
        lambda events: [e.version for e in events if e.recorded_at.hour < 12], first_of_day
    )


def test_a_place_in_the_list_for_a_version() -> None:
    cases = st.tuples(histories().map(lambda events: events[1::2]), st.sets(st.integers(1, 6)))

    def without(events: Events, left_out: set[int]) -> int:
        return sum(movement(event) for event in events if event.version not in left_out)

    def by_place(first: int) -> Any:
        return lambda events, left_out: sum(
            movement(event) for place, event in enumerate(events, first) if place not in left_out
        )

    assert "counted from 0, for the `version`" in said(by_place(0), without, Compare(cases))
    assert "need not begin at 1" in said(by_place(1), without, Compare(cases))


def test_days_for_moments() -> None:
    def overtaken(events: Events, of: Any) -> list[int]:
        pairs = pairwise(events)
        return [b.version for a, b in pairs if of(b.occurred_at) < of(a.occurred_at)]

    told = said(
        lambda events: overtaken(events, lambda moment: moment.date()),
        lambda events: overtaken(events, lambda moment: moment),
    )
    assert told.startswith("You go by days.")


def test_what_fails_where_there_is_nothing_is_told_so() -> None:
    def oldest(events: Events) -> int:
        return events[0].version if events else 0

    assert "where a list is empty" in said(lambda events: events[0].version, oldest)
    assert "where a list is empty" not in said(lambda events: events[7], oldest)


def test_what_cannot_be_changed_is_not_to_be_changed() -> None:
    def first_two(events: Events, left_out: frozenset[int]) -> tuple[int, int]:
        return len(events), len(left_out)

    def removing(events: Events, left_out: Any) -> tuple[int, int]:
        left_out.remove(1)
        return first_two(events, left_out)

    def assigning(events: Events, left_out: frozenset[int]) -> Any:
        row: Any = first_two(events, left_out)
        row[0] += 0
        return row

    test = Compare(st.tuples(histories(), st.frozensets(st.integers(1, 6))))
    assert "it is a frozenset" in said(removing, first_two, test)
    assert "no tuple can be changed" in said(assigning, first_two, test)


def test_what_an_answer_raises_itself_is_told_so() -> None:
    def refusing(events: Events) -> int:
        if len(events) > 1:
            raise ValueError("too many")
        return balance(events)

    assert said(refusing, balance).startswith("Your code raises ValueError by itself")


def test_a_function_that_is_not_called() -> None:
    def newest() -> int:
        return 2

    cases = Compare(st.tuples(st.integers(1, 3), st.just(newest)))
    told = said(lambda n, of: n < of, lambda n, of: n < of(), cases)
    assert told.startswith("You use a function where its result belongs.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            lambda events: reduce(add, [movement(e) for e in events if e.version > 1]),
            "Give it a start",
        ),
    ],
)
def test_nothing_to_add_or_to_choose_from(answer: Callable[[Events], int], words: str) -> None:
    assert words in said(answer, balance)


def test_a_commit_without_a_begin() -> None:
    def committing(events: Events) -> int:
        sqlite3.connect(":memory:", isolation_level=None).execute("COMMIT")
        return 0

    assert "no transaction is open" in said(committing, balance)


def test_an_error_of_a_handler_that_comes_out() -> None:
    def failing(n: int) -> int:
        raise KeyError("this handler cannot take it")

    told = said(
        lambda n, handle: handle(n),
        lambda n, handle: n,
        Compare(st.tuples(st.integers(1, 3), st.just(failing))),
    )
    assert told.startswith("What the handler raised came out")


def test_text_for_a_day() -> None:
    days = Compare(st.dates())
    assert "Give the value itself" in said(str, lambda day: day, days)


def test_more_than_one_statement() -> None:
    test = Compare(st.just([]), run=sql_rows, max_examples=1)
    assert "one SELECT" in said("SELECT 1; SELECT 2", "SELECT 2", test)


def test_a_transaction_in_a_transaction() -> None:
    def twice(events: Events) -> int:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        for _ in events:
            connection.execute("BEGIN")
        return len(events)

    assert "while one is still open" in said(twice, len)


def test_a_version_for_a_position() -> None:
    def made(places: list[int]) -> list[es.RecordedEvent]:
        seen = {0: 0, 1: 0}
        events = []
        for position, place in enumerate(places, 1):
            seen[place] += 1
            stream = f"account-{place}"
            data = {"amount": 1, "currency": "EUR"}
            events.append(
                recorded_event(
                    seen[place],
                    "MoneyDeposited",
                    data,
                    FIRST_RECORDED,
                    stream_id=stream,
                    position=position,
                )
            )
        return events

    test = Compare(st.lists(st.integers(0, 1), max_size=5).map(made))
    told = said(
        lambda events: [e.version for e in events],
        lambda events: [e.position for e in events],
        test,
    )
    assert "`version` where `position` is asked for" in told


def test_a_pair_swapped_and_the_part_that_is_wrong() -> None:
    def both(events: Events) -> tuple[int, int]:
        return balance(events), len(events)

    assert "reverse order" in said(lambda events: both(events)[::-1], both)
    twice = said(
        lambda events: ([both(events)[::-1]], [both(events)[::-1]]),
        lambda events: ([both(events)], [both(events)]),
    )
    assert twice == "In each pair the two parts are swapped."
    test = Compare(histories(), parts=("the balance", "the version"))
    turned = said(lambda events: (-balance(events), len(events)), both, test)
    assert turned.startswith("In the balance: the sign is turned")
    one_off = said(lambda events: (balance(events), len(events) + 1), both, test)
    assert one_off.startswith("In the version: one too many")


def test_a_column_of_rows() -> None:
    query = "SELECT stream_id, {} FROM events GROUP BY 1 ORDER BY 1"
    deposits = st.lists(
        st.tuples(st.sampled_from(["account-1", "account-2"]), st.integers(1, 9)), max_size=4
    ).map(lambda rows: [(s, es.NewEvent("MoneyDeposited", {"amount": n})) for s, n in rows])
    test = Compare(deposits, run=sql_rows, max_examples=30)
    right = query.format("sum(data.amount::BIGINT)::BIGINT")
    told = said(query.format("-sum(data.amount::BIGINT)::BIGINT"), right, test)
    assert "sign is turned" in told
    doubled = query.format("count(*) + 1")
    told = said(doubled, query.format("count(*)"), test)
    assert "One too many" in told
    quoted = 'SELECT stream_id, 1 FROM events WHERE type = "MoneyDeposited"'
    assert "single quotes" in said(quoted, right, test)
    arrow = query.format("sum((data->>'amount')::BIGINT)")
    assert "read with a dot" in said(arrow, right, test)


def test_an_answer_that_is_wrong_for_a_reason_of_its_own_is_not_taken_for_a_slip() -> None:
    def only_deposits(events: Events) -> int:
        return sum(map(movement, events)) if len(events) < 3 else -balance(events)

    assert "sign is turned" not in said(only_deposits, balance)


def test_code_for_another_shape_of_event_is_told_which_one_this_is() -> None:
    events = st.lists(st.integers(1, 9).map(lambda n: es.banking.MoneyDeposited(n, "EUR")))

    def total(events: Any) -> int:
        return sum(event.amount for event in events)

    told = said(lambda events: sum(e.data["amount"] for e in events), total, Compare(events))
    assert "instance of its own class, MoneyDeposited" in told
    told = said(lambda events: sum(event.amount for event in events), balance)
    assert "event.data['amount']" in told


def test_two_of_a_kind_of_which_one_is_given() -> None:
    def kinds(events: Events) -> list[str]:
        return [event.type for event in events]

    assert "Two that are the same are two" in said(lambda events: [*{*kinds(events)}], kinds)


def test_one_in_the_place_of_another_is_not_called_one_too_many() -> None:
    test = Compare(st.just(None), lambda answer, _: answer())
    verdict = test.judge("", lambda: [{"a": 1}, {}, {"a": 1}], lambda: [{}, {"a": 1}, {}], [])
    assert "not as often" not in verdict.message


def test_an_error_returned_where_true_or_false_is_asked_for_is_not_to_be_raised() -> None:
    test = Compare(st.integers(0, 9))
    verdict = test.judge("", lambda n: ValueError(), lambda n: n > 1, [])
    assert verdict.message == "You return the error, ValueError, where True or False is asked for."


def test_an_error_among_several_results_is_to_be_raised_unless_errors_are_asked_for() -> None:
    def refused(n: int) -> dict[str, Any]:
        return {"told": PermissionError(), "asked": n}

    test = Compare(st.integers(0, 9))
    verdict = test.judge("", refused, lambda n: {"told": "refused", "asked": n}, [])
    assert verdict.message == "You return the error. Raise it: `raise PermissionError(...)`."
    verdict = test.judge("", lambda n: [OSError()], lambda n: [OSError()] * n, [])
    assert "Raise it" not in verdict.message
