"""The still picture that TimeTravel leaves in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ...drawing.display import exact_time_text, money_text, time_text
from ...drawing.svg import (
    FACT,
    GRID,
    INK,
    MARK,
    MUTED,
    OTHER,
    document,
    level,
    levels,
    line,
    playhead,
    readouts,
    shorten,
    steps,
    tag,
    text,
)
from ..effects import Account, Axis, EventEffect, Order, balances, fields_after, in_order

WIDTH, HEIGHT = 880, 492
LEFT, RIGHT, TOP, BOTTOM = 92, 862, 104, 226  # the curve's box
RAIL, OTHER_RAIL = 244, 266  # the lines on which events stand: by this order, by the other one
PANELS, ROW = 304, 17
MAX_ROWS = 10


def draw(
    account: Account,
    *,
    title: str,
    money_field: str,
    by: Axis,
    order: Order,
    index: int,
    now: int,
    span: tuple[int, int],
    off: Collection[int],
) -> str:
    """The account after event `index` of `order`, at the instant `now` of the axis `span`."""
    events = in_order(account, order)
    off = {event.position for event in events} & set(off)
    was = balances(account, order)
    what_if = balances(account, order, off)

    def money(amount: int) -> str:
        return money_text(amount, account.currency)

    def x_of(i: int) -> float:
        if by == "event":
            return LEFT + (RIGHT - LEFT) * i / max(1, len(events))
        return x_at(getattr(events[i - 1], order) if i else span[0])

    def x_at(us: int) -> float:
        return LEFT + (RIGHT - LEFT) * (us - span[0]) / (span[1] - span[0])

    low, high = min(0, *was, *what_if), max(0, *was, *what_if)

    def y_of(amount: int) -> float:
        return BOTTOM - (BOTTOM - TOP) * (amount - low) / (high - low or 1)

    xs = [x_of(i) for i in range(len(was))]
    head = x_of(index) if by == "event" else min(RIGHT, max(LEFT, x_at(now)))
    ticks = [(x, one) for x, one in zip(xs[1:], events, strict=True) if LEFT <= x <= RIGHT]
    event = events[index - 1] if index else None
    named = [
        ("Moment", time_text(now), MUTED),
        ("Event", f"{index:,} of {len(events):,}", MUTED),
        (f"{money_field}, as it was", money(was[index]), FACT),
    ]
    if off:
        named += [
            (f"without {len(off)} event{'s' * (len(off) > 1)}", money(what_if[index]), OTHER),
            ("Difference", money(what_if[index] - was[index]), MUTED),
        ]
    ends = ("0", f"{len(events):,}") if by == "event" else tuple(time_text(us)[:10] for us in span)
    curves = [steps(_in_sight(xs, [y_of(amount) for amount in was]), RIGHT, FACT)]
    if off:
        points = _in_sight(xs, [y_of(amount) for amount in what_if])
        curves.append(steps(points, RIGHT, OTHER, stroke_dasharray="6 4"))
    return document(
        WIDTH,
        HEIGHT,
        f"{title}: {account.id}",
        "; ".join(f"{name}: {value}" for name, value, _ in named)
        + (f"; {event.type}" if event else ""),
        text(16, 28, title, font_size=15, font_weight=600),
        text(WIDTH - 18, 28, f"{account.id} · {order} · by {by}", fill=MUTED, text_anchor="end"),
        *readouts(named),
        *(level(LEFT, RIGHT, y_of(amount), money(amount)) for amount in levels(low, high, y_of)),
        *curves,
        line(LEFT, RAIL, RIGHT, RAIL),
        *(_tick(x, each, each.position in off) for x, each in ticks),
        *_other_rail(events, order, by, xs[1:], x_at),
        text(LEFT, OTHER_RAIL + 20, ends[0], fill=MUTED),
        text(RIGHT, OTHER_RAIL + 20, ends[1], fill=MUTED, text_anchor="end"),
        *playhead(head, TOP - 12, RAIL + 9, WIDTH - 2),
        *_state(account, events[:index], money_field, money(was[index]), event),
        *_event(event),
    )


def _in_sight(xs: list[float], ys: list[float]) -> list[tuple[float, float]]:
    """The points of a stepped curve from LEFT to RIGHT, with the level at which it enters."""
    inside = [(x, y) for x, y in zip(xs, ys, strict=True) if LEFT <= x <= RIGHT]
    before = [y for x, y in zip(xs, ys, strict=True) if x < LEFT]
    return [(LEFT, before[-1]), *inside] if before else inside


def _other_rail(
    events: list[EventEffect],
    order: Order,
    by: Axis,
    xs: list[float],
    x_at: Callable[[int], float],
) -> list[str]:
    """Where the events stand by their other time, and a line from one place to the other."""
    other: Order = "occurred_at" if order == "recorded_at" else "recorded_at"
    if all(event.recorded_at == event.occurred_at for event in events):
        return []
    ranks = {
        event.position: rank
        for rank, event in enumerate(
            sorted(events, key=lambda event: (getattr(event, other), event.position)), 1
        )
    }
    parts = [line(LEFT, OTHER_RAIL, RIGHT, OTHER_RAIL)]
    for x, event in zip(xs, events, strict=True):
        place = (
            x_at(getattr(event, other))
            if by == "time"
            else LEFT + (RIGHT - LEFT) * ranks[event.position] / len(events)
        )
        if LEFT <= x <= RIGHT and LEFT <= place <= RIGHT:
            if event.recorded_at != event.occurred_at:
                parts.append(line(x, RAIL, place, OTHER_RAIL, MUTED))
            parts.append(line(place, OTHER_RAIL - 2, place, OTHER_RAIL + 2, MUTED))
    names = [(RAIL, order, INK), (OTHER_RAIL, other, MUTED)]
    parts += [
        text(LEFT - 8, y + 4, name.removesuffix("_at"), fill=colour, text_anchor="end")
        for y, name, colour in names
    ]
    return parts


def _tick(x: float, event: EventEffect, is_off: bool) -> str:
    """Up for money in, down for money out, a dot for neither, a cross for switched off."""
    if is_off:
        cross = f"M{x - 4:.1f} {RAIL - 4}l8 8m-8 0l8 -8"
        return tag("path", d=cross, stroke=OTHER, stroke_width=1.5)
    if not event.delta:
        return tag("circle", cx=x, cy=RAIL, r=2, fill=INK)
    return line(x, RAIL, x, RAIL - (9 if event.delta > 0 else -9), INK, 1.5)


def _state(
    account: Account,
    events: list[EventEffect],
    money_field: str,
    money: str,
    event: EventEffect | None,
) -> list[str]:
    fields = {**fields_after(account, events), money_field: money}
    changed = set() if event is None else {*event.set} | ({money_field} if event.delta else set())
    rows = [(name, fields[name], name in changed) for name in account.names]
    return _panel(16, f"State after event {len(events):,}", rows)


def _event(event: EventEffect | None) -> list[str]:
    if event is None:
        return _panel(448, "No event yet", [])
    rows = [
        *((f"data.{key}", value) for key, value in event.data.items()),
        *((f"metadata.{key}", value) for key, value in event.metadata.items()),
        ("version", f"{event.version:,} of the stream"),
        ("position", f"{event.position:,} of the store"),
        ("occurred_at", exact_time_text(event.occurred_at)),
        ("recorded_at", exact_time_text(event.recorded_at)),
    ]
    return _panel(448, f"Event: {event.type}", [(*row, False) for row in rows])


def _panel(x: int, title: str, rows: list[tuple[str, str, bool]]) -> list[str]:
    """Names and values, the marked ones on a tint and in bold."""
    height = (MAX_ROWS + 1) * ROW - 8
    parts = [
        tag("rect", x=x, y=PANELS, width=416, height=height, rx=3, fill="none", stroke=GRID),
        text(x + 10, PANELS + 17, shorten(title, 55), font_weight=600),
    ]
    for i, (name, value, marked) in enumerate(rows[: MAX_ROWS - 1]):
        y = PANELS + 17 + (i + 1) * ROW
        if marked:
            parts.append(tag("rect", x=x + 150, y=y - 12, width=258, height=ROW - 1, fill=MARK))
        weight = 600 if marked else 400
        parts.append(text(x + 10, y, shorten(name, 24), fill=MUTED, font_size=11))
        parts.append(text(x + 156, y, shorten(value, 40), font_size=11, font_weight=weight))
    return parts
