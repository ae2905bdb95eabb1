"""What a right program would do, and wrong ones: models of a store and of a projection.

A model is given a state and a request, and says in which states it may be afterwards, and with
which reply. A wrong model is one mistake that people make. A history that no right run explains is
put to the wrong ones: the first that explains it is the mistake that was met.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .feed import amount_of, feed_event

Said = tuple[Any, ...]  # a reply, as far as it is judged: ("version", 2), ("conflict", 1), …


@dataclass(frozen=True)
class Event:
    """A stored event; `data` is its JSON."""

    stream: str
    version: int
    type: str
    data: str


@dataclass(frozen=True)
class State:
    """What a program holds: events, commands with the version each was answered or the one at
    which it was refused, the positions that are in its balances, how far its projection is, and
    what wrong models need beside that.
    """

    log: tuple[Event, ...] = ()
    commands: tuple[tuple[str, int], ...] = ()
    refusals: tuple[tuple[str, int], ...] = ()
    applied: tuple[int, ...] = ()
    checkpoint: int = 0
    other: tuple[Any, ...] = ()

    def version(self, stream: str) -> int:
        """The stream's version, 0 for an empty one."""
        return max((event.version for event in self.log if event.stream == stream), default=0)


Answer = tuple[State, Said]


class Model:
    """The right one. Where a mistake differs, it overrides a method; all are pure."""

    def answers(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        """The states that a request may lead to, each with its reply."""
        match request["op"]:
            case "append":
                return self.append(state, request)
            case "read":
                return [(state, ("events", self.read(state, request["stream"])))]
            case "balance":
                return [(state, ("balance", self.balance(state, request["stream"])))]
            case "project":
                places = [event["position"] for event in request["events"]]
                return [(self.project(state, places), ("done",))]
            case _:
                return [(state, ("balances", self.balances(state)))]

    def append(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        """Once for each command id; else if the stream is as it is expected to be."""
        first = dict(state.commands).get(request["id"])
        if first is not None:
            return [(state, ("version", first))]
        if self.refuses(state, request):
            return self.refused(state, request)
        return [self.stored(state, request)]

    def refuses(self, state: State, request: Mapping[str, Any]) -> bool:
        """Whether the stream is not at the expected version."""
        expected = request["expected"]
        return expected is not None and expected != state.version(request["stream"])

    def refused(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        """A conflict, that says where the stream is; or was, when this was refused before."""
        now = state.version(request["stream"])
        noted = replace(state, refusals=(*state.refusals, (request["id"], now)))
        versions = {now, *(version for id_, version in state.refusals if id_ == request["id"])}
        return [(noted, ("conflict", version)) for version in sorted(versions)]

    def stored(self, state: State, request: Mapping[str, Any]) -> Answer:
        """The state with the events of the request, and the stream's version."""
        stream = request["stream"]
        events = self.numbered(state, stream, request["events"])
        version = events[-1].version
        commands = (*state.commands, (request["id"], version))
        return replace(state, log=state.log + events, commands=commands), ("version", version)

    def numbered(
        self, state: State, stream: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[Event, ...]:
        """Events with their versions."""
        start = state.version(stream) + 1
        return tuple(
            Event(stream, start + i, event["type"], text(event["data"]))
            for i, event in enumerate(events)
        )

    def read(self, state: State, stream: str) -> tuple[tuple[int, str, str], ...]:
        """The stream's events in order."""
        mine = [event for event in state.log if event.stream == stream]
        return tuple((event.version, event.type, event.data) for event in mine)

    def balance(self, state: State, stream: str) -> int:
        """What the stream's events come to."""
        mine = [event for event in state.log if event.stream == stream]
        return sum(amount_of(event.type, json.loads(event.data)) for event in mine)

    def project(self, state: State, places: Sequence[int]) -> State:
        """Each position once, in order."""
        new = tuple(place for place in places if place > state.checkpoint)
        return replace(
            state, applied=state.applied + new, checkpoint=max(state.checkpoint, *places)
        )

    def balances(self, state: State) -> tuple[tuple[str, int], ...]:
        """The balance of each account in the projection; none of those at zero."""
        found: dict[str, int] = {}
        for place in state.applied:
            event = feed_event(place)
            amount = amount_of(event["type"], event["data"])
            found[event["stream"]] = found.get(event["stream"], 0) + amount
        return tuple(sorted((stream, sum_) for stream, sum_ in found.items() if sum_))

    def unheard(self, state: State, request: Mapping[str, Any], killed: bool) -> Iterable[State]:
        """The states after a request whose reply nobody heard; `killed`: it died meanwhile."""
        if request["op"] == "project" and killed:
            places = [event["position"] for event in request["events"]]
            parts = (places[:n] for n in range(1, len(places) + 1))
            return [state, *(self.project(state, part) for part in parts)]
        done = [after for after, _ in self.answers(state, request)]
        return [state, *done] if killed else done

    def together(
        self, state: State, requests: Sequence[Mapping[str, Any]]
    ) -> Iterable[tuple[State, tuple[Said, ...]]]:
        """The states after requests that were there at one time: in any order of them."""
        one, other = requests
        for first, second in ((one, other), (other, one)):
            for between, said in self.answers(state, first):
                for after, also in self.answers(between, second):
                    yield after, (said, also) if first is one else (also, said)

    def crash(self, state: State) -> Iterable[State]:
        """The states after a crash: what was acknowledged is there."""
        return [state]


def text(data: Any) -> str:
    """A body as JSON that is the same for the same body."""
    return json.dumps(data, sort_keys=True)


class NoReply(Exception):
    """A reply that is not what its request asks for."""


def said(request: Mapping[str, Any], reply: Mapping[str, Any]) -> Said:
    """What of a reply is judged. Raises NoReply, in words, for one that is of another form."""
    if reply.get("ok") is not True:
        if reply.get("error") == "conflict" and request["op"] == "append":
            return ("conflict", _number(reply, "version"))
        raise NoReply(str(reply.get("error", 'it has neither `"ok": true` nor an `error`'))[:300])
    match request["op"]:
        case "append":
            return ("version", _number(reply, "version"))
        case "read":
            events = reply.get("events")
            if not isinstance(events, list):
                raise NoReply("`events` is no list")
            return ("events", tuple(map(_event, events)))
        case "balance":
            return ("balance", _number(reply, "balance"))
        case "project":
            return ("done",)
        case _:
            found = reply.get("balances")
            if not isinstance(found, dict):
                raise NoReply("`balances` is no object")
            numbers = ((stream, _number(found, stream)) for stream in found)
            return ("balances", tuple(sorted((stream, n) for stream, n in numbers if n)))


def _number(reply: Mapping[str, Any], name: str) -> int:
    value = reply.get(name)
    if type(value) is not int:
        raise NoReply(f"`{name}` is {json.dumps(value)[:60]}, and no whole number")
    return value


def _event(event: Any) -> tuple[int, str, str]:
    if not isinstance(event, dict) or not {"version", "type", "data"} <= event.keys():
        raise NoReply("an event has no `version`, `type` or `data`")
    return _number(event, "version"), str(event["type"]), text(event["data"])


def in_words(said: Said) -> str:
    """A reply as a person would say it: "conflict, at version 2"; "v1 +10, v2 +20"."""
    kind, *rest = said
    match kind:
        case "version":
            return f"version {rest[0]}"
        case "conflict":
            return f"conflict, at version {rest[0]}"
        case "balance":
            return f"balance {rest[0]}"
        case "done":
            return "done"
        case "events":
            return ", ".join(f"v{v} {short(t, json.loads(d))}" for v, t, d in rest[0]) or "nothing"
    return ", ".join(f"{stream}: {sum_}" for stream, sum_ in rest[0]) or "all are zero"


def short(type_: str, data: Any) -> str:
    """An event in a few letters: "+10", "-20", "renamed"."""
    amount = data.get("amount", "?") if isinstance(data, dict) else "?"
    known = {"MoneyDeposited": f"+{amount}", "MoneyWithdrawn": f"−{amount}"}
    return known.get(type_, type_.removeprefix("Account").lower())
