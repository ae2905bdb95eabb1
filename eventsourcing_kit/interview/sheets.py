"""How a design case shows itself: as Markdown with its diagram, or as text."""

from __future__ import annotations

from typing import Any

from ..drawing.plots import Picture
from .corpus import Case
from .diagram import draw
from .stages import DIMENSIONS, SCORES


class CaseSheet:
    """A case. `prompt` first: `design`, `diagram`, `follow_ups` and `rubric` are for afterwards."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @property
    def prompt(self) -> Page:
        """What the interviewer says. Start here, with a clock and an empty page."""
        return Page(f"## {self.case.title}\n\n{self.case.prompt}")

    @property
    def clarify(self) -> Page:
        """The questions that a good candidate asks, and the numbers."""
        asked = [
            f"- **{one.ask}** {one.answer} *Why it matters:* {one.why}" for one in self.case.clarify
        ]
        numbers = [f"| {one.name} | {one.how} | {one.result} |" for one in self.case.numbers]
        head = ["", "| Number | How | Result |", "| --- | --- | --- |"]
        return Page("\n".join([*asked, *head, *numbers]))

    @property
    def design(self) -> Page:
        """The reference design: events, rules, and each stage."""
        case = self.case
        events = [f"| `{one.stream}` | {one.type} | {one.data} |" for one in case.events]
        rules = [f"- {rule}" for rule in case.invariants]
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
        head = ["| Stream | Event | Data |", "| --- | --- | --- |"]
        return Page("\n".join([*head, *events, "", "Never broken:", "", *rules, "", *stages]))

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
        return {"text/plain": repr(self), "text/markdown": str(self.prompt)}


class Page(str):
    """Markdown that a notebook shows as such; in plain Python it is its text."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)
