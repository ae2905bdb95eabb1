"""Check an answer by comparing it with the reference, on histories that Hypothesis makes.

Where the two differ, Hypothesis shrinks the history to the shortest on which they still do. An
answer that does the same as a known wrong one, case after case, is told what that one is told.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky, NoSuchExample
from hypothesis.strategies import SearchStrategy

from . import differences, slips
from .outcome import STOPPED, Broken, Outcome, Raised, is_blank, is_stub, run, same_outcome
from .show import event_cells, show_value
from .slips import Trial
from .verdict import NOT_ATTEMPTED, RIGHT, STUB, WRONG, Line, Table, Verdict

SAMPLES = 60  # cases on which two answers must do the same to be called the same
SAME_CASES = 20_240_229  # the seed: the same answer is always told the same
RUN_AGAIN = 5  # failing cases of which an answer has to make the same a second time
FIRST = 3  # and of the first cases, on which an answer could remember nothing yet
PRINTED = 1_000  # characters of an answer's own prints that are shown

Call = Callable[[Any, Any], Any]
BeforeEach = Callable[[], None]
Run = Callable[[Any, Any], Outcome]  # of an answer, on a case
Says = Callable[[Trial], str | None]


def call(answer: Any, case: Any) -> Any:
    """Call an answer with a case; the parts of a tuple are its arguments."""
    return answer(*case) if isinstance(case, tuple) else answer(case)


@dataclass(frozen=True)
class Compare:
    """How to try an answer: `run(answer, case)` on each case, against the same of the reference.

    `cases` makes the cases, most often lists of events; `examples` are those that a plain check
    would do with. `events(case)` and `context(case)` say what the table of a failing case shows:
    its events, and what else belongs to it. A case that is a list of events shows itself, with
    what was expected after each of them. `parts` names the parts of a result that `run` put
    together, so that a learner knows which is meant. `says` tells in the exercise's own words what
    an unknown wrong answer did in the shortest case, or what it raised; None leaves it to the
    general sentences.
    """

    cases: SearchStrategy[Any]
    run: Call = call
    examples: tuple[Any, ...] = ()
    max_examples: int = 200
    events: Callable[[Any], Iterable[Any]] | None = None
    context: Callable[[Any], str] | None = None
    show: Callable[[Any], str] = show_value
    parts: tuple[str, ...] = ()
    says: Says | None = None
    samples: int = SAMPLES  # the more known wrong answers differ in rare cases, the more it takes

    def judge(
        self,
        title: str,
        answer: Any,
        reference: Any,
        known: Sequence[tuple[str, Any]],
        before_each: BeforeEach = lambda: None,
    ) -> Verdict:
        """The verdict on `answer`; `known` are wrong answers, each with its message."""
        if is_stub(answer):
            return Verdict(NOT_ATTEMPTED, title, STUB)
        tried = 0

        def outcomes(case: Any) -> Trial:
            nonlocal tried
            tried += 1
            before_each()
            return Trial(case, run(self.run, reference, case), run(self.run, answer, case))

        def once_more(one: Any, case: Any) -> Outcome:
            before_each()  # what is said of an answer takes hundreds of runs, and each has its time
            return run(self.run, one, case)

        samples = [outcomes(case) for case in (*self.examples, *self._sample())]
        failing = [trial for trial in samples if trial.differs]
        if failing and all(is_blank(trial.got) for trial in failing):
            return Verdict(NOT_ATTEMPTED, title, STUB)
        try:
            shortest = outcomes(self._shortest(lambda case: outcomes(case).differs))
        except (NoSuchExample, Flaky) as error:
            if not failing and isinstance(error, NoSuchExample):
                return Verdict(RIGHT, title, f"As expected in all of {tried} cases.")
            shortest = min(failing or samples, key=lambda trial: len(repr(trial.case)))
        forgetful = Verdict(WRONG, title, FORGETFUL, facts=self._facts(shortest))
        if not same_outcome(shortest.got, outcomes(shortest.case).got):
            return forgetful
        trials = [shortest, *samples]
        recognised = self._recognise(trials, [wrong for _, wrong in known], once_more)
        if recognised is None and not all(
            same_outcome(trial.got, outcomes(trial.case).got)
            for trial in (*failing[:RUN_AGAIN], *samples[:FIRST])
        ):
            return forgetful
        raised = shortest.got.raised
        return Verdict(
            WRONG,
            title,
            self._explain(trials, reference, answer, once_more)
            if recognised is None
            else known[recognised][0],
            recognised,
            Line(raised.line, raised.file) if raised and raised.file else None,
            self._evidence(shortest.case, reference, answer, once_more),
            self._facts(shortest),
        )

    def _recognise(
        self, trials: Sequence[Trial], known: Sequence[Any], once_more: Run
    ) -> int | None:
        """The number of the known wrong answer that did the same in every trial."""
        for number, wrong in enumerate(known):
            if all(same_outcome(once_more(wrong, trial.case), trial.got) for trial in trials):
                return number
        return None

    def _explain(self, trials: Sequence[Trial], reference: Any, answer: Any, once_more: Run) -> str:
        """What can be said of a wrong answer that is not a known one; the first is the shortest."""

        def expected(case: Any) -> Outcome:
            return once_more(reference, case)

        return (
            (trials[0].got.raised and self.says and self.says(trials[0]))
            or slips.named(trials, expected, self.parts)
            or _explain(trials, self.says)
            or (self.says and self.says(trials[0]))
            or (not self.parts and slips.constant(trials))
            or (
                self.run is call
                and slips.ignored(
                    trials, lambda case: once_more(answer, case), expected, _arguments(answer)
                )
            )
            or differences.told(trials[0], self.parts, trials)
        )

    def _sample(self) -> list[Any]:
        """Some cases, always the same."""
        drawn: list[Any] = []

        @hypothesis.seed(SAME_CASES)
        @searching(min(self.samples, self.max_examples), Phase.generate)
        @given(self.cases)
        def draw(case: Any) -> None:
            drawn.append(case)

        draw()
        return drawn

    def _shortest(self, differs: Callable[[Any], bool]) -> Any:
        """The least case that differs. Raises NoSuchExample, or Flaky if `differs` wavers."""
        looking = searching(self.max_examples, Phase.generate, Phase.shrink)
        return hypothesis.find(self.cases, differs, settings=looking, random=Random(SAME_CASES))

    def _facts(self, trial: Trial) -> tuple[tuple[str, str], ...]:
        facts = [("Expected", self._said(trial.expected)), ("Got", self._said(trial.got))]
        if self.context:
            facts.insert(0, ("Case", self.context(trial.case)))
        if trial.got.printed:
            facts.append(("Your code printed", trial.got.printed[:PRINTED].rstrip()))
        return tuple(facts)

    def _said(self, outcome: Outcome) -> str:
        if outcome.raised:
            said = outcome.raised.message
            return outcome.raised.type + (f": {said}" if said else "")
        if isinstance(outcome.value, Broken):
            return str(outcome.value)
        if outcome.changed_input:
            return f"{self.show(outcome.value)}, and the input is changed"
        if self._has_parts(outcome.value):
            shown = zip(self.parts, map(self.show, outcome.value), strict=True)
            return "\n".join(f"{name}: {value}" for name, value in shown)
        return self.show(outcome.value)

    def _has_parts(self, value: Any) -> bool:
        return isinstance(value, list | tuple) and len(value) == len(self.parts) > 0

    def _evidence(self, case: Any, reference: Any, answer: Any, once_more: Run) -> Table | None:
        """The case's events; where the case is just these, with the outcomes after each."""
        if self.events:
            named = tuple(_numbered(self.events(case)))
            return Table(("", "event", "data"), named) if named else None
        if not isinstance(case, list):
            return None
        if not case:
            return Table(("", "event"), (("", "none: the history is empty"),))
        rows: tuple[tuple[str, ...], ...] = ()
        for row, end in zip(_numbered(case), range(1, len(case) + 1), strict=True):
            both = [self._said(once_more(one, case[:end])) for one in (reference, answer)]
            rows += ((*row, *both),)
        return Table(("", "event", "data", "expected after it", "got"), rows)


def _numbered(events: Iterable[Any]) -> Iterable[tuple[str, str, str]]:
    for number, event in enumerate(events, 1):
        yield (str(number), *event_cells(event))


def searching(max_examples: int, *phases: Phase) -> settings:
    """How Hypothesis looks for a case in a learner's notebook: it keeps nothing, and has time."""
    return settings(
        max_examples=max_examples,
        phases=phases,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def _arguments(answer: Any) -> list[str]:
    """The names of a function's arguments; none if it does not tell them."""
    try:
        return list(inspect.signature(answer).parameters)
    except (TypeError, ValueError):
        return []


FORGETFUL = (
    "The same case gave two different results. Does your code keep something between two calls, "
    "or ask a clock or chance? A replay must give the same state every time."
)


def _explain(trials: Sequence[Trial], says: Says | None) -> str:
    """What the shortest of these says by itself: an error, a changed input, a missing result."""
    expected, got = trials[0].expected, trials[0].got
    if got.raised:
        empty = all(_holds_nothing(trial.case) for trial in trials if trial.got.raised)
        return _explain_error(got.raised, expected, empty)
    if got.changed_input and not expected.changed_input:
        return (
            "Your code changed what it was given. Make a new value instead: others still hold the "
            "old one."
        )
    if expected.raised:
        return f"Here your code should raise {expected.raised.type}, and it went on."
    if got.value is None and expected.value is not None:
        if any(trial.expected.value is None for trial in trials):  # it can be meant
            said = "Your function returned None here, and in this case there is a result."
            return f"{said} {(says and says(trials[0])) or ''}".rstrip()
        return "Your function returned None here. Is a `return` missing on this path?"
    if isinstance(got.value, Iterator):
        kind = type(got.value).__name__
        return f"Your code gave a {kind}, which is used up by reading it. Make a list of it."
    if isinstance(got.value, set | frozenset) and not isinstance(expected.value, set | frozenset):
        return "Your code gave a set, which has no order and holds nothing twice. Make a list."
    if is_blank(got):
        return "On this case your code still gives `...`: a part of the stub is left."
    return ""


def _explain_error(raised: Raised, expected: Outcome, empty: bool) -> str:
    name = raised.type
    if STOPPED in raised.types:
        return raised.message
    if name == "MemoryError":
        return "Your code asked for more memory than there is."
    if name == "RecursionError":
        return "Your code calls itself without an end."
    if name in ("SystemExit", "KeyboardInterrupt"):
        return f"Your code raised {name}, which would end the program."
    if expected.raised:
        said = f"Your code raised {name} where {expected.raised.type} was expected."
        return f"{said} {_in_words(name, raised.message) or ''}".rstrip()
    if "duckdb.Error" in "".join(raised.types):
        return _explain_sql(raised.message)
    if name == "FrozenInstanceError":
        return "A state is not changed. Make a new one: `dataclasses.replace(state, name=value)`."
    if name == "TypeError" and (hint := _unlike_times(raised.message)):
        return hint
    if name == "NameError":
        return (
            "Your code uses a name that is not there: run the cell that defines it, or spell it"
            " as it is there."
        )
    if name == "AttributeError" and (hint := _wrong_shape(raised.message)):
        return hint
    if not raised.file and name != "InvalidInput":  # it came up outside the learner's lines
        return f"The check could not call your answer, or not use what it gave: {name}."
    for words, said in _ERRORS.items():
        if words in raised.message:
            return said
    if raised.by_raise:
        wanted = "None" if expected.value is None else "a result"
        return f"Your code raises {name} by itself. In this case {wanted} is expected."
    if empty:
        return f"Your code raises {name} where a list is empty. A result is expected for that too."
    return _in_words(name, raised.message) or (
        f"Your code raised {name}. In this case a result is expected."
    )


def _in_words(name: str, message: str) -> str | None:
    """What the commonest errors of Python say of the code that raised them."""
    if name == "KeyError":
        return f"KeyError: what your code looks for, {message}, is not there."
    if name == "IndexError" and "empty" in message:
        return "IndexError: your code takes something out of a list that is empty here."
    if name == "IndexError":
        return f"IndexError: your code asks for a place that is not there ({message})."
    if found := re.search(r"invalid literal for int\(\) with base 10: (.*)", message):
        return f"`int` reads whole numbers alone, and here the text is {found[1]}."
    if found := re.search(r"values to unpack \(expected (?:at least )?(\d+), got (\d+)\)", message):
        return f"Your code takes {found[1]} parts out of something that has {found[2]} here."
    if name == "ValueError" and re.search(r"^(min|max)\(\) (iterable )?arg.*empty", message):
        return (
            f"Your code asks for the {message[:3]} of nothing: here there is none to choose from."
        )
    if name == "TypeError" and re.search(r"not float$|^'float' object cannot be", message):
        return (
            "A float cannot be a place in a list. `/` gives a float, always; `//` divides whole "
            "numbers into a whole number."
        )
    if name == "TypeError" and "NoneType" in message:
        return "Your code uses something here as if it had a value, and it is None."
    if found := re.search(r"'(\w+)' object is not callable", message):
        return f"Your code calls a value of type {found[1]} as if it were a function."
    if found := re.search(r"(\w+)(?:\.__init__)?\(\) missing .* arguments?: (.+)", message):
        return f"`{found[1]}` is called without {found[2]}."
    if found := re.search(r"'(\w+)' object has no attribute '(\w+)'", message):
        return f"`{found[1]}` has no `{found[2]}`: `dir(...)` lists what it has."
    return None


def _unlike_times(message: str) -> str | None:
    """What to say to code that compares or subtracts two times that are not of one kind."""
    if "offset-naive and offset-aware" in message:
        return (
            "One of your two times has a zone and the other has none, so Python does not compare "
            "them. All times here are in UTC: `datetime(…, tzinfo=UTC)`."
        )
    if "datetime.datetime to datetime.date" in message:
        return "A `datetime` is not compared with a `date`: take its day, `.date()`."
    return None


_ERRORS = {  # words of an error, and what they mean here
    "'frozenset' object has no attribute": (
        "You change the set that you were given, and it is a frozenset. Make a value of your own."
    ),
    "'tuple' object does not support item assignment": (
        "You change a tuple in place, and no tuple can be changed. Make a new one: `(a, b)`."
    ),
    "within a transaction": (
        "You begin a transaction while one is still open. Each begin has a commit of its own."
    ),
    "no transaction is active": (
        "You commit where no transaction is open. Each commit has a begin of its own before it."
    ),
    "of empty iterable": (
        "`reduce` has nothing to begin with here. Give it a start, its third argument: 0 for a sum."
    ),
    "type 'RecordedEvent' is not supported": (
        "You give the database an event. Give it one of its values, as `event.position`."
    ),
    "'method'": "You use a function where its result belongs. Call it: `()` behind its name.",
    "'function'": "You use a function where its result belongs. Call it: `()` behind its name.",
    "must be encoded before hashing": "Bytes are hashed, and not text: `text.encode()`.",
    "bytes-like object is required": "Bytes belong there, and not text: `text.encode()`.",
    "must be one SELECT": "Your answer has to be one SELECT, and nothing beside it.",
    "this handler cannot take it": (
        "What the handler raised came out of your function. Catch whatever it raises, with "
        "`except Exception`, and do not raise it again."
    ),
}


def _holds_nothing(case: Any) -> bool:
    """Whether the case, or one of the arguments that it is made of, is an empty list."""
    return case == [] or (isinstance(case, tuple) and any(one == [] for one in case))


def _wrong_shape(message: str) -> str | None:
    """What to say to code that takes one shape of event, or None, for another."""
    if found := re.search(r"'NoneType' object has no attribute '(\w+)'", message):
        return (
            f"Your code asks None for its `{found[1]}`. Ask first whether there is something "
            "(`is not None`)."
        )
    if found := re.search(r"'(\w+)' object has no attribute '(type|data)'", message):
        return (
            f"Here an event is an instance of its own class, {found[1]}: ask with `match` or "
            "`isinstance`, and read its fields. `type` and `data` are what a stored event has."
        )
    if found := re.search(r"'(?:Recorded|New)Event' object has no attribute '(\w+)'", message):
        return f"Here an event is a stored one: what it carries is in `event.data[{found[1]!r}]`."
    return None


def _explain_sql(message: str) -> str:
    if "Malformed JSON" in message or "->>" in message:
        return (
            "A payload is a VARIANT here, and not JSON: its fields are read with a dot, "
            "`data.amount::BIGINT`, and not with an arrow."
        )
    if found := re.search(r'Referenced column "([^"]+)" not found', message):
        return (
            f"There is no column {found[1]}. If it is meant as text, put it in single quotes: in "
            "SQL double quotes hold the name of a column."
        )
    if found := re.search(r'syntax error at or near "([^"]+)"', message):
        return (
            f"DuckDB cannot read your SQL at `{found[1]}`. Look there, and at the end of what is "
            "before it."
        )
    first = message.strip().splitlines()[0].rstrip(".!") if message.strip() else "no reason"
    return f"DuckDB refuses what your answer asks of it: {first}."
