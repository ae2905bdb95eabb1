"""The interview room: cards to drill, bugs to find, incidents to settle, numbers to estimate,
systems to design, a mock interview with a clock, and how ready you are.

The bank lies in data/interview as text. All that you do here is kept in `es.journal` as events.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .. import journal
from ..errors import InvalidInput
from .claims import by_card, show
from .corpus import LEVELS, TOPICS, Bank, Level, load
from .deck import KINDS, Card
from .guess import Guess
from .memory import RATINGS, Memory, memories, rated
from .sheets import CaseSheet, Page

if TYPE_CHECKING:
    from ..widgets import BugDesk, BuildDesk, DrillDesk, IncidentDesk, InterviewDesk
    from .agenda import Due
    from .live_build import Written
    from .ready import Readiness

__all__ = [
    "KINDS",
    "LEVELS",
    "RATINGS",
    "TOPICS",
    "Bank",
    "Card",
    "Memory",
    "bugs",
    "build",
    "builds",
    "cards",
    "case",
    "cases",
    "drill",
    "due",
    "estimate",
    "estimates",
    "export_anki",
    "incident",
    "incidents",
    "load",
    "memories",
    "mock",
    "mocks",
    "rated",
    "readiness",
    "show",
    "shows",
    "spot",
]

Names = str | Sequence[str] | None


def cards(topic: Names = None, level: Names = None, kind: Names = None) -> tuple[Card, ...]:
    """The cards of some topics, levels and kinds, or all. Raises InvalidInput for unknown names.

    TOPICS, LEVELS and KINDS have the names; one may be given as text, several as a list. A level
    as text stands for those below as well, since a senior is asked what a junior is; as a list,
    ["senior"], for itself alone.
    """
    from .deck import cards as chosen

    return chosen(load(), _names(topic), _levels(level), _names(kind))


def drill(
    topic: Names = None, level: Names = None, *, kind: Names = None, new: int = 10, limit: int = 20,
    until: date | str | None = None,
) -> DrillDesk:  # fmt: skip
    """A session of at most `limit` cards: those that are due, then at most `new` that you never
    saw. Space turns a card, 1 to 4 rate it; S runs what the answer claims, where it can be run
    (`shows`). When a card comes back is the library fsrs's word.

    With a level as text, two of three new cards are of that level, and the others of those below.

    `until` is the day of your interview, such as "2030-12-31"; it is kept until that day or another
    one is given. Towards it what you have met comes back sooner (the retention that is aimed at
    rises from 0.90 to 0.97), all of it once more before the day, and what you know least comes
    first; for on that day forgetting costs more than a look too many, and no later day counts.

    Raises InvalidInput as `cards`, for counts that are none, and for a day that is not to come.
    """
    from ..widgets import DrillDesk
    from .memory import interview_day, now, plan
    from .session import Session

    day = plan(until) if until is not None else interview_day(journal.events(), now())
    chosen = cards(topic, level, kind)
    names = [TOPICS[name] for name in _names(topic)]
    return DrillDesk(
        Session(chosen, new, limit, _one_level(level)),
        title=f"Drill: {', '.join(names) or 'all topics'}{f', for {day}' if day else ''}",
    )


def due(at: datetime | None = None) -> Due:
    """What is due now, or was at an aware time: cards, bugs, numbers, exercises, incidents and the
    live build, counted by kind, with titles and the call that opens each. Raises InvalidInput."""
    from .agenda import due as found

    return found(load(), at)


def mock(
    level: Level = "senior", minutes: int = 45, *, case: str | None = None, new: bool = False,
    live: Literal["bug", "build"] | None = None,
) -> InterviewDesk:  # fmt: skip
    """A mock interview with a clock. One that you did not finish goes on where it stopped, unless
    `new`. Without a `case` it is the one you rehearsed least.

    `live` gives the last ten minutes to a small task on the same clock: a "bug" to find, or the
    first stage of a live "build", written into store.py. Raises InvalidInput.
    """
    from ..widgets import InterviewDesk
    from .room import begin

    return InterviewDesk(begin(load(), level, minutes, case, new, live))


def mocks() -> list[Page]:
    """The reports on the mock interviews that you finished, the newest last. Each is Markdown:
    `path.write_text(es.interview.mocks()[-1])` keeps it."""
    from .mock_state import interviews
    from .report import report
    from .room import earlier

    finished = [one for one in interviews(journal.events()) if one.finished]
    return [report(load(), one, earlier(one)) for one in finished]


def build(
    program: Written = "store.py", minutes: int = 45, *, exam: bool = False, new: bool = False
) -> BuildDesk:
    """A live build with a clock: write a store in five stages, and have each of them judged.

    `program` is what you write: a file in Python or JavaScript, a class of this notebook, or a
    command for a program in any language, as a list. It is run in a process of its own, asked by
    several clients, and killed; data/interview/live_build/README.md says what it is asked. An
    `exam` gives no hints. A build that you did not finish goes on where it stopped, unless `new`.
    Raises InvalidInput.
    """
    from ..widgets import BuildDesk
    from .live_build import begin

    return BuildDesk(begin(program, minutes, exam, new))


def builds() -> list[Page]:
    """The reports on the live builds that you finished, the newest last, in Markdown."""
    from .build_report import report
    from .build_state import builds as found
    from .live_build import earlier

    return [report(one, earlier(one)) for one in found(journal.events()) if one.finished]


def case(name: str) -> CaseSheet:
    """A system to design: its prompt, and afterwards the rest. `cases()` has the names.

    Raises InvalidInput for another name.
    """
    from .mock_state import find_case

    return CaseSheet(find_case(load(), name))


def cases() -> dict[str, str]:
    """The names of the design cases, and their titles."""
    return {one.id: one.title for one in load().cases}


def spot(bug: int | str | None = None) -> BugDesk:
    """Code with a fault to find: by its number or its title, or else the first that you never
    found. `bugs()` lists them. Raises InvalidInput for another one."""
    from ..widgets import BugDesk
    from .hunt import Hunt, chosen

    known = load().bugs
    return BugDesk(Hunt(chosen(known, bug), known))


def shows() -> dict[str, str]:
    """The cards whose claim can be run, and what each shows: `show("order-gaps")` runs one."""
    return {name: claim.says for name, claim in by_card().items()}


def bugs() -> dict[int, str]:
    """The bugs to spot: title, level and language, with a tick where you have found it. What they
    are about is not said, for that is half of the answer."""
    from .hunt import found

    ever = found()
    return {
        bug.number: f"{'✓ ' if bug.id in ever else ''}{bug.title} ({bug.level}, {bug.language})"
        for bug in sorted(load().bugs, key=lambda bug: bug.number)
    }


def incident(name: str | None = None) -> IncidentDesk:
    """Be on call: a page, a small store to ask, a first action to choose, code to repair. Without a
    name it is the first incident that you never repaired; one that you began goes on where it
    stopped. `incidents()` has the names. Raises InvalidInput for another one."""
    from ..widgets import IncidentDesk
    from .on_call import OnCall, undone

    return IncidentDesk(OnCall(name or undone()))


def incidents() -> dict[str, str]:
    """The names of the incidents, and what each is about, with a tick if you repaired it."""
    from .on_call import pages, state_of

    return {
        page.id: f"{'✓ ' if state_of(page.id).ever else ''}{page.title} "
        f"({TOPICS[page.topic]}, {page.level})"
        for page in pages().values()
    }


def estimate(name: str) -> Guess:
    """A number to estimate; `check` takes yours. Raises InvalidInput for an unknown name."""
    found = {one.id: one for one in load().estimates}
    if name not in found:
        raise InvalidInput("estimate", f"{name!r} is none of {', '.join(found)}")
    return Guess(found[name])


def estimates() -> dict[str, str]:
    """The names of the numbers to estimate, and the questions."""
    return {one.id: one.question for one in load().estimates}


def readiness(minutes: int = 60, at: datetime | None = None) -> Readiness:
    """How ready you are by topic, and what to do in the next minutes; at an aware time, as it was
    then. Raises InvalidInput."""
    from .ready import readiness as found

    return found(load(), minutes, at)


def export_anki(path: str | Path) -> int:
    """Write all cards as a deck for Anki (.apkg) and return how many there are.

    The same bank gives the same bytes; importing it again updates the cards in place. Raises
    InvalidInput for a path that cannot be one.
    """
    from . import anki

    return anki.export(cards(), Path(path), anki.edition().revised)


def _levels(level: Names) -> Sequence[str]:
    """A level and those below it; of several, and of an unknown name, just these."""
    at = _one_level(level)
    return _names(level) if at is None else LEVELS[: LEVELS.index(at) + 1]


def _one_level(level: Names) -> Level | None:
    """The level that is named as text, if there is one."""
    return next((one for one in LEVELS if one == level), None)


def _names(names: Names) -> Sequence[str]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)
