"""Decide, evolve and fold, and domain events as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import numpy as np
import pytest

import eventsourcing_kit as es


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
