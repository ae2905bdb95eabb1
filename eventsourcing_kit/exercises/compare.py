"""Check an answer by comparing it with the reference, on histories that Hypothesis makes.

Where the two differ, Hypothesis shrinks the history to the shortest on which they still do. An
answer that does the same as a known wrong one, case after case, is told what that one is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky, NoSuchExample
from hypothesis.strategies import SearchStrategy

from .outcome import Outcome, Raised, is_blank, is_stub, run, same_outcome, same_value
from .show import event_cells, show_value
from .verdict import NOT_ATTEMPTED, RIGHT, STUB, WRONG, Line, Table, Verdict

SAMPLES = 60  # cases on which two answers must do the same to be called the same
SAME_CASES = 20_240_229  # the seed: the same answer is always told the same
PRINTED = 1_000  # characters of an answer's own prints that are shown

Call = Callable[[Any, Any], Any]
BeforeEach = Callable[[], None]


@dataclass(frozen=True)
class Trial:
    """What the reference and the answer made of a case."""

    case: Any
    expected: Outcome
    got: Outcome

    @property
    def differs(self) -> bool:
        """Whether the answer is wrong in this case."""
        return not same_outcome(self.expected, self.got)


def call(answer: Any, case: Any) -> Any:
    """Call an answer with a case; the parts of a tuple are its arguments."""
    return answer(*case) if isinstance(case, tuple) else answer(case)


@dataclass(frozen=True)
class Compare:
    """How to try an answer: `run(answer, case)` on each case, against the same of the reference.

    `cases` makes the cases, most often lists of events; `examples` are those that a plain check
    would do with. `events(case)` and `context(case)` say what the table of a failing case shows:
    its events, and what else belongs to it. A case that is a list of events shows itself, with
    what was expected after each of them.
    """

    cases: SearchStrategy[Any]
    run: Call = call
    examples: tuple[Any, ...] = ()
    max_examples: int = 200
    events: Callable[[Any], Iterable[Any]] | None = None
    context: Callable[[Any], str] | None = None
    show: Callable[[Any], str] = show_value

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
        if not same_outcome(shortest.got, outcomes(shortest.case).got):
            return Verdict(WRONG, title, FORGETFUL, facts=self._facts(shortest))
        recognised = self._recognise([shortest, *samples], [wrong for _, wrong in known])
        raised = shortest.got.raised
        return Verdict(
            WRONG,
            title,
            explain(shortest) if recognised is None else known[recognised][0],
            recognised,
            Line(raised.line, raised.file) if raised and raised.file else None,
            self._evidence(shortest.case, reference, answer),
            self._facts(shortest),
        )

    def _recognise(self, trials: Sequence[Trial], known: Sequence[Any]) -> int | None:
        """The number of the known wrong answer that did the same in every trial."""
        for number, wrong in enumerate(known):
            if all(same_outcome(run(self.run, wrong, trial.case), trial.got) for trial in trials):
                return number
        return None

    def _sample(self) -> list[Any]:
        """Some cases, always the same."""
        drawn: list[Any] = []

        @hypothesis.seed(SAME_CASES)
        @_settings(min(SAMPLES, self.max_examples), Phase.generate)
        @given(self.cases)
        def draw(case: Any) -> None:
            drawn.append(case)

        draw()
        return drawn

    def _shortest(self, differs: Callable[[Any], bool]) -> Any:
        """The least case that differs. Raises NoSuchExample, or Flaky if `differs` wavers."""
        looking = _settings(self.max_examples, Phase.generate, Phase.shrink)
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
        if outcome.changed_input:
            return f"{self.show(outcome.value)}, and the input is changed"
        return self.show(outcome.value)

    def _evidence(self, case: Any, reference: Any, answer: Any) -> Table | None:
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
            both = [self._said(run(self.run, one, case[:end])) for one in (reference, answer)]
            rows += ((*row, *both),)
        return Table(("", "event", "data", "expected after it", "got"), rows)


def _numbered(events: Iterable[Any]) -> Iterable[tuple[str, str, str]]:
    for number, event in enumerate(events, 1):
        yield (str(number), *event_cells(event))


def _settings(max_examples: int, *phases: Phase) -> settings:
    return settings(
        max_examples=max_examples,
        phases=phases,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


FORGETFUL = (
    "The same case gave two different results. Does your code keep something between two calls, "
    "or ask a clock or chance? A replay must give the same state every time."
)


def explain(trial: Trial) -> str:
    """What can be said of a wrong answer that is not a known one."""
    expected, got = trial.expected, trial.got
    if got.raised:
        return _explain_error(got.raised, expected)
    if got.changed_input and not expected.changed_input:
        return (
            "Your code changed what it was given. Make a new value instead: others still hold the "
            "old one."
        )
    if expected.raised:
        return f"Here your code should raise {expected.raised.type}, and it went on."
    if got.value is None and expected.value is not None:
        return "Here your code gave None. If you did not mean it: is a return missing on this way?"
    if isinstance(got.value, Iterator):
        kind = type(got.value).__name__
        return f"Your code gave a {kind}, which is used up by reading it. Make a list of it."
    if is_blank(got):
        return "On this case your code still gives `...`: a part of the stub is left."
    if same_value(expected.value, _without_floats(got.value)):
        return "The amount is right, but it is a float. Money is a whole number of minor units."
    return "Here your answer and the expected one differ."


def _explain_error(raised: Raised, expected: Outcome) -> str:
    name = raised.type
    if name == "MemoryError":
        return "Your code asked for more memory than there is."
    if name == "RecursionError":
        return "Your code calls itself without an end."
    if name in ("SystemExit", "KeyboardInterrupt"):
        return f"Your code raised {name}, which would end the program."
    if expected.raised:
        return f"Your code raised {name} where {expected.raised.type} was expected."
    if "duckdb.Error" in "".join(raised.types):
        return "The database refused what your answer asks of it; what it says stands below."
    if not raised.file and name != "InvalidInput":  # it came up outside the learner's lines
        return f"The check could not call your answer, or not use what it gave: {name}."
    return f"Your code raised {name}, and this case is a valid one."


def _without_floats(value: Any) -> Any:
    """The same value with whole floats as ints."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_without_floats(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_floats(one) for key, one in value.items()}
    return value
