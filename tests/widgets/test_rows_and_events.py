import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.widgets import RowsAndEvents
from eventsourcing_kit.widgets.rows_and_events import Row
from eventsourcing_kit.widgets.rows_and_events.data import PackedComparison
from eventsourcing_kit.widgets.rows_and_events.picture import ghosts
from tests.widgets.sample import HOSTILE, START

SVG = "{http://www.w3.org/2000/svg}"
MOVES = [("Deposit", 30_000, "first"), ("Withdraw", 4_000, HOSTILE), ("Withdraw", 1_000, "cash")]

BALANCE, BIGGEST, WHY = "What is the balance?", "Which withdrawal was the biggest?", "Why?"


def event(kind: str, data: dict[str, Any], hours: int) -> es.NewEvent:
    who = {"actor": "clerk-07"}
    return es.NewEvent(kind, data, who, occurred_at=START + timedelta(hours=hours))


def sample_steps() -> list[tuple[str, Row | None, list[es.NewEvent]]]:
    """Six commands on one account: one is refused, the last deletes the row."""
    row: dict[str, Any] = {"owner": "Ada", "balance": 0, "currency": "EUR", "updated_at": START}
    opened = event("AccountOpened", {"owner": "Ada", "currency": "EUR"}, 0)
    steps: list[tuple[str, Row | None, list[es.NewEvent]]] = [("Open an account", row, [opened])]
    for hours, (verb, amount, memo) in enumerate(MOVES, 1):
        moved, sign = ("MoneyDeposited", 1) if verb == "Deposit" else ("MoneyWithdrawn", -1)
        balance = row["balance"] + sign * amount
        row = {**row, "balance": balance, "updated_at": START + timedelta(hours=hours)}
        data = {"amount": amount, "currency": "EUR", "memo": memo}
        steps.append((f"{verb}: {memo}", row, [event(moved, data, hours)]))
    steps.append(("Withdraw too much: refused", row, []))
    steps.append(("Close the account", None, [event("AccountClosed", {"reason": ""}, 4)]))
    return steps


def biggest(events: Sequence[es.NewEvent]) -> tuple[str | None, list[es.NewEvent]]:
    withdrawals = [event for event in events if event.type == "MoneyWithdrawn"]
    if not withdrawals:
        return None, []
    found = max(withdrawals, key=lambda event: int(event.data["amount"]))
    return str(found.data["memo"]), [found]


def sample_questions() -> list[Any]:
    """Three questions: one that both answer, one that only the events do, one that neither does."""
    return [
        (BALANCE, lambda row: (str(row["balance"]), "It says so."), lambda events: ("all", events)),
        (BIGGEST, lambda row: (None, "The row does not tell."), biggest),
        (WHY, lambda row: (None, "No column says why."), lambda events: (None, [])),
    ]


@pytest.fixture
def beside() -> RowsAndEvents:
    return RowsAndEvents(sample_steps(), sample_questions(), title="Ada's account")


def packed_of(widget: RowsAndEvents) -> PackedComparison:
    return msgspec.json.decode(widget.packed, type=PackedComparison)


# --- the same commands, told twice ----------------------------------------------------------------


def test_it_starts_after_three_commands_and_asks_nothing(beside: RowsAndEvents) -> None:
    assert (beside.step, beside.question) == (3, "")
    assert RowsAndEvents(sample_steps()[:2]).step == 2
    assert RowsAndEvents(sample_steps(), step=99).step == 6


def test_a_row_is_overwritten_and_events_are_kept(beside: RowsAndEvents) -> None:
    steps = packed_of(beside).steps
    assert [step.events for step in steps] == [0, 1, 2, 3, 4, 4, 5]
    # twice (balance, updated_at) a movement; nothing when refused; all four values when deleted
    assert [step.overwritten for step in steps] == [0, 0, 2, 4, 6, 6, 10]


rows = st.none() | st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), min_size=1)


@given(st.lists(rows, min_size=1, max_size=8))
def test_what_is_overwritten_is_what_the_next_row_does_not_say(given_rows: list[Any]) -> None:
    beside = RowsAndEvents([("set", row, []) for row in given_rows])
    lost = 0
    for before, after in zip([None, *given_rows], given_rows, strict=False):
        lost += len(dict(before or {}).items() - dict(after or {}).items())
    assert packed_of(beside).steps[-1].overwritten == lost


def test_amounts_are_money_in_the_row_and_in_the_events(beside: RowsAndEvents) -> None:
    packed = packed_of(beside)
    assert dict(packed.steps[4].row or ())["balance"] == "250.00 EUR"
    assert dict(packed.events[2].facts)["amount"] == "40.00 EUR"


def test_a_time_says_its_day_of_the_week(beside: RowsAndEvents) -> None:
    packed = packed_of(beside)
    assert packed.events[0].time == "Mon 2025-03-03 09:00:00 UTC"
    assert dict(packed.steps[1].row or ())["updated_at"] == "Mon 2025-03-03 09:00:00 UTC"


def test_the_gist_of_an_event_is_an_amount_and_a_memo() -> None:
    def gists(**chosen: Any) -> list[list[str]]:
        return [event.gist for event in packed_of(RowsAndEvents(sample_steps(), **chosen)).events]

    assert gists()[1] == ["300.00 EUR", "first"]
    assert sorted(gists()[0]) == ["Ada", "EUR"], "all of it, where it has neither"
    assert gists(gist=["currency"])[1] == ["EUR"]


def test_a_day_is_marked_from_its_first_to_its_last_command() -> None:
    steps = sample_steps()
    [day] = packed_of(RowsAndEvents(steps, days={"Monday": START.date()})).days
    assert (day.name, day.first, day.last) == ("Monday", 1, 6)
    steps[1] = ("Deposit", {}, [event("MoneyDeposited", {}, 24)])
    [day] = packed_of(RowsAndEvents(steps, days={"Tuesday": date(2025, 3, 4)})).days
    assert (day.first, day.last) == (2, 2)


@given(st.lists(rows, min_size=1, max_size=8))
def test_all_that_was_overwritten_is_on_the_pile(given_rows: list[Any]) -> None:
    packed = packed_of(RowsAndEvents([("set", row, []) for row in given_rows]))
    for step, here in enumerate(packed.steps):
        assert len(ghosts(packed, step)) == here.overwritten


# --- questions -----------------------------------------------------------------------------------


def test_both_are_asked_after_every_command(beside: RowsAndEvents) -> None:
    balance, biggest, why = packed_of(beside).questions
    assert [answer.row for answer in balance.answers] == [
        *(None, "0", "30000", "26000", "25000", "25000", None)
    ]
    assert [answer.events for answer in biggest.answers] == [None] * 3 + [HOSTILE] * 4
    assert {answer.row for answer in biggest.answers} == {None}
    assert {(answer.row, answer.events) for answer in why.answers} == {(None, None)}


def test_the_events_that_answer_are_marked(beside: RowsAndEvents) -> None:
    balance, biggest, why = packed_of(beside).questions
    assert [answer.marks for answer in biggest.answers] == [[], [], [], [2], [2], [2], [2]]
    assert balance.answers[-1].marks == [0, 1, 2, 3, 4]
    assert why.answers[-1].marks == []


def test_nobody_is_asked_where_there_is_no_row_or_no_event() -> None:
    def refuse(_: Any) -> Any:
        raise AssertionError("asked")

    beside = RowsAndEvents([("nothing", None, [])], [("Who?", refuse, refuse)])
    assert {(a.row, a.why, a.events) for a in packed_of(beside).questions[0].answers} == {
        (None, "There is no row.", None)
    }


@pytest.mark.parametrize(
    ("told", "marks", "because"),
    [
        (None, 0, "No event up to here says so."),
        ("0 times", 0, "There is no such event."),
        ("once", 1, "1 event says so."),
        ("twice", 2, "2 events say so."),
    ],
)
def test_the_picture_says_on_what_the_answer_stands(told: Any, marks: int, because: str) -> None:
    question = ("How often?", lambda row: (None, ""), lambda events: (told, events[:marks]))
    beside = RowsAndEvents(sample_steps(), [question], question="How often?")
    assert f">{because}<" in beside.picture()


def test_equal_events_are_told_apart() -> None:
    twin = {"amount": 1, "currency": "EUR"}
    events = [es.NewEvent("MoneyDeposited", twin) for _ in range(2)]
    beside = RowsAndEvents(
        [("Deposit", {"n": 1}, events)],
        [("Which?", lambda row: (None, ""), lambda events: ("the second", events[1:]))],
    )
    assert packed_of(beside).questions[0].answers[1].marks == [1]


# --- what stays in the notebook ------------------------------------------------------------------


def test_repr_says_what_is_shown_and_never_changes(beside: RowsAndEvents) -> None:
    other = RowsAndEvents(sample_steps(), sample_questions())
    for one in (beside, other):
        one.step = 2
        one.question = BALANCE
    told = (
        "RowsAndEvents(6 commands; after command 2: 2 values overwritten, 2 events kept; "
        "What is the balance? Row: 30000 Events: all)"
    )
    assert repr(beside) == repr(other) == told
    beside.question = WHY
    assert repr(beside).endswith("Row: cannot know. No column says why. Events: cannot know.)")


def test_the_picture_is_well_formed_described_and_inert(beside: RowsAndEvents) -> None:
    beside.step, beside.question = 3, BIGGEST
    root = ET.fromstring(beside.picture())
    assert root.findtext(f"{SVG}title") == "Ada's account"
    assert "Row: cannot know. The row does not tell." in (root.findtext(f"{SVG}desc") or "")
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert "◀ answers" in texts
    assert "It cannot know." in texts
    assert any("<img src=x onerror" in text for text in texts)
    assert not [element for element in root.iter() if element.tag.endswith(("img", "script"))]


def test_the_picture_strikes_out_what_the_command_overwrote(beside: RowsAndEvents) -> None:
    def struck() -> list[str]:
        root = ET.fromstring(beside.picture())
        return [e.text or "" for e in root.iter(f"{SVG}text") if "text-decoration" in e.attrib]

    seen = {}
    for step in (1, 2, 3, 5, 6):
        beside.step = step
        seen[step] = [text for text in struck() if text.endswith("EUR")]
    assert seen == {
        1: [],
        2: ["0.00 EUR"],
        3: ["300.00 EUR"],
        5: [],
        6: ["250.00 EUR", "EUR"],  # deleted
    }


def test_where_there_are_no_events_the_picture_shows_what_is_gone() -> None:
    alone = RowsAndEvents([(text, row, ()) for text, row, _ in sample_steps()])
    words = " ".join(ET.fromstring(alone.picture()).itertext())
    assert "in no table any more" in words
    assert "balance 300.00 EUR" in words
    assert "Events" not in words
    assert repr(alone) == "RowsAndEvents(6 commands; after command 3: 4 values overwritten)"


def test_the_picture_follows_every_choice(beside: RowsAndEvents) -> None:
    pictures = {beside.picture()}
    choices = [("step", 0), ("step", 1), ("step", 4), ("question", BALANCE), ("question", WHY)]
    for n, (trait, value) in enumerate(choices, 2):
        setattr(beside, trait, value)
        pictures.add(beside.picture())
        assert len(pictures) == n


# --- what is refused -----------------------------------------------------------------------------


STEP: Any = [("Deposit", {"n": 1}, [es.NewEvent("MoneyDeposited", {})])]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": []}, "is empty"),
        ({"steps": [("Deposit", {"n": 1}, ["MoneyDeposited"])]}, "must hold events, not a str"),
        ({"questions": sample_questions()[:1] * 2}, "the same text twice"),
        ({"question": "When?"}, r"'When\?' is not here"),
        ({"days": {"Easter": date(2025, 4, 20)}}, "no event occurred on 'Easter', 2025-04-20"),
        (
            {"questions": [("How many?", lambda row: (7, ""), lambda events: ("1", []))]},
            "'How many\\?' got 7; an answer is a text or None",
        ),
        (
            {"questions": [("Who?", lambda row: (None, ""), lambda events: ("me", STEP[0][2]))]},
            "events that it was not given",
        ),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(es.InvalidInput, match=message):
        RowsAndEvents(**{"steps": sample_steps(), **arguments})


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [("step", 7, "steps 0 to 6"), ("step", -1, "steps 0 to 6"), ("question", "When?", "not here")],
)
def test_bad_traits(beside: RowsAndEvents, trait: str, value: Any, message: str) -> None:
    before = getattr(beside, trait)
    with pytest.raises(es.InvalidInput, match=message):
        setattr(beside, trait, value)
    assert getattr(beside, trait) == before


def test_what_stays_behind_gives_no_answer_away(beside: RowsAndEvents) -> None:
    beside.question = beside._packed.questions[0].text
    still = beside.still()
    words = " ".join(ET.fromstring(still["image/svg+xml"]).itertext())
    assert "answers" not in words
    assert beside.question not in words + still["text/plain"]
