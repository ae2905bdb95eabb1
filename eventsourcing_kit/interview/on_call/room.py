"""On call: one incident, step by step, and what was done kept as events.

Predict a cause, find it in the store, choose what to do first, repair the code; then read what the
real project did. The stream of an incident in `es.journal` is "incident-" and its id, with the
events IncidentBegun, CausePredicted, EvidenceSaid, ActionTaken, RepairTried and StepShown. What was
begun goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ... import journal
from ...errors import InvalidInput
from ...exercises.verdict import Verdict
from ..corpus import TOPICS
from .page import Page, pages
from .repair import Repair, Source, build
from .site import Answer, Site, ask, tables_of

STREAM = "incident-"
LONGEST = 20_000  # characters of a query or a repair


@dataclass(frozen=True)
class State:
    """How far one is: a fold over the incident's events."""

    begun: bool = False
    predicted: int = 0  # from 1
    said: str = ""  # the last answer to what is to be found
    found: bool = False
    taken: tuple[int, ...] = ()  # actions, in order
    acted: bool = False
    tries: int = 0
    code: str = ""  # the last repair that was tried
    repaired: bool = False
    shown: frozenset[str] = frozenset()
    ever: bool = False  # repaired, in this run or an earlier one

    @property
    def step(self) -> str:
        """What is to do now."""
        if not self.predicted:
            return "predict"
        for name, done in (("find", self.found), ("act", self.acted), ("repair", self.repaired)):
            if not done and name not in self.shown:
                return name
        return "done"


def evolve(state: State, type_: str, data: Mapping[str, Any]) -> State:
    """The state after one more event. What it does not know changes nothing."""
    right = data.get("right") is True
    match type_, data:
        case "IncidentBegun", _:
            return State(begun=True, ever=state.ever)
        case "CausePredicted", {"cause": int(cause)}:
            return replace(state, predicted=cause)
        case "EvidenceSaid", {"said": str(said)}:
            return replace(state, said=said, found=state.found or right)
        case "ActionTaken", {"action": int(action)}:
            taken = (*state.taken, action)
            return replace(state, taken=taken, acted=state.acted or right)
        case "RepairTried", _:
            code = str(data.get("code", ""))
            return replace(
                state, tries=state.tries + 1, code=code, repaired=state.repaired or right,
                ever=state.ever or right,
            )  # fmt: skip
        case "StepShown", {"step": str(step)}:
            return replace(state, shown=state.shown | {step})
    return state


def state_of(name: str) -> State:
    """How far one is with an incident, by what is in the journal."""
    state = State()
    for event in journal.read_stream(f"{STREAM}{name}"):
        state = evolve(state, event.type, event.data)
    return state


def undone() -> str:
    """The first incident that was never repaired; the first of all when each was."""
    names = list(pages())
    return next((name for name in names if not state_of(name).ever), names[0])


class OnCall:
    """One incident at its desk."""

    def __init__(self, name: str) -> None:
        """Take it up where it stopped, or begin (again, if it was done)."""
        if name not in pages():
            raise InvalidInput("incident", f"{name!r} is none of {', '.join(pages())}")
        self.page: Page = pages()[name]
        self.repairing = Repair(name)
        self.scene = self.repairing.scene
        self.state = state_of(name)
        if not self.state.begun or self.state.step == "done":
            self._record("IncidentBegun")
        self.asked = ""
        self.answer: Answer | None = None
        self.verdict: Verdict | None = None
        self.hinted = False
        self._turns = 0
        self._effects: dict[int, int] = {}  # what is wrong after each action that was taken

    @cached_property
    def site(self) -> Site:
        """The store as it is when the page rings."""
        site = Site(self.scene.tables)
        self.scene.happen(site, build(self.page, self.page.code), 0)
        return site

    def effect(self, action: int) -> int:
        """How much is wrong after an action, from 1. It is done on a store of its own, once."""
        if action not in self._effects:
            with Site(self.scene.tables) as site:
                self.scene.happen(site, build(self.page, self.page.code), 0)
                self.scene.act(site, action)
                self._effects[action] = self.scene.wrong(site)
        return self._effects[action]

    def predict(self, cause: int) -> None:
        """Say which cause you think it is, by its number from 1, before you have looked."""
        self._within("cause", cause, len(self.page.causes))
        if not self.state.predicted:
            self._record("CausePredicted", cause=cause, right=cause == self.page.cause)

    def ask(self, query: str) -> Answer:
        """Put a SELECT to the store."""
        self.asked = self._text("query", query)
        self.answer = ask(self.site, query)
        return self.answer

    def say(self, said: str) -> bool:
        """Answer what the page asks you to find in the store."""
        text = self._text("said", said).strip()
        right = _means(text, self.scene.evidence(self.site))
        if self.state.predicted and not self.state.found:
            self._record("EvidenceSaid", said=text, right=right)
        return right

    def act(self, action: int) -> None:
        """Choose what to do first, by its number from 1. After a wrong one you choose again."""
        self._within("action", action, len(self.page.actions))
        if self.state.step == "act" and action not in self.state.taken:
            self._record("ActionTaken", action=action, right=self.page.actions[action - 1].is_right)

    def repair(self, answer: Any) -> Verdict:
        """Try a repair: what a cell defines, or code as text out of the desk."""
        code = answer.text if isinstance(answer, Source) else ""
        self._text("repair", code)
        self.verdict = self.repairing.check(answer)
        if self.verdict.outcome != "not attempted":
            self._record("RepairTried", right=self.verdict.right, code=code)
        return self.verdict

    def show(self) -> None:
        """Show the answer to the present step and go on; it counts as shown, not as done."""
        if self.state.step in ("find", "act", "repair"):
            self._record("StepShown", step=self.state.step)

    def do(self, command: dict[str, Any]) -> None:
        """What the desk's browser asks for: one of "predict", "query", "said", "act", "repair",
        "hint" and "show"."""
        self._turns += 1
        match command:
            case {"predict": cause}:
                self.predict(cause)
            case {"query": query}:
                self.ask(query)
            case {"said": said}:
                self.say(said)
            case {"act": action}:
                self.act(action)
            case {"repair": code}:
                self.repair(Source(self._text("repair", code)))
            case {"hint": True}:
                self.hinted = True
            case {"show": True}:
                self.show()

    @property
    def outcome(self) -> str:
        """How it stands, in a line."""
        steps = {
            "predict": "the page has just rung",
            "find": "looking for the cause",
            "act": "the cause is known",
            "repair": "the first action is taken",
        }
        if self.state.step != "done":
            return steps[self.state.step]
        tries = self.state.tries
        done = f"repaired in {tries} {'try' if tries == 1 else 'tries'}"
        return done if self.state.repaired else "shown"

    def view(self) -> dict[str, Any]:
        """All that the desk shows. What would give a later step away is not in it."""
        page, state, step = self.page, self.state, self.state.step
        known = step not in ("predict", "find")
        over = step == "done"
        return {
            "id": page.id,
            "turns": self._turns,
            "heading": f"{TOPICS[page.topic]} · {page.level} · about {page.minutes} minutes",
            "name": page.title,
            "outcome": self.outcome,
            "step": step,
            "call": page.call,
            "log": self.site.log(),
            "tables": [
                {"name": name, "columns": list(all_)} for name, all_ in tables_of(self.site)
            ],
            "wrong": self.scene.sentence(self.scene.wrong(self.site)) if known and not over else "",
            "causes": [one.cause for one in page.causes],
            "predicted": state.predicted,
            "cause": page.cause if known else 0,
            "speaks": [one.speaks for one in page.causes] if known else [],
            "query": self.asked or _first_query(self.site),
            "answer": _answer(self.answer),
            "find": page.find if step != "predict" else "",
            "said": state.said,
            "evidence": self.scene.evidence(self.site) if known else "",
            "found_by": page.query if known else "",
            "actions": [one.action for one in page.actions] if known else [],
            "taken": self._taken() if known else [],
            "repair": page.repair if step in ("repair", "done") else "",
            "code": (state.code or page.code) if step in ("repair", "done") else "",
            "hint": page.hint if self.hinted else "",
            "verdict": self._verdict(),
            "over": over,
            "after": self._after() if over else [],
            "links": self._links() if over else [],
        }

    def _taken(self) -> list[dict[str, Any]]:
        page, state = self.page, self.state
        numbers = list(state.taken)
        if "act" in state.shown and page.action not in numbers:
            numbers.append(page.action)
        before = self.scene.wrong(self.site)
        return [
            {
                "number": number,
                "right": page.actions[number - 1].is_right,
                "does": page.actions[number - 1].does,
                "tried": f"Tried on the store just now: before, {self.scene.sentence(before)}; "
                f"after it, {self.scene.sentence(self.effect(number))}.",
            }
            for number in numbers
        ]

    def _verdict(self) -> dict[str, Any]:
        if self.verdict is None:
            return {}
        line = f" (line {self.verdict.line.number})" if self.verdict.line else ""
        return {"right": self.verdict.right, "text": self.verdict.message + line}

    def _after(self) -> list[dict[str, Any]]:
        page = self.page
        return [
            {"label": "A repair", "code": page.cure.rstrip("\n"), "marked": []},
            {"label": "Why", "text": page.why},
            {"label": "What the project did", "text": page.afterwards},
            {"label": "What it cost", "text": page.cost},
            {"label": "Words to drop", "text": ", ".join(page.words)},
            {"label": "In the course", "text": f"Chapter {page.chapter}"},
        ]

    def _links(self) -> list[dict[str, str]]:
        source = self.page.source
        links = [{"url": source.url, "text": f"The report: {source.by}, {source.title}"}]
        if source.repair_url:
            links.append({"url": source.repair_url, "text": f"Read on: {source.repair_url}"})
        return links

    def _record(self, type_: str, **data: Any) -> None:
        journal.record(type_, {"incident": self.page.id} | data, f"{STREAM}{self.page.id}")
        self.state = evolve(self.state, type_, data)

    def _within(self, name: str, value: Any, most: int) -> None:
        if type(value) is not int or not 1 <= value <= most:
            raise InvalidInput(name, f"must be 1 to {most}")

    def _text(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > LONGEST:
            raise InvalidInput(name, f"must be text of at most {LONGEST:,} characters")
        return value


def _first_query(site: Site) -> str:
    """What stands in the prompt at the beginning."""
    table, _ = tables_of(site)[0]
    if table == "events":  # without its ids, which push what matters out of sight
        return (
            "SELECT position, stream_id, version, type, data, recorded_at\n"
            "FROM events ORDER BY position LIMIT 20"
        )
    return f"SELECT * FROM {table} LIMIT 20"  # noqa: S608 - a name out of the store itself


def _means(said: str, evidence: str) -> bool:
    """Whether this is the value, alone or among words: "request r3." says r3, "r2 or r3" does not.

    Only words without a digit may stand beside it, and none beside a value without one.
    """
    right = _plain(evidence)
    if _plain(said) == right:
        return True
    named = [_plain(word) for word in said.split() if any(map(str.isdigit, word))]
    return named == [right]


def _plain(text: str) -> str:
    """A value as it counts: without quotes, commas in numbers and differences of case."""
    return "".join(text.split()).strip("'\".,;:").replace(",", "").lower()


def _answer(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    rows = [list(row) for row in answer.rows]
    return {
        "columns": list(answer.columns),
        "rows": rows,
        "more": answer.more,
        "error": answer.error,
    }
