"""Estimates: say a number, and see how far off it is and how to come to it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import journal
from ..errors import InvalidInput
from .corpus import Estimate
from .deck import number
from .memory import STREAM


@dataclass(frozen=True)
class Verdict:
    """Whether a number is near enough, and the way to it. It shows itself."""

    estimate: Estimate
    said: float

    @property
    def right(self) -> bool:
        """Whether it is within the estimate's factor, above or below."""
        return abs(math.log(self.said / self.estimate.answer)) <= math.log(self.estimate.factor)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_markdown_(self) -> str:
        head, about, *steps = self._lines()
        return "\n".join([f"**{head}**", "", about, "", *(f"- {step}" for step in steps)])

    def _lines(self) -> list[str]:
        one = self.estimate
        ratio = self.said / one.answer
        times = number(round(max(ratio, 1 / ratio), 1))
        far = f"{times} times" if ratio >= 1 else f"1/{times} of"
        here = f"the {number(one.answer)} here"
        steps = [f"{step.name}: {step.formula} = {number(step.value)}" for step in one.steps]
        return [
            "Near enough" if self.right else "Too far off",
            f"You said {number(self.said)} {one.unit}, {far} {here}. "
            f"A factor of {number(one.factor)} counts as right. Step by step:",
            *steps,
            f"Say: {one.say}",
            f"The trap: {one.trap}",
        ]


class Guess:
    """An estimate to make: `check` takes your number."""

    def __init__(self, estimate: Estimate) -> None:
        self.estimate = estimate

    def check(self, said: float) -> Verdict:
        """Compare your number with the worked solution.

        Raises InvalidInput unless it is a number above zero. It is recorded in `es.journal`.
        """
        is_number = type(said) in (int, float) and math.isfinite(said) and said > 0
        if not is_number:
            raise InvalidInput("said", "must be a number above zero")
        verdict = Verdict(self.estimate, said)
        data = {"card": self.estimate.id, "said": float(said), "right": verdict.right}
        journal.record("NumberEstimated", data, stream_id=f"{STREAM}{self.estimate.id}")
        return verdict

    def __repr__(self) -> str:
        one = self.estimate
        given = [f"- {line}" for line in one.given]
        return "\n".join([one.question, "", "Given:", "", *given, "", f"In {one.unit}?"])

    def _repr_markdown_(self) -> str:
        return repr(self)
