"""How a design case shows itself: as Markdown, each part folded until you have your own."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from ..drawing.plots import Picture
from .corpus import Case
from .diagram import draw
from .stages import DIMENSIONS, SCORES


class CaseSheet:
    """A case. It shows its prompt, and the rest in parts that open one by one: each when you have
    written down your own. Each part is an attribute, too."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @property
    def prompt(self) -> Page:
        """What the interviewer says. Start here, with a clock and an empty page."""
        return Page(f"## {self.case.title}\n\n{self.case.prompt}")

    @property
    def clarify(self) -> Page:
        """The questions that a good candidate asks, and the numbers."""
        return Page(f"{self._questions()}\n\n{self._numbers()}")

    def _questions(self) -> str:
        return "\n".join(
            f"- **{one.ask}** {one.answer} *Why it matters:* {one.why}" for one in self.case.clarify
        )

    def _numbers(self) -> str:
        rows = [f"| {one.name} | {one.how} | {one.result} |" for one in self.case.numbers]
        return "\n".join(["| Number | How | Result |", "| --- | --- | --- |", *rows])

    @property
    def design(self) -> Page:
        """The reference design: events, rules, and each stage."""
        return Page(f"{self._events()}\n\n{self._stages()}")

    def _events(self) -> str:
        events = [f"| `{one.stream}` | {one.type} | {one.data} |" for one in self.case.events]
        rules = [f"- {rule}" for rule in self.case.invariants]
        head = ["| Stream | Event | Data |", "| --- | --- | --- |"]
        return "\n".join([*head, *events, "", "Never broken:", "", *rules])

    def _stages(self) -> str:
        case = self.case
        stages = [
            part
            for title, text in (
                ("Events and streams", case.design.events_and_streams),
                ("Store and consistency", case.design.store_and_consistency),
                ("Reads", case.design.reads),
                ("Scale", case.design.scale),
                ("Failure and security", case.design.failure_and_security),
                ("Wrap-up", case.design.wrap_up),
            )
            for part in (f"**{title}.** {text}", "")
        ]
        return "\n".join(stages)

    @property
    def diagram(self) -> Picture:
        """The design as a picture, with its words."""
        return draw(self.case.diagram, self.case.title)

    @property
    def trade_offs(self) -> Page:
        """What was chosen, instead of what, and when to choose otherwise; and what fails."""
        choices = [
            f"- **{one.choice}.** Instead of: {one.instead_of}. {one.because} *Change it if:* "
            f"{one.change_if}"
            for one in self.case.trade_offs
        ]
        head = ["", "| Failure | Then | Cure |", "| --- | --- | --- |"]
        failures = [f"| {one.what} | {one.then} | {one.cure} |" for one in self.case.failures]
        return Page("\n".join([*choices, *head, *failures]))

    @property
    def follow_ups(self) -> Page:
        """What is asked next, by level, with answers."""
        asked = [
            f"- *{one.level}:* **{one.question}** {one.answer}" for one in self.case.follow_ups
        ]
        return Page("\n".join(asked))

    @property
    def rubric(self) -> Page:
        """What a weak, a good and a strong candidate does here."""
        rows = []
        for name, title in DIMENSIONS.items():
            judged = getattr(self.case.rubric, name)
            rows.append(f"| {title} | {' | '.join(getattr(judged, s) for s in SCORES.values())} |")
        return Page("\n".join(["| | weak | good | strong |", "| --- | --- | --- | --- |", *rows]))

    def __repr__(self) -> str:
        return f"Case {self.case.id}: {self.case.title}\n\n{self.case.prompt}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        parts = {
            "I have my questions": self._questions(),
            "I have my numbers": self._numbers(),
            "I have my events, and the rules that are never broken": self._events(),
            "I have drawn it": _image(self.diagram),
            "I have my design": self._stages(),
            "I have my trade-offs, and what can fail": self.trade_offs,
            "Ask me more": self.follow_ups,
            "How good was it?": self.rubric,
        }
        folded = (_folded(name, part) for name, part in parts.items())
        return {"text/plain": repr(self), "text/markdown": "\n\n".join([self.prompt, *folded])}


def _folded(name: str, part: str) -> str:
    return f"<details><summary>{name}</summary>\n\n{part.strip()}\n\n</details>"


def _image(picture: Picture) -> str:
    source = b64encode(picture.svg.encode()).decode()
    return f"![{picture.description}](data:image/svg+xml;base64,{source})\n\n{picture.description}"


class Page(str):
    """Markdown that a notebook shows as such; in plain Python it is its text."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)
