"""The stock of one article: reserved for a while, then sold or given back, never oversold.

A stream is one article ("stock-mug"). It guards the one rule that must never break: nobody is
promised what is not there. A reservation ends by an event, never by the clock alone: whoever pays
a minute late, and before anybody has recorded the expiry, has bought it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never

from ..codec import EventTypes
from ..decider import Decider
from ..errors import DomainError


class NotPossible(DomainError):
    """The shop refuses this: nothing is reserved for the order, or the order is not open."""


class OutOfStock(NotPossible):
    """More is wanted than is free: on the shelf and promised to nobody."""

    def __init__(self, wanted: int, free: int) -> None:
        super().__init__(f"{wanted} wanted, {free} free")
        self.wanted, self.free = wanted, free


@dataclass(frozen=True)
class StockReceived:
    quantity: int


@dataclass(frozen=True)
class StockReserved:
    order: str
    quantity: int
    until: datetime


@dataclass(frozen=True)
class ReservationConfirmed:
    order: str


@dataclass(frozen=True)
class ReservationReleased:
    order: str


@dataclass(frozen=True)
class ReservationExpired:
    order: str


StockEvent = (
    StockReceived | StockReserved | ReservationConfirmed | ReservationReleased | ReservationExpired
)


@dataclass(frozen=True)
class Receive:
    quantity: int


@dataclass(frozen=True)
class Reserve:
    order: str
    quantity: int
    until: datetime


@dataclass(frozen=True)
class Confirm:
    order: str


@dataclass(frozen=True)
class Release:
    order: str


@dataclass(frozen=True)
class Expire:
    order: str
    now: datetime


StockCommand = Receive | Reserve | Confirm | Release | Expire


@dataclass(frozen=True)
class Stock:
    """What is on the shelf, and for which orders some of it is held, until when."""

    on_shelf: int = 0
    held: Mapping[str, StockReserved] = field(default_factory=dict)

    @property
    def free(self) -> int:
        """How many can still be promised."""
        return self.on_shelf - sum(one.quantity for one in self.held.values())


def evolve(stock: Stock, event: StockEvent) -> Stock:
    """The stock after one more event."""
    match event:
        case StockReceived(quantity):
            return replace(stock, on_shelf=stock.on_shelf + quantity)
        case StockReserved(order):
            return replace(stock, held={**stock.held, order: event})
        case ReservationConfirmed(order):
            sold = stock.held[order].quantity
            return Stock(stock.on_shelf - sold, _without(stock.held, order))
        case ReservationReleased(order) | ReservationExpired(order):
            return replace(stock, held=_without(stock.held, order))
        case _:
            assert_never(event)


def decide(command: StockCommand, stock: Stock) -> list[StockEvent]:
    """What follows. Raises OutOfStock, or NotPossible for what is not reserved, or not yet late."""
    if isinstance(command, Receive | Reserve):
        if command.quantity < 1:
            raise NotPossible("a quantity is 1 or more")
    elif command.order not in stock.held:
        raise NotPossible(f"nothing is reserved for order {command.order}")
    match command:
        case Receive(quantity):
            return [StockReceived(quantity)]
        case Reserve(order, quantity, until):
            if order in stock.held:
                raise NotPossible(f"order {order} has its reservation")
            if quantity > stock.free:
                raise OutOfStock(quantity, stock.free)
            return [StockReserved(order, quantity, until)]
        case Confirm(order):
            return [ReservationConfirmed(order)]
        case Release(order):
            return [ReservationReleased(order)]
        case Expire(order, now):
            if now < stock.held[order].until:
                raise NotPossible(f"order {order} still has time")
            return [ReservationExpired(order)]
        case _:
            assert_never(command)


def _without(held: Mapping[str, StockReserved], order: str) -> dict[str, StockReserved]:
    return {name: one for name, one in held.items() if name != order}


stock: Final[Decider[StockCommand, StockEvent, Stock]] = Decider(
    decide=decide,
    evolve=evolve,
    initial_state=Stock(),
    is_terminal=lambda state: False,
    event_types=EventTypes(
        [
            StockReceived,
            StockReserved,
            ReservationConfirmed,
            ReservationReleased,
            ReservationExpired,
        ]
    ),
)
