import xml.etree.ElementTree as ET
from base64 import b64decode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.drawing.svg import told
from eventsourcing_kit.replay import History
from eventsourcing_kit.widgets import TimeTravel
from eventsourcing_kit.widgets.effects import (
    Order,
    PackedHistories,
    balances,
    fields_after,
    in_order,
    pack,
)
from tests.widgets.sample import HOSTILE, START, sample_histories

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def travel() -> TimeTravel:
    return TimeTravel(sample_histories())


# --- effects -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Purse:
    balance: int = 0
    status: str = "new"
    currency: str = "EUR"


def history_of(moves: list[tuple[int, str, int]]) -> History[Purse]:
    """One event a move: what it adds, the status it sets, its occurred_at in days."""
    events = tuple(
        es.RecordedEvent(
            position=10 * i,
            stream_id="purse-1",
            version=i,
            event_id=UUID(int=i),
            type="Moved",
            schema_version=1,
            data={"amount": amount},
            metadata={},
            occurred_at=START + timedelta(days=day),
            recorded_at=START + timedelta(hours=i),
        )
        for i, (amount, _, day) in enumerate(moves, 1)
    )

    def evolve(state: Purse, move: tuple[int, str, int]) -> Purse:
        return replace(state, balance=state.balance + move[0], status=move[1])

    states = tuple(accumulate(moves, evolve, initial=Purse()))
    return History("purse-1", events, states[1:], states[0])


moves = st.lists(
    st.tuples(
        st.integers(-(10**9), 10**9), st.sampled_from(["open", "frozen"]), st.integers(-5, 5)
    ),
    max_size=30,
)


@given(moves)
def test_effects_fold_to_the_same_states(moves: list[tuple[int, str, int]]) -> None:
    history = history_of(moves)
    account = pack([history], "balance").accounts[0]
    states = [history.initial_state, *history.states]
    assert balances(account, "recorded_at") == [state.balance for state in states]
    for i, state in enumerate(states):
        fields = fields_after(account, account.events[:i])
        assert fields == {"status": state.status, "currency": state.currency}


@given(moves, st.sets(st.integers(1, 30)), st.sampled_from(["recorded_at", "occurred_at"]))
def test_without_some_events_the_balance_is_the_sum_of_the_others(
    moves: list[tuple[int, str, int]], versions: set[int], order: Order
) -> None:
    account = pack([history_of(moves)], "balance").accounts[0]
    off = {10 * version for version in versions}
    kept = [
        0 if event.position in off else moves[event.version - 1][0]
        for event in in_order(account, order)
    ]
    assert balances(account, order, off) == list(accumulate(kept, initial=0))


def test_occurred_at_orders_by_what_was_true() -> None:
    account = pack([history_of([(1, "open", 3), (2, "open", 1), (4, "open", 1)])], "balance")
    assert [e.version for e in in_order(account.accounts[0], "occurred_at")] == [2, 3, 1]


# --- what goes to the browser --------------------------------------------------------------------


def test_the_bytes_decode_to_what_was_given(travel: TimeTravel) -> None:
    packed = msgspec.json.decode(travel.packed, type=PackedHistories)
    histories = sample_histories()
    assert [account.id for account in packed.accounts] == [h.stream_id for h in histories]
    for account, history in zip(packed.accounts, histories, strict=True):
        assert [e.position for e in account.events] == [e.position for e in history.events]
        assert [e.type for e in account.events] == [e.type for e in history.events]
    assert [account.digits for account in packed.accounts] == [2, 0]
    deposit = packed.accounts[0].events[1]
    assert deposit.data == {"amount": "3701 (37.01 EUR)", "currency": "EUR", "memo": "movement 1"}
    assert packed.accounts[0].events[20].data["memo"] == HOSTILE


# --- traits --------------------------------------------------------------------------------------


def test_it_starts_at_the_end(travel: TimeTravel) -> None:
    history = sample_histories()[0]
    assert (travel.account, travel.index) == ("account-1", 60)
    assert travel.balance == history.states[-1].balance


def test_index_time_and_balance_follow_each_other(travel: TimeTravel) -> None:
    history = sample_histories()[0]
    travel.index = 7
    assert datetime.fromisoformat(travel.time) == history.events[6].recorded_at
    assert travel.balance == history.states[6].balance
    travel.time = (history.events[9].recorded_at + timedelta(minutes=1)).isoformat()
    assert (travel.index, travel.balance) == (10, history.states[9].balance)
    travel.index = 0
    assert travel.balance == 0


def test_the_moment_stays_when_the_order_changes(travel: TimeTravel) -> None:
    travel.time = (START + timedelta(days=5, minutes=1)).isoformat()
    known = travel.balance
    travel.order = "occurred_at"
    assert travel.balance == known + 123_456
    assert travel.time == "2025-03-08T09:01:00.000000Z"


def test_events_at_one_time_can_each_be_reached() -> None:
    tied = History(*(vars(history_of([(1, "open", 0), (2, "open", 0)])).values()))
    travel = TimeTravel([tied], order="occurred_at")
    for index in (1, 2, 1, 0, 1):
        travel.index = index
        assert travel.index == index


def test_observers_see_one_consistent_state(travel: TimeTravel) -> None:
    seen = []
    travel.observe(lambda _: seen.append((travel.index, travel.balance)), "index")
    moment = "2025-03-05T00:00:00.000000Z"
    balance = sample_histories()[0].states[5].balance
    state = {"account": "account-1", "index": 6, "time": moment, "balance": balance}
    travel.set_state(state)  # as the browser sends it
    assert seen == [(6, balance)]
    assert travel.time == moment


def test_what_an_observer_raises_is_shown_in_the_widget(travel: TimeTravel) -> None:
    travel.observe(lambda _: 1 / 0, "index")
    travel.set_state({"index": 3})
    assert travel.error == "ZeroDivisionError: division by zero"
    travel.unobserve_all("index")
    travel.set_state({"index": 4})
    assert travel.error == ""


# --- what stays in the notebook ------------------------------------------------------------------


def test_repr_says_what_is_shown_and_never_changes() -> None:
    first, second = TimeTravel(sample_histories()), TimeTravel(sample_histories())
    first.index = second.index = 2
    assert (
        repr(first)
        == repr(second)
        == ("TimeTravel(2 accounts, 62 events; account-1 after event 2 of 60: 37.01 EUR)")
    )


def test_a_picture_stays_beside_the_live_widget(travel: TimeTravel) -> None:
    still = travel.still()
    assert set(still) == {"image/svg+xml", "text/html", "text/plain"}
    picture = TimeTravel(sample_histories()).picture()
    assert still["image/svg+xml"] == picture
    image = ET.fromstring(still["text/html"])
    assert image.get("alt") == told(picture)
    assert b64decode((image.get("src") or "").partition(",")[2]).decode() == picture


def test_the_picture_is_well_formed_described_and_inert(travel: TimeTravel) -> None:
    travel.index = 21
    travel.off = [5]
    root = ET.fromstring(travel.picture())
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Time travel: account-1"
    description = root.findtext(f"{SVG}desc") or ""
    assert "Event: 21 of 60" in description
    assert "without 1 event" in description
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert any("<img src=x onerror" in (text or "") for text in texts)
    assert not [element for element in root.iter() if element.tag.endswith(("img", "script"))]


def test_the_picture_follows_every_choice(travel: TimeTravel) -> None:
    pictures = {travel.picture()}
    choices: list[tuple[str, Any]] = [
        ("by", "event"),
        ("index", 30),
        ("order", "occurred_at"),
        ("off", [3]),
        ("account", "account-2"),
        ("index", 2),
    ]
    for n, (trait, value) in enumerate(choices, 2):
        setattr(travel, trait, value)
        pictures.add(travel.picture())
        assert len(pictures) == n


def test_an_account_without_events_can_be_shown() -> None:
    travel = TimeTravel([History("purse-1", (), (), Purse())])
    assert repr(travel) == "TimeTravel(1 stream, 0 events; purse-1 after event 0 of 0: 0.00 EUR)"
    ET.fromstring(travel.picture())


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"histories": []}, "es.replay.histories"),
        ({"histories": sample_histories()[0]}, r"write TimeTravel\(\[history\]\)"),
        ({"histories": sample_histories()[:1] * 2}, "'account-1' twice"),
        ({"money": "saldo"}, "'saldo' is no field of the state; choose of .*'balance'"),
        ({"money": "owner"}, "owner must be an int"),
        ({"account": "account-9"}, "'account-9' is not here; there are account-1, account-2"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(es.InvalidInput, match=message):
        TimeTravel(**{"histories": sample_histories(), **arguments})


def test_a_timeline_belongs_to_bank_travel() -> None:
    from tests.widgets.sample import sample_store

    with pytest.raises(es.InvalidInput, match=r"write BankTravel\(timeline\)"):
        TimeTravel(es.replay.Timeline.build(sample_store()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("index", 61, "account-1 has events 0 to 60"),
        ("index", -1, "events 0 to 60"),
        ("account", "account-9", "is not here"),
        ("time", "yesterday", "is not an ISO 8601 time"),
        ("off", [999], "no event here has position 999"),
    ],
)
def test_bad_traits(travel: TimeTravel, trait: str, value: Any, message: str) -> None:
    before = getattr(travel, trait)
    with pytest.raises(es.InvalidInput, match=message):
        setattr(travel, trait, value)
    assert getattr(travel, trait) == before


# --- a part of the time, and a drawing of the state ----------------------------------------------


def test_it_can_begin_with_a_part_of_the_time(travel: TimeTravel) -> None:
    whole = travel.start, travel.end
    end = "2025-03-06T00:00:00.000000Z"
    part = TimeTravel(sample_histories(), start="2025-03-04T00:00:00Z", end=end)
    assert (part.time, part.end) == (end, end)
    assert 0 < part.index < travel.index
    assert part.balance == travel._balances()[part.index]
    assert part.picture() != travel.picture()
    with pytest.raises(es.InvalidInput, match="before the end"):
        part.start = whole[1]


def test_a_state_can_be_drawn(travel: TimeTravel) -> None:
    def draw(state: Any) -> str:
        return f'<svg xmlns="http://www.w3.org/2000/svg"><title>{state.balance}</title></svg>'

    drawn = TimeTravel(sample_histories(), draw=draw, who="the shop")
    packed = msgspec.json.decode(drawn.packed, type=PackedHistories)
    assert packed.who == "the shop"
    assert len(packed.accounts[0].drawings) == len(packed.accounts[0].events) + 1
    assert msgspec.json.decode(travel.packed, type=PackedHistories).accounts[0].drawings == []


@pytest.mark.parametrize("drawing", ["", "<p>hello</p>", "<svg><script/></svg>", "<svg", 7])
def test_what_is_no_svg_is_refused(drawing: Any) -> None:
    with pytest.raises(es.InvalidInput, match="draw"):
        TimeTravel(sample_histories(), draw=lambda state: drawing)
