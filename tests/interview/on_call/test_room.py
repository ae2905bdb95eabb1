"""On call, step by step; what was done is kept, and nothing is given away too early."""

from __future__ import annotations

import json
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import journal
from eventsourcing_kit.interview.on_call import OnCall, pages, state_of, undone

NAME = "lost-after-failover"
PAGE = pages()[NAME]
WRONG_CAUSE = 1 if PAGE.cause != 1 else 2


def types() -> list[str]:
    return [event.type for event in journal.read_stream(f"incident-{NAME}")]


def to_the_repair() -> OnCall:
    room = OnCall(NAME)
    room.predict(PAGE.cause)
    room.say(room.scene.evidence(room.site))
    room.act(PAGE.action)
    return room


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("starts-over-each-time", ["5", "5.", "position 5", "at position 5."], ["6", "5 or 6", ""]),
        ("accepted-and-not-there", ["R3", "'r3'", "request r3."], ["r2 r3", "3", "request"]),
    ],
)
def test_what_was_found_may_be_said_in_a_sentence(
    name: str, right: list[str], wrong: list[str]
) -> None:
    room = OnCall(name)
    assert [room.say(said) for said in right] == [True] * len(right)
    assert [room.say(said) for said in wrong] == [False] * len(wrong)


def test_the_data_of_an_event_is_shown_as_json() -> None:
    answer = OnCall("accepted-and-not-there").ask("SELECT data FROM events ORDER BY position")
    assert answer.rows[0] == ('{"amount": 500, "command": "c1"}',)


def test_what_is_repaired_is_not_called_wrong_any_more() -> None:
    room = to_the_repair()
    assert room.view()["wrong"]
    room.do({"repair": PAGE.cure})
    assert not room.view()["wrong"]


def test_from_the_page_to_what_the_project_did() -> None:
    room = OnCall(NAME)
    steps = [room.state.step]
    for command in (
        {"predict": PAGE.cause},
        {"said": room.scene.evidence(room.site)},
        {"act": PAGE.action},
        {"repair": PAGE.cure},
    ):
        room.do(command)
        steps.append(room.state.step)
    assert steps == ["predict", "find", "act", "repair", "done"]
    assert room.outcome == "repaired in 1 try"
    labels = [block["label"] for block in room.view()["after"]]
    assert labels == [
        "A repair", "Why", "What the project did", "What it cost", "Words to drop", "In the course",
    ]  # fmt: skip
    assert room.view()["links"][0]["url"] == PAGE.source.url
    assert types() == [
        "IncidentBegun", "CausePredicted", "EvidenceSaid", "ActionTaken", "RepairTried",
    ]  # fmt: skip


def test_a_wrong_prediction_is_kept_and_the_cause_is_told_with_the_evidence() -> None:
    room = OnCall(NAME)
    room.do({"predict": WRONG_CAUSE})
    room.do({"predict": PAGE.cause})  # too late to think better of it
    assert (room.view()["predicted"], room.view()["cause"]) == (WRONG_CAUSE, 0)
    room.do({"said": "99"})
    assert (room.state.step, room.view()["said"]) == ("find", "99")
    room.do({"said": f" {room.scene.evidence(room.site)} "})
    assert room.view()["cause"] == PAGE.cause
    assert len(room.view()["speaks"]) == len(PAGE.causes)


def test_a_wrong_action_is_tried_on_the_store_and_another_one_can_be_taken() -> None:
    room = OnCall(NAME)
    room.predict(PAGE.cause)
    room.show()
    wrong = next(n for n in range(1, 9) if n != PAGE.action)
    room.do({"act": wrong})
    [taken] = room.view()["taken"]
    assert not taken["right"]
    assert "before, 3 events were handled by nobody; after it, 3" in taken["tried"]
    room.do({"act": PAGE.action})
    assert room.state.step == "repair"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("DELETE FROM handled", "only look"),
        ("SELECT 1; SELECT 2", "One SELECT"),
        ("SELECT nothing", "nothing"),
        ("SELEC", "syntax error"),
        ("", "One SELECT"),
    ],
)
def test_the_prompt_can_only_look(query: str, said: str) -> None:
    room = OnCall(NAME)
    room.do({"query": query})
    assert said in room.view()["answer"]["error"]


@pytest.mark.parametrize("name", pages())
def test_the_prompt_begins_with_a_query_that_shows_something(name: str) -> None:
    room = OnCall(name)
    answer = room.ask(room.view()["query"])
    assert not answer.error
    assert answer.rows


def test_an_answer_is_cut_where_it_becomes_long() -> None:
    answer = OnCall(NAME).ask("SELECT a.position FROM events a, events b ORDER BY ALL")
    assert (len(answer.rows), answer.more) == (50, True)


def test_a_query_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    from eventsourcing_kit.interview.on_call import site

    monkeypatch.setattr(site, "SECONDS", 0.2)
    answer = OnCall(NAME).ask("SELECT count(*) FROM range(1000000) a, range(1000000) b")
    assert "Stopped" in answer.error


def secrets() -> list[str]:
    """What no step before its own may show."""
    return [PAGE.cure, PAGE.afterwards, PAGE.cost, PAGE.why, PAGE.query, PAGE.code, PAGE.source.url]


def test_nothing_is_given_away_before_its_step() -> None:
    room = OnCall(NAME)
    for command in ({"query": "SELECT 1"}, {"predict": 1}, {"said": "wrong"}):
        shown = json.dumps(room.view())
        assert not [text for text in secrets() if json.dumps(text)[1:-1] in shown]
        assert not room.view()["cause"]
        assert not [text for cause in PAGE.causes if (text := cause.speaks) in shown]
        room.do(command)


def test_it_goes_on_where_it_stopped() -> None:
    to_the_repair()
    again = OnCall(NAME)
    assert again.state.step == "repair"
    assert types().count("IncidentBegun") == 1


def test_what_was_repaired_begins_anew_and_stays_repaired() -> None:
    room = to_the_repair()
    assert room.repair(lambda last, under_way, retry: min([*under_way, *retry, last + 1]) - 1)
    again = OnCall(NAME)
    assert again.state.step == "predict"
    assert state_of(NAME).ever
    assert es.interview.incidents()[NAME].startswith("✓")


def test_the_next_one_is_the_first_that_was_never_repaired() -> None:
    first, second = list(pages())[:2]
    assert undone() == first
    journal.record("RepairTried", {"right": True}, f"incident-{first}")
    assert undone() == second
    assert es.interview.incident().view["id"] == second


def test_what_is_shown_does_not_count_as_repaired() -> None:
    room = OnCall(NAME)
    room.predict(PAGE.cause)
    for _ in range(3):
        room.do({"show": True})
    assert (room.state.step, room.outcome) == ("done", "shown")
    assert not state_of(NAME).ever


@pytest.mark.parametrize(
    "command", [{"predict": 0}, {"predict": "1"}, {"act": 9}, {"query": 7}, {"repair": None}]
)
def test_what_there_is_not_is_refused(command: dict[str, Any]) -> None:
    with pytest.raises(es.InvalidInput):
        to_the_repair().do(command)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(es.InvalidInput, match=NAME):
        es.interview.incident("nothing")


@pytest.mark.parametrize(
    "line", [{}, {"cause": "x"}, {"cause": None, "right": 1}, {"step": 4}, {"action": True}]
)
def test_a_journal_that_somebody_wrote_into_stops_nothing(line: dict[str, Any]) -> None:
    for type_ in ("CausePredicted", "EvidenceSaid", "ActionTaken", "StepShown", "IncidentBegun"):
        journal.record(type_, line, f"incident-{NAME}")
    assert OnCall(NAME).view()["id"] == NAME


def test_the_desk_says_what_it_shows_and_leaves_a_picture() -> None:
    desk = es.interview.incident(NAME)
    assert repr(desk) == f"IncidentDesk({NAME}: the page has just rung)"
    assert PAGE.title in desk.picture()
    desk.do({"act": 77})
    assert "must be 1 to" in desk.error


@pytest.mark.parametrize("name", list(pages()))
def test_nothing_on_the_desk_counts_what_is_to_be_found(name: str) -> None:
    """How much is wrong is often what one is asked to find: it is said when it was found."""
    room = OnCall(name)
    room.predict(1)
    assert room.view()["wrong"] == ""
    room.show()
    assert room.view()["wrong"] == room.scene.sentence(room.scene.wrong(room.site))
