"""Decide, evolve, fold, and handling a command against a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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


LightEvent = LightSwitched | LightMended
TYPES: es.EventTypes[LightEvent] = es.EventTypes([LightSwitched, LightMended])


def decide(command: str, state: int) -> list[LightEvent]:
    if command == "break":
        raise es.DomainError("It is broken already.")
    return [LightSwitched(on=True)] if command == "on" else []


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

            def decide_slowly(command: str, state: int) -> list[LightEvent]:
                store.append("light-1", [TYPES.encode(LightMended())], es.ANY)
                return [LightSwitched(True)]

            slow = es.Decider(decide_slowly, evolve, 0, lambda state: False, TYPES)
            with pytest.raises(es.WrongExpectedVersion):
                es.handle(store, slow, "light-1", "on", retries=2)
            assert store.version("light-1") == 3
