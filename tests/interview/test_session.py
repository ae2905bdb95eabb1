"""A drill: what is due, then what is new; it ends; what is rated stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import interview, journal
from eventsourcing_kit.interview.corpus import LEVELS
from eventsourcing_kit.interview.deck import Block, Card, cards
from eventsourcing_kit.interview.session import Session, interval_text, weighted_to
from tests.interview.conftest import Tell, rated

Today = Callable[[float], None]
pytestmark = pytest.mark.usefixtures("today")


def card(name: str, topic: str = "store") -> Card:
    return Card(
        name, "question", topic, "junior", 3, (Block(text=f"{name}?"),), (Block("Say", name),)
    )


DECK = [card(name) for name in "abcdef"]


def order(session: Session, rating: int = 3) -> list[str]:
    """The cards of a session, all of them rated alike."""
    found = []
    while session.card:
        found.append(session.card.id)
        session.rate(rating)
    return found


def test_new_cards_come_in_the_order_of_the_bank_and_no_more_than_asked() -> None:
    assert order(Session(DECK, new=4)) == ["a", "b", "c", "d"]


def test_due_cards_come_first_the_longest_overdue_before_the_others(
    happened: Tell, today: Today
) -> None:
    rated(happened, 1, "d", 3)
    rated(happened, 0, "c", 3)
    today(30)
    assert order(Session(DECK, new=1)) == ["c", "d", "a"]


def test_what_is_longest_overdue_is_asked_first(happened: Tell, today: Today) -> None:
    for days, name, rating in ((0, "a", 4), (7, "b", 3), (9, "c", 1)):
        rated(happened, days, name, rating)
    today(20)
    assert order(Session(DECK, new=0)) == ["b", "a", "c"], "the longest overdue"


def test_before_an_interview_what_is_least_known_is_asked_first(
    happened: Tell, today: Today
) -> None:
    for days, name, rating in ((0, "a", 4), (7, "b", 3), (9, "c", 1)):
        rated(happened, days, name, rating)
    happened(10, "InterviewDated", "interview-day", day="2025-04-10")
    today(20)
    assert order(Session(DECK, new=0)) == ["c", "b", "a"]


def test_what_is_not_due_is_not_asked(happened: Tell, today: Today) -> None:
    rated(happened, 0, "a", 4)
    today(0.5)
    assert order(Session(DECK[:2])) == ["b"]


def test_a_session_has_a_limit() -> None:
    assert len(order(Session(DECK, limit=2))) == 2


def test_again_brings_a_card_back_after_the_others() -> None:
    session = Session(DECK[:3])
    session.rate(1)
    assert not session.view()["again"]
    assert order(session) == ["b", "c", "a"]
    assert session.view()["missed"] == ["a?"]


def test_a_card_that_comes_back_says_so() -> None:
    session = Session(DECK[:1])
    session.rate(1)
    assert session.view()["again"]


def test_a_topic_does_not_crowd_out_the_others() -> None:
    deck = [card("s1"), card("s2"), card("s3"), card("o1", "order"), card("o2", "order")]
    assert order(Session(deck, new=4)) == ["s1", "o1", "s2", "o2"]


def test_each_rating_is_an_event_at_once() -> None:
    session = Session(DECK)
    session.rate(2)
    [event] = journal.events()
    assert (event.stream_id, event.type) == ("card-a", "CardRated")
    assert event.data == {"card": "a", "rating": 2}


def test_leaving_in_the_middle_loses_nothing() -> None:
    Session(DECK).rate(4)
    assert order(Session(DECK)) == ["b", "c", "d", "e", "f"]


def test_what_is_typed_before_a_card_is_turned_is_an_event_and_stands_beside_the_answer() -> None:
    session = Session(DECK)
    session.do({"answer": " The log is the truth. ", "card": "a"})
    [event] = journal.events()
    assert (event.stream_id, event.type) == ("card-a", "AnswerTyped")
    assert event.data == {"card": "a", "text": "The log is the truth."}
    assert session.view()["said"] == "The log is the truth."
    session.rate(1)
    assert session.view()["said"] == "", "the next card has none"


def test_an_answer_moves_no_date(happened: Tell) -> None:
    rated(happened, 0, "a", 3)
    before = interview.memories()
    happened(0, "AnswerTyped", "card-a", card="a", text="x")
    assert interview.memories() == before


def test_nothing_typed_is_nothing_kept() -> None:
    Session(DECK).answer(" \n ")
    assert journal.events() == []


@pytest.mark.parametrize("text", [None, 3, ["x"], "x" * 20_001])
def test_what_cannot_be_kept_as_an_answer_is_refused(text: object) -> None:
    with pytest.raises(es.InvalidInput):
        Session(DECK).answer(text)  # type: ignore[arg-type]
    assert journal.events() == []


def test_an_answer_to_a_card_that_is_no_longer_asked_is_dropped() -> None:
    session = Session(DECK[:1])
    session.rate(3)
    session.do({"answer": "late", "card": "a"})
    assert [event.type for event in journal.events()] == ["CardRated"]
    with pytest.raises(es.InvalidInput, match="another drill"):
        session.answer("late")


@pytest.mark.parametrize("rating", [0, 5, "3", None, 2.5, True])
def test_another_rating_is_refused_and_changes_nothing(rating: object) -> None:
    session = Session(DECK)
    with pytest.raises(es.InvalidInput):
        session.rate(rating)  # type: ignore[arg-type]
    assert session.card == DECK[0]
    assert journal.events() == []


def test_after_the_end_there_is_nothing_to_rate() -> None:
    session = Session(DECK[:1])
    session.rate(3)
    with pytest.raises(es.InvalidInput, match="another drill"):
        session.rate(3)


def test_a_key_pressed_twice_does_not_rate_the_next_card() -> None:
    session = Session(DECK)
    session.do({"rate": 3, "card": "a"})
    session.do({"rate": 3, "card": "a"})
    assert session.card == DECK[1]


def test_the_view_says_when_a_card_comes_back() -> None:
    view = Session(DECK).view()
    assert view["next"]["again"] == "in this session"
    assert view["next"]["easy"].endswith("days")
    assert (view["left"], view["of"]) == (6, 6)


def test_the_end_says_what_is_due(today: Today) -> None:
    session = Session(DECK[:2])
    order(session)
    assert session.view()["outlook"] == (
        "Due until tomorrow at this time: 2, the first in 10 minutes: `es.interview.drill(new=0)`. "
        "Never asked: 0."
    )
    today(0.4)
    empty = Session(DECK[:2])
    order(empty)


def test_where_nothing_is_left_it_says_so(happened: Tell, today: Today) -> None:
    rated(happened, 0, "a", 4)
    today(0.5)
    assert "Nothing is due" in Session(DECK[:1]).view()["outlook"]


@pytest.mark.parametrize("counts", [{"new": -1}, {"limit": 0}, {"new": "3"}, {"limit": True}])
def test_counts_must_be_counts(counts: dict[str, int]) -> None:
    with pytest.raises(es.InvalidInput):
        Session(DECK, **counts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (timedelta(seconds=10), "now"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=20), "20 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=100), "3 months"),
    ],
)
def test_an_interval_reads_as_one_says_it(interval: timedelta, text: str) -> None:
    assert interval_text(interval) == text


# --- the real cards ------------------------------------------------------------------------------


def test_cards_can_be_chosen() -> None:
    chosen = interview.cards(topic=["store", "order"], level="senior", kind="question")
    assert chosen
    assert {one.topic for one in chosen} == {"store", "order"}
    assert {one.level for one in chosen} == {"junior", "mid", "senior"}, (
        "a senior is asked all three"
    )
    assert {one.kind for one in chosen} == {"question"}


def test_a_level_in_a_list_stands_for_itself() -> None:
    assert {one.level for one in interview.cards(level=["mid"])} == {"mid"}
    assert {one.level for one in interview.cards(level=["junior", "staff"])} == {"junior", "staff"}


@pytest.mark.parametrize("place", range(len(LEVELS)))
def test_a_level_has_the_cards_of_those_below(place: int) -> None:
    assert {one.level for one in interview.cards(level=LEVELS[place])} == set(LEVELS[: place + 1])


def test_two_of_three_new_cards_are_of_the_level() -> None:
    deck = [replace(card(f"{level}-{i}"), level=level) for level in LEVELS for i in range(3)]
    asked = order(Session(deck, new=6, level="senior"))
    assert asked == ["senior-0", "senior-1", "junior-0", "senior-2", "junior-1", "junior-2"]
    left_out = {one.id for one in deck} - {one.id for one in weighted_to("staff", deck)}
    assert not left_out


def test_what_is_due_comes_whatever_its_level(happened: Tell, today: Today) -> None:
    """A learner's schedule stays, though a card has got another level."""
    rated(happened, 0, "easy", 3)
    today(30)
    deck = [replace(card("hard"), level="senior"), card("easy")]
    assert order(Session(deck, new=1, level="senior")) == ["easy", "hard"]


def test_the_back_says_which_words_to_drop() -> None:
    [outbox] = [one for one in interview.cards("processes") if one.id == "processes-outbox"]
    assert outbox.back[-1].label == "Words to drop"
    assert "transactional outbox · dual-write problem" in outbox.back[-1].text
    assert all(one.back[-1].label == "Words to drop" for one in interview.cards())


def test_the_back_has_the_answer_at_three_levels_folded() -> None:
    asked = {one.id: one for one in interview.load().questions}
    for one in interview.cards(kind="question"):
        folded = [block for block in one.back if block.folded]
        assert len(folded) == bool(asked[one.id].at_levels)
        for block in folded:
            assert one.back.index(block) == 2, "behind the answer"
            assert [item.split(":")[0] for item in block.items] == [
                "Junior", "What lifts it to senior", "Senior", "What lifts it to staff", "Staff",
            ]  # fmt: skip
            assert str(block).startswith("The same at three levels:\n- Junior: ")


@pytest.mark.parametrize("wrong", [{"topic": "stores"}, {"level": "boss"}, {"kind": "riddle"}])
def test_an_unknown_name_lists_the_known_ones(wrong: dict[str, str]) -> None:
    with pytest.raises(es.InvalidInput, match="is none of"):
        interview.cards(**wrong)


def test_every_card_has_a_front_and_a_back() -> None:
    for one in cards(interview.load()):
        assert one.front
        assert one.back
        assert str(one.front[0])


def test_code_comes_in_colours_and_a_bug_by_its_title() -> None:
    view = interview.drill(kind="bug", new=1).view
    assert view["card"]["title"].startswith("Bug 1 · ")
    [faulty] = [block for block in view["card"]["front"] if block["code"]]
    assert any(kind == "keyword" for line in faulty["colours"] for kind, _ in line)


def test_the_back_of_a_bug_begins_with_the_line_and_why() -> None:
    for bug, one in zip(interview.load().bugs, interview.cards(kind="bug"), strict=True):
        last = bug.faulty_lines[-1]
        assert re.fullmatch(rf"Lines? .*{last}, and why", one.back[0].label)
        assert one.back[0].text == bug.explanation


def test_a_drill_goes_through_the_real_bank() -> None:
    desk = interview.drill("store", new=2)
    assert repr(desk).startswith("DrillDesk(2 of 2 cards left; now store-")
    desk.do({"rate": 3, "card": desk.view["card"]["id"]})
    desk.do({"rate": 3, "card": desk.view["card"]["id"]})
    assert repr(desk) == "DrillDesk(0 of 2 cards left; at the end)"


def test_a_rating_that_is_none_is_shown_at_the_desk() -> None:
    desk = interview.drill("store")
    desk.do({"rate": 9, "card": desk.view["card"]["id"]})
    assert "1 again" in desk.error
