"""Exercises of chapter 14: what comes next, what makes up for it, inboxes, deadlines, outboxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong

FACTS = (
    "MoneyTaken",
    "ReceiverConfirmed",
    "ConfirmationTimedOut",
    "MoneyDelivered",
    "DeliveryRefused",
    "MoneyReturned",
)

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

next_message = Exercise(
    name="next_message",
    title="What has to be sent next?",
    minutes=6,
    prompt="""A transfer's stream is a list of event types, such as `["TransferRequested",
"MoneyTaken"]`. Write `next_message(events)`: what its manager has to send now.

- `"take"`, as long as the sender's account has not answered (`MoneyTaken` or `TransferRefused`);
- `"deliver"`, once the money is taken **and** the receiver has confirmed; these two can come in
  either order;
- `"return"`, if the delivery was refused or the confirmation timed out;
- `None`, if there is nothing to do: it waits for the confirmation, or has ended (`TransferRefused`,
  `MoneyDelivered`, `MoneyReturned`).""",
    answer="next_message",
    stub="""def next_message(events):
    return ...""",
    hints=(
        "Ask for the ends first. Then for what makes it go back. Then for the rest.",
        "The last event does not say enough: which *have happened* does. `events` is a list, and "
        "`in` is all you need.",
        '`if "MoneyTaken" in events and "ReceiverConfirmed" in events: return "deliver"`',
    ),
    reference="""def next_message(events):
    if {"TransferRefused", "MoneyDelivered", "MoneyReturned"} & set(events):
        return None
    if {"DeliveryRefused", "ConfirmationTimedOut"} & set(events):
        return "return"
    if "MoneyTaken" not in events:
        return "take"
    return "deliver" if "ReceiverConfirmed" in events else None""",
    why="""The stream is all that the manager knows, so any manager can go on where another one
died. Messages come in any order: the state says what has happened, not what came last.""",
    wrong_answers=(
        Wrong(
            "You look at the last event only. The confirmation can come before the money is taken, "
            "and then nobody delivers.",
            """def next_message(events):
    return {
        "TransferRequested": "take",
        "ReceiverConfirmed": "deliver",
        "DeliveryRefused": "return",
        "ConfirmationTimedOut": "return",
    }.get(events[-1])""",
        ),
        Wrong(
            "You deliver before the receiver has confirmed.",
            """def next_message(events):
    if {"TransferRefused", "MoneyDelivered", "MoneyReturned"} & set(events):
        return None
    if {"DeliveryRefused", "ConfirmationTimedOut"} & set(events):
        return "return"
    return "deliver" if "MoneyTaken" in events else "take\"""",
        ),
        Wrong(
            "You deliver what was never taken: the confirmation alone is not enough.",
            """def next_message(events):
    if {"TransferRefused", "MoneyDelivered", "MoneyReturned"} & set(events):
        return None
    if {"DeliveryRefused", "ConfirmationTimedOut"} & set(events):
        return "return"
    if "ReceiverConfirmed" in events:
        return "deliver"
    return None if "MoneyTaken" in events else "take\"""",
        ),
        Wrong(
            "You send the money back again and again: MoneyReturned is an end.",
            """def next_message(events):
    if {"TransferRefused", "MoneyDelivered"} & set(events):
        return None
    if {"DeliveryRefused", "ConfirmationTimedOut"} & set(events):
        return "return"
    if "MoneyTaken" not in events:
        return "take"
    return "deliver" if "ReceiverConfirmed" in events else None""",
        ),
    ),
    test=Compare(
        cases=st.sampled_from(PATHS),
        run=lambda next_message, events: next_message(list(events)),
        examples=(PATHS[0], PATHS[4], PATHS[6], PATHS[8]),
        context=lambda events: f"events: {events}",
    ),
)

Booking = tuple[str, int]  # account, cents

compensate = Exercise(
    name="compensate",
    title="Write the compensation",
    minutes=6,
    prompt="""A trip is booked in steps: each is `(account, cents)`, by which that account is
debited. One of the steps was refused. Write `compensate(done)`: `done` are the steps that did
succeed, in order. Return the list of `(account, cents)` that have to be **credited**, the last
step first. A step of 0 cents moved nothing and needs nothing.""",
    answer="compensate",
    stub="""def compensate(done):
    return ...""",
    hints=(
        "Every step that moved money gets one credit to the same account, of the same amount.",
        "`reversed(done)`",
        "`[(account, cents) for account, cents in reversed(done) if cents]`",
    ),
    reference="""def compensate(done):
    return [(account, cents) for account, cents in reversed(done) if cents]""",
    why="""What was done stays in the streams; the compensation is a new fact beside it. Backwards,
because a later step may rest on an earlier one.""",
    wrong_answers=(
        Wrong(
            "You go forwards. The last step may rest on the first: undo it first.",
            """def compensate(done):
    return [(account, cents) for account, cents in done if cents]""",
        ),
        Wrong(
            "You credit a negative amount, which debits the account once more.",
            """def compensate(done):
    return [(account, -cents) for account, cents in reversed(done) if cents]""",
        ),
        Wrong(
            "You give back only the last step. All that were done have to be made up for.",
            """def compensate(done):
    return [(account, cents) for account, cents in done[-1:] if cents]""",
        ),
        Wrong(
            "You book a credit of nothing. A step that moved nothing needs nothing.",
            """def compensate(done):
    return list(reversed(done))""",
        ),
    ),
    test=Compare(
        cases=st.lists(
            st.tuples(st.sampled_from(["flight", "hotel", "car"]), st.sampled_from([0, 50, 300])),
            max_size=4,
        ),
        run=lambda compensate, done: compensate(list(done)),
        examples=([], [("hotel", 300)]),
        context=lambda done: f"done: {done}",
    ),
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

        answer = receive(message_id, inbox, act)
        if answer is ...:  # the stub
            return answer
        told.append(answer)
    return told, acted, inbox


inbox = Exercise(
    name="inbox",
    title="An inbox",
    minutes=6,
    prompt="""Messages come at least once. Write `receive(message_id, inbox, act)`. `act()` does
what the message says and gives its answer, `"done"` or `"refused"`; `inbox` is a dict that is
kept, from message id to answer. Act on each message **once**, keep its answer, and give the same
answer every time it comes: a refusal stays one, even if the message would be accepted now.""",
    answer="receive",
    stub="""def receive(message_id, inbox, act):
    return ...""",
    hints=(
        "Look into the inbox before you act.",
        "What is kept is the answer, whichever it is.",
        "`if message_id not in inbox: inbox[message_id] = act()`",
    ),
    reference="""def receive(message_id, inbox, act):
    if message_id not in inbox:
        inbox[message_id] = act()
    return inbox[message_id]""",
    why="""If a refusal were forgotten, one manager could be refused and pay back while another one,
with the same message, is let in: money is made. In the store, the inbox entry and the effect are
one transaction.""",
    wrong_answers=(
        Wrong(
            "You act on every delivery. The second one moves the money again.",
            """def receive(message_id, inbox, act):
    inbox[message_id] = act()
    return inbox[message_id]""",
        ),
        Wrong(
            "You keep only what was done. A refused message that comes again is tried again, and "
            "may get another answer.",
            """def receive(message_id, inbox, act):
    if inbox.get(message_id) == "done":
        return "done"
    answer = act()
    if answer == "done":
        inbox[message_id] = answer
    return answer""",
        ),
        Wrong(
            "You keep a refusal and try it again. If the message would be accepted now, its second "
            "delivery gets another answer than the first.",
            """def receive(message_id, inbox, act):
    if inbox.get(message_id) != "done":
        inbox[message_id] = act()
    return inbox[message_id]""",
        ),
        Wrong(
            'To a message that came again you say "done", whatever it was told the first time.',
            """def receive(message_id, inbox, act):
    if message_id in inbox:
        return "done"
    inbox[message_id] = act()
    return inbox[message_id]""",
        ),
        Wrong(
            "You act and keep nothing: the next delivery is a first one again.",
            """def receive(message_id, inbox, act):
    return inbox.get(message_id) or act()""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.lists(st.sampled_from(["m1", "m2"]), max_size=5),
            st.lists(st.booleans(), min_size=5, max_size=5),
        ),
        run=_receiving,
        examples=((["m1"], [False]), (["m1", "m2"], [False, False])),
        context=lambda case: (
            f"messages {case[0]}; each would be refused now: {case[1][: len(case[0])]}"
        ),
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

deadline = Exercise(
    name="deadline",
    title="A timeout is an event",
    minutes=5,
    prompt="""Write `on_tick(events, now, deadline)`: what the process appends when somebody looks
at the clock, as a list of event types. `events` are those so far. If it still waits, that is, the
money is taken, the receiver has not confirmed, and it has not timed out before, and `now` is at or
after `deadline` (both in minutes), then `["ConfirmationTimedOut"]`; else nothing.""",
    answer="on_tick",
    stub="""def on_tick(events, now, deadline):
    return ...""",
    hints=(
        "Four things have to hold. Which of them is about the clock?",
        "A process that has timed out waits no more. Nor does one that has been confirmed.",
        '`waits = "MoneyTaken" in events and not {...} & set(events)`',
    ),
    reference="""def on_tick(events, now, deadline):
    over = {"ReceiverConfirmed", "ConfirmationTimedOut"} & set(events)
    if "MoneyTaken" in events and not over and now >= deadline:
        return ["ConfirmationTimedOut"]
    return []""",
    why="""Time passes outside the process; that it has run out is a decision, and so it is
recorded. A replay next year then gives the same, whatever the clock says.""",
    wrong_answers=(
        Wrong(
            "After a confirmation there is no timeout any more. The money may be delivered by now, "
            "and you would send it back as well.",
            """def on_tick(events, now, deadline):
    if "MoneyTaken" in events and "ConfirmationTimedOut" not in events and now >= deadline:
        return ["ConfirmationTimedOut"]
    return []""",
        ),
        Wrong(
            "It times out again at every tick.",
            """def on_tick(events, now, deadline):
    if "MoneyTaken" in events and "ReceiverConfirmed" not in events and now >= deadline:
        return ["ConfirmationTimedOut"]
    return []""",
        ),
        Wrong(
            "You look at the last event only. A confirmation may come before the money is taken, "
            "and then nobody waits for one.",
            """def on_tick(events, now, deadline):
    if events[-1] == "MoneyTaken" and now >= deadline:
        return ["ConfirmationTimedOut"]
    return []""",
        ),
        Wrong(
            "At the deadline itself it is over: at or after.",
            """def on_tick(events, now, deadline):
    over = {"ReceiverConfirmed", "ConfirmationTimedOut"} & set(events)
    if "MoneyTaken" in events and not over and now > deadline:
        return ["ConfirmationTimedOut"]
    return []""",
        ),
        Wrong(
            "Nothing was taken yet, so there is nothing to wait for and nothing to send back.",
            """def on_tick(events, now, deadline):
    over = {"ReceiverConfirmed", "ConfirmationTimedOut"} & set(events)
    if not over and now >= deadline:
        return ["ConfirmationTimedOut"]
    return []""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.sampled_from(WAITING).map(lambda facts: ["TransferRequested", *facts]),
            st.integers(0, 3),
            st.just(2),
        ),
        run=lambda on_tick, case: on_tick(list(case[0]), case[1], case[2]),
        examples=((["TransferRequested", "MoneyTaken"], 3, 2), (["TransferRequested"], 0, 2)),
        context=lambda case: f"events {case[0]}; now {case[1]}, deadline {case[2]}",
    ),
)


class Died(Exception):
    """The process dies here."""


def _posting(post_all: Callable[..., Any], case: tuple[int, list[int]]) -> Any:
    """What the post office has, and the mark, after as many starts as it takes."""
    letters, dies_at = list(range(1, case[0] + 1)), set(case[1])
    posted: list[int] = []
    mark = [0]
    calls = 0

    def step() -> None:
        nonlocal calls
        calls += 1
        if calls in dies_at:
            raise Died

    def post(letter: int) -> None:
        step()
        posted.append(letter)

    def save(position: int) -> None:
        step()
        mark[0] = position

    for _ in range(len(dies_at) + 1):
        try:
            found = post_all([one for one in letters if one > mark[0]], post, save)
            if found is ...:  # the stub
                return found
        except Died:
            pass
    return sorted(set(posted)), mark[0], len(posted) - len(set(posted)) <= len(dies_at)


outbox = Exercise(
    name="outbox",
    title="Empty the outbox",
    minutes=7,
    prompt="""The process's events are its outbox: each leads to one letter. Write `post_all(events,
post, save)`. `events` are the positions after the mark, in order; `post(position)` hands a letter
to the post office, which ignores one that it has had already; `save(position)` moves the mark. The
two are in different systems, and the process can die at either call: the call raises before it has
done anything, and that must go through. It is then started again with the events after the mark.
**No letter may be missing**, and after a death at most one is posted again.""",
    answer="post_all",
    stub="""def post_all(events, post, save):
    return ...""",
    hints=(
        "Which order loses a letter if it dies between the two calls? Which one posts it twice?",
        "The mark has to move after every letter, not only at the end.",
        "In the loop: `post(position)`, then `save(position)`.",
    ),
    reference="""def post_all(events, post, save):
    for position in events:
        post(position)
        save(position)""",
    why="""Two systems cannot be changed in one step. So one is chosen to be right, no letter lost,
and the other repaired: the post office knows the letter by its id. At least once, with an
idempotent receiver, is what "exactly once" looks like between systems.""",
    wrong_answers=(
        Wrong(
            "You save the mark first. If the process dies before it posts, that letter is never "
            "posted: at most once.",
            """def post_all(events, post, save):
    for position in events:
        save(position)
        post(position)""",
        ),
        Wrong(
            "You save only at the end. After a death all letters so far are posted again.",
            """def post_all(events, post, save):
    for position in events:
        post(position)
    if events:
        save(events[-1])""",
        ),
        Wrong(
            "You never move the mark, so everything is posted at every start.",
            """def post_all(events, post, save):
    for position in events:
        post(position)""",
        ),
        Wrong(
            "You caught the death of the process and went on with the next letter. Nobody catches "
            "his own death; the letter in hand is lost.",
            """def post_all(events, post, save):
    for position in events:
        try:
            post(position)
        except Exception:
            pass
        save(position)""",
        ),
        Wrong(
            "You handle one letter and stop. Nobody starts you again for the next one.",
            """def post_all(events, post, save):
    for position in events[:1]:
        post(position)
        save(position)""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.integers(0, 5), st.lists(st.integers(1, 10), max_size=2, unique=True).map(sorted)
        ),
        run=_posting,
        examples=((0, []), (3, [])),
        context=lambda case: f"{case[0]} letters; the process dies at call no. {case[1] or 'none'}",
    ),
)

CHAPTER = Chapter(14, "Processes", __name__, (next_message, compensate, inbox, deadline, outbox))
