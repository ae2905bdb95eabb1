"""The question bank: what lies in data/interview, read into small objects that are checked.

The files are YAML, so that a person can read them, diff them and add a question with an editor.
The classes here are their schema: a key that is missing, unknown or of another type raises
InvalidInput and names the file and the place.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from ..errors import InvalidInput

Level = Literal["junior", "mid", "senior", "staff"]
LEVELS: tuple[Level, ...] = (
    "junior",
    "mid",
    "senior",
    "staff",
)  # whoever is at one knows those before
CaseLevel = Literal["junior", "senior", "staff"]  # of a design case's follow-ups
CaseStage = Literal["events", "store", "reads", "scale", "failure", "wrap-up"]

# In the order of the course. The files of data/interview/questions have these names.
TOPICS = {
    "concepts": "Events, rows and messages",
    "when": "Benefits, costs and when not to",
    "store": "Store design and schema",
    "order": "Ordering and consistency",
    "concurrency": "Concurrency and idempotency",
    "snapshots": "Snapshots",
    "schema-evolution": "Events change shape",
    "projections": "Projections and CQRS",
    "replay": "Replay and side effects",
    "processes": "Sagas and the outbox",
    "scale": "Partitions and volume",
    "storage-choice": "Which storage",
    "security": "Security, integrity and erasure",
    "testing": "Testing",
    "operation": "Debugging and operation",
    "migration": "Moving from CRUD",
    "domain-cases": "Domains",
    "ledgers": "Ledgers and money",
}

Text = Annotated[str, Meta(min_length=1)]
# The field's own terms, for whoever listens for them: "dead-letter queue", not only "parked".
Words = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=6)]
Id = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
ChapterNumber = Annotated[int, Meta(ge=1, le=16)]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where to read on."""

    title: Text
    by: Text
    url: Annotated[str, Meta(pattern="^https?://")]


class FollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the interviewer asks next, and what to say."""

    question: Text
    answer: Text


class AtLevels(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same answer as it is given at three levels, each to be said aloud."""

    junior: Text
    senior: Text
    staff: Text


class Lifts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What lifts an answer from the level below to this one, in a sentence each."""

    senior: Text
    staff: Text


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question, and how to answer it.

    `thirty_seconds` is meant to be said, `answer` is what stands behind it. A follow-up attacks the
    answer before it. `at_levels` and `lifts` belong together, and stand on the cards that are asked
    most. `exercise` is the name of one of the `chapter`'s exercises; `sources` are keys of
    data/interview/sources.yaml.
    """

    id: Id
    level: Level
    question: Text
    thirty_seconds: Text
    answer: Text
    follow_ups: Annotated[tuple[FollowUp, ...], Meta(min_length=2, max_length=4)]
    red_flags: Annotated[tuple[Text, ...], Meta(min_length=1)]
    great_answer_adds: Text
    at_levels: AtLevels | None = None
    lifts: Lifts | None = None
    words: Words
    chapter: ChapterNumber
    exercise: str | None = None
    sources: tuple[str, ...] = ()
    topic: str = ""  # the file's; not written again in each question


class Bug(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Code with a fault to find.

    Learners know it by its `number` and its `title`, which names what was seen; its `id`, which
    names the cause, stays in the journal. `faulty_lines` count from 1. `proof` is Python that runs
    after the code, or, where `language` is "sql", with the code's text as `CODE`; it leaves what
    there is to see in `seen`. With the faulty code that is `seen_wrong`, with the `cure` it is
    `seen_right`.
    """

    id: Id
    number: Annotated[int, Meta(ge=1)]
    topic: Text
    level: Level
    title: Text
    language: Literal["python", "sql"]
    question: Text
    code: Text
    faulty_lines: Annotated[tuple[int, ...], Meta(min_length=1)]
    hint: Text
    explanation: Text
    cure: Text
    proof: Text
    proof_says: Text
    seen_wrong: Any
    seen_right: Any
    words: Words
    chapter: ChapterNumber

    @property
    def heading(self) -> str:
        """What it is called, without what it is."""
        return f"Bug {self.number} · {self.title}"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a calculation: what it is, how it is computed, and what comes out."""

    name: Text
    formula: Text
    value: float
    why: str = ""


class Estimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A number to estimate. An answer counts that is within a `factor` of `answer`."""

    id: Id
    topic: Text
    level: Level
    question: Text
    given: Annotated[tuple[Text, ...], Meta(min_length=1)]
    unit: Text
    answer: float
    factor: Annotated[float, Meta(gt=1, le=10)]
    steps: Annotated[tuple[Step, ...], Meta(min_length=2)]
    say: Text
    trap: Text
    words: Words
    chapter: ChapterNumber


class Clarification(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question that a good candidate asks, what the interviewer says, and why it matters."""

    ask: Text
    answer: Text
    why: Text


class Number(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A number of a case: what it is, how it is computed, and what comes out."""

    name: Text
    how: Text
    result: Text


class EventOfCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An event of a reference design."""

    stream: Text
    type: Annotated[str, Meta(pattern="^[A-Z][A-Za-z]+$")]
    data: Text


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A box of a diagram, in a grid that counts columns and rows from 1."""

    id: Id
    text: Text
    column: Annotated[int, Meta(ge=1, le=4)]
    row: Annotated[int, Meta(ge=1, le=5)]
    kind: Literal["actor", "code", "log", "read", "outside"]


class Arrow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An arrow between two boxes."""

    start: Id
    end: Id
    text: str = ""


class Diagram(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Boxes and arrows, and the same in words."""

    words: Text
    boxes: Annotated[tuple[Box, ...], Meta(min_length=3)]
    arrows: Annotated[tuple[Arrow, ...], Meta(min_length=2)]


class TradeOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A choice of the design, what else there was, and what would change the choice."""

    choice: Text
    instead_of: Text
    because: Text
    change_if: Text


class Failure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What breaks, what happens then, and what the design does about it."""

    what: Text
    then: Text
    cure: Text


class LevelFollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A follow-up that is asked at a level, after the stage of the interview that it is about."""

    level: CaseLevel
    stage: CaseStage
    question: Text
    answer: Text


class Rubric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a weak, a good and a strong candidate did, in one of the four things that are judged."""

    weak: Text
    good: Text
    strong: Text


class Rubrics(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The four things that are judged."""

    communication: Rubric
    correctness: Rubric
    depth: Rubric
    trade_offs: Rubric


class Stages(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The reference design by the stages of the interview; "clarify" has its own part."""

    events_and_streams: Text
    store_and_consistency: Text
    reads: Text
    scale: Text
    failure_and_security: Text
    wrap_up: Text


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system to design from a blank page."""

    id: Id
    title: Text
    topic: Text
    prompt: Text
    clarify: Annotated[tuple[Clarification, ...], Meta(min_length=4)]
    numbers: Annotated[tuple[Number, ...], Meta(min_length=3)]
    events: Annotated[tuple[EventOfCase, ...], Meta(min_length=5)]
    invariants: Annotated[tuple[Text, ...], Meta(min_length=2)]
    design: Stages
    diagram: Diagram
    trade_offs: Annotated[tuple[TradeOff, ...], Meta(min_length=3)]
    failures: Annotated[tuple[Failure, ...], Meta(min_length=3)]
    follow_ups: Annotated[tuple[LevelFollowUp, ...], Meta(min_length=4)]
    rubric: Rubrics
    sources: tuple[str, ...] = ()


class Bank(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it, in the order of the topics and of the files."""

    questions: tuple[Question, ...]
    bugs: tuple[Bug, ...]
    estimates: tuple[Estimate, ...]
    cases: tuple[Case, ...]
    sources: dict[str, Source]


def load() -> Bank:
    """The bank, read once. Raises InvalidInput for a file that does not fit the schema."""
    return read(folder())


def folder() -> Path:
    """Where the bank lies: data/interview beside the package, or where the environment variable
    EVENTSOURCING_KIT_BANK says."""
    beside = Path(__file__).parents[2] / "data" / "interview"
    return Path(os.environ.get("EVENTSOURCING_KIT_BANK", beside))


@cache
def read(folder: Path) -> Bank:
    """The bank in a folder. Raises InvalidInput as `load`."""
    if not (folder / "questions").is_dir():
        raise InvalidInput(
            "bank", f"is not in {folder}; clone the whole project, data/interview is part of it"
        )
    bank = Bank(
        questions=tuple(question for topic in TOPICS for question in _questions(folder, topic)),
        bugs=tuple(_all(folder / "bugs", Bug)),
        estimates=tuple(_all(folder / "estimates", Estimate)),
        cases=tuple(parse(path, Case) for path in sorted((folder / "cases").glob("*.yaml"))),
        sources=parse(folder / "sources.yaml", dict[str, Source]),
    )
    _check_unique([*bank.questions, *bank.bugs, *bank.estimates, *bank.cases])
    return bank


T = TypeVar("T")


def _questions(folder: Path, topic: str) -> Iterator[Question]:
    path = folder / "questions" / f"{topic}.yaml"
    for question in parse(path, list[Question]):
        yield msgspec.structs.replace(question, topic=topic)


def _all(folder: Path, type_: type[T]) -> Iterator[T]:
    for path in sorted(folder.glob("*.yaml")):
        yield from parse(path, list[type_])  # type: ignore[valid-type]


def parse(path: Path, type_: type[T]) -> T:
    """What a YAML file of the bank holds. Raises InvalidInput if it does not fit the type."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=type_)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InvalidInput("bank", f"{path.name} cannot be used: {error}") from None


def _check_unique(records: Iterable[Question | Bug | Estimate | Case]) -> None:
    seen: set[str] = set()
    for record in records:
        if record.id in seen:
            raise InvalidInput("bank", f"has the id {record.id!r} twice")
        seen.add(record.id)
