import functools
import operator
import sys
import xml.etree.ElementTree as ET
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.drawing.svg import told
from eventsourcing_kit.widgets import FoldSteps
from eventsourcing_kit.widgets.fold_steps.trace import FoldTrace
from tests.widgets.sample import HOSTILE, sample_store

SVG = "{http://www.w3.org/2000/svg}"
bank = es.banking

HISTORY: list[bank.AccountEvent] = [
    bank.AccountOpened(HOSTILE, "EUR", 50_000),
    bank.MoneyDeposited(10_000, "EUR"),
    bank.MoneyWithdrawn(3_000, "EUR"),
    bank.AccountFrozen("card stolen"),
    bank.AccountUnfrozen("card replaced"),
]


@pytest.fixture
def steps() -> FoldSteps:
    return FoldSteps(bank.evolve, HISTORY, bank.Account(), index=3)


def sent(widget: FoldSteps) -> FoldTrace:
    """What goes to the browser."""
    return msgspec.json.decode(widget.packed, type=FoldTrace)


def ran(widget: FoldSteps, number: int) -> list[str]:
    """The lines of the source that ran for an event, from 1, without their indentation."""
    fold = sent(widget)
    return [fold.source[line].strip() for line in fold.steps[number - 1].ran]


def asked(widget: FoldSteps, number: int) -> list[str]:
    fold = sent(widget)
    return [fold.source[line].strip() for line in fold.steps[number - 1].asked]


# --- the fold ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Purse:
    balance: int = 0
    status: str = "open"


def fill(purse: Purse, amount: int) -> Purse:
    if amount == 0:
        return replace(purse, status="touched")
    return replace(purse, balance=purse.balance + amount)


@given(st.lists(st.integers(-5, 5), max_size=20))
def test_its_states_are_those_of_the_fold(amounts: list[int]) -> None:
    fold = sent(FoldSteps(fill, amounts, Purse()))
    shown = [dict(fold.opening), *(dict(step.state) for step in fold.steps)]
    states = accumulate(amounts, fill, initial=Purse())
    assert shown == [{"balance": str(s.balance), "status": repr(s.status)} for s in states]


def test_domain_events_are_shown_by_their_fields(steps: FoldSteps) -> None:
    deposit = sent(steps).steps[1]
    assert (deposit.type, deposit.data) == (
        "MoneyDeposited",
        "amount=10000, currency='EUR', memo=''",
    )


def test_amounts_can_be_money() -> None:
    euros: dict[str, Any] = {"amounts": ["amount", "balance"], "currency": "EUR"}
    evolve: Any = bank.evolve
    shown = sent(FoldSteps(evolve, HISTORY, bank.Account(), **euros))
    assert shown.steps[1].data == "amount=100.00 EUR, currency='EUR', memo=''"
    assert dict(shown.steps[1].state)["balance"] == "100.00 EUR"
    assert dict(shown.opening)["balance"] == "0.00 EUR", "where it has no currency of its own yet"

    yen = es.NewEvent("MoneyDeposited", {"amount": 500, "currency": "JPY", "memo": "500"})
    [step] = sent(FoldSteps(lambda seen, _: seen, [yen], 0, **euros)).steps
    assert step.data == "amount=500 JPY, currency='JPY', memo='500'"


NOTHING: dict[str, int] = {}


def add_up(totals: dict[str, int], amount: int) -> dict[str, int]:
    totals["sum"] = totals.get("sum", 0) + amount  # changes what it is given
    return totals


def add_up_well(totals: dict[str, int], amount: int) -> dict[str, int]:
    return {"sum": totals.get("sum", 0) + amount}


def test_it_is_traced_again_with_what_has_the_name_now(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = FoldSteps(add_up, [1, 2], NOTHING, index=2)
    assert sent(widget).by_name
    assert [step.mutated for step in sent(widget).steps] == [True, True]
    monkeypatch.setattr(f"{__name__}.add_up", add_up_well)
    widget.set_state({"again": 1})
    fold = sent(widget)
    assert (fold.name, [step.mutated for step in fold.steps]) == ("add_up_well", [False, False])
    assert (fold.opening, fold.steps[-1].state) == ([], [("sum", "3")])
    assert repr(widget) == "FoldSteps(add_up_well over 2 events; after event 2, int: sum 1 → 3)"


def test_a_function_that_no_module_names_stays_what_it_is() -> None:
    widget = FoldSteps(lambda seen, n: seen + n, [1, 2], 0, index=-1)
    assert not sent(widget).by_name
    before = sent(widget)
    widget.set_state({"again": 1})
    assert sent(widget) == before


def test_where_the_new_function_raises_the_head_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(totals: dict[str, int], amount: int) -> dict[str, int]:
        raise KeyError(amount)

    widget = FoldSteps(add_up_well, [1, 2], NOTHING, index=2)
    monkeypatch.setattr(f"{__name__}.add_up_well", broken)
    widget.set_state({"again": 1})
    assert widget.index == 1
    assert "KeyError: 1" in repr(widget)


def test_envelopes_are_shown_by_type_and_data() -> None:
    def count(seen: int, _: object) -> int:
        return seen + 1

    new = es.NewEvent("MoneyDeposited", {"amount": 5})
    [recorded] = sample_store().read_stream("account-2", 2)
    first, second = sent(FoldSteps(count, [new, recorded], 0)).steps
    assert (first.type, first.data) == ("MoneyDeposited", "amount=5")
    assert (second.type, second.data) == (
        "MoneyDeposited",
        "amount=1000, currency='JPY', memo=''",
    )


@pytest.mark.parametrize(
    ("evolve", "events", "initial", "fields"),
    [
        (operator.add, [1, 2], 0, [("state", "3")]),
        (lambda state, event: {**state, event: 1}, ["a"], {}, [("a", "1")]),
        (lambda state, event: [*state, event], [(1, 2)], [], [("state", "[(1, 2)]")]),
        (functools.partial(lambda state, event, by: state + by, by=4), [0], 1, [("state", "5")]),
    ],
)
def test_any_evolve_any_event_any_state(
    evolve: Callable[[Any, Any], Any], events: list[Any], initial: Any, fields: list[Any]
) -> None:
    widget = FoldSteps(evolve, iter(events), initial, index=-1)
    assert widget.index == len(events)
    assert sent(widget).steps[-1].state == fields
    ET.fromstring(widget.picture())


# --- the lines that ran --------------------------------------------------------------------------


def test_it_tells_which_branch_ran_and_what_was_asked_before(steps: FoldSteps) -> None:
    assert ran(steps, 2) == ["return replace(state, balance=state.balance + moved(event))"]
    assert ran(steps, 4) == ['return replace(state, status="frozen")']
    assert asked(steps, 4)[0] == "match event:"
    assert asked(steps, 4)[-1] == "case AccountFrozen():"


def test_a_statement_on_several_lines_runs_as_one(steps: FoldSteps) -> None:
    opened = ran(steps, 1)
    assert (opened[0], opened[1], opened[-1]) == ("return replace(", "state,", ")")


def test_if_and_else() -> None:
    def clip(state: int, event: int) -> int:
        if event < 0:
            state = 0
        else:
            state += event
        return state

    widget = FoldSteps(clip, [4, -1], 0)
    assert ran(widget, 1) == ["state += event", "return state"]
    assert ran(widget, 2) == ["state = 0", "return state"]
    assert asked(widget, 1) == asked(widget, 2) == ["if event < 0:"]


def test_what_is_not_written_in_python_has_no_source() -> None:
    assert sent(FoldSteps(operator.add, [1], 0)).source == []


def test_a_wrapped_evolve_shows_what_it_wraps() -> None:
    @functools.wraps(fill)
    def wrapper(purse: Purse, amount: int) -> Purse:
        return fill(purse, amount)

    assert ran(FoldSteps(wrapper, [0], Purse()), 1) == ['return replace(purse, status="touched")']


def test_another_tracer_keeps_tracing() -> None:
    def tracer(*_: object) -> None:
        return None

    outer = sys.gettrace()
    sys.settrace(tracer)
    try:
        FoldSteps(fill, [1], Purse())
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(outer)


# --- an evolve that should not be so -------------------------------------------------------------


def refuse(balance: int, amount: int) -> int:
    if balance + amount < 0:
        raise ValueError("below zero")
    return balance + amount


def test_where_evolve_raises_the_fold_ends() -> None:
    widget = FoldSteps(refuse, [3, -5, 7, 7], 0, index=-1)
    fold = sent(widget)
    assert widget.index == len(fold.steps) == 2
    assert fold.steps[1].raised == "ValueError: below zero"
    assert ran(widget, 2) == ['raise ValueError("below zero")']
    assert fold.left == [("int", "7"), ("int", "7")]
    assert "after event 2, int: ValueError: below zero" in repr(widget)
    assert any("refuse raised ValueError" in words for words in texts(widget))


def test_a_state_that_is_changed_in_place_is_noticed() -> None:
    def collect(seen: list[int], event: int) -> list[int]:
        seen.append(event)
        return seen

    nothing: list[int] = []
    fold = sent(FoldSteps(collect, [1, 2], nothing))
    assert [step.mutated for step in fold.steps] == [True, True]
    assert [dict(step.state)["state"] for step in fold.steps] == ["[1]", "[1, 2]"]
    assert fold.opening == [("state", "[]")]
    assert not any(step.mutated for step in sent(FoldSteps(fill, [1, 0], Purse())).steps)


# --- traits --------------------------------------------------------------------------------------


def test_it_starts_before_the_first_event() -> None:
    assert FoldSteps(fill, [1], Purse()).index == 0


def test_what_an_observer_raises_is_shown_in_the_widget(steps: FoldSteps) -> None:
    steps.observe(lambda _: 1 / 0, "index")
    steps.set_state({"index": 1})
    assert steps.error == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("index", [6, -7])
def test_an_index_outside_is_refused(index: int) -> None:
    with pytest.raises(es.InvalidInput, match="this fold has steps 0 to 5"):
        FoldSteps(bank.evolve, HISTORY, bank.Account(), index=index)


def test_the_head_stays_within_the_steps(steps: FoldSteps) -> None:
    with pytest.raises(es.InvalidInput, match="steps 0 to 5"):
        steps.index = 6
    assert steps.index == 3


def test_bad_arguments() -> None:
    with pytest.raises(es.InvalidInput, match="must be a function, not list"):
        FoldSteps([], [], 0)  # type: ignore[arg-type]
    with pytest.raises(es.InvalidInput, match="more than 1,000; give a slice"):
        FoldSteps(operator.add, iter(range(1_001)), 0)


# --- what stays in the notebook ------------------------------------------------------------------


def texts(widget: FoldSteps) -> list[str]:
    return [element.text or "" for element in ET.fromstring(widget.picture()).iter(f"{SVG}text")]


def test_repr_says_what_is_shown_and_never_changes(steps: FoldSteps) -> None:
    assert repr(steps) == (
        "FoldSteps(evolve over 5 events; after event 3, MoneyWithdrawn: balance 10000 → 7000)"
    )
    steps.index = 0
    assert repr(steps) == "FoldSteps(evolve over 5 events; before the first)"
    assert "nothing changed" in repr(FoldSteps(operator.add, [0], 0, index=1))


def test_a_picture_stays_beside_the_live_widget(steps: FoldSteps) -> None:
    still = steps.still()
    image = ET.fromstring(still["text/html"])
    assert image.get("alt") == told(steps.picture())
    same = FoldSteps(bank.evolve, HISTORY, bank.Account(), index=3).picture()
    assert b64decode((image.get("src") or "").partition(",")[2]).decode() == same


def test_the_picture_marks_the_event_the_change_and_the_line(steps: FoldSteps) -> None:
    words = texts(steps)
    assert words.count("▸") == 2  # the event and the line that ran
    assert words.count("changed") == 1
    assert "10000" in words
    assert "7000" in words


def test_the_picture_is_described_and_inert(steps: FoldSteps) -> None:
    root = ET.fromstring(steps.picture())
    assert root.get("role") == "img"
    assert repr(steps) == f"FoldSteps({root.findtext(f'{SVG}desc', '')[:-1]})"
    assert any("<img src=x" in words for words in texts(steps))
    assert not [element for element in root.iter() if element.tag.endswith(("img", "script"))]


def test_the_picture_follows_the_head(steps: FoldSteps) -> None:
    pictures = set()
    for index in range(6):
        steps.index = index
        pictures.add(steps.picture())
    assert len(pictures) == 6


def test_a_fold_of_nothing_can_be_shown() -> None:
    widget = FoldSteps(operator.add, [], 0)
    assert repr(widget) == "FoldSteps(add over 0 events; before the first)"
    ET.fromstring(widget.picture())
