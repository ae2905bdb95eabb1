"""Debugging by replay: the first bad event, whom new code would change, and what came of what."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.operation import Raised, bisect, compare, why

NOW = datetime(2025, 3, 14, tzinfo=UTC)
Sums = es.Decider[Any, Any, int]


class Plain:
    """Stands in for a decider's event types: an event's amount."""

    @staticmethod
    def decode(event: es.RecordedEvent) -> int:
        return int(event.data["amount"])


SUMS: Sums = es.Decider(
    decide=lambda command, state: [],
    evolve=lambda state, amount: state + amount,
    initial_state=0,
    is_terminal=lambda state: False,
    event_types=Plain(),  # type: ignore[arg-type]
)


def paid(amounts: list[int], stream_id: str = "account-1") -> list[es.RecordedEvent]:
    return [
        es.NewEvent("Paid", {"amount": amount}).recorded(number, stream_id, number, NOW)
        for number, amount in enumerate(amounts, 1)
    ]


# --- the first bad event -------------------------------------------------------------------------


@given(st.integers(1, 300), st.data())
def test_it_is_found_wherever_it_is_with_the_fewest_folds(length: int, data: Any) -> None:
    first: int = data.draw(st.integers(1, length))
    looks = 0

    def is_bad(state: int) -> bool:
        nonlocal looks
        looks += 1
        return state >= first

    found = bisect(paid([1] * length), is_bad, SUMS)
    assert found is not None
    assert (found.event.version, found.before, found.after) == (first, first - 1, first)
    assert looks - 1 == found.folds <= math.log2(length) + 1, "one look is at the initial state"


def test_a_good_history_has_none() -> None:
    assert bisect(paid([1] * 9), lambda state: state < 0, SUMS) is None
    assert bisect([], lambda state: True, SUMS) is None


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=60))
def test_what_it_finds_became_bad_there(amounts: list[int]) -> None:
    """Also where bad comes and goes; and of a bad that stays it misses none."""
    states = list(accumulate(amounts, initial=0))
    found = bisect(paid(amounts), lambda state: state < 0, SUMS)
    if found is not None:
        at = found.event.version
        assert (found.before, found.after) == (states[at - 1], states[at])
        assert states[at] < 0 <= states[at - 1]
    stays = next((n for n, state in enumerate(states) if state < 0), len(states))
    if stays < len(states) and all(state < 0 for state in states[stays:]):
        assert found is not None
        assert found.event.version == stays


def test_what_was_bad_before_any_event_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match="initial state"):
        bisect(paid([1]), lambda state: True, SUMS)


def test_it_says_where_and_what_was_before_and_after() -> None:
    found = bisect(paid([100, 50, -400, 20]), lambda balance: balance < 0, SUMS)
    assert str(found) == (
        "Paid at version 3 of account-1 (position 3), found with 2 folds of 4 events\n"
        "before: 150\nafter:  -250"
    )


def test_where_bad_comes_and_goes_it_is_one_event_that_made_it_so() -> None:
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, "data/bank.jsonl")
        events = store.read_stream("account-1007")
    _, *states = accumulate(
        map(es.banking.account.event_types.decode, events),
        es.banking.account.evolve,
        initial=es.banking.account.initial_state,
    )
    bad = [state.balance >= states[-1].balance for state in states]
    found = bisect(events, lambda state: state.balance >= states[-1].balance, es.banking.account)
    assert found is not None
    at = found.event.version - 1
    assert bad[at]
    assert not bad[at - 1]
    assert (found.before, found.after) == (states[at - 1], states[at])


# --- a shadow replay -----------------------------------------------------------------------------


def add(state: int, amount: int) -> int:
    return state + amount


def test_the_same_code_differs_nowhere() -> None:
    told = compare(paid([1, 2, 3]), add, add, initial_state=0, decode=Plain.decode)
    assert (told.events, told.streams, told.differences) == (3, 1, ())
    assert str(told) == "3 events: 0 of 1 streams differ"


def test_every_stream_whose_state_differs_is_named_with_the_first_version() -> None:
    def wrong(state: int, amount: int) -> int:
        return state + abs(amount)

    history = paid([1, -2, 5], "a-1") + paid([1, 2], "a-2") + paid([-1], "a-3")
    told = compare(history, add, wrong, initial_state=0, decode=Plain.decode)
    assert [(one.stream_id, one.version, one.old, one.new) for one in told.differences] == [
        ("a-1", 2, 4, 8),
        ("a-3", 1, -1, 1),
    ]
    assert "2 of 3 streams differ" in str(told)


def test_what_the_new_code_raises_is_a_difference_and_ends_nothing() -> None:
    def picky(state: int, amount: int) -> int:
        if amount < 0:
            raise ValueError("no")
        return state + amount

    told = compare(
        paid([1, -2, 5], "a-1") + paid([4], "a-2"), add, picky, initial_state=0, decode=Plain.decode
    )
    [one] = told.differences
    assert (one.stream_id, one.version, one.new) == ("a-1", 2, Raised("ValueError: no"))


def test_states_that_are_changed_in_place_are_not_shared() -> None:
    def remember(state: list[int], amount: int) -> list[int]:
        state.append(amount)
        return state

    history = paid([1, 2], "a-1") + paid([3], "a-2")
    empty: list[int] = []
    told = compare(history, remember, remember, initial_state=empty, decode=Plain.decode)
    assert told.differences == ()


def test_a_whole_store_of_the_bank() -> None:
    bank = es.banking.account

    def fees_forgotten(state: Any, event: Any) -> Any:
        return state if type(event).__name__ == "FeeCharged" else bank.evolve(state, event)

    with es.open_store(":memory:") as store:
        es.load_jsonl(store, "data/bank.jsonl")
        told = compare(
            store,
            bank.evolve,
            fees_forgotten,
            initial_state=bank.initial_state,
            decode=bank.event_types.decode,
        )
        charged = {one.stream_id for one in store.read_all() if one.type == "FeeCharged"}
        assert told.events == store.position()
    assert {one.stream_id for one in told.differences} == charged


# --- why did this happen -------------------------------------------------------------------------


def caused(pairs: list[tuple[str, str | None]]) -> list[es.RecordedEvent]:
    ids = {name: UUID(int=number) for number, (name, _) in enumerate(pairs, 1)}
    return [
        es.NewEvent(
            name, {}, {} if cause is None else {"causation_id": str(ids.get(cause, cause))},
            event_id=ids[name],
        ).recorded(number, "a-1", number, NOW)
        for number, (name, cause) in enumerate(pairs, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [1, 2, 3, 4])
def test_the_whole_chain_is_shown_whichever_event_is_asked_about(asked: int) -> None:
    events = caused([("Asked", "order-7"), ("Sent", "Asked"), ("Received", "Sent"),
                     ("Billed", "Asked"), ("Other", None)])  # fmt: skip
    lines = str(why(events, UUID(int=asked))).splitlines()
    plain = [line.removesuffix("   ← this one") for line in lines]
    assert plain == [
        "order-7",
        "└─ Asked at 1 in a-1",
        "   ├─ Sent at 2 in a-1",
        "   │  └─ Received at 3 in a-1",
        "   └─ Billed at 4 in a-1",
    ]
    assert [f" at {asked} in" in line for line in lines] == ["←" in line for line in lines]


def test_an_event_of_no_cause_is_its_own() -> None:
    assert str(why(caused([("Alone", None)]), UUID(int=1))) == "Alone at 1 in a-1   ← this one"


def test_what_is_not_there_and_what_goes_in_a_circle_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match="is the id of no event"):
        why(caused([("Alone", None)]), UUID(int=9))
    with pytest.raises(es.InvalidInput, match="in a circle"):
        why(caused([("Hen", "Egg"), ("Egg", "Hen")]), UUID(int=1))


@pytest.mark.parametrize("show", [str, lambda cause: cause._repr_html_()])
def test_names_are_shown_and_in_html_escaped(show: Callable[[Any], str]) -> None:
    [event] = caused([("Asked", "<script>x</script>")])
    shown = show(why([event], event.event_id))
    assert ("<script>" in shown) == (show is str)
    assert "Asked at 1" in shown


def test_a_process_is_one_tree_from_its_request_to_its_end() -> None:
    with es.open_store(":memory:") as store:
        for name, cents in (("account-1", 500), ("account-2", 0)):
            es.handle(store, es.banking.account, name, es.banking.OpenAccount("Ada", "EUR"))
            if cents:
                es.handle(store, es.banking.account, name, es.banking.Deposit(cents, "EUR"))
        wish = es.processes.RequestTransfer(
            "account-1", "account-2", 300, "EUR", "2025-03-10T12:00:00+00:00"
        )
        es.processes.request(store, "t1", wish)
        noon = datetime(2025, 3, 10, 11, tzinfo=UTC)
        es.processes.run(store, "t1", clock=lambda: noon)
        moved = [one for one in store.read_all() if one.type.startswith(("Money", "Transfer"))]
        sent = next(one for one in moved if one.stream_id == "account-1" and one.version == 3)
        text = str(why(store, sent.event_id))
        assert text.splitlines()[0].startswith("TransferRequested")
        of_the_process = [one for one in store.read_all() if one.stream_id == "transfer-t1"]
        assert {one.correlation_id for one in of_the_process[1:]} == {"transfer-t1"}
        assert {one.correlation_id for one in (sent,)} == {"transfer-t1"}


def test_a_transfer_of_the_bank_names_both_sides() -> None:
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, "data/bank.jsonl")
        received = next(one for one in store.read_all() if one.type == "TransferReceived")
        text = str(why(store, received.event_id))
    assert text.count("TransferSent") == 1
    assert "TransferReceived" in text.splitlines()[-1]
