"""Decide, evolve, fold, and handling a command against a store."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import numpy as np
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.stores.conformance import in_threads


@dataclass(frozen=True)
class LightSwitched:
    on: bool
    times: int = 1


@dataclass(frozen=True)
class LightMended:
    schema_version: ClassVar[int] = 2
    note: str = ""


@dataclass(frozen=True)
class BulbBought:
    price: Decimal
    serial: UUID
    at: datetime
    seal: bytes = b"seal"
    kinds: frozenset[str] = frozenset({"led", "warm", "dim", "e27"})
    note: str = ""
    years: int = 1
    more: Any = None


LightEvent = LightSwitched | LightMended
TYPES: es.EventTypes[LightEvent] = es.EventTypes([LightSwitched, LightMended])
COMMAND = UUID(int=17)


class Years(int):
    """An int of one's own."""


def decide(command: str, state: int) -> list[LightEvent]:
    if command == "break":
        raise es.DomainError("It is broken already.")
    return [LightSwitched(on=True)] * {"on": 1, "twice": 2}.get(command, 0)


def once(command: str, state: int) -> list[LightEvent]:
    if state:
        raise es.DomainError("It can be switched on once.")
    return [LightSwitched(on=True)]


def evolve(state: int, event: LightEvent) -> int:
    return state + (event.times if isinstance(event, LightSwitched) else 0)


LIGHT = es.Decider(decide, evolve, 0, lambda state: False, TYPES)


class TestFold:
    def test_it_starts_from_nothing(self) -> None:
        assert es.fold(evolve, [], 7) == 7

    def test_it_evolves_event_by_event(self) -> None:
        history: list[LightEvent] = [LightSwitched(True), LightMended(), LightSwitched(False)]
        assert es.fold(evolve, history, 0) == 2


class TestEventTypes:
    def stored(self, event: es.NewEvent) -> es.RecordedEvent:
        with es.open_store(":memory:") as store:
            store.append("light-1", [event], 0)
            return store.read_all()[0]

    def test_an_event_comes_back_equal(self) -> None:
        for event in (LightSwitched(True, 3), LightMended("new bulb")):
            envelope = TYPES.encode(event, metadata={"actor": "a"})
            assert envelope.metadata == {"actor": "a"}
            assert TYPES.decode(self.stored(envelope)) == event

    def test_the_schema_version_travels_with_it(self) -> None:
        assert TYPES.encode(LightSwitched(True)).schema_version == 1
        assert TYPES.encode(LightMended()).schema_version == 2

    def test_an_unknown_type_is_named(self) -> None:
        with pytest.raises(es.UnknownEventType, match=r"LightStolen.*position 1"):
            TYPES.decode(self.stored(es.NewEvent("LightStolen", {})))
        with pytest.raises(es.UnknownEventType, match="str"):
            TYPES.encode("no event")  # type: ignore[arg-type]

    def test_an_unknown_schema_version_is_named(self) -> None:
        with pytest.raises(es.UnknownSchemaVersion, match="version 9"):
            TYPES.decode(self.stored(es.NewEvent("LightMended", {}, schema_version=9)))

    @pytest.mark.parametrize(
        "data", [{}, {"on": 1}, {"on": True, "times": 1.0}, {"on": True, "colour": "red"}]
    )
    def test_data_that_does_not_fit_is_refused(self, data: dict[str, object]) -> None:
        with pytest.raises(es.InvalidInput, match="LightSwitched"):
            TYPES.decode(self.stored(es.NewEvent("LightSwitched", data)))

    def test_a_dataclass_with_a_wrong_value_is_refused(self) -> None:
        with pytest.raises(es.InvalidInput, match="times"):
            TYPES.encode(LightSwitched(True, times=2.5))  # type: ignore[arg-type]

    def bought(self, **more: Any) -> es.NewEvent:
        noon = datetime(2025, 3, 14, 12, tzinfo=UTC)
        fields = {"price": Decimal("1.50"), "serial": COMMAND, "at": noon, **more}
        return es.EventTypes([BulbBought]).encode(BulbBought(**fields))

    def test_fields_may_have_types_that_json_has_not(self) -> None:
        bought = self.stored(self.bought(more={"a": [1, (2.5, None)]}))
        read = es.EventTypes([BulbBought]).decode(bought)
        assert (read.price, read.serial, read.at.hour) == (Decimal("1.50"), COMMAND, 12)
        assert (read.seal, len(read.kinds), read.more) == (b"seal", 4, {"a": [1, [2.5, None]]})
        assert self.bought().data_json == self.bought(kinds=frozenset(sorted(read.kinds))).data_json

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *[("note", b"seal"), ("note", COMMAND), ("note", date(2025, 1, 1)), ("note", "\ud800")],
            *[("price", 1.5), ("years", Decimal(1)), ("years", np.int64(1)), ("years", True)],
            *[("seal", "seal"), ("at", date(2025, 1, 1)), ("serial", "17"), ("kinds", [1])],
        ],
    )
    def test_a_value_of_another_type_is_refused_by_name(self, field: str, value: Any) -> None:
        with pytest.raises(es.InvalidInput, match=field):
            self.bought(**{field: value})

    def test_what_would_come_back_as_something_else_is_refused(self) -> None:
        """As a Decimal would where any type may stand: as text."""
        deep: list[Any] = []
        deep.append(deep)
        others = [Decimal(1), COMMAND, b"x", date(2025, 1, 1), np.int64(1), np.bool_(True), deep]
        for other in [*others, object(), range(3), {1j: 1}, float("nan"), 10**5_000, {"a": 2**63}]:
            for value in (other, [other], {"a": [other]}):
                with pytest.raises(es.InvalidInput):
                    self.bought(more=value)

    def test_what_is_derived_from_a_type_of_json_is_kept_as_what_it_holds(self) -> None:
        event = self.bought(note=np.str_("dim"), years=Years(3), more=[np.float64(1.5), Years(2)])
        assert event.data["note"] == "dim"
        assert (event.data["years"], event.data["more"]) == (3, [1.5, 2])


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
        assert es.decider.digest(newer(2)) == es.decider.digest(Switch(2))
        assert es.decider.digest(newer(2, "dark")) != es.decider.digest(Switch(2))

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
            assert first == {"actor": "Ada", "command_digest": es.decider.digest("on")}
            assert other == {"actor": "Ben"}

    def test_an_event_from_before_there_were_digests_is_that_of_the_same_command(self) -> None:
        with es.open_store(":memory:") as store:
            old = TYPES.encode(LightSwitched(True), event_id=es.decider.ids_of(COMMAND)())
            store.append("light-1", [old], 0)
            answer = es.handle(store, LIGHT, "light-1", "on", command_id=COMMAND)
            assert (answer.version, store.position()) == (1, 1)

    def test_ids_that_something_else_has_taken(self) -> None:
        """Not a conflict that a retry could end."""
        with es.open_store(":memory:") as store:
            ids = es.decider.ids_of(COMMAND)
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
            "from tests.test_decider import *; import eventsourcing_kit as es\n"
            "print(es.decider.digest(Switch(where=frozenset({Lamp(2.0), Lamp(1.5), Candle()}),"
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
            assert told.stdout.strip() == es.decider.digest(command)

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
