"""What happened when a case was played on a program, and whether a model explains it.

The program is judged as a black box: what it was asked, what it said, in which order. A history is
explained if some order of the requests that were there at one time, and some fate of those whose
reply nobody heard, gives these replies. That is linearizability (Herlihy and Wing, 1990), checked
as Lowe's "Testing for linearizability" (2017) has it, by the set of states that are possible.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..schedules.explorer import Turn
from .case import Case, Step
from .feed import feed_event, made_event
from .model import Model, NoReply, Said, State, in_words, said, short
from .program import Failed, Program, Request

MOST_STATES: Final = 200
PROGRAM = "program"  # whose lane a crash is in


@dataclass(frozen=True)
class Exchange:
    """Requests that were sent at one time, with what was said to each; none for a crash.

    `said` is None where nobody heard a reply, and then `killed` says whether the program may have
    died before it did what it was asked. `wrong` is said of a reply that is none.
    """

    steps: tuple[Step, ...]
    requests: tuple[Request, ...] = ()
    said: tuple[Said, ...] | None = None
    killed: bool = False
    wrong: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """The exchanges of a case, in order. After one that is `wrong` nothing is played."""

    exchanges: tuple[Exchange, ...]

    def turns(self) -> tuple[Turn, ...]:
        """A turn a request or crash, as the lanes of a schedule have them."""
        turns: list[Turn] = []
        numbers: dict[str, int] = {}
        for exchange in self.exchanges:
            told = exchange.said or ()
            for i, step in enumerate(exchange.steps):
                who = PROGRAM if step.op == "crash" else f"client {step.client}"
                numbers[who] = numbers.get(who, 0) + 1
                request = exchange.requests[i] if exchange.requests else None
                note = exchange.notes[i] if i < len(exchange.notes) else ""
                if not note and i < len(told):
                    note = in_words(told[i])
                turns.append(Turn(who, numbers[who], in_short(step, request), note))
        return tuple(turns)


@dataclass
class Player:
    """Plays a case: what each client knows, and the numbers of calls and events."""

    program: Program
    seen: dict[tuple[str, int], int] = field(default_factory=dict)
    last: dict[str, Request] = field(default_factory=dict)
    heard: int = 0  # the feed's last position of which the delivery was acknowledged
    calls: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)
    events: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)
    commands: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)

    def play(self, case: Case) -> History:
        """Play it to the end, or up to what is no reply."""
        exchanges: list[Exchange] = []
        steps = list(case)
        while steps:
            group = [steps.pop(0)]
            if group[0].together and steps:
                group.append(steps.pop(0))
            exchange = self._exchange(group)
            if exchange is not None:
                exchanges.append(exchange)
                if exchange.wrong:
                    break
        return History(tuple(exchanges))

    def _exchange(self, group: Sequence[Step]) -> Exchange | None:
        if group[0].op == "crash":
            self.program.kill()
            return Exchange(tuple(group), notes=("killed, and started again",))
        made = [(step, self._request(step)) for step in group]
        asked = [(step, request) for step, request in made if request is not None]
        if not asked:
            return None
        steps, requests = zip(*asked, strict=True)
        try:
            return self._asked(steps, requests)
        except Failed as failed:
            self.program.kill()
            return Exchange(steps, requests, wrong=str(failed))

    def _asked(self, steps: tuple[Step, ...], requests: tuple[Request, ...]) -> Exchange:
        step, fault = steps[0], steps[0].fault if len(steps) == 1 else ""
        if fault == "doubled":
            steps, requests = (step, step), (requests[0], {**requests[0], "call": self.calls()})
        before = self._before() if fault == "torn" else {}
        replies = self.program.ask([{**r, "dies": step.at} for r in requests]
                                   if fault == "dies" else requests)  # fmt: skip
        if fault in ("killed", "torn", "dies"):
            self.program.kill()
            note = (
                "killed before it replied" if replies or fault != "dies" else _DIED.format(step.at)
            )
            if fault == "torn" and (cut := tear(self.program.folder, before, step.at)):
                note = f"killed: {cut}"
            return Exchange(steps, requests, killed=True, notes=(note,))
        try:
            told = tuple(said(r, reply) for r, reply in zip(requests, replies, strict=True))
        except NoReply as problem:
            return Exchange(steps, requests, wrong=f"The reply to {requests[0]['op']}: {problem}.")
        if fault == "lost":
            return Exchange(steps, requests, notes=("its reply is lost",))
        for one, request, answer in zip(steps, requests, told, strict=True):
            self._learn(one, request, answer)
        return Exchange(steps, requests, told)

    def _before(self) -> Files:
        """The files before a request, once the program has made those that it begins with."""
        with suppress(Failed):
            self.program.ask([{"call": self.calls(), "op": "read", "stream": "account-0"}])
        return files(self.program.folder)

    def _request(self, step: Step) -> Request | None:
        """What the step asks now; None where there is nothing to ask, such as no retry."""
        call, stream = self.calls(), f"account-{step.stream}"
        match step.op:
            case "retry":
                last = self.last.get(step.client)
                return None if last is None else {**last, "call": call}
            case "append":
                events = [made_event(kind, self.events()) for kind in step.kinds]
                request = {
                    "call": call, "op": "append", "stream": stream, "events": events,
                    "expected": self._expected(step), "id": f"command-{self.commands()}",
                }  # fmt: skip
                self.last[step.client] = request
                return request
            case "deliver":
                first = max(1, self.heard + 1 - step.back)
                places = range(first, first + step.count)
                return {"call": call, "op": "project", "events": [feed_event(p) for p in places]}
            case "balances":
                return {"call": call, "op": "balances"}
        return {"call": call, "op": step.op, "stream": stream}

    def _expected(self, step: Step) -> int | None:
        if step.expect in ("any", "empty"):
            return None if step.expect == "any" else 0
        return self.seen.get((step.client, step.stream), 0) + (step.expect == "ahead")

    def _learn(self, step: Step, request: Request, answer: Said) -> None:
        kind = answer[0]
        if kind in ("version", "conflict"):
            self.seen[step.client, int(request["stream"][-1])] = answer[1]
        elif kind == "events":
            self.seen[step.client, step.stream] = max((v for v, _, _ in answer[1]), default=0)
        elif kind == "done":
            self.heard = max(self.heard, request["events"][-1]["position"])


_DIED = "dies with its {}. file just opened to be written"


def play(case: Case, program: Program) -> History:
    """What comes of a case on a fresh program, which is closed afterwards."""
    try:
        return Player(program).play(case)
    finally:
        program.close()


@dataclass(frozen=True)
class Broken:
    """Where a history leaves what a model explains: `at` counts exchanges from 0.

    `expected` has the replies that would have been right, in words.
    """

    at: int
    expected: tuple[str, ...]
    came: str


def unexplained(history: History, model: Model) -> Broken | None:
    """The first exchange that the model does not explain, if there is one."""
    states: list[State] = [State()]
    for at, exchange in enumerate(history.exchanges):
        if exchange.wrong:
            return Broken(at, (), exchange.wrong)
        after = _after(states, exchange, model)
        if not after:
            right = sorted({_told(told) for told in _possible(states, exchange, model)})
            return Broken(at, tuple(right), _told(exchange.said or ()))
        states = after[:MOST_STATES]
    return None


def _after(states: Sequence[State], exchange: Exchange, model: Model) -> list[State]:
    found: dict[State, None] = {}
    for state in states:
        if not exchange.requests:
            found |= dict.fromkeys(model.crash(state))
        elif exchange.said is None:
            after = model.unheard(state, exchange.requests[0], exchange.killed)
            crashed = (one for s in after for one in model.crash(s)) if exchange.killed else after
            found |= dict.fromkeys(crashed)
        elif len(exchange.requests) == 2:
            pairs = model.together(state, exchange.requests)
            found |= dict.fromkeys(one for one, told in pairs if told == exchange.said)
        else:
            answers = model.answers(state, exchange.requests[0])
            found |= dict.fromkeys(one for one, told in answers if told == exchange.said[0])
    return list(found)


def _possible(states: Sequence[State], exchange: Exchange, model: Model) -> set[tuple[Said, ...]]:
    if len(exchange.requests) == 2:
        return {told for s in states for _, told in model.together(s, exchange.requests)}
    return {(told,) for s in states for _, told in model.answers(s, exchange.requests[0])}


def _told(told: Sequence[Said]) -> str:
    return " and ".join(map(in_words, told))


def in_short(step: Step, request: Mapping[str, Any] | None) -> str:
    """A step in a few words, as a lane has room for: "append +10 +20 if 3"."""
    if request is None:
        return "crash"
    again = "again: " if step.op == "retry" else ""
    stream = " in 2" if request.get("stream") == "account-2" else ""
    match request["op"]:
        case "append":
            events = " ".join(short(e["type"], e["data"]) for e in request["events"])
            expected = "" if request["expected"] is None else f" if at {request['expected']}"
            return f"{again}append {events}{stream}{expected}"
        case "project":
            places = [event["position"] for event in request["events"]]
            span = f"{places[0]} to {places[-1]}" if len(places) > 1 else f"{places[0]}"
            return f"deliver {span}"
    return f"{request['op']}{stream}"


# --- what a crash leaves in files ----------------------------------------------------------------

Files = dict[Path, tuple[int, bytes]]  # which file lies at the path, and what is in it


def files(folder: Path) -> Files:
    """All that lies in a folder."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path: (path.stat().st_ino, path.read_bytes()) for path in paths}


def tear(folder: Path, before: Files, at: int) -> str:
    """Leave only a part of what was appended to a file since `before`, in words; "" if not done.

    A crash may leave any part of what was being written. What is torn is the only file that
    changed, and only if all of the change is at its end: of anything else, such as a file that was
    renamed into its place, nobody outside knows what a crash could leave.
    """
    after = files(folder)
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    if len(changed) != 1 or changed[0] not in before or changed[0] not in after:
        return ""
    [path] = changed
    (was, old), (is_, data) = before[path], after[path]
    if was != is_ or not data.startswith(old) or len(data) - len(old) < 2:
        return ""
    new = data[len(old) :]
    line = new.find(b"\n") + 1
    whole = at == 0 and 0 < line < len(new)
    kept = line if whole else len(new) // 2
    path.write_bytes(old + new[:kept])
    return f"{path.name} has {'its first line' if whole else 'half of what was written'}"
