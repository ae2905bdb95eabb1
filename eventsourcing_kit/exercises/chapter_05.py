"""Exercises of chapter 5: the state at a moment, by two times, and without some events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st

from ..event import NewEvent, RecordedEvent
from .chapter import Chapter
from .compare import Compare
from .exercise import KIT, Exercise, Wrong
from .histories import MONEY_TYPES, START, amounts, histories, history, moments
from .sql import sql_rows

SETUP = f'''{KIT}

def delta(event):
    """By how much an event moves the balance, in cents."""
    amount = event.data["amount"]
    return amount if event.type == "MoneyDeposited" else -amount
'''

ON_TIME = history([("MoneyDeposited", 300, 0, 0), ("MoneyWithdrawn", 100, 2, 0)])
A_DAY_LATE = history([("MoneyWithdrawn", 100, 0, 0), ("MoneyDeposited", 300, 2, 24)])


def _hour(moment: Any) -> str:
    return f"{moment:%d %b %H:%M}"


def _dated(events: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
    """Events with their two times, for a table."""
    return [
        {
            "type": event.type,
            "amount": event.data["amount"],
            "occurred_at": _hour(event.occurred_at),
            "recorded_at": _hour(event.recorded_at),
        }
        for event in events
    ]


known_balance = Exercise(
    name="known_balance",
    title="What the bank knew",
    minutes=4,
    prompt="""Write `known_balance(events, moment)`: the balance, in cents, that the bank knew at
`moment`, that instant included. `events` are the events of one account, in order of version; each
has `.occurred_at` and `.recorded_at`. `delta(event)`, defined above, says by how much an event
moves the balance. No events: 0.""",
    answer="known_balance",
    setup=SETUP,
    stub="""def known_balance(events, moment):
    return ...""",
    hints=(
        "The bank knows an event from the moment at which the store learned of it.",
        "Which of an event's two times is that? Keep the events where it is not after `moment`.",
        "`sum(delta(event) for event in events if ...)`",
    ),
    reference="""def known_balance(events, moment):
    return sum(delta(event) for event in events if event.recorded_at <= moment)""",
    why="What the bank knew at an instant is what it had recorded by then, that instant included.",
    wrong_answers=(
        Wrong(
            "You asked by occurred_at. That tells what was true, and takes in events of which the "
            "bank had not heard yet. Knowledge goes by recorded_at.",
            """def known_balance(events, moment):
    return sum(delta(event) for event in events if event.occurred_at <= moment)""",
        ),
        Wrong(
            "You left out what was recorded at the very instant that was asked about. “As of” "
            "includes its instant: <=, not <.",
            """def known_balance(events, moment):
    return sum(delta(event) for event in events if event.recorded_at < moment)""",
        ),
        Wrong(
            "You added every amount. A withdrawal and a fee take money away: use delta(event).",
            """def known_balance(events, moment):
    return sum(event.data["amount"] for event in events if event.recorded_at <= moment)""",
        ),
    ),
    test=Compare(
        cases=st.tuples(histories(), moments),
        run=lambda answer, case: answer(*case),
        examples=((ON_TIME, START + timedelta(hours=1)), (ON_TIME, START + timedelta(hours=9))),
        events=lambda case: _dated(case[0]),
        context=lambda case: f"as known on {_hour(case[1])}",
    ),
)

believed = Exercise(
    name="believed",
    title="Both times at once",
    minutes=6,
    prompt="""An auditor asks: *on Sunday noon, what did the bank believe the balance had been on
Saturday at 23:00?* Write `believed(events, known_at, about)`: the balance in cents that was true at
`about`, as far as the bank knew at `known_at`. Both instants are included. `events` and `delta` are
as before.""",
    answer="believed",
    setup=SETUP,
    stub="""def believed(events, known_at, about):
    return ...""",
    hints=(
        "Two conditions: the bank has to know of an event, and the event has to have happened.",
        "recorded_at answers one of them and occurred_at the other.",
    ),
    reference="""def believed(events, known_at, about):
    return sum(
        delta(event)
        for event in events
        if event.recorded_at <= known_at and event.occurred_at <= about
    )""",
    why="""Each time has its own limit. `recorded_at <= known_at` keeps what the bank had heard of;
of that, `occurred_at <= about` keeps what had happened by then. With one limit only you get one of
the simpler questions.""",
    wrong_answers=(
        Wrong(
            "You looked at known_at alone. Events that the bank knew of on Sunday, but that "
            "happened after `about`, are in your balance.",
            """def believed(events, known_at, about):
    return sum(delta(event) for event in events if event.recorded_at <= known_at)""",
        ),
        Wrong(
            "You looked at `about` alone. Events that came to the bank's knowledge only after "
            "known_at are in your balance.",
            """def believed(events, known_at, about):
    return sum(delta(event) for event in events if event.occurred_at <= about)""",
        ),
        Wrong(
            "You swapped the two times: known_at limits recorded_at, `about` limits occurred_at.",
            """def believed(events, known_at, about):
    return sum(
        delta(event)
        for event in events
        if event.occurred_at <= known_at and event.recorded_at <= about
    )""",
        ),
        Wrong(
            "One condition was enough for you. An event counts if the bank knew of it and it had "
            "happened: both.",
            """def believed(events, known_at, about):
    return sum(
        delta(event)
        for event in events
        if event.recorded_at <= known_at or event.occurred_at <= about
    )""",
        ),
        Wrong(
            "You stopped at the first event that lies too late. Events stand in the order in which "
            "they were recorded, so one that happened earlier can follow: skip, do not stop.",
            """def believed(events, known_at, about):
    total = 0
    for event in events:
        if event.recorded_at > known_at or event.occurred_at > about:
            break
        total += delta(event)
    return total""",
        ),
    ),
    test=Compare(
        cases=st.tuples(histories(), moments, moments),
        run=lambda answer, case: answer(*case),
        examples=((ON_TIME, START + timedelta(hours=1), START + timedelta(hours=1)),),
        events=lambda case: _dated(case[0]),
        context=lambda case: f"known on {_hour(case[1])}, about {_hour(case[2])}",
    ),
)

late = Exercise(
    name="late",
    title="Find the late ones",
    minutes=6,
    prompt="""An event is *late* if one with a lower version happened after it.
Jonas's salary was late: the fee of Saturday stood in the store when the salary of Friday came in.
Write `late(events)`: the versions of the late events, in order. `events` are those of one account,
in order of version. Two events that happened at the same instant are not late.""",
    answer="late",
    setup=SETUP,
    stub="""def late(events):
    return ...""",
    hints=(
        "Go through the events in order. What do you have to remember of those before?",
        "Remember the latest occurred_at seen so far. An event that happened before it is late.",
    ),
    reference="""def late(events):
    versions = []
    latest = None
    for event in events:
        if latest is not None and event.occurred_at < latest:
            versions.append(event.version)
        else:
            latest = event.occurred_at
    return versions""",
    why="""One pass with one thing remembered: the latest `occurred_at` so far. A late event does
not move it, so several late events in a row are all found. Projections that care about
`occurred_at` keep the same mark.""",
    wrong_answers=(
        Wrong(
            "You compared each event with the one just before it. After a late event that one is "
            "itself late, and the next late event slips through: compare with the latest so far.",
            """def late(events):
    return [
        event.version
        for before, event in zip(events, events[1:])
        if event.occurred_at < before.occurred_at
    ]""",
        ),
        Wrong(
            "You named every event that was recorded after it happened. A delay alone is not late: "
            "nothing that happened later stood in the store yet.",
            """def late(events):
    return [event.version for event in events if event.occurred_at < event.recorded_at]""",
        ),
        Wrong(
            "You named events that happened at the same instant as another. They are in no order, "
            "so neither is late: <, not <=.",
            """def late(events):
    versions = []
    latest = None
    for event in events:
        if latest is not None and event.occurred_at <= latest:
            versions.append(event.version)
        else:
            latest = event.occurred_at
    return versions""",
        ),
    ),
    test=Compare(
        cases=histories(),
        run=lambda answer, events: answer(events),
        examples=(ON_TIME, A_DAY_LATE),
        events=_dated,
    ),
)

replay_without = Exercise(
    name="replay_without",
    title="What if",
    minutes=6,
    prompt="""Write `replay_without(events, without)`: for each event of the history a pair `(was,
would_be)`: the balance after it as it was, and as it would have been if the versions in the set
`without` had never happened. An event that is left out still has its pair; it only does not count
in `would_be`. Amounts are in cents; both start at 0.""",
    answer="replay_without",
    setup=SETUP,
    stub="""def replay_without(events, without):
    return ...""",
    hints=(
        "Two running totals, moved by the same events, except for those in `without`.",
        "`event.version in without` tells which events count only in `was`.",
    ),
    reference="""def replay_without(events, without):
    pairs = []
    was = would_be = 0
    for event in events:
        was += delta(event)
        if event.version not in without:
            would_be += delta(event)
        pairs.append((was, would_be))
    return pairs""",
    why="Both histories are folds over the same events, so their pairs lie beside each other.",
    wrong_answers=(
        Wrong(
            "You counted from the place in the list. A history can start at any version: what is "
            "to be left out is named by event.version.",
            """def replay_without(events, without):
    pairs = []
    was = would_be = 0
    for version, event in enumerate(events, 1):
        was += delta(event)
        if version not in without:
            would_be += delta(event)
        pairs.append((was, would_be))
    return pairs""",
        ),
        Wrong(
            "You made no pair for the events that were left out, so the two histories are no "
            "longer beside each other.",
            """def replay_without(events, without):
    pairs = []
    was = would_be = 0
    for event in events:
        was += delta(event)
        if event.version not in without:
            would_be += delta(event)
            pairs.append((was, would_be))
    return pairs""",
        ),
        Wrong(
            "You left the events out of both balances. `was` is the history as it happened.",
            """def replay_without(events, without):
    pairs = []
    would_be = 0
    for event in events:
        if event.version not in without:
            would_be += delta(event)
        pairs.append((would_be, would_be))
    return pairs""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.tuples(histories(), st.integers(0, 2)).map(lambda case: case[0][case[1] :]),
            st.frozensets(st.integers(1, 5), max_size=3),
        ),
        run=lambda answer, case: answer(*case),
        examples=((ON_TIME, frozenset()), (ON_TIME, frozenset({2}))),
        events=lambda case: [
            {"type": event.type, "version": event.version, "amount": event.data["amount"]}
            for event in case[0]
        ],
        context=lambda case: f"without versions {sorted(case[1])}",
    ),
)


def _row(row: tuple[str, str, int, int]) -> tuple[str, NewEvent]:
    stream_id, kind, amount, delay = row
    happened = START - timedelta(hours=delay)
    data = {"amount": amount, "currency": "EUR"}
    return stream_id, NewEvent(kind, data, occurred_at=happened)


whole_bank = Exercise(
    name="whole_bank",
    title="The whole bank, in one query",
    minutes=8,
    prompt="""Write a SQL query: for each account, the balance in cents that was true on 10 March
2025 at noon UTC, that instant included. Two columns: `stream_id` and the balance as a `BIGINT`,
ordered by `stream_id`; an account without an event up to then has no row. The table `events` has
`stream_id`, `type`, `data`, `occurred_at` and `recorded_at`. `data.amount::BIGINT` is the amount.
The types are `MoneyDeposited`, `MoneyWithdrawn` and `FeeCharged`.""",
    answer="query",
    stub='''query = """
...
"""''',
    hints=(
        "A fold of sums is a GROUP BY: one row an account.",
        "`CASE WHEN type = 'MoneyDeposited' THEN ... ELSE ... END` gives the amount its sign.",
        "What was true goes by occurred_at. A moment: `TIMESTAMPTZ '2025-03-10 12:00:00+00'`.",
    ),
    reference='''query = """
SELECT
    stream_id,
    sum(
        CASE WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT ELSE -data.amount::BIGINT END
    )::BIGINT AS balance
FROM events
WHERE occurred_at <= TIMESTAMPTZ '2025-03-10 12:00:00+00'
GROUP BY stream_id
ORDER BY stream_id
"""''',
    why="""The sum does not depend on the order of its terms, so the database may add them up in any
order, on all cores. The limit on time stands in WHERE, before the sum.""",
    wrong_answers=(
        Wrong(
            "You forgot the fees: they take money away as well. ELSE 0 drops every type that you "
            "did not name.",
            '''query = """
SELECT
    stream_id,
    sum(
        CASE
            WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT
            WHEN type = 'MoneyWithdrawn' THEN -data.amount::BIGINT
            ELSE 0
        END
    )::BIGINT AS balance
FROM events
WHERE occurred_at <= TIMESTAMPTZ '2025-03-10 12:00:00+00'
GROUP BY stream_id
ORDER BY stream_id
"""''',
        ),
        Wrong(
            "You asked by recorded_at: what the bank knew. What was true goes by occurred_at.",
            '''query = """
SELECT
    stream_id,
    sum(
        CASE WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT ELSE -data.amount::BIGINT END
    )::BIGINT AS balance
FROM events
WHERE recorded_at <= TIMESTAMPTZ '2025-03-10 12:00:00+00'
GROUP BY stream_id
ORDER BY stream_id
"""''',
        ),
        Wrong(
            "You asked for the day. A date stands for its first instant: midnight, and not noon.",
            '''query = """
SELECT
    stream_id,
    sum(
        CASE WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT ELSE -data.amount::BIGINT END
    )::BIGINT AS balance
FROM events
WHERE occurred_at <= DATE '2025-03-10'
GROUP BY stream_id
ORDER BY stream_id
"""''',
        ),
        Wrong(
            "Your query leaves out the instant itself: <=, not <.",
            '''query = """
SELECT
    stream_id,
    sum(
        CASE WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT ELSE -data.amount::BIGINT END
    )::BIGINT AS balance
FROM events
WHERE occurred_at < TIMESTAMPTZ '2025-03-10 12:00:00+00'
GROUP BY stream_id
ORDER BY stream_id
"""''',
        ),
    ),
    test=Compare(
        cases=st.lists(
            st.tuples(
                st.sampled_from(["account-1", "account-2"]),
                st.sampled_from(MONEY_TYPES),
                amounts,
                st.integers(-3, 3),
            ).map(_row),
            max_size=5,
        ),
        run=sql_rows,
        examples=(
            [
                _row(("account-1", "MoneyDeposited", 300, 2)),
                _row(("account-1", "MoneyWithdrawn", 100, 1)),
                _row(("account-2", "MoneyDeposited", 50, -1)),
            ],
        ),
        max_examples=40,
        events=lambda rows: [
            (
                stream_id,
                {
                    "type": event.type,
                    "amount": event.data["amount"],
                    "occurred_at": _hour(event.occurred_at),
                },
            )
            for stream_id, event in rows
        ],
    ),
)

CHAPTER = Chapter(
    5, "Time travel", __name__, (known_balance, believed, late, replay_without, whole_bank)
)
