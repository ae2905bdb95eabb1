"""The question bank: enough of it, spread well, right in form, and nothing twice."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import exercises
from eventsourcing_kit.interview import on_call
from eventsourcing_kit.interview.corpus import (
    LEVELS,
    TOPICS,
    Bank,
    Bug,
    Case,
    CaseLevel,
    Estimate,
    Question,
    folder,
    load,
    read,
)

BANK: Bank = load()
Incident = on_call.Page
FILES = sorted(folder().rglob("*.yaml"))
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def each(*records: object) -> list[str]:
    return [str(getattr(record, "id", record)) for record in records]


def words(text: str) -> int:
    return len(text.split())


def sentences(text: str) -> int:
    return len(re.findall(r"[.?!]+[\"`]?(?=\s|$)", text))


# --- enough, and spread --------------------------------------------------------------------------


def test_there_are_enough_of_each_kind() -> None:
    assert len(BANK.questions) >= 150
    assert len(BANK.bugs) >= 25
    assert len(BANK.estimates) >= 12
    assert len(BANK.cases) >= 8


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_has_questions_of_each_level(topic: str) -> None:
    levels = Counter(question.level for question in BANK.questions if question.topic == topic)
    assert sum(levels.values()) >= 7
    assert min(levels[level] for level in LEVELS) >= 1, levels
    assert levels["junior"] + levels["mid"] >= 2, levels
    assert levels["senior"] >= 2, levels


def test_every_chapter_has_its_questions() -> None:
    assert {question.chapter for question in BANK.questions} == set(range(1, 17))


# --- form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", BANK.questions, ids=each(*BANK.questions))
def test_a_question_can_be_asked_and_answered_aloud(question: Question) -> None:
    assert question.id.startswith(question.topic)
    assert words(question.question) <= 70
    assert 30 <= words(question.thirty_seconds) <= 90, "thirty seconds are about 75 words"
    assert 70 <= words(question.answer) <= 200
    assert len({one.question for one in question.follow_ups}) == len(question.follow_ups)
    for follow_up in question.follow_ups:
        assert 12 <= words(follow_up.answer) <= 80
    assert question.sources, "where did it come from?"


AT_LEVELS = [question for question in BANK.questions if question.at_levels]


def test_the_most_asked_cards_stand_at_three_levels() -> None:
    assert len(AT_LEVELS) >= 40
    assert len({question.topic for question in AT_LEVELS}) >= 16


@pytest.mark.parametrize("question", AT_LEVELS, ids=each(*AT_LEVELS))
def test_an_answer_at_three_levels_can_be_said_and_says_how_to_climb(question: Question) -> None:
    assert question.at_levels
    assert question.lifts
    said = question.at_levels
    for answer in (said.junior, said.senior, said.staff):
        assert 2 <= sentences(answer) <= 4
        assert 20 <= words(answer) <= 90, "it is said, not read"
    for lift in (question.lifts.senior, question.lifts.staff):
        assert sentences(lift) == 1
    assert len({said.junior, said.senior, said.staff, question.thirty_seconds}) == 4


@pytest.mark.parametrize("question", AT_LEVELS, ids=each(*AT_LEVELS))
def test_a_card_at_three_levels_is_asked_four_deep(question: Question) -> None:
    assert len(question.follow_ups) == 4


def test_levels_and_lifts_come_together() -> None:
    assert [one.id for one in BANK.questions if bool(one.at_levels) != bool(one.lifts)] == []


@pytest.mark.parametrize("question", BANK.questions, ids=each(*BANK.questions))
def test_a_question_names_what_there_is(question: Question) -> None:
    assert set(question.sources) <= BANK.sources.keys()
    if question.exercise is not None:
        assert question.exercise in {one.name for one in exercises.chapter(question.chapter)}


def test_the_bugs_are_numbered_without_a_gap() -> None:
    assert sorted(bug.number for bug in BANK.bugs) == list(range(1, len(BANK.bugs) + 1))
    assert len({bug.title for bug in BANK.bugs}) == len(BANK.bugs)


def test_each_record_of_another_kind_belongs_to_a_topic() -> None:
    assert {bug.topic for bug in BANK.bugs} <= TOPICS.keys()
    assert {one.topic for one in BANK.estimates} <= TOPICS.keys()
    assert {case.topic for case in BANK.cases} <= TOPICS.keys()


# --- words to drop ---

# What this course calls things; who listens for the field's terms does not hear them in these.
HOUSE_WORDS = frozenset(
    re.findall(
        r"\w[\w ]*\w",
        "event, events, stream, streams, store, log, version, position, fold, evolve, decide, "
        "state, reader, writer, shape, mend, cure, dear, place, part, park, parked, parked event, "
        "published, published event, private, private event, told, seen, still, replay, "
        "old shape, minor units, expected version",
    )
)


@pytest.mark.parametrize(
    "card",
    [*BANK.questions, *BANK.bugs, *BANK.estimates, *on_call.pages().values()],
    ids=lambda card: card.id,
)
def test_the_words_to_drop_are_the_fields_own(card: Question | Bug | Estimate | Incident) -> None:
    spoken = [word.lower() for word in card.words]
    assert 2 <= len(spoken) <= 6
    assert len(set(spoken)) == len(spoken)
    assert not set(spoken) & HOUSE_WORDS
    assert all(words(word) <= 6 and word == word.strip() for word in card.words)


@pytest.mark.parametrize(
    "term",
    ["dead-letter queue", "claim check", "backpressure", "integration event",
     "set-based validation", "bounded context", "anti-corruption layer", "idempotency key"],
)  # fmt: skip
def test_a_term_that_is_listened_for_is_on_some_card(term: str) -> None:
    assert any(term in card.words for card in BANK.questions)


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimate", BANK.estimates, ids=each(*BANK.estimates))
def test_an_estimate_is_computed_right(estimate: Estimate) -> None:
    for step in estimate.steps:
        assert re.fullmatch(r"[0-9e_.+*/() -]+", step.formula), "arithmetic, and nothing else"
        computed = eval(step.formula, {"__builtins__": {}})
        assert computed == pytest.approx(step.value, rel=1e-4), step.name
    assert estimate.steps[-1].value == pytest.approx(estimate.answer, rel=0.05)


@pytest.mark.parametrize("estimate", BANK.estimates, ids=each(*BANK.estimates))
def test_an_estimate_is_near_enough_within_its_factor(estimate: Estimate) -> None:
    guess = es.interview.estimate(estimate.id)
    assert guess.check(estimate.answer).right
    assert guess.check(estimate.answer * estimate.factor * 0.999).right
    assert guess.check(estimate.answer / estimate.factor * 1.001).right
    assert not guess.check(estimate.answer * estimate.factor * 1.01).right
    assert not guess.check(estimate.answer / estimate.factor / 1.01).right


@pytest.mark.parametrize("said", [0, -1, float("nan"), float("inf"), True, "12", None])
def test_what_is_no_number_is_refused(said: object) -> None:
    with pytest.raises(es.InvalidInput):
        es.interview.estimate(BANK.estimates[0].id).check(said)  # type: ignore[arg-type]


# --- cases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", BANK.cases, ids=each(*BANK.cases))
def test_a_case_has_follow_ups_for_each_level(case: Case) -> None:
    assert set(case.sources) <= BANK.sources.keys()
    levels = Counter(follow_up.level for follow_up in case.follow_ups)
    assert min(levels[level] for level in get_args(CaseLevel)) >= 2


@pytest.mark.parametrize("case", BANK.cases, ids=each(*BANK.cases))
def test_a_diagram_can_be_drawn_and_read(case: Case) -> None:
    boxes = {box.id: box for box in case.diagram.boxes}
    cells = [(box.column, box.row) for box in case.diagram.boxes]
    assert len(boxes) == len(set(cells)) == len(case.diagram.boxes), "one box a cell"
    assert {arrow.start for arrow in case.diagram.arrows} <= boxes.keys()
    assert {arrow.end for arrow in case.diagram.arrows} <= boxes.keys()
    joined = {name for arrow in case.diagram.arrows for name in (arrow.start, arrow.end)}
    assert joined == boxes.keys(), "a box without an arrow"
    for arrow in case.diagram.arrows:
        start, end = boxes[arrow.start], boxes[arrow.end]
        crossed = cells_between((start.column, start.row), (end.column, end.row))
        assert not crossed & set(cells), f"{arrow.start} to {arrow.end} passes through a box"
    picture = es.interview.case(case.id).diagram
    assert picture.description == case.diagram.words
    assert all(
        f">{line.split()[0]}" in picture.svg for line in [box.text for box in boxes.values()]
    )


def cells_between(start: tuple[int, int], end: tuple[int, int]) -> set[tuple[int, int]]:
    """The cells that a straight line between two cells' centres passes in the middle."""
    (x1, y1), (x2, y2) = start, end
    steps = max(abs(x2 - x1), abs(y2 - y1))
    places = ((x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps) for i in range(1, steps))
    return {(int(x), int(y)) for x, y in places if x == int(x) and y == int(y)}


# --- nothing twice, nothing misspelt -------------------------------------------------------------

STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does each for from has have how i if in into is it its me "
        "no not of on one or our own so that the their them then there they this to two up us was "
        "we what when where which who why will with would you your event events stream streams "
        "store",
    )
)


def content(text: str) -> set[str]:
    """The words that carry a question's meaning, without their endings."""
    found = set(re.findall(r"[a-z]+", text.lower())) - STOP
    return {re.sub(r"(ing|ed|es|s)$", "", word) for word in found}


def test_no_two_questions_ask_the_same() -> None:
    asked = [(question.id, content(question.question)) for question in BANK.questions]
    alike = [
        (one, other)
        for (one, a), (other, b) in combinations(asked, 2)
        if len(a & b) / min(len(a), len(b)) > 0.6
    ]
    assert alike == []


def test_no_answer_is_used_twice() -> None:
    said = Counter(question.thirty_seconds for question in BANK.questions)
    said.update(question.answer for question in BANK.questions)
    assert max(said.values()) == 1


def test_the_spelling_is_right() -> None:
    command = [sys.executable, "-m", "codespell_lib", *map(str, FILES)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout == ""


def texts() -> Iterator[tuple[str, str]]:
    for path in FILES:
        yield path.name, path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name_and_text", list(texts()), ids=lambda pair: pair[0])
def test_the_text_is_finished(name_and_text: tuple[str, str]) -> None:
    _, text = name_and_text
    assert not re.search(r"\b(TODO|FIXME|XXX|TBD|lorem)\b", text, re.IGNORECASE)
    assert "/home/" not in text
    assert "/work/" not in text


# --- links ---------------------------------------------------------------------------------------


def test_sources_are_links_and_each_is_used() -> None:
    for key, source in BANK.sources.items():
        parts = urlsplit(source.url)
        assert parts.scheme in ("http", "https"), key
        assert "." in parts.netloc, key
    used = {key for question in BANK.questions for key in question.sources}
    used |= {key for case in BANK.cases for key in case.sources}
    assert BANK.sources.keys() - used == set()


# --- what does not fit ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("level:", "levle:", 1), "levle"),
        (lambda text: text.replace("level: junior", "level: intern", 1), "intern"),
        (lambda text: re.sub(r"words: .*", "words: [one]", text, count=1), "length >= 2"),
        (lambda text: re.sub(r"chapter: \d+", "chapter: 17", text, count=1), "<= 16"),
        (lambda text: "- just text\n", "object"),
        (lambda text: text + "\n  bad: [", "concepts.yaml"),
        (lambda text: text + text, "twice"),
    ],
)
def test_a_file_that_does_not_fit_is_named(tmp_path: Path, change, said: str) -> None:  # type: ignore[no-untyped-def]
    import shutil

    copy = tmp_path / "interview"
    shutil.copytree(folder(), copy)
    path = copy / "questions" / "concepts.yaml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(es.InvalidInput, match=said):
        read(copy)


def test_a_bank_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(es.InvalidInput, match="clone the whole project"):
        read(tmp_path)
