"""An order: what one customer wants, held for a while, then paid, cancelled or expired.

A stream is one order ("order-7"). The stock of its articles lies in other streams (see `stock`),
and each step of the order is a step there, too. `do` appends to all of them at once, each with the
version at which it was decided: all or nothing. That takes one store; between two services it
would be a process with messages (see `processes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, assert_never

from ..codec import EventTypes
from ..decider import Decider, fold
from ..handling import FOREVER, carry_out, version_of
from ..stores import AppendResult, EventStore
from ..stores.protocol import Write
from .stock import Confirm, Expire, NotPossible, Release, Reserve, StockCommand, stock


@dataclass(frozen=True)
class OrderPlaced:
    lines: dict[str, int]  # how many of which article


@dataclass(frozen=True)
class OrderPaid:
    pass


@dataclass(frozen=True)
class OrderCancelled:
    pass


@dataclass(frozen=True)
class OrderExpired:
    pass


OrderEvent = OrderPlaced | OrderPaid | OrderCancelled | OrderExpired


@dataclass(frozen=True)
class Place:
    lines: dict[str, int]
    until: datetime  # so long all of it is held


@dataclass(frozen=True)
class Pay:
    pass


@dataclass(frozen=True)
class Cancel:
    pass


@dataclass(frozen=True)
class RunOut:
    now: datetime


OrderCommand = Place | Pay | Cancel | RunOut


@dataclass(frozen=True)
class Order:
    """What is wanted, and how it stands: new, open, paid, cancelled or expired."""

    lines: Mapping[str, int] = field(default_factory=dict)
    status: str = "new"


def evolve(order: Order, event: OrderEvent) -> Order:
    """The order after one more event."""
    match event:
        case OrderPlaced(lines):
            return Order(lines, "open")
        case OrderPaid():
            return replace(order, status="paid")
        case OrderCancelled():
            return replace(order, status="cancelled")
        case OrderExpired():
            return replace(order, status="expired")
        case _:
            assert_never(event)


def decide(command: OrderCommand, order: Order) -> list[OrderEvent]:
    """What follows for the order itself: it is placed once, and ends once. Raises NotPossible."""
    if isinstance(command, Place):
        if order.status != "new" or not command.lines:
            raise NotPossible(f"the order is {order.status}, with {len(command.lines)} articles")
        return [OrderPlaced(command.lines)]
    if order.status != "open":
        raise NotPossible(f"the order is {order.status}")
    match command:
        case Pay():
            return [OrderPaid()]
        case Cancel():
            return [OrderCancelled()]
        case RunOut():
            return [OrderExpired()]
        case _:
            assert_never(command)


def for_the_stock(command: OrderCommand, order_id: str, quantity: int) -> StockCommand:
    """What a command to an order asks of the stock of each of its articles."""
    match command:
        case Place(_, until):
            return Reserve(order_id, quantity, until)
        case Pay():
            return Confirm(order_id)
        case Cancel():
            return Release(order_id)
        case RunOut(now):
            return Expire(order_id, now)
        case _:
            assert_never(command)


order: Final[Decider[OrderCommand, OrderEvent, Order]] = Decider(
    decide=decide,
    evolve=evolve,
    initial_state=Order(),
    is_terminal=lambda state: state.status not in ("new", "open"),
    event_types=EventTypes([OrderPlaced, OrderPaid, OrderCancelled, OrderExpired]),
)


def do(store: EventStore, order_id: str, command: OrderCommand) -> list[AppendResult]:
    """Decide in the order and in the stock of its articles, and append to all of them or to none.

    Whoever finds that one of these streams has grown meanwhile begins again. Raises OutOfStock, and
    NotPossible.
    """
    return carry_out(
        lambda: decided(store, order_id, command),
        lambda writes: writes,
        lambda _, writes: store.append_many(writes),
        stream_id=f"order-{order_id}",
        retries=FOREVER,
    )


def decided(store: EventStore, order_id: str, command: OrderCommand) -> list[Write]:
    """What a command comes to, stream by stream; nothing is stored yet."""
    write, after = _in_stream(store, order, f"order-{order_id}", command)
    writes = [write]
    for article, quantity in sorted(after.lines.items()):
        asked = for_the_stock(command, order_id, quantity)
        write, _ = _in_stream(store, stock, f"stock-{article}", asked)
        writes.append(write)
    return writes


def _in_stream(
    store: EventStore, decider: Decider[Any, Any, Any], stream_id: str, command: Any
) -> tuple[Write, Any]:
    """The events that follow in one stream, with the version they rest on; and the state then."""
    history = store.read_stream(stream_id)
    known = map(decider.event_types.decode, history)
    state = fold(decider.evolve, known, decider.initial_state)
    events = decider.decide(command, state)
    write = (stream_id, [decider.event_types.encode(one) for one in events], version_of(history))
    return write, fold(decider.evolve, events, state)
