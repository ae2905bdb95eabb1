import xml.etree.ElementTree as ET
from base64 import b64decode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.drawing.svg import told
from eventsourcing_kit.widgets import ProjectionLab
from eventsourcing_kit.widgets.projection_lab.machine import Cure, Lane, State, after, is_done
from eventsourcing_kit.widgets.projection_lab.words import PackedLab, fill, lag, verdict
from tests.widgets.sample import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
EVENTS = [("Salary", 230_000, 1), (HOSTILE, -90_000, 2), ("Fee", -490, 3), ("Cash", -2_500, 4)]
AMOUNTS = [amount for _, amount, _ in EVENTS]
BETWEEN_ON_FEE = "s" * 8 + "c"  # position 3 is handled, and the checkpoint says 2
REST = "s" * 30

all_amounts = st.lists(st.integers(-500, 500), min_size=1, max_size=6)
all_moves = st.text("sssc", max_size=60)
handling_first = st.sampled_from(["none", "position", "event_id", "transaction"])
all_cures = handling_first | st.just("checkpoint_first")


@pytest.fixture
def lab() -> ProjectionLab:
    return ProjectionLab(EVENTS, moves=BETWEEN_ON_FEE + REST, title="Fees of November")


def wrong_by(amounts: list[int], lane: Lane) -> int:
    return lane.balance - sum(amounts[: lane.applied])


def texts(widget: ProjectionLab) -> list[str]:
    return [element.text or "" for element in ET.fromstring(widget.picture()).iter(f"{SVG}text")]


# --- what a crash does ---------------------------------------------------------------------------


def test_an_event_arrives_is_handled_and_then_checkpointed() -> None:
    states = [after(AMOUNTS, "s" * n, "none") for n in range(5)]
    assert [state.head for state in states] == [0, 1, 1, 1, 2]
    assert [state.left.did for state in states] == ["nothing", "waits", "handled", "saved", "waits"]
    assert [state.left.balance for state in states] == [0, 0, 230_000, 230_000, 230_000]
    assert [state.left.checkpoint for state in states] == [0, 0, 0, 1, 1]


def test_in_a_transaction_nothing_is_seen_until_both_are_there() -> None:
    states = [after(AMOUNTS, "s" * n, "none") for n in range(5)]
    assert [state.right.did for state in states][2:4] == ["begun", "committed"]
    assert [state.right.balance for state in states] == [0, 0, 0, 230_000, 230_000]
    assert [state.right.checkpoint for state in states] == [0, 0, 0, 1, 1]


def test_a_crash_between_handled_and_checkpointed_doubles_the_money() -> None:
    crashed = after(AMOUNTS, BETWEEN_ON_FEE, "none")
    assert (crashed.left.did, crashed.right.did) == ("crashed_between", "rolled_back")
    end = after(AMOUNTS, BETWEEN_ON_FEE + REST, "none")
    assert end.left.times == (1, 1, 2, 1)
    assert (wrong_by(AMOUNTS, end.left), wrong_by(AMOUNTS, end.right)) == (-490, 0)


@pytest.mark.parametrize("steps", [0, 1, 3, 4, 6, 7, 9])
def test_a_crash_at_any_other_moment_does_no_harm(steps: int) -> None:
    end = after(AMOUNTS, "s" * steps + "c" + REST, "none")
    assert end.left.times == end.right.times == (1, 1, 1, 1)


def test_while_both_are_down_events_go_on_arriving_and_the_lag_grows() -> None:
    states = [after(AMOUNTS, BETWEEN_ON_FEE + "s" * n, "none") for n in range(5)]
    assert [state.down for state in states] == [3, 2, 1, 0, 0]
    assert [state.left.did for state in states][1:] == ["down", "down", "restarted", "again"]
    assert [state.head - state.left.checkpoint for state in states] == [1, 1, 2, 2, 2]


def test_nobody_crashes_twice_at_once() -> None:
    assert after(AMOUNTS, "ssc", "none") == after(AMOUNTS, "sscc", "none")


@given(all_amounts, all_moves, all_cures)
def test_one_transaction_is_right_at_every_moment(
    amounts: list[int], moves: str, cure: Cure
) -> None:
    state = after(amounts, moves, cure)
    assert wrong_by(amounts, state.right) == 0
    assert max(state.right.times) <= 1
    assert state.right.applied == state.right.checkpoint


@given(all_amounts, all_moves, st.sampled_from(["position", "event_id", "transaction"]))
def test_every_cure_keeps_the_left_one_right(amounts: list[int], moves: str, cure: Cure) -> None:
    state = after(amounts, moves, cure)
    assert wrong_by(amounts, state.left) == 0
    assert max(state.left.times) <= 1


@given(all_amounts, all_moves, handling_first)
def test_whatever_crashes_no_event_is_missed(amounts: list[int], moves: str, cure: Cure) -> None:
    end = after(amounts, moves + "s" * 40, cure)
    assert is_done(end)
    assert min(*end.left.times, *end.right.times) == 1


@given(all_amounts, all_moves)
def test_what_is_wrong_is_what_was_handled_more_than_once(amounts: list[int], moves: str) -> None:
    left = after(amounts, moves, "none").left
    extra = [(n - 1) * amount for n, amount in zip(left.times, amounts, strict=True) if n]
    assert wrong_by(amounts, left) == sum(extra)


def test_with_the_checkpoint_first_a_crash_between_the_two_loses_the_event() -> None:
    states = [after(AMOUNTS, moves, "checkpoint_first") for moves in ("ss", "sss", "ssc")]
    assert [state.left.did for state in states] == ["saved_first", "handled_late", "lost"]
    assert [state.left.checkpoint for state in states] == [1, 1, 1]
    assert [state.left.balance for state in states] == [0, 230_000, 0]
    end = after(AMOUNTS, BETWEEN_ON_FEE + REST, "checkpoint_first")
    assert end.left.times == (1, 1, 0, 1)
    assert (wrong_by(AMOUNTS, end.left), wrong_by(AMOUNTS, end.right)) == (490, 0)


@given(all_amounts, all_moves)
def test_with_the_checkpoint_first_none_is_handled_twice_and_what_is_wrong_is_what_was_lost(
    amounts: list[int], moves: str
) -> None:
    left = after(amounts, moves, "checkpoint_first").left
    assert max(left.times) <= 1
    lost = [amount for n, amount in enumerate(amounts[: left.applied]) if not left.times[n]]
    assert wrong_by(amounts, left) == -sum(lost)
    assert is_done(after(amounts, moves + "s" * 40, "checkpoint_first"))


def test_with_another_cure_the_same_moves_are_folded_again(lab: ProjectionLab) -> None:
    assert "✗ 4.90 EUR too little" in texts(lab)
    lab.cure = "position"
    assert not any(words.startswith("✗") for words in texts(lab))
    lab.cure = "none"
    assert "✗ 4.90 EUR too little" in texts(lab)


# --- words ---------------------------------------------------------------------------------------


def packed_of(widget: ProjectionLab) -> PackedLab:
    return msgspec.json.decode(widget.packed, type=PackedLab)


@pytest.mark.parametrize("event", [("Salary", 500, 7), ("Refund", -500, 7)])
def test_too_much_and_too_little(event: tuple[str, int, int]) -> None:
    packed = packed_of(ProjectionLab([event]))
    state = after([event[1]], "ssc" + REST, "none")
    much = "much" if event[1] > 0 else "little"
    assert verdict(packed, state.left, state.head) == f"✗ 5.00 EUR too {much}"
    assert verdict(packed, state.right, state.head) == "✓ right up to position 7"


def test_late_is_not_wrong(lab: ProjectionLab) -> None:
    lagging: State = after(AMOUNTS, "s" * 4, "none")
    told = verdict(packed_of(lab), lagging.left, lagging.head)
    assert told == "✓ right up to position 1 · 1 behind"
    assert lag(packed_of(lab), lagging.left, lagging.head) == "1 position"


def test_two_balances_may_both_be_right_each_up_to_its_position(lab: ProjectionLab) -> None:
    state = after(AMOUNTS, "s" * 8, "none")
    told = [verdict(packed_of(lab), lane, state.head) for lane in (state.left, state.right)]
    assert told == ["✓ right up to position 3", "✓ right up to position 2 · 1 behind"]
    assert state.left.balance != state.right.balance


def test_the_lag_counts_positions_which_may_have_gaps() -> None:
    packed = packed_of(ProjectionLab([("a", 1, 1_500), ("b", 1, 1_520)]))
    start, arrived, both = (after([1, 1], moves, "none") for moves in ("", "s", "sssss"))
    assert lag(packed, start.left, start.head) == "none"
    assert lag(packed, arrived.left, arrived.head) == "1 position"
    assert lag(packed, both.left, both.head) == "20 positions"


@given(all_moves, all_cures)
def test_there_is_a_sentence_for_everything_that_happens(moves: str, cure: Cure) -> None:
    lab = ProjectionLab(EVENTS, moves=moves, cure=cure)
    packed, state = packed_of(lab), after(AMOUNTS, moves, cure)
    for lane in (state.left, state.right):
        assert fill(packed.says[lane.did], packed, lane).endswith(".")
    ET.fromstring(lab.picture())


def test_what_each_cure_keeps_beside_the_balance() -> None:
    kept = {}
    for cure in ("none", "position", "event_id", "transaction", "checkpoint_first"):
        lab = ProjectionLab([("a", 1, 41), ("b", 1, 42)], cure=cure, moves="s" * 6)
        state = after([1, 1], "s" * 6, cure)
        kept[cure] = fill(packed_of(lab).keeps[cure], packed_of(lab), state.left)
    assert kept == {
        "none": "nothing",
        "position": "the last position: 42",
        "event_id": "the id of every event: 2",
        "transaction": "the checkpoint: 42",
        "checkpoint_first": "nothing",
    }


# --- what stays in the notebook ------------------------------------------------------------------


def test_repr_says_what_is_shown_and_never_changes(lab: ProjectionLab) -> None:
    assert repr(lab) == (
        "ProjectionLab(4 events, no cure; after 38 steps, crashed 1 time: "
        "left 1,365.20 EUR ✗ 4.90 EUR too little; right 1,370.10 EUR ✓ right up to position 4)"
    )
    lab.cure, lab.moves = "event_id", ""
    assert repr(lab) == (
        "ProjectionLab(4 events, skip by event id; after 0 steps, crashed 0 times: "
        "left 0.00 EUR ✓ right up to position 0; right 0.00 EUR ✓ right up to position 0)"
    )


def test_a_picture_stays_beside_the_live_widget(lab: ProjectionLab) -> None:
    still = lab.still()
    image = ET.fromstring(still["text/html"])
    assert image.get("alt") == told(lab.picture())
    same = ProjectionLab(EVENTS, moves=lab.moves, title="Fees of November").picture()
    assert b64decode((image.get("src") or "").partition(",")[2]).decode() == same


def test_the_picture_marks_what_went_wrong_and_where_the_checkpoints_are(
    lab: ProjectionLab,
) -> None:
    words = texts(lab)
    assert words.count("✗ 2 times") == 1
    assert words.count("✓ once ◀ checkpoint") == 2
    assert "4 of 4 events have arrived; their true balance is 1,370.10 EUR" in words


@pytest.mark.parametrize(
    ("cure", "said"),
    [
        ("none", "A crash here: it is counted twice."),
        ("position", "A crash here: its position is known."),
        ("transaction", "A crash here: both are undone."),
        ("checkpoint_first", "A crash here: it is lost."),
    ],
)
def test_the_picture_shows_both_gates_and_what_a_crash_between_them_does(
    cure: str, said: str
) -> None:
    words = texts(ProjectionLab(EVENTS, cure=cure, moves="s" * 8))
    assert said in words
    gates = {"① checkpoint 3", "② handled"} if cure == "checkpoint_first" else {"① handled"}
    assert gates <= set(words)
    assert words.count("3") >= 2  # the token of each projection


def test_the_picture_is_described_and_inert(lab: ProjectionLab) -> None:
    root = ET.fromstring(lab.picture())
    assert repr(lab) == f"ProjectionLab({root.findtext(f'{SVG}desc', '')[:-1]})"
    assert any("<img src=x" in words for words in texts(lab))
    assert not [element for element in root.iter() if element.tag.endswith(("img", "script"))]


def test_the_picture_follows_every_move(lab: ProjectionLab) -> None:
    pictures = set()
    for n in range(len(BETWEEN_ON_FEE) + 1):
        lab.moves = BETWEEN_ON_FEE[:n]
        pictures.add(lab.picture())
    assert len(pictures) == len(BETWEEN_ON_FEE) + 1


def test_of_many_events_the_picture_shows_the_last_that_arrived() -> None:
    many = [(f"event {n}", 1, n) for n in range(1, 41)]
    assert "event 40" in texts(ProjectionLab(many, moves="s" * 200))
    assert "event 40" not in texts(ProjectionLab(many))


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([], "events: are none"),
        ([("a", 1, n) for n in range(1, 202)], "more than 200"),
        ([("a", 1, 2), ("b", 1, 2)], "in the order of their positions"),
        ([("a", 1, 2), ("b", 1, 1)], "in the order of their positions"),
        (["Salary"], "must be a tuple"),
        ([("a", 1)], "must be a tuple"),
        ([(1, 1, 1)], "label: must be a text"),
        ([("a", 2.5, 1)], "amount: must be a whole number of minor units, not 2.5"),
        ([("a", True, 1)], "amount: must be a whole number"),
        ([("a", 2**40, 1)], "amount: must be a whole number"),
        ([("a", 1, 0)], "position: must be a whole number from 1, not 0"),
    ],
)
def test_bad_events(events: list[Any], message: str) -> None:
    with pytest.raises(es.InvalidInput, match=message):
        ProjectionLab(events)


def test_bad_opening() -> None:
    with pytest.raises(es.InvalidInput, match="opening: must be a whole number"):
        ProjectionLab(EVENTS, opening=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("moves", "sx", "must be a text of 's' and 'c'"),
        ("moves", "s" * 5_001, "more than 5,000"),
        ("cure", "hope", "'hope' is none of"),
    ],
)
def test_bad_traits(lab: ProjectionLab, trait: str, value: str, message: str) -> None:
    before = getattr(lab, trait)
    with pytest.raises(es.InvalidInput, match=message):
        setattr(lab, trait, value)
    assert getattr(lab, trait) == before


def test_what_an_observer_raises_is_shown_in_the_widget(lab: ProjectionLab) -> None:
    lab.observe(lambda _: 1 / 0, "moves")
    lab.set_state({"moves": "s"})
    assert lab.error == "ZeroDivisionError: division by zero"
