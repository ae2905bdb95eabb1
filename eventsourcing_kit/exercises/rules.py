"""Check an answer in words: rules that say, each in its own sentence, what is amiss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .outcome import is_stub
from .verdict import NOT_ATTEMPTED, RIGHT, STUB, WRONG, Verdict


@dataclass(frozen=True)
class Rule:
    """What holds for a good answer, and what to say to one for which it does not.

    A known wrong answer that breaks the rule has its own message, which goes before this one. A
    `message` can be made from the answer, to name the part that is amiss.
    """

    holds: Callable[[Any], bool]
    message: str | Callable[[Any], str] = ""

    def said(self, answer: Any) -> str:
        """The message to this answer."""
        return self.message if isinstance(self.message, str) else self.message(answer)


@dataclass(frozen=True)
class Rules:
    """Rules in the order in which they are told: the first that an answer breaks.

    The first rules look at the answer's form, so that later ones can rely on it; a rule that
    cannot be applied to an answer counts as broken. `plain` is what a check without any
    knowledge of the subject would ask.
    """

    rules: tuple[Rule, ...]
    plain: Callable[[Any], bool]

    def judge(
        self,
        title: str,
        answer: Any,
        reference: Any,
        known: Sequence[tuple[str, Any]],
        before_each: Callable[[], None] = lambda: None,
    ) -> Verdict:
        """The verdict on `answer`."""
        if is_stub(answer):
            return Verdict(NOT_ATTEMPTED, title, STUB)
        before_each()
        broken = self._broken(answer)
        if broken is None:
            return Verdict(RIGHT, title, f"All of {len(self.rules)} rules hold.")
        for number, (message, wrong) in enumerate(known):
            if self._broken(wrong) is broken:
                return Verdict(WRONG, title, message, number)
        return Verdict(WRONG, title, broken.said(answer))

    def _broken(self, answer: Any) -> Rule | None:
        """The first rule that does not hold."""
        return next((rule for rule in self.rules if not _holds(rule, answer)), None)


def _holds(rule: Rule, answer: Any) -> bool:
    try:
        return bool(rule.holds(answer))
    except (TypeError, ValueError, AttributeError, LookupError):
        return False
