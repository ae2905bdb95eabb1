"""Cases of chapter 14: what comes next, what makes up for it, inboxes, deadlines, outboxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from .. import Compare, Test, from_pages

TESTS: dict[str, Test] = {}

PATHS = (
    ["TransferRequested"],
    ["TransferRequested", "TransferRefused"],
    ["TransferRequested", "ReceiverConfirmed"],
    ["TransferRequested", "MoneyTaken"],
    ["TransferRequested", "MoneyTaken", "ReceiverConfirmed"],
    ["TransferRequested", "ReceiverConfirmed", "MoneyTaken"],
    ["TransferRequested", "MoneyTaken", "ReceiverConfirmed", "MoneyDelivered"],
    ["TransferRequested", "MoneyTaken", "ReceiverConfirmed", "DeliveryRefused"],
    ["TransferRequested", "MoneyTaken", "ConfirmationTimedOut"],
    ["TransferRequested", "MoneyTaken", "ConfirmationTimedOut", "MoneyReturned"],
    ["TransferRequested", "ReceiverConfirmed", "MoneyTaken", "DeliveryRefused", "MoneyReturned"],
)

TESTS["next_message"] = Compare(
    cases=st.sampled_from(PATHS),
    run=lambda next_message, events: next_message(list(events)),
    examples=(PATHS[0], PATHS[4], PATHS[6], PATHS[8]),
    context=lambda events: f"events: {events}",
)

TESTS["compensate"] = Compare(
    cases=st.lists(
        st.tuples(st.sampled_from(["flight", "hotel", "car"]), st.sampled_from([0, 50, 300])),
        max_size=4,
    ),
    run=lambda compensate, done: compensate(list(done)),
    examples=([], [("hotel", 300)]),
    context=lambda done: f"done: {done}",
)


def _receiving(receive: Callable[..., Any], case: tuple[list[str], list[bool]]) -> Any:
    """What each message is told, and how often it was acted upon."""
    messages, frozen = case
    inbox: dict[str, str] = {}
    acted: list[str] = []
    told = []
    for message_id, refuses in zip(messages, frozen, strict=False):

        def act(message_id: str = message_id, refuses: bool = refuses) -> str:
            acted.append(message_id)
            return "refused" if refuses else "done"

        told.append(receive(message_id, inbox, act))
    return told, acted, inbox


TESTS["inbox"] = Compare(
    cases=st.tuples(
        st.lists(st.sampled_from(["m1", "m2"]), max_size=5),
        st.lists(st.booleans(), min_size=5, max_size=5),
    ),
    run=_receiving,
    examples=((["m1"], [False]), (["m1", "m2"], [False, False])),
    context=lambda case: (
        f"messages {case[0]}; each would be refused now: {case[1][: len(case[0])]}"
    ),
)

# What can have happened to a transfer before it is delivered or returned.
WAITING: tuple[tuple[str, ...], ...] = (
    (),
    ("MoneyTaken",),
    ("ReceiverConfirmed",),
    ("MoneyTaken", "ReceiverConfirmed"),
    ("ReceiverConfirmed", "MoneyTaken"),
    ("MoneyTaken", "ConfirmationTimedOut"),
)

TESTS["deadline"] = Compare(
    cases=st.tuples(
        st.sampled_from(WAITING).map(lambda facts: ["TransferRequested", *facts]),
        st.integers(0, 3),
        st.just(2),
    ),
    run=lambda on_tick, case: on_tick(list(case[0]), case[1], case[2]),
    examples=((["TransferRequested", "MoneyTaken"], 3, 2), (["TransferRequested"], 0, 2)),
    context=lambda case: f"events {case[0]}; now {case[1]}, deadline {case[2]}",
)


class Died(Exception):
    """The process dies here."""


def _posting(post_all: Callable[..., Any], case: tuple[int, list[int]]) -> Any:
    """What the post office has, and the mark, after as many starts as it takes."""
    letters, dies_at = list(range(1, case[0] + 1)), set(case[1])
    posted: list[int] = []
    mark = [0]
    calls = 0
    dead = swallowed = False

    def step() -> None:
        nonlocal calls, dead, swallowed
        swallowed = swallowed or dead  # whoever dies makes no further call
        calls += 1
        if calls in dies_at:
            dead = True
            raise Died

    def post(letter: int) -> None:
        step()
        posted.append(letter)

    def save(position: int) -> None:
        step()
        mark[0] = position

    for _ in range(len(dies_at) + 1):
        dead = False
        try:
            found = post_all([one for one in letters if one > mark[0]], post, save)
            if found is ...:  # the stub
                return found
            swallowed = swallowed or dead
        except Died:
            pass
    again = len(posted) - len(set(posted))
    return sorted(set(posted)), mark[0], again <= len(dies_at), not swallowed


TESTS["outbox"] = Compare(
    cases=st.tuples(
        st.integers(0, 5), st.lists(st.integers(1, 10), max_size=2, unique=True).map(sorted)
    ),
    run=_posting,
    parts=("posted", "the mark", "at most one again after a death", "each death went through"),
    examples=((0, []), (3, [])),
    context=lambda case: f"{case[0]} letters; the process dies at call no. {case[1] or 'none'}",
)

CHAPTER = from_pages(14, "Processes", __name__, TESTS)
