"""What each event did to the state, in a form that a browser can fold again.

An event's *effect* is the difference between the state before it and the state after it. Python
computes it once; effects can then be folded in either order of time, with any events left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree

import msgspec

from ..drawing.display import exact_time_text, minor_digits, money_text
from ..errors import InvalidInput
from ..event import RecordedEvent, microseconds

if TYPE_CHECKING:
    from ..replay import History

MAX_SAFE_INT = 2**53 - 1  # JavaScript counts exactly up to here

Axis = Literal["time", "event"]
Order = Literal["recorded_at", "occurred_at"]
Draw = Callable[[Any], str]  # a state as an SVG document


# --- what goes to the browser --------------------------------------------------------------------


class EventEffect(msgspec.Struct, frozen=True):
    """An event and its effect: `delta` is added to the money, each field of `set` gets its text."""

    type: str
    version: int
    position: int
    schema_version: int
    recorded_at: int  # microseconds since 1970, UTC
    occurred_at: int
    data: dict[str, str]
    metadata: dict[str, str]
    delta: int  # minor units
    set: dict[str, str]


class Account(msgspec.Struct, frozen=True):
    """A stream: the state before its first event, and its events in the store's order."""

    id: str
    names: list[str]  # the state's fields, in the order of its class
    fields: dict[str, str]  # all but the money, before the first event
    opening: int  # the money before the first event, minor units
    currency: str  # "" where the state has no currency
    digits: int
    events: list[EventEffect]
    drawings: list[str]  # SVG; empty, or one after none, one, two … events


class PackedHistories(msgspec.Struct, frozen=True):
    """All that the browser needs, sent once. `start` and `end` are the time axis."""

    money_field: str
    start: int
    end: int
    who: str  # keeps the events
    label: str  # the field that names an account, "" if there is none
    accounts: list[Account]


# --- the fold ------------------------------------------------------------------------------------


def pack(
    histories: Sequence[History[Any]],
    money: str,
    amounts: Collection[str] = (),
    who: str = "the bank",
    label: str = "owner",
    draw: Draw | None = None,
) -> PackedHistories:
    """Histories with their effects. Raises InvalidInput."""
    accounts = [_account(history, money, amounts, draw) for history in histories]
    times = [
        time
        for account in accounts
        for event in account.events
        for time in (event.recorded_at, event.occurred_at)
    ]
    first, last = (min(times), max(times)) if times else (0, 0)
    margin = max((last - first) // 50, 1_000_000)  # room for "before the first event"
    named = label if any(label in account.names for account in accounts) else ""
    return PackedHistories(money, first - margin, last + margin, who, named, accounts)


def in_order(account: Account, order: Order) -> list[EventEffect]:
    """The account's events by one of their two times; at the same time, by position."""
    return sorted(account.events, key=lambda event: (getattr(event, order), event.position))


def balances(account: Account, order: Order, off: Collection[int] = ()) -> list[int]:
    """The money after none, one, two … events, leaving out the positions in `off`."""
    amounts = [account.opening]
    for event in in_order(account, order):
        amounts.append(amounts[-1] + (0 if event.position in off else event.delta))
    return amounts


def fields_after(account: Account, events: Iterable[EventEffect]) -> dict[str, str]:
    """The other fields after `events`."""
    fields = dict(account.fields)
    for event in events:
        fields.update(event.set)
    return fields


def _account(
    history: History[Any], money: str, amounts: Collection[str], draw: Draw | None
) -> Account:
    initial = history.initial_state
    if not dataclasses.is_dataclass(initial):
        raise InvalidInput("histories", f"states must be dataclasses, not {type(initial).__name__}")
    names = [field.name for field in dataclasses.fields(initial)]
    if money not in names:
        raise InvalidInput("money", f"{money!r} is no field of the state; choose of {names}")
    states = [initial, *history.states]
    for state in states:
        amount = getattr(state, money)
        if type(amount) is not int or abs(amount) > MAX_SAFE_INT:
            raise InvalidInput("money", f"{money} must be an int below 2**53, not {amount!r}")
    currency = getattr(states[-1], "currency", None) or ""
    texts = [
        {
            name: _text(getattr(state, name), currency if name in amounts else None)
            for name in names
            if name != money
        }
        for state in states
    ]
    return Account(
        id=history.stream_id,
        names=names,
        fields=texts[0],
        opening=getattr(initial, money),
        currency=currency,
        digits=minor_digits(currency),
        events=[
            _event(
                event,
                delta=getattr(states[i + 1], money) - getattr(states[i], money),
                set_fields={
                    name: text for name, text in texts[i + 1].items() if texts[i][name] != text
                },
            )
            for i, event in enumerate(history.events)
        ],
        drawings=[_drawn(draw, state) for state in states] if draw else [],
    )


def _drawn(draw: Draw, state: Any) -> str:
    """A state's drawing, which has to be an SVG document: it is shown as an image."""
    drawing = draw(state)
    try:
        root = ElementTree.fromstring(drawing)
    except (ElementTree.ParseError, TypeError) as error:
        raise InvalidInput("draw", f"must give SVG: {error}") from None
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise InvalidInput("draw", f"must give <svg xmlns=…>, not <{root.tag}>")
    return drawing


def _event(event: RecordedEvent, delta: int, set_fields: dict[str, str]) -> EventEffect:
    return EventEffect(
        type=event.type,
        version=event.version,
        position=event.position,
        schema_version=event.schema_version,
        recorded_at=microseconds(event.recorded_at),
        occurred_at=microseconds(event.occurred_at),
        data=_data(event.data),
        metadata={key: _text(value) for key, value in event.metadata.items()},
        delta=delta,
        set=set_fields,
    )


def _data(data: dict[str, Any]) -> dict[str, str]:
    texts = {key: _text(value) for key, value in data.items()}
    amount, currency = data.get("amount"), data.get("currency")
    if type(amount) is int and isinstance(currency, str):
        texts["amount"] += f" ({money_text(amount, currency)})"  # as stored, and as people read it
    return texts


def _text(value: Any, currency: str | None = None) -> str:
    """A value as its field shows it; with a currency, an amount of it."""
    if value is None or value == "":
        return "–"
    if currency is not None and type(value) is int:
        return money_text(value, currency)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return exact_time_text(microseconds(value))
    return msgspec.json.encode(value, enc_hook=str, order="deterministic").decode()
