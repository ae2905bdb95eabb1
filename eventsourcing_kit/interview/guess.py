"""Estimates: say a number, see how far off it is, say another one, and see how to come to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from .. import journal
from ..errors import InvalidInput
from .corpus import Estimate
from .deck import number
from .memory import STREAM
from .ruler import ruler

GOES = 2  # after the second one the way is shown, right or wrong


@dataclass(frozen=True)
class Verdict:
    """Whether a number is near enough, and when it is, or at the second go, the way to it.

    `earlier` are the numbers that were said before. It shows itself.
    """

    estimate: Estimate
    said: float
    earlier: tuple[float, ...] = ()

    @property
    def right(self) -> bool:
        """Whether it is within the estimate's factor, above or below."""
        return abs(math.log(self.ratio)) <= math.log(self.estimate.factor)

    @property
    def ratio(self) -> float:
        """What was said, by what is right."""
        return self.said / self.estimate.answer

    @property
    def over(self) -> bool:
        """Whether the way is shown."""
        return self.right or len(self.earlier) + 1 >= GOES

    @property
    def far(self) -> str:
        """How far off it is: "31 times too much"."""
        times = max(self.ratio, 1 / self.ratio)
        if round(times, 1) == 1:
            return "just right"
        shown = number(round(times, 1 if times < 10 else 0))
        return f"{shown} times too {'much' if self.ratio > 1 else 'little'}"

    def __repr__(self) -> str:
        one = self.estimate
        if not self.over:
            return f"{self._head()}\n{self._once_more()}"
        steps = (f"- {line}" for line in self._steps())
        return "\n".join([
            self._head(), "", "Step by step:", "", *steps, "", f"Say: {one.say}", "",
            f"The trap: {one.trap}",
        ])  # fmt: skip

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        one = self.estimate
        ratios = [said / one.answer for said in (*self.earlier, self.said)]
        parts = [f"<p><b>{escape(self._head())}</b></p>", ruler(ratios, one.factor, self.far)]
        if self.over:
            steps = "".join(f"<li>{escape(line)}</li>" for line in self._steps())
            parts += [
                f"<p>Step by step:</p><ol>{steps}</ol>",
                f"<p><b>Say:</b> {escape(one.say)}</p>",
                f"<p><b>The trap:</b> {escape(one.trap)}</p>",
            ]
        else:
            parts.append(f"<p>{escape(self._once_more())}</p>")
        return {"text/plain": repr(self), "text/html": "".join(parts)}

    def _head(self) -> str:
        one = self.estimate
        here = f" Here it is {number(one.answer)}." if self.over else ""
        return (
            f"{'Near enough. ' if self.right else ''}You said {number(self.said)} {one.unit}: "
            f"{self.far}.{here} A factor of {number(one.factor)} counts as right."
        )

    def _once_more(self) -> str:
        way = " → ".join(step.name for step in self.estimate.steps)
        return (
            f"Do not divide: find the step that is off, and check another number. The way: {way}."
        )

    def _steps(self) -> list[str]:
        return [
            f"{step.name}: {step.formula} = {number(step.value)}"
            f"{f'. {step.why}' if step.why else ''}"
            for step in self.estimate.steps
        ]


class Guess:
    """An estimate to make: `check` takes your number, and once more if it is too far off."""

    def __init__(self, estimate: Estimate) -> None:
        self.estimate = estimate
        self._said: tuple[float, ...] = ()  # since the last one that was over

    def check(self, said: float) -> Verdict:
        """Compare your number with the worked solution, which a right one shows, or the second.

        Raises InvalidInput unless it is a number above zero. It is recorded in `es.journal`.
        """
        is_number = type(said) in (int, float) and math.isfinite(said) and said > 0
        if not is_number:
            raise InvalidInput("said", "must be a number above zero")
        verdict = Verdict(self.estimate, said, self._said)
        go = len(self._said) + 1
        self._said = () if verdict.over else (*self._said, said)
        data = {
            "card": self.estimate.id, "said": float(said), "right": verdict.right, "go": go,
        }  # fmt: skip
        journal.record("NumberEstimated", data, stream_id=f"{STREAM}{self.estimate.id}")
        return verdict

    def __repr__(self) -> str:
        one = self.estimate
        given = [f"- {line}" for line in one.given]
        return "\n".join([one.question, "", "Given:", "", *given, "", f"In {one.unit}?"])

    def _repr_markdown_(self) -> str:
        return repr(self)
