"""Mistakes that people make in a store, as models, each with a sentence and a hint.

A mistake is named only where its model explains the history that is shown, and the right one does
not; of several that one which explains most of what was played.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from .feed import amount_of
from .model import Answer, Event, Model, Said, State


class Mistake(Model):
    """A wrong model. `stage` is the first at which it can be met; `met` says what it does, `hint`
    what to look at."""

    stage: ClassVar[int] = 1
    met: ClassVar[str]
    hint: ClassVar[str]

    @property
    def name(self) -> str:
        """Its class's name."""
        return type(self).__name__


# --- append and read -----------------------------------------------------------------------------


class FromZero(Mistake):
    met = "Versions are counted from 0."
    hint = "The n-th event of a stream has version n, so that 0 can say “the stream is empty”."

    def numbered(
        self, state: State, stream: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[Event, ...]:
        start = sum(event.stream == stream for event in state.log)
        rows = super().numbered(state, stream, events)
        return tuple(replace(row, version=start + i) for i, row in enumerate(rows))


class OneVersionAnAppend(Mistake):
    met = "The events of one append have one version."
    hint = "Count events, not appends: an append of two takes two versions, and answers the later."

    def numbered(
        self, state: State, stream: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[Event, ...]:
        rows = super().numbered(state, stream, events)
        return tuple(replace(row, version=rows[0].version) for row in rows)


class AnswersTheFirst(Mistake):
    met = "An append of several events answers with the version of its first."
    hint = "Answer with the version that the stream is at afterwards: that of the last event."

    def stored(self, state: State, request: Mapping[str, Any]) -> Answer:
        after, (_, version) = super().stored(state, request)
        return after, ("version", version - len(request["events"]) + 1)


class OneCountForAll(Mistake):
    met = "Versions are counted over all streams."
    hint = "A version belongs to a stream. What counts over the whole store is the position."

    def refuses(self, state: State, request: Mapping[str, Any]) -> bool:
        return request["expected"] not in (None, len(state.log))

    def refused(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        return [(state, ("conflict", len(state.log)))]

    def numbered(
        self, state: State, stream: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[Event, ...]:
        rows = super().numbered(state, stream, events)
        return tuple(replace(row, version=len(state.log) + 1 + i) for i, row in enumerate(rows))


class ReadsAll(Mistake):
    met = "A read gives the events of other streams, too."
    hint = "Leave out what belongs to another stream."

    def read(self, state: State, stream: str) -> tuple[tuple[int, str, str], ...]:
        return tuple((event.version, event.type, event.data) for event in state.log)


class NewestFirst(Mistake):
    met = "A read gives the newest event first."
    hint = "A fold goes from the first event to the last, so a read has to."

    def read(self, state: State, stream: str) -> tuple[tuple[int, str, str], ...]:
        return super().read(state, stream)[::-1]


class LastOnly(Mistake):
    met = "An append takes the place of what the stream held before."
    hint = "Add to what is there. Do you assign a list, or open the file for writing anew?"

    def read(self, state: State, stream: str) -> tuple[tuple[int, str, str], ...]:
        kept = max((n for where, n in state.other if where == stream), default=0)
        return tuple((e.version, e.type, e.data) for e in state.log[kept:] if e.stream == stream)

    def stored(self, state: State, request: Mapping[str, Any]) -> Answer:
        kept = (request["stream"], len(state.log))
        after, told = super().stored(state, request)
        return replace(after, other=(*after.other, kept)), told


class Forgets(Mistake):
    met = "What was acknowledged was gone after a kill."
    hint = (
        "It was in memory only, or in a buffer that was not flushed, when you replied. Write it to "
        "a file in the folder that you are given, flush, and reply after that. And read the file "
        "when you start."
    )

    def crash(self, state: State) -> Iterable[State]:
        return [replace(state, log=state.log[:n]) for n in range(len(state.log), -1, -1)]


class StartsCountingAgain(Mistake):
    met = "After a restart versions are counted from the beginning again."
    hint = "Take the version from the events that you have read, not from a counter in memory."

    def crash(self, state: State) -> Iterable[State]:
        return [replace(state, other=(("counted", len(state.log)),))]

    def numbered(
        self, state: State, stream: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[Event, ...]:
        since = state.other[0][1] if state.other else 0
        start = sum(event.stream == stream for event in state.log[since:]) + 1
        rows = super().numbered(state, stream, events)
        return tuple(replace(row, version=start + i) for i, row in enumerate(rows))


class KeepsAPart(Mistake):
    met = "A crash in the middle of an append left a part of it."
    hint = (
        "All or nothing: write the events of an append as one line, or mark the end of it, and "
        "leave out what has no end when you read the file."
    )

    def unheard(self, state: State, request: Mapping[str, Any], killed: bool) -> Iterable[State]:
        yield from super().unheard(state, request, killed)
        if request["op"] == "append" and killed:
            for n in range(1, len(request["events"])):
                yield self.stored(state, {**request, "events": request["events"][:n]})[0]


# --- expected version ----------------------------------------------------------------------------


class ExpectsNothing(Mistake):
    stage = 2
    met = "The expected version is not looked at, so updates are lost."
    hint = (
        "Compare `expected` with the stream's version before you store, and refuse with a conflict."
    )

    def refuses(self, state: State, request: Mapping[str, Any]) -> bool:
        return False


class ZeroIsNothing(Mistake):
    stage = 2
    met = "An append that expects version 0 passes on a stream that has events."
    hint = "0 is a version, and `if expected:` is false for it. Ask whether it `is not None`."

    def refuses(self, state: State, request: Mapping[str, Any]) -> bool:
        return bool(request["expected"]) and super().refuses(state, request)


class OnlyTheStale(Mistake):
    stage = 2
    met = "An append that expects more than there is passes."
    hint = "Refuse every version but the stream's own: who expects more has read something else."

    def refuses(self, state: State, request: Mapping[str, Any]) -> bool:
        return super().refuses(state, request) and request["expected"] < state.version(
            request["stream"]
        )


class AnyIsZero(Mistake):
    met = "An append that expects nothing is refused when the stream has events."
    hint = "`expected: null` means that the writer does not mind: store it."

    def refuses(self, state: State, request: Mapping[str, Any]) -> bool:
        return super().refuses(state, {**request, "expected": request["expected"] or 0})


class StoresWhatItRefuses(Mistake):
    stage = 2
    met = "What was refused is stored all the same."
    hint = "Compare first, and store after that."

    def refused(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        after = self.stored(state, request)[0]
        return [(after, told) for _, told in super().refused(state, request)]


class AVersionForTheRefused(Mistake):
    stage = 2
    met = "A refused append takes a version: the next one leaves a gap."
    hint = "Count up only when the events are stored."

    def refused(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        gap = (request["stream"], len(request["events"]))
        for after, told in super().refused(state, request):
            yield replace(after, other=(*after.other, gap)), told

    def numbered(
        self, state: State, stream: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[Event, ...]:
        have = sum(event.stream == stream for event in state.log)
        start = have + sum(gap for where, gap in state.other if where == stream)
        rows = super().numbered(state, stream, events)
        return tuple(replace(row, version=start + 1 + i) for i, row in enumerate(rows))


class ConflictSaysExpected(Mistake):
    stage = 2
    met = "A conflict answers with the version that was expected."
    hint = "Answer with the version that the stream is at: the writer reads on from there."

    def refused(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        return [(state, ("conflict", request["expected"]))]


class ChecksTooEarly(Mistake):
    met = "Of two appends at one time, one got in between the check and the write of the other."
    hint = (
        "Check and write have to be one step. Take requests one after the other: a lock, a queue, "
        "or no `await` between the two."
    )

    def together(
        self, state: State, requests: Sequence[Mapping[str, Any]]
    ) -> Iterable[tuple[State, tuple[Said, ...]]]:
        yield from super().together(state, requests)
        one, other = requests
        for first, second in ((one, other), (other, one)):
            if first["op"] != "append" or second["op"] != "append":
                continue
            if self.refuses(state, second):
                continue
            for between, told in self.answers(state, first):
                for start in (state, between):  # the version, too, may be from before
                    rows = self.numbered(start, second["stream"], second["events"])
                    commands = (*between.commands, (second["id"], rows[-1].version))
                    after = replace(between, log=between.log + rows, commands=commands)
                    also = ("version", rows[-1].version)
                    yield after, (told, also) if first is one else (also, told)


# --- the fold ------------------------------------------------------------------------------------


class AddsWithdrawals(Mistake):
    stage = 3
    met = "A withdrawal is added."
    hint = "MoneyWithdrawn takes its amount away."

    def balance(self, state: State, stream: str) -> int:
        mine = [event for event in state.log if event.stream == stream]
        return sum(_amount(event) for event in mine)


class DepositsOnly(Mistake):
    stage = 3
    met = "Withdrawals are left out of the balance."
    hint = "MoneyWithdrawn takes its amount away."

    def balance(self, state: State, stream: str) -> int:
        mine = [event for event in state.log if event.stream == stream]
        return sum(_amount(event) for event in mine if event.type == "MoneyDeposited")


class FoldsAll(Mistake):
    stage = 3
    met = "The balance has the events of other streams in it."
    hint = "Fold the events of one stream."

    def balance(self, state: State, stream: str) -> int:
        return sum(super(FoldsAll, self).balance(state, s) for s in {e.stream for e in state.log})


class FoldsSinceTheStart(Mistake):
    stage = 3
    met = "After a restart the balance knows only of events since then."
    hint = "The balance follows from the stream: fold what is stored, or rebuild it when you start."

    def crash(self, state: State) -> Iterable[State]:
        return [replace(state, other=(len(state.log),))]

    def balance(self, state: State, stream: str) -> int:
        since = state.other[0] if state.other else 0
        return super().balance(replace(state, log=state.log[since:]), stream)


class BalanceOfTheRefused(Mistake):
    stage = 3
    met = "The balance has an append in it that was refused."
    hint = "Change the balance when the events are stored, or fold them when you are asked."

    def refused(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        more = sum(amount_of(event["type"], event["data"]) for event in request["events"])
        for after, told in super().refused(state, request):
            yield replace(after, other=(*after.other, (request["stream"], more))), told

    def balance(self, state: State, stream: str) -> int:
        more = [int(amount) for where, amount in state.other if where == stream]
        return super().balance(state, stream) + sum(more)


# --- the projection ------------------------------------------------------------------------------


class CountsAgain(Mistake):
    stage = 4
    met = "An event that was delivered twice was counted twice."
    hint = "Keep the position of the last event that is counted, and leave out what is not later."

    def project(self, state: State, places: Sequence[int]) -> State:
        return replace(state, applied=state.applied + tuple(places))


class LeavesOutTheWhole(Mistake):
    stage = 4
    met = "A delivery that begins with a known event was left out whole, with the new ones in it."
    hint = "Decide for each event, not for each delivery."

    def project(self, state: State, places: Sequence[int]) -> State:
        return state if places[0] <= state.checkpoint else super().project(state, places)


class CheckpointFirst(Mistake):
    stage = 4
    met = "The checkpoint was kept and its effect was not: a crash between them lost events."
    hint = (
        "Write balances and checkpoint as one: one file that is renamed into its place, or one "
        "transaction. In two steps the effect has to come first, and has to bear a repetition."
    )

    def unheard(self, state: State, request: Mapping[str, Any], killed: bool) -> Iterable[State]:
        yield from super().unheard(state, request, killed)
        if request["op"] == "project" and killed:
            for place in [event["position"] for event in request["events"]]:
                yield replace(state, checkpoint=max(state.checkpoint, place))


class BalancesForgotten(Mistake):
    stage = 4
    met = "The balances were gone after a kill, and what was acknowledged does not come again."
    hint = "Keep balances and checkpoint in one file. Write it before you reply, and read it first."

    def crash(self, state: State) -> Iterable[State]:
        yield replace(state, applied=())
        yield replace(state, applied=(), checkpoint=0)


class EffectFirst(Mistake):
    stage = 4
    met = (
        "The effect was kept and its checkpoint was not: after the crash events were counted again."
    )
    hint = (
        "Write balances and checkpoint as one: one file that is renamed into its place, or one "
        "transaction."
    )

    def unheard(self, state: State, request: Mapping[str, Any], killed: bool) -> Iterable[State]:
        yield from super().unheard(state, request, killed)
        if request["op"] == "project" and killed:
            places = [event["position"] for event in request["events"]]
            for n in range(1, len(places) + 1):
                new = tuple(place for place in places[:n] if place > state.checkpoint)
                yield replace(state, applied=state.applied + new)


class CheckpointForgotten(Mistake):
    stage = 4
    met = "After a kill the balances were there, and the checkpoint was not: events counted twice."
    hint = "Keep the checkpoint in the same file as the balances."

    def crash(self, state: State) -> Iterable[State]:
        return [replace(state, checkpoint=0)]


# --- the retry -----------------------------------------------------------------------------------


class StoresAgain(Mistake):
    stage = 5
    met = "The same command came again, and was stored again."
    hint = "Keep each command's id with its events. When it comes again, answer as the first time."

    def append(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        return super().append(replace(state, commands=()), request)


class RefusesItsOwn(Mistake):
    stage = 5
    met = "A command that had passed was refused when it came again: the conflict is with itself."
    hint = "Look for the id first, and only then at the expected version."

    def append(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        if self.refuses(state, request):
            return self.refused(state, request)
        return super().append(state, request)


class AnswersWithNow(Mistake):
    stage = 5
    met = "A command that came again was answered with the version of now."
    hint = "Answer what the first try was answered: keep the version beside the command's id."

    def append(self, state: State, request: Mapping[str, Any]) -> Iterable[Answer]:
        if request["id"] in dict(state.commands):
            return [(state, ("version", state.version(request["stream"])))]
        return super().append(state, request)


class ForgetsCommands(Mistake):
    stage = 5
    met = "After a restart commands that had been stored were not known any more."
    hint = (
        "The ids have to be as durable as the events: keep them in the same line, or transaction."
    )

    def crash(self, state: State) -> Iterable[State]:
        return [replace(state, commands=())]


class RetryChecksTooEarly(Mistake):
    stage = 5
    met = "A request that came twice at one time was stored twice: neither had seen the other."
    hint = "Looking for the id and storing it have to be one step, as check and write."

    def together(
        self, state: State, requests: Sequence[Mapping[str, Any]]
    ) -> Iterable[tuple[State, tuple[Said, ...]]]:
        yield from super().together(state, requests)
        one, other = requests
        if one.get("id") and one["id"] == other.get("id"):
            between, told = self.stored(state, one)
            after, also = self.stored(between, other)
            yield after, (told, also)


def _amount(event: Event) -> int:
    return int(json.loads(event.data).get("amount", 0))


MISTAKES: tuple[Mistake, ...] = (
    FromZero(), OneVersionAnAppend(), AnswersTheFirst(), OneCountForAll(), ReadsAll(),
    NewestFirst(), LastOnly(), StartsCountingAgain(), KeepsAPart(), Forgets(),
    ZeroIsNothing(), OnlyTheStale(), AnyIsZero(), ConflictSaysExpected(), StoresWhatItRefuses(),
    AVersionForTheRefused(), ExpectsNothing(), ChecksTooEarly(),
    AddsWithdrawals(), DepositsOnly(), FoldsAll(), BalanceOfTheRefused(), FoldsSinceTheStart(),
    LeavesOutTheWhole(), CountsAgain(), CheckpointFirst(), EffectFirst(), CheckpointForgotten(),
    BalancesForgotten(),
    AnswersWithNow(), ForgetsCommands(), RefusesItsOwn(), StoresAgain(), RetryChecksTooEarly(),
)  # fmt: skip
