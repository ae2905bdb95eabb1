"""Handling a command against a store: its steps, deliveries of one command, and conflicts."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from typing import Any
from uuid import UUID

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.stores.conformance import in_threads
from tests.test_decider import LIGHT, TYPES, LightEvent, LightMended, LightSwitched, evolve

COMMAND = UUID(int=17)


def once(command: str, state: int) -> list[LightEvent]:
    if state:
        raise es.DomainError("It can be switched on once.")
    return [LightSwitched(on=True)]


class TestHandle:
    def test_it_loads_decides_and_appends(self) -> None:
        with es.open_store(":memory:") as store:
            assert es.handle(store, LIGHT, "light-1", "on", ids=es.fixed_ids(1)).version == 1
            assert es.handle(store, LIGHT, "light-1", "on").version == 2
            assert store.read_all()[0].event_id == es.fixed_ids(1)()

    def test_no_event_is_no_append(self) -> None:
        with es.open_store(":memory:") as store:
            assert es.handle(store, LIGHT, "light-1", "wait").count == 0
            assert store.streams() == []

    def test_a_refusal_stores_nothing(self) -> None:
        with es.open_store(":memory:") as store:
            with pytest.raises(es.DomainError, match="broken"):
                es.handle(store, LIGHT, "light-1", "break")
            assert store.position() == 0

    def test_a_conflict_is_decided_again(self) -> None:
        with es.open_store(":memory:") as store:
            in_threads(4, lambda i: es.handle(store, LIGHT, "light-1", "on", retries=50))
            assert store.version("light-1") == 4

    def test_it_gives_up_in_the_end(self) -> None:
        with es.open_store(":memory:") as store:
            with pytest.raises(es.RetriesExhausted, match="3 times") as raised:
                es.handle(store, overtaken(store), "light-1", "on", retries=2)
            assert isinstance(raised.value.__cause__, es.WrongExpectedVersion)
            assert store.version("light-1") == 3

    def test_without_retries_a_conflict_is_the_callers(self) -> None:
        with es.open_store(":memory:") as store, pytest.raises(es.WrongExpectedVersion):
            es.handle(store, overtaken(store), "light-1", "on", retries=0)

    def test_it_pauses_before_each_retry_but_not_before_the_first_attempt(self) -> None:
        pauses: list[int] = []
        with es.open_store(":memory:") as store, pytest.raises(es.RetriesExhausted):
            es.handle(store, overtaken(store), "light-1", "on", retries=2, pause=pauses.append)
        assert pauses == [1, 2]


def overtaken(store: es.EventStore) -> es.Decider[str, LightEvent, int]:
    """A decider that is so slow that somebody else always appends first."""

    def decide_slowly(command: str, state: int) -> list[LightEvent]:
        store.append("light-1", [TYPES.encode(LightMended())], es.ANY)
        return [LightSwitched(True)]

    return es.Decider(decide_slowly, evolve, 0, lambda state: False, TYPES)


class TestTheSameCommandAgain:
    """A command that is delivered twice has one effect and one answer."""

    def test_it_is_not_decided_again(self) -> None:
        with es.open_store(":memory:") as store:
            first = es.handle(store, LIGHT, "light-1", "twice", command_id=COMMAND)
            es.handle(store, LIGHT, "light-1", "on")
            assert es.handle(store, LIGHT, "light-1", "twice", command_id=COMMAND) == first
            assert (first.count, first.version, store.version("light-1")) == (2, 2, 3)

    def test_not_even_if_it_would_be_refused_by_now(self) -> None:
        with es.open_store(":memory:") as store:
            closed = es.Decider(once, evolve, 0, lambda state: False, TYPES)
            first = es.handle(store, closed, "light-1", "on", command_id=COMMAND)
            assert es.handle(store, closed, "light-1", "on", command_id=COMMAND) == first
            with pytest.raises(es.DomainError, match="once"):
                es.handle(store, closed, "light-1", "on")

    def test_delivered_by_many_at_once_it_has_one_effect(self) -> None:
        with es.open_store(":memory:") as store:
            answers = set()

            def deliver(i: int) -> None:
                about = {"try": i}
                answers.add(
                    es.handle(store, LIGHT, "light-1", "twice", command_id=COMMAND, metadata=about)
                )

            in_threads(8, deliver)
            assert store.version("light-1") == 2
            assert len(answers) == 1

    def test_a_refusal_leaves_nothing_so_it_is_decided_again(self) -> None:
        with es.open_store(":memory:") as store:
            for _ in range(2):
                with pytest.raises(es.DomainError, match="broken"):
                    es.handle(store, LIGHT, "light-1", "break", command_id=COMMAND)
            assert store.position() == 0

    def test_other_commands_have_other_ids(self) -> None:
        with es.open_store(":memory:") as store:
            for number in range(3):
                es.handle(store, LIGHT, "light-1", "on", command_id=UUID(int=number))
            assert store.version("light-1") == 3


@dataclass(frozen=True)
class Lamp:
    watts: float = 1.0


@dataclass(frozen=True)
class Candle:
    watts: float = 1.0


@dataclass(frozen=True)
class Switch:
    times: Any = 1
    where: Any = ""


LAMPS: es.Decider[Any, LightEvent, int] = es.Decider(
    lambda command, state: [LightSwitched(on=True)], evolve, 0, lambda state: False, TYPES
)
COMMANDS = [
    Switch(),
    Switch(2),
    Switch(1.0),
    Switch(True),
    Switch("1"),
    Switch(None),
    Switch(where="hall"),
    Switch(where=("hall", "attic")),
    Switch(where=("attic", "hall")),
    Switch(where=frozenset({"hall"})),
    Switch(where={"hall": 1}),
    Switch(where=Lamp()),
    Switch(where=Candle()),
    Switch(where=[Lamp(), Lamp(2.0)]),
    Lamp(),
    Candle(),
    "on",
    "off",
    {"on": True},
]


class TestAnIdThatIsUsedTwice:
    """Another command under the id of one that was handled is not told that it was done."""

    @pytest.mark.parametrize("other", ["on", "wait", "break"])
    def test_another_command_is_an_error_and_stores_nothing(self, other: str) -> None:
        with es.open_store(":memory:") as store:
            first = es.handle(store, LIGHT, "light-1", "twice", command_id=COMMAND)
            with pytest.raises(es.CommandIdReused, match=f"{COMMAND} is the id of another command"):
                es.handle(store, LIGHT, "light-1", other, command_id=COMMAND)
            assert es.handle(store, LIGHT, "light-1", "twice", command_id=COMMAND) == first
            assert store.position() == 2

    @pytest.mark.parametrize("first", range(len(COMMANDS)))
    def test_whatever_tells_two_commands_apart(self, first: int) -> None:
        with es.open_store(":memory:") as store:
            done = es.handle(store, LAMPS, "light-1", COMMANDS[first], command_id=COMMAND)
            for number, other in enumerate(COMMANDS):
                if number == first:
                    again = copy.deepcopy(other)
                    assert es.handle(store, LAMPS, "light-1", again, command_id=COMMAND) == done
                else:
                    with pytest.raises(es.CommandIdReused):
                        es.handle(store, LAMPS, "light-1", other, command_id=COMMAND)

    def test_a_class_may_gain_a_field_with_a_default_between_two_deliveries(self) -> None:
        newer = make_dataclass("Switch", [("times", int, 1), ("why", str, "")], frozen=True)
        assert es.handling.digest(newer(2)) == es.handling.digest(Switch(2))
        assert es.handling.digest(newer(2, "dark")) != es.handling.digest(Switch(2))

    def test_two_at_once_and_only_one_is_told_that_it_was_done(self) -> None:
        with es.open_store(":memory:") as store:
            told = Counter[str]()

            def deliver(i: int) -> None:
                try:
                    es.handle(store, LAMPS, "light-1", Switch(i % 2), command_id=COMMAND)
                    told[f"done {i % 2}"] += 1
                except es.CommandIdReused:
                    told[f"refused {i % 2}"] += 1

            in_threads(8, deliver)
            assert store.position() == 1
            assert sorted(told.values()) == [4, 4]
            assert len({what[-1] for what in told}) == 2

    def test_it_is_in_the_metadata_beside_what_the_caller_says(self) -> None:
        with es.open_store(":memory:") as store:
            about = {"actor": "Ada", "command_digest": "of the event that led to this"}
            es.handle(store, LAMPS, "light-1", "on", command_id=COMMAND, metadata=about)
            es.handle(store, LAMPS, "light-1", "on", metadata={"actor": "Ben"})
            first, other = (event.metadata for event in store.read_all())
            assert first == {"actor": "Ada", "command_digest": es.handling.digest("on")}
            assert other == {"actor": "Ben"}

    def test_an_event_from_before_there_were_digests_is_that_of_the_same_command(self) -> None:
        with es.open_store(":memory:") as store:
            old = TYPES.encode(LightSwitched(True), event_id=es.handling.ids_of(COMMAND)())
            store.append("light-1", [old], 0)
            answer = es.handle(store, LIGHT, "light-1", "on", command_id=COMMAND)
            assert (answer.version, store.position()) == (1, 1)

    def test_ids_that_something_else_has_taken(self) -> None:
        """Not a conflict that a retry could end."""
        with es.open_store(":memory:") as store:
            ids = es.handling.ids_of(COMMAND)
            ids()
            store.append("light-1", [TYPES.encode(LightMended(), event_id=ids())], 0)
            with pytest.raises(es.CommandIdReused):
                es.handle(store, LIGHT, "light-1", "twice", command_id=COMMAND)
            assert store.position() == 1

    def test_in_another_stream_it_is_another_command(self) -> None:
        with es.open_store(":memory:") as store:
            for stream_id, command in (("light-1", "on"), ("light-2", "twice")):
                es.handle(store, LIGHT, stream_id, command, command_id=COMMAND)
            assert store.position() == 3

    def test_every_process_has_the_same_digest(self) -> None:
        command = Switch(where=frozenset({Lamp(1.5), Candle(), Lamp(2.0)}), times={"b": 1, "a": 2})
        program = (
            "from tests.test_handling import *; import eventsourcing_kit as es\n"
            "print(es.handling.digest(Switch(where=frozenset({Lamp(2.0), Lamp(1.5), Candle()}),"
            " times={'a': 2, 'b': 1})))"
        )
        for seed in ("0", "1", "2"):
            told = subprocess.run(
                [sys.executable, "-c", program],
                env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
                capture_output=True,
                text=True,
                check=True,
            )
            assert told.stdout.strip() == es.handling.digest(command)

    @pytest.mark.parametrize("command", [object(), len, Switch(object()), Switch("\ud800")])
    def test_a_command_that_cannot_be_told_apart_gets_no_id(self, command: Any) -> None:
        with es.open_store(":memory:") as store:
            with pytest.raises(es.InvalidInput, match="command: with an id must be a dataclass"):
                es.handle(store, LAMPS, "light-1", command, command_id=COMMAND)
            assert store.position() == 0
            assert es.handle(store, LAMPS, "light-1", command).version == 1

    @pytest.mark.parametrize(
        ("field", "arguments"),
        [
            ("command_id", {"command_id": str(COMMAND)}),
            ("metadata", {"command_id": COMMAND, "metadata": "Ada"}),
            ("metadata.n", {"command_id": COMMAND, "metadata": {"n": object()}}),
            ("retries", {"retries": -1}),
            ("retries", {"retries": 1.0}),
        ],
    )
    def test_bad_arguments_are_named(self, field: str, arguments: dict[str, Any]) -> None:
        with es.open_store(":memory:") as store:
            with pytest.raises(es.InvalidInput, match=f"^{field}: "):
                es.handle(store, LIGHT, "light-1", "on", **arguments)
            assert store.position() == 0


class TestConflictsThatCommute:
    """Two switchings on can go in either order; with a mending in between nobody knows."""

    @staticmethod
    def both_switch(ours: Sequence[LightEvent], theirs: Sequence[LightEvent]) -> bool:
        return all(isinstance(event, LightSwitched) for event in (*ours, *theirs))

    def decisions(self, theirs: LightEvent) -> int:
        """How often is decided when somebody appends `theirs` between the first two attempts."""
        decided = 0

        def decide_once_too_late(command: str, state: int) -> list[LightEvent]:
            nonlocal decided
            decided += 1
            if decided == 1:
                store.append("light-1", [TYPES.encode(theirs)], es.ANY)
            return [LightSwitched(True)]

        slow = es.Decider(decide_once_too_late, evolve, 0, lambda state: False, TYPES)
        with es.open_store(":memory:") as store:
            es.handle(store, slow, "light-1", "on", commutes=self.both_switch)
            assert [event.type for event in store.read_stream("light-1")] == [
                type(theirs).__name__,
                "LightSwitched",
            ]
        return decided

    def test_the_decision_stands_where_the_rule_says_so(self) -> None:
        assert self.decisions(LightSwitched(False)) == 1

    def test_and_is_taken_again_where_it_does_not(self) -> None:
        assert self.decisions(LightMended()) == 2
